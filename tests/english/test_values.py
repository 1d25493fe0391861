"""The one text form of each value, exact numbers, two-valued comparisons, facts by reference, and values that survive a record."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_kit import Connector
from connector_kit.english.running.comparing import NotComparableError, equal, holds, is_nothing
from connector_kit.english.running.facts import Facts, FieldError
from connector_kit.english.running.recorded import dumped, loaded
from connector_kit.english.running.values import Record, added, copied, number, plain, text_of

NOON = datetime(2022, 3, 1, 15, 0, 0, 999999, tzinfo=UTC)


def record(toy: Connector, **changes: Any) -> Record:
    values = {"name": "first", "text": "milk", "stars": 2, "written": NOON}
    return Record("toy", toy.manifest.concepts[0], {**values, **changes})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("as it is ", "as it is "),
        ("", ""),
        (30005, "30005"),
        (Decimal("-0.0075"), "-0.0075"),
        (Decimal("30005.0"), "30005"),
        (Decimal("5.50"), "5.5"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-9"), "0.000000001"),
        (Decimal("-0.0"), "0"),
        (1234567, "1234567"),
        (True, "true"),
        (False, "false"),
        (date(2022, 3, 1), "2022-03-01"),
        (NOON, "2022-03-01 15:00:00 UTC"),
        (None, "Not Found"),
        (["a", 1, None], "a, 1, Not Found"),
    ],
)
def test_a_value_has_one_text_form(value: object, text: str) -> None:
    assert text_of(value, UTC) == text


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        (ZoneInfo("America/New_York"), "2022-03-01 10:00:00 -05:00"),
        (timezone(timedelta(hours=-5)), "2022-03-01 10:00:00 -05:00"),
        (ZoneInfo("Europe/London"), "2022-03-01 15:00:00 +00:00"),
        (ZoneInfo("UTC"), "2022-03-01 15:00:00 UTC"),
        (ZoneInfo("Asia/Kathmandu"), "2022-03-01 20:45:00 +05:45"),
    ],
)
def test_outside_of_utc_a_datetime_shows_its_offset(zone: Any, text: str) -> None:
    assert text_of(NOON, zone) == text


def test_a_datetime_at_the_end_of_the_calendar_is_shown_in_utc() -> None:
    assert text_of(datetime.max.replace(tzinfo=UTC), ZoneInfo("Asia/Tokyo")) == "9999-12-31 23:59:59 UTC"


def test_a_record_shows_its_fields_that_hold_something(toy: Connector) -> None:
    assert text_of(record(toy, text=None), UTC) == "name: first; stars: 2; written: 2022-03-01 15:00:00 UTC"
    assert "milk" not in repr(record(toy))


exact = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30)


@given(exact, exact)
def test_sums_are_exact(one: Decimal, other: Decimal) -> None:
    assert Fraction(added(plain(one), plain(other))) == Fraction(one) + Fraction(other)


def test_a_tenth_added_ten_times_is_one() -> None:
    total: int | Decimal = 0
    for _ in range(10):
        total = added(total, Decimal("0.1"))
    assert (total, type(total)) == (1, int)


@pytest.mark.parametrize(
    ("text", "value"), [("25", 25), (" -0.050 ", Decimal("-0.05")), ("2.0", 2), ("1e5", None), ("x", None), ("", None)]
)
def test_a_number_is_read_in_plain_decimal(text: str, value: object) -> None:
    assert number(text) == value


@pytest.mark.parametrize(
    ("op", "left", "right", "expected"),
    [
        ("eq", 1, Decimal("1.0"), True),
        ("eq", 1, True, False),
        ("eq", "1", 1, False),
        ("eq", "Kognitos", "KOGNITOS", False),
        ("eq", None, None, True),
        ("eq", None, "", False),
        ("eq", "", None, False),
        ("ne", None, "x", True),
        ("eq", NOON, NOON.astimezone(ZoneInfo("Asia/Tokyo")), True),
        ("gt", Decimal("0.1"), Decimal("0.09"), True),
        ("ge", 2, 2, True),
        ("lt", None, 2, False),
        ("ge", 2, None, False),
        ("gt", NOON, NOON - timedelta(seconds=1), True),
        ("le", date(2022, 3, 1), date(2022, 3, 1), True),
        ("in", "b", ["a", "b"], True),
        ("in", "b", "b", True),
        ("in", None, ["a"], False),
        ("in", 2, [Decimal("2.0")], True),
        ("has", "a refund", "refund", True),
        ("has", "a Refund", "refund", False),
        ("has", None, "refund", False),
        ("has", ["a", "b"], "b", True),
        ("starts", "STOP now", "STOP", True),
        ("ends", "STOP now", "now", True),
    ],
)
def test_a_comparison_is_two_valued(op: str, left: object, right: object, expected: bool) -> None:
    assert holds(op, left, right) is expected


@pytest.mark.parametrize(
    ("op", "left", "right"),
    [
        ("gt", "10", 9),
        ("gt", "b", "a"),
        ("lt", NOON, date(2022, 3, 1)),
        ("has", 30005, "3"),
        ("starts", "a", 1),
        ("gt", True, 0),
    ],
)
def test_values_of_different_kinds_are_not_ordered_by_chance(op: str, left: object, right: object) -> None:
    with pytest.raises(NotComparableError):
        holds(op, left, right)


@pytest.mark.parametrize(
    ("value", "empty"), [(None, True), ("", True), ([], True), (0, False), (False, False), (" ", False)]
)
def test_empty_is_missing_or_without_content(value: object, empty: bool) -> None:
    assert is_nothing("eq", value) is empty
    assert is_nothing("ne", value) is not empty


def test_a_copy_stays_and_a_reference_follows() -> None:
    facts = Facts()
    facts.define("price", 5)
    facts.define("copy", facts.value(("price",)))
    facts.use("cost", ("price",))
    facts.define("price", 6)
    assert (facts.value(("copy",)), facts.value(("cost",))) == (5, 6)
    facts.change(("price",), 7)
    assert facts.value(("cost",)) == 7


def test_a_change_through_a_reference_reaches_the_fact_and_a_definition_does_not() -> None:
    facts = Facts()
    facts.define("price", 5)
    facts.use("cost", ("price",))
    facts.change(("cost",), 6)
    assert facts.value(("price",)) == 6
    facts.define("cost", 1)
    assert (facts.value(("price",)), facts.value(("cost",))) == (6, 1)


def test_references_to_each_other_do_not_hang() -> None:
    facts = Facts()
    facts.define("a", 1)
    facts.use("b", ("a",))
    facts.use("a", ("b",))
    facts.use("a", ("a",))
    assert (facts.value(("a",)), facts.value(("b",))) == (1, 1)
    for _ in range(10_000):
        facts.use("a", ("b",))
        facts.use("b", ("a",))
    assert facts.value(("b",)) == 1


def test_a_reference_to_a_field_follows_the_field(toy: Connector) -> None:
    facts = Facts()
    facts.define("note", record(toy))
    facts.use("wording", ("note", "text"))
    facts.change(("note", "text"), "bread")
    assert facts.value(("wording",)) == "bread"
    facts.change(("wording",), "eggs")
    assert facts.value(("note", "text")) == "eggs"


def test_the_items_of_a_loop_are_facts_of_their_own(toy: Connector) -> None:
    facts = Facts()
    facts.item("note", record(toy, name="one"))
    facts.use("chosen", ("note",))
    facts.item("note", record(toy, name="two"))
    assert facts.value(("chosen", "name")) == "one"


def test_lists_are_appended_to_in_place_and_copies_stay(toy: Connector) -> None:
    facts = Facts()
    facts.define("found", [])
    facts.define("before", facts.value(("found",)))
    facts.use("same", ("found",))
    facts.append("same", ["a"])
    facts.append("found", ["b"])
    facts.define("nested", [facts.value(("found",))])
    facts.append("found", ["c"])
    assert facts.value(("found",)) == ["a", "b", "c"]
    assert (facts.value(("before",)), facts.value(("nested",))) == ([], [["a", "b"]])
    assert copied(facts.value(("found",))) is not facts.value(("found",))


def test_the_fields_of_what_is_missing_are_missing(toy: Connector) -> None:
    facts = Facts()
    facts.define("note", None)
    assert facts.value(("note", "text")) is None
    facts.define("note", record(toy))
    with pytest.raises(FieldError):
        facts.value(("note", "colour"))
    with pytest.raises(FieldError):
        facts.value(("note", "text", "length"))
    with pytest.raises(KeyError):
        facts.value(("other",))


values = st.recursive(
    st.none()
    | st.booleans()
    | st.text()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False).map(plain)
    | st.datetimes(timezones=st.just(UTC))
    | st.dates(),
    lambda inner: st.lists(inner, max_size=5),
    max_leaves=20,
)


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are the same, types included."""
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other


@given(values, st.booleans())
def test_a_recorded_value_is_read_back_exactly(value: Any, packed: bool) -> None:
    assert same(loaded(dumped(value, packed=packed), lambda *_: pytest.fail("no concept")), value)


def test_records_are_read_back_with_their_concept(toy: Connector) -> None:
    concept = toy.manifest.concepts[0]
    found = [record(toy, stars=n, text="x" * 100) for n in range(100)]
    stored = dumped(found)
    assert isinstance(stored, bytes)
    assert loaded(stored, lambda *_: concept) == found


@pytest.mark.parametrize(
    "stored", ["", "{", '{"number": "x"}', '{"other": 1}', '{"a": 1, "b": 2}', b"not packed", '{"date": 1}']
)
def test_what_is_no_recorded_value_is_an_error(stored: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        loaded(stored, lambda *_: pytest.fail("no concept"))


def test_equal_compares_lists_and_records(toy: Connector) -> None:
    assert equal(record(toy), record(toy))
    assert equal(["a"], ["a"])
    assert not equal(["a"], "a")
