"""Filters: what a condition means, which ones are refused, and by which words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connector_kit import Combination, Comparison, InputError, Negation, load_manifest, parse_filter
from connector_kit.filters import MAX_DEPTH, predicate, prepare

NOTE = load_manifest(Path(__file__).parents[1] / "toy_connector.yaml").concepts[0]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def note(**changes: Any) -> SimpleNamespace:
    """Return an item to filter."""
    return SimpleNamespace(**{"name": "first", "text": "buy milk", "stars": Decimal("0.1"), "written": NOON, **changes})


def holds(tree: list[Any], zone: Any = UTC, **changes: Any) -> bool:
    """Say whether a note passes a filter in its JSON form."""
    return predicate(prepare(parse_filter(tree, NOTE), NOTE, zone))(note(**changes))


def refusal(tree: Any) -> str:
    """Return why a filter is refused."""
    with pytest.raises(InputError) as caught:
        prepare(parse_filter(tree, NOTE), NOTE, UTC)
    return str(caught.value)


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        (["eq", "name", "first"], True),
        (["eq", "name", "First"], False),
        (["ne", "name", "second"], True),
        (["in", "name", ["first", "second"]], True),
        (["in", "name", []], False),
        (["has", "text", "milk"], True),
        (["starts", "text", "buy"], True),
        (["ends", "text", "buy"], False),
        (["eq", "stars", 0.1], True),
        (["gt", "stars", 0.1], False),
        (["ge", "stars", 0.1], True),
        (["lt", "stars", 1], True),
        (["le", "stars", 0], False),
        (["in", "stars", [1, 0.1]], True),
        (["eq", "written", "2026-03-01T12:00:00Z"], True),
        (["eq", "written", "2026-03-01T13:00:00+01:00"], True),
        (["in", "written", ["2026-03-02", "2026-03-01"]], True),
        (["gt", "Written", "2026-03-01T11:59:59Z"], True),
        (["and", ["eq", "name", "first"], ["has", "text", "eggs"]], False),
        (["or", ["eq", "name", "second"], ["has", "text", "milk"]], True),
        (["not", ["eq", "name", "first"]], False),
    ],
)
def test_a_condition_means_what_it_says(tree: list[Any], expected: bool) -> None:
    assert holds(tree) is expected


@pytest.mark.parametrize("op", ["lt", "le", "gt", "ge", "eq", "in"])
def test_a_missing_number_fulfils_no_comparison(op: str) -> None:
    """Two-valued logic (english.md D12): only ne and not are true on what is missing."""
    assert not holds([op, "stars", [0] if op == "in" else 0], stars=None)


@pytest.mark.parametrize("op", ["has", "starts", "ends"])
def test_a_missing_text_contains_nothing(op: str) -> None:
    assert not holds([op, "text", ""], text=None)


def test_not_is_the_plain_opposite_also_on_what_is_missing() -> None:
    assert holds(["not", ["gt", "stars", 0]], stars=None)
    assert holds(["ne", "stars", 0], stars=None)


@pytest.mark.parametrize("empty", [None, ""])
def test_is_empty_holds_for_null_and_for_the_empty_text(empty: str | None) -> None:
    """A text that the service leaves null becomes "", and a person means both by empty."""
    assert holds(["eq", "text", None], text=empty)
    assert not holds(["ne", "text", None], text=empty)
    assert holds(["ne", "text", None])


@pytest.mark.parametrize(
    ("op", "day", "expected"),
    [
        ("eq", "2026-03-01", True),
        ("eq", "2026-03-02", False),
        ("ne", "2026-03-01", False),
        ("gt", "2026-02-28", True),
        ("gt", "2026-03-01", False),
        ("ge", "2026-03-01", True),
        ("ge", "2026-03-02", False),
        ("lt", "2026-03-01", False),
        ("lt", "2026-03-02", True),
        ("le", "2026-03-01", True),
        ("le", "2026-02-28", False),
    ],
)
def test_a_bare_date_means_that_whole_day(op: str, day: str, expected: bool) -> None:
    """DESIGN section 3: a bare date is the whole day in the automation's timezone."""
    for hour in (0, 12, 23):
        assert holds([op, "written", day], written=NOON.replace(hour=hour)) is expected


def test_a_day_is_a_day_of_the_automations_timezone() -> None:
    late = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)  # half past midnight on 2 March in Amsterdam
    assert holds(["eq", "written", "2026-03-02"], AMSTERDAM, written=late)
    assert holds(["eq", "written", "2026-03-01"], UTC, written=late)


