"""A call is written as a sentence, and the sentence is read as the same call."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import hypothesis
import hypothesis.strategies as st
import pytest

from connector_kit import ActionCall, Combination, Comparison, Filter, Negation
from connector_kit.checks import checked_call
from connector_kit.english import NotSayableError, check, to_english
from connector_kit.english.sayable import plain
from english_support import ZONE, call_in, same, toy_manifest, twilio_manifest

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
hard_texts = st.one_of(
    texts, st.sampled_from(['"', "\\", '\\"', "a\nb", "\t", "it's", "“x”", "\r\n", "# no", "\u2028", "😀", "\\n"])
)
digits = st.text("0123456789", min_size=6, max_size=12)
phones = st.one_of(
    digits.map("+{}".format), digits.map("whatsapp:+{}".format), st.sampled_from(["+1 (555) 010-0123", "client"])
)
instants = st.datetimes(
    datetime(2, 1, 1),  # noqa: DTZ001 - hypothesis takes the ends without a timezone
    datetime(9998, 1, 1),  # noqa: DTZ001 - as above
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-5, minutes=-30)), None]),
)
numbers = st.one_of(
    st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False), st.decimals(-1000, 1000, places=4)
)
days = st.dates(date(2, 1, 1), date(9998, 1, 1))


def leaf(name: str, ops: list[str], values: st.SearchStrategy[Any]) -> st.SearchStrategy[Filter]:
    single = st.builds(Comparison, st.sampled_from(ops), st.just(name), values)
    many = st.builds(Comparison, st.just("in"), st.just(name), st.lists(values, min_size=1, max_size=3).map(tuple))
    nothing = st.builds(Comparison, st.sampled_from(["eq", "ne"]), st.just(name), st.none())
    return st.one_of(single, many, nothing)


ORDER = ["eq", "ne", "gt", "ge", "lt", "le"]
leaves = st.one_of(
    leaf("body", ["eq", "ne", "has"], hard_texts),
    leaf("recipient_number", ["eq", "ne", "has"], phones),
    leaf("price", ORDER, numbers),
    leaf("date_sent", ORDER, st.one_of(instants, days)),
)
whole = leaves | leaves.map(Negation)
ors = st.lists(whole, min_size=1, max_size=3).map(lambda parts: Combination("or", tuple(parts)))
sayable = st.one_of(
    whole, ors, st.lists(whole | ors, min_size=1, max_size=3).map(lambda parts: Combination("and", tuple(parts)))
)
any_filter = st.recursive(
    leaves,
    lambda inner: st.one_of(
        inner.map(Negation),
        st.builds(Combination, st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=3).map(tuple)),
    ),
    max_leaves=8,
)
reads = st.builds(
    ActionCall,
    st.just("read_sms_messages"),
    filter=st.none() | sayable | any_filter,
    limit=st.none() | st.integers(0, 10**6),
    offset=st.integers(0, 10**6),
    connection=st.just("default") | texts,
)
sends = st.builds(
    ActionCall,
    st.just("send_sms_message"),
    st.fixed_dictionaries(
        {"sender_number": hard_texts, "recipient_number": phones, "message_body": hard_texts},
        optional={
            "media_urls": st.lists(hard_texts, min_size=1, max_size=3),
            "send_at": instants,
            "validity_period": st.integers(1, 36000),
            "dry_run": st.booleans() | st.none(),
            "status_callback": hard_texts,
        },
    ),
    connection=st.just("default") | texts,
)


def canonical(tree: Filter | None) -> Any:
    """Return a filter in the form in which two that are said alike are equal."""
    return None if tree is None else _canonical(plain(tree))


def _canonical(tree: Filter) -> Any:
    match tree:
        case Negation():
            return ["not", _canonical(tree.part)]
        case Combination():
            return [tree.op, [_canonical(part) for part in tree.parts]]
        case _:
            return [tree.op, tree.field, same(tree.value)]


def comes_back(call: ActionCall) -> None:
    """Write a call, read it, and compare what would be run."""
    manifest = twilio_manifest()
    text = to_english(call, manifest)
    checked = check(text, [manifest])
    assert checked.questions == ()
    again = call_in(checked.program)
    _, wanted = checked_call(manifest, call, ZONE)
    _, found = checked_call(manifest, again, ZONE)
    assert same_inputs(found) == same_inputs(wanted)
    assert (found.limit, found.offset, found.connection) == (wanted.limit, wanted.offset, wanted.connection)
    assert canonical(found.filter) == canonical(wanted.filter)


def same_inputs(call: ActionCall) -> dict[str, Any]:
    return {name: same(value) for name, value in call.inputs.items()}


@hypothesis.given(call=reads)
def test_a_read_comes_back(call: ActionCall) -> None:
    try:
        to_english(call, twilio_manifest())
    except NotSayableError:
        hypothesis.assume(False)
    comes_back(call)


@hypothesis.given(call=st.builds(ActionCall, st.just("read_sms_messages"), filter=sayable))
def test_a_filter_that_is_an_and_of_ors_always_has_words(call: ActionCall) -> None:
    """Except where a day, which is two moments, stands in one of its ors."""
    try:
        comes_back(call)
    except NotSayableError:
        assert days_in(call.filter)


def days_in(tree: Filter | None) -> list[date]:
    """Return the days in a filter."""
    match tree:
        case Negation():
            return days_in(tree.part)
        case Combination():
            return [day for part in tree.parts for day in days_in(part)]
        case Comparison():
            values = tree.value if isinstance(tree.value, list | tuple) else [tree.value]
            return [value for value in values if isinstance(value, date) and not isinstance(value, datetime)]
        case _:
            return []


@hypothesis.given(call=sends)
def test_a_send_comes_back(call: ActionCall) -> None:
    comes_back(call)


def test_a_send_is_the_published_sentence() -> None:
    inputs = {
        "sender_number": "+18004445555",
        "recipient_number": "+18004446666",
        "message_body": "Hello from Kognitos!",
    }
    assert to_english(ActionCall("send_sms_message", inputs), twilio_manifest()) == (
        "send an SMS message where\n"
        '  the sender number is "+18004445555"\n'
        '  the recipient number is "+18004446666"\n'
        '  the message body is "Hello from Kognitos!"\n'
    )


def test_a_read_has_its_conditions_on_its_line() -> None:
    tree = Combination(
        "and", (Comparison("eq", "status", "failed"), Comparison("ge", "date_sent", datetime(2022, 3, 1, tzinfo=UTC)))
    )
    call = ActionCall("read_sms_messages", filter=tree, limit=20, connection="Support line")
    assert to_english(call, twilio_manifest()) == (
        'switch twilio to "Support line"\n'
        'convert "2022-03-01T00:00:00+00:00" to a datetime as the first date\n'
        'read some SMS messages whose status is "failed" and whose date sent is on or after the first date with\n'
        "  the limit is 20\n"
    )


def test_an_and_of_ors_has_a_line_for_each() -> None:
    either = Combination("or", (Comparison("eq", "status", "failed"), Negation(Comparison("has", "body", "x"))))
    call = ActionCall("read_sms_messages", filter=Combination("and", (either, Comparison("eq", "price", None))))
    assert to_english(call, twilio_manifest()) == (
        "read some SMS messages with\n"
        '  whose status is "failed" or whose body does not contain "x"\n'
        "  whose price is empty\n"
    )
    comes_back(call)


def test_a_recipient_that_does_not_look_like_one_is_named_first() -> None:
    inputs = {"sender_number": "+18004445555", "recipient_number": "Ana", "message_body": "Hi"}
    text = to_english(ActionCall("send_sms_message", inputs), twilio_manifest())
    assert text.startswith('use "Ana" as the first text\n')
    assert "the recipient number is the first text" in text


def test_the_toy_speaks_in_its_own_words() -> None:
    call = ActionCall("write_note", {"note_text": 'say "hi"', "stars": 3})
    assert (
        to_english(call, toy_manifest()) == 'write a note where\n  the note text is "say \\"hi\\""\n  the stars is 3\n'
    )


@pytest.mark.parametrize(
    "call",
    [
        ActionCall("paint_the_fence"),
        ActionCall("send_sms_message", {"subject": "x"}),
        ActionCall("send_sms_message", {"media_urls": []}),
        ActionCall("send_sms_message", {"validity_period": math.inf}),
        ActionCall("send_sms_message", {"validity_period": object()}),
        ActionCall("read_sms_messages", filter=Comparison("starts", "body", "x")),
        ActionCall("read_sms_messages", filter=Comparison("in", "body", ())),
        ActionCall("read_sms_messages", filter=Comparison("in", "body", ("a", None))),
        ActionCall("read_sms_messages", filter=Comparison("eq", "colour", "x")),
        ActionCall("read_sms_messages", filter=Combination("and", ())),
        ActionCall("read_sms_messages", filter=Comparison("eq", "date_sent", date.max)),
        ActionCall("send_sms_message", {"stars": 1}, filter=Comparison("eq", "body", "x")),
        ActionCall(
            "read_sms_messages",
            filter=Combination(
                "or",
                (
                    Comparison("eq", "body", "x"),
                    Combination("and", (Comparison("eq", "body", "y"), Comparison("eq", "price", Decimal(1)))),
                ),
            ),
        ),
    ],
)
def test_what_has_no_words_is_said_so(call: ActionCall) -> None:
    with pytest.raises(NotSayableError):
        to_english(call, twilio_manifest())


def test_a_filter_nested_too_deep_has_no_words() -> None:
    tree: Filter = Comparison("eq", "body", "x")
    for _ in range(10_000):
        tree = Negation(tree)
    with pytest.raises(NotSayableError):
        to_english(ActionCall("read_sms_messages", filter=tree), twilio_manifest())