def test_a_day_with_a_clock_change_has_23_hours() -> None:
    begins = datetime(2026, 3, 28, 23, tzinfo=UTC)  # 29 March, 00:00 in Amsterdam; clocks go forward that night
    assert holds(["eq", "written", "2026-03-29"], AMSTERDAM, written=begins)
    assert holds(["eq", "written", "2026-03-29"], AMSTERDAM, written=begins + timedelta(hours=22, minutes=59))
    assert not holds(["eq", "written", "2026-03-29"], AMSTERDAM, written=begins + timedelta(hours=23))


def test_a_naive_datetime_is_taken_in_the_automations_timezone() -> None:
    tree = Comparison("eq", "written", datetime(2026, 3, 1, 13))  # noqa: DTZ001 - naive on purpose
    assert predicate(prepare(tree, NOTE, AMSTERDAM))(note())


@pytest.mark.parametrize(
    ("tree", "says"),
    [
        (["gt", "name", "a"], "name: is text, so is greater than or after (gt) does not apply"),
        (["has", "stars", 1], "stars: is number, so contains (has) does not apply"),
        (["eq", "written", "yesterday"], "written: needs a datetime, such as 2022-03-01T15:00:00Z, not text"),
        (["eq", "written", 5], "written: needs a datetime"),
        (["eq", "stars", "5"], "stars: is compared with a wrong value: give a number, not text"),
        (["eq", "stars", True], "give a number, not true or false"),
        (["in", "stars", 5], "needs a list of values"),
        (["in", "stars", [1, "2"]], "give a number, not text"),
        (["lt", "stars", None], "give a number; it is empty"),
        (["eq", "colour", "red"], "colour: Toy note has no such field; it has: name, text, stars, written"),
        (["like", "name", "a"], "'like' is not an operator; use one of: and, or, not, eq, ne"),
        (["and"], "and takes one condition or more"),
        (["not", ["eq", "name", "a"], ["eq", "name", "b"]], "not takes exactly one condition"),
        (["eq", "name"], "eq takes a field and a value"),
        ("name = first", "is not a condition; write it like"),
        ([], "is not a condition"),
        (["eq", "written", "9999-12-31"], "is too far away"),
    ],
)
def test_a_condition_that_cannot_be_honoured_is_refused_by_name(tree: Any, says: str) -> None:
    assert says in refusal(tree)


def test_every_fault_of_a_filter_is_reported_at_once() -> None:
    text = refusal(["and", ["gt", "name", "a"], ["or", ["eq", "stars", "x"], ["eq", "nope", 1]]])
    assert all(name in text for name in ("name: is text", "stars: is compared", "nope: Toy note has no such field"))


def test_nesting_is_capped_with_a_sentence() -> None:
    tree: list[Any] = ["eq", "name", "a"]
    for _ in range(MAX_DEPTH + 1):
        tree = ["not", tree]
    assert "nested deeper than 50 levels" in refusal(tree)
    built: Any = Comparison("eq", "name", "a")
    for _ in range(MAX_DEPTH + 1):
        built = Negation(built)
    with pytest.raises(InputError, match="nested deeper"):
        prepare(built, NOTE, UTC)


def test_a_filter_does_not_print_its_values() -> None:
    tree = Combination("and", (Comparison("eq", "name", "+15005550123"),))
    assert "5550123" not in repr(tree)


def test_dates_of_python_are_understood_like_their_texts() -> None:
    east = timezone(timedelta(hours=3))
    moment = Comparison("eq", "written", datetime(2026, 3, 1, 15, tzinfo=east))
    day = Comparison("eq", "written", date(2026, 3, 1))
    assert all(predicate(prepare(tree, NOTE, UTC))(note()) for tree in (moment, day))


@pytest.mark.parametrize("op", ["AND", "xor", "not"])
def test_conditions_joined_by_anything_else_are_refused(op: str) -> None:
    tree = Combination(op, (Comparison("eq", "name", "a"), Comparison("eq", "name", "b")))
    with pytest.raises(InputError, match="something other than and, or"):
        prepare(tree, NOTE, UTC)


@pytest.mark.parametrize("tree", [["eq", "+13105550177", "name"], ["see you at noon, Ana!", "eq", "x"]])
def test_a_value_in_the_place_of_a_name_is_not_repeated(tree: list[str]) -> None:
    text = refusal(tree)
    assert "13105550177" not in text
    assert "Ana" not in text


def test_a_value_that_cannot_be_compared_is_refused() -> None:
    with pytest.raises(InputError):
        prepare(Comparison("eq", "stars", Decimal("sNaN")), NOTE, UTC)
    with pytest.raises(InputError):
        prepare(Comparison("eq", 5, 1), NOTE, UTC)  # type: ignore[arg-type]  # wrong on purpose
