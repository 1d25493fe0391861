"""What the published Twilio book gets wrong, row by row: each promise that ours keeps instead has its named test here.

The rows are those seen when the published book was run: the number before each test is the row's.
"""

from __future__ import annotations

import inspect
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, get_args, get_type_hints
from zoneinfo import ZoneInfo

import httpx
import pytest
from kognitos.bdk.api import FilterExpression, NotFoundError, TypeMismatchError
from kognitos.bdk.api.errors import AuthenticationFailedError
from kognitos.bdk.typing import Sensitive

from book_desk import AND, BOOK, OR, Desk, compare, connected, disconnected, field, joined, negated, no_requests, value
from connector_kit import OutcomeUnknownError
from connector_kit.hosts.kognitos.adapter import Adapter
from support import BODY, NOW, RECIPIENT, stored
from twilio_connector.book import SMSMessage, TwilioBook
from twilio_sandbox import Fault, SandboxTransport
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN, OPTED_OUT, OTHER_NUMBER, OWN_NUMBER

ONE, OTHER = "+12125550101", "+12125550102"
NEW_YORK = ZoneInfo("America/New_York")


def sent(desk: Desk, **changes: Any) -> str:
    """Send a message that is fine but for the changes."""
    inputs = {"sender_number": OWN_NUMBER, "recipient_number": RECIPIENT, "message_body": BODY}
    sid: str = desk.book.send_sms_message(**{**inputs, **changes})
    return sid


def two_senders(desk: Desk) -> tuple[str, str]:
    """Store one message from each of two senders, and return their SIDs."""
    other, one = stored(desk.at.sandbox, 2, change=lambda n: {"sender": (ONE, OTHER)[n]})
    return one.sid, other.sid


# ---- 1: it loads, and the token is a secret -------------------------------------------------------------------------


def test_01_the_token_is_sensitive_and_may_come_plain_or_wrapped() -> None:
    for token in (AUTH_TOKEN, Sensitive(AUTH_TOKEN)):
        desk = disconnected()
        desk.book.connect(ACCOUNT_SID, token, verify=True)
        assert desk.read() == []


# ---- 2: no more is read than is wanted ------------------------------------------------------------------------------


def test_02_a_limit_asks_for_one_page_of_that_size(desk: Desk) -> None:
    stored(desk.at.sandbox, 1000)
    assert len(desk.read(limit=5)) == 5
    assert [query["PageSize"] for query in desk.at.lists] == [["5"]]


def test_02_reading_stops_when_limit_and_offset_are_reached(desk: Desk) -> None:
    newest_first = [message.sid for message in stored(desk.at.sandbox, 1000)]
    assert desk.sids(offset=10, limit=5) == newest_first[10:15]
    assert [query["PageSize"] for query in desk.at.lists] == [["15"]]


def test_02_paging_may_arrive_as_doubles(desk: Desk) -> None:
    newest_first = [message.sid for message in stored(desk.at.sandbox, 5)]
    assert desk.sids(offset=1.0, limit=2.0) == newest_first[1:3]


# ---- 3: NOT is applied ----------------------------------------------------------------------------------------------


def test_03_not_is_applied(desk: Desk) -> None:
    _, other = two_senders(desk)
    assert desk.sids(negated(compare("eq", "sender number", ONE))) == [other]


def test_03_not_inside_and_is_applied(desk: Desk) -> None:
    one, _ = two_senders(desk)
    both = joined(AND, compare("ne", "body", ""), negated(compare("eq", "sender number", OTHER)))
    assert desk.sids(both) == [one]


# ---- 4: two conditions on one field are two conditions --------------------------------------------------------------


def test_04_one_sender_and_another_is_no_message(desk: Desk) -> None:
    two_senders(desk)
    assert desk.sids(joined(AND, compare("eq", "sender number", ONE), compare("eq", "sender number", OTHER))) == []


# ---- 5: operands in any order ---------------------------------------------------------------------------------------


def test_05_a_date_before_the_field_means_after_the_date(desk: Desk) -> None:
    newest, older = stored(desk.at.sandbox, 2)
    assert older.sent is not None
    assert desk.sids(compare("lt", value(older.sent), field("date sent"))) == [newest.sid]
    assert desk.sids(compare("ge", value(older.sent), field("date sent"))) == [older.sid]


def test_05_a_comparison_that_a_text_does_not_have_is_refused_by_name(desk: Desk) -> None:
    with no_requests(desk), pytest.raises(ValueError, match="sender number: is text, so is greater than"):
        desk.read(compare("gt", "sender number", ONE))


@pytest.mark.parametrize("op", ["in", "has"])
def test_05_what_cannot_be_turned_round_is_refused(desk: Desk, op: str) -> None:
    with no_requests(desk), pytest.raises(ValueError, match="write the field first"):
        desk.read(compare(op, value("failed"), field("status")))


# ---- 6: every operator on every field -------------------------------------------------------------------------------


def test_06_or_is_applied(desk: Desk) -> None:
    one, other = two_senders(desk)
    either = joined(OR, compare("eq", "sender number", ONE), compare("eq", "sender number", OTHER))
    assert sorted(map(str, desk.sids(either))) == sorted([one, other])


def test_06_a_field_that_belongs_to_the_message_is_its_field(desk: Desk) -> None:
    one, _ = two_senders(desk)
    for owner in ("sms message", "twilio sms message", "sms messages", "SMS message"):
        assert desk.sids(compare("eq", field(owner, "sender number"), ONE)) == [one]


@pytest.mark.parametrize("names", [("invoice", "sender number"), ("account", "sms message", "sender number")])
def test_06_a_field_of_anything_else_is_refused(desk: Desk, names: tuple[str, ...]) -> None:
    with no_requests(desk), pytest.raises(ValueError, match="only twilio sms message has fields here"):
        desk.read(compare("eq", field(*names), ONE))


def test_06_an_unknown_field_is_refused_with_those_that_there_are(desk: Desk) -> None:
    with no_requests(desk), pytest.raises(ValueError, match="it has: sid, body, num segments, sender number"):
        desk.read(compare("eq", "colour", "red"))


# ---- 7: values are what they are ------------------------------------------------------------------------------------


def test_07_null_is_null_and_not_the_text_none(desk: Desk) -> None:
    priced, pending = stored(desk.at.sandbox, 2, change=lambda n: {"price": (None, Decimal("-0.0075"))[n]})
    assert {message.sid: message.price for message in desk.read()} == {priced.sid: -0.0075, pending.sid: None}
    assert desk.sids(compare("eq", "price", None)) == [pending.sid]
    assert desk.sids(compare("ne", "price", None)) == [priced.sid]


def test_07_a_whole_double_that_meets_a_text_is_its_digits(desk: Desk) -> None:
    found, _ = stored(desk.at.sandbox, 2, change=lambda n: {"sender": ("22395", "22396")[1 - n]})
    assert desk.sids(compare("eq", "sender number", 22395.0)) == [found.sid]
    assert desk.sids(compare("in", "sender number", [22395.0, 1.0])) == [found.sid]


def test_07_a_number_as_a_recipient_is_its_digits(desk: Desk) -> None:
    """The connector's own rule for phone numbers then says what is missing; nothing is guessed."""
    with no_requests(desk), pytest.raises(ValueError, match="recipient_number: "):
        sent(desk, recipient_number=12125550123.0)
    sent(desk, message_body=42.0)
    assert desk.at.creates[0]["Body"] == ["42"]


def test_07_a_date_is_that_whole_day(desk: Desk) -> None:
    days = [datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)]
    _, first = stored(desk.at.sandbox, 2, change=lambda n: {"sent": days[n], "created": days[n]})
    assert desk.sids(compare("eq", "date sent", date(2026, 3, 1))) == [first.sid]


@pytest.mark.parametrize(
    "expression",
    [compare("eq", value("a"), "a"), compare("eq", "body", field("status")), value(True), field("status")],
    ids=["value and value", "field and field", "a value alone", "a field alone"],
)
def test_07_what_is_no_condition_is_refused(desk: Desk, expression: FilterExpression) -> None:
    with no_requests(desk), pytest.raises(ValueError, match="filter: "):
        desk.read(expression)


def test_07_text_for_a_date_is_refused_as_the_platform_names_it(desk: Desk) -> None:
    with no_requests(desk), pytest.raises(TypeMismatchError, match="date sent"):
        desk.read(compare("gt", "date sent", "2026-03-01T15:00:00Z"))
    with no_requests(desk), pytest.raises(TypeMismatchError, match="send at"):
        sent(desk, send_at="2026-03-11T15:00:00Z")


# ---- 8: moments ----------------------------------------------------------------------------------------------------


def test_08_a_moment_is_sent_in_utc_and_compared_exactly(desk: Desk) -> None:
    moment = datetime(2026, 3, 1, 15, tzinfo=NEW_YORK)
    times = [moment - timedelta(seconds=1), moment, moment + timedelta(seconds=1)]
    later, same, _ = stored(desk.at.sandbox, 3, change=lambda n: {"sent": times[n], "created": times[n]})
    assert desk.sids(compare("gt", "date sent", moment)) == [later.sid]
    assert desk.sids(compare("ge", "date sent", moment)) == [later.sid, same.sid]
    assert desk.at.lists[0]["DateSent>"] == ["2026-03-01T19:59:59Z"]


@pytest.mark.parametrize(("zone", "asked"), [(UTC, "2026-03-01T14:59:59Z"), (NEW_YORK, "2026-03-01T19:59:59Z")])
def test_08_a_moment_without_a_zone_is_in_that_of_the_automation(zone: Any, asked: str) -> None:
    desk = connected(timezone=zone)
    desk.read(compare("gt", "date sent", datetime(2026, 3, 1, 15)))  # noqa: DTZ001 - without a zone on purpose
    assert desk.at.lists[0]["DateSent>"] == [asked]


def test_08_dates_of_messages_are_in_utc(desk: Desk) -> None:
    stored(desk.at.sandbox, 1, change=lambda _: {"sent": NOW.astimezone(timezone(timedelta(hours=3)))})
    found = desk.read()[0].date_sent
    assert found is not None
    assert (found, found.tzinfo) == (NOW, UTC)


# ---- 9: values have the types that the concept declares -------------------------------------------------------------


@pytest.mark.parametrize("known", [True, False])
def test_09_values_have_their_declared_types(desk: Desk, known: bool) -> None:
    """Twilio sends the numbers as texts, and null for some of what is declared as plain text."""
    changes = {"price": Decimal("-0.0075"), "error_code": 30005} if known else {"price_unit": None, "sent": None}
    stored(desk.at.sandbox, 1, change=lambda _: {"media": 2, **changes})
    message = desk.read()[0]
    for name, kind in get_type_hints(SMSMessage).items():
        assert isinstance(getattr(message, name), get_args(kind) or kind), name
    assert (message.num_media, message.messaging_service_sid) == (2, "")
    assert (message.price, message.price_unit) == ((-0.0075, "USD") if known else (None, ""))


# ---- 10: connected by what it was given, or not at all --------------------------------------------------------------


def test_10_without_a_connection_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", ACCOUNT_SID)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", AUTH_TOKEN)
    desk = disconnected()
    with no_requests(desk):
        for act in (desk.read, lambda: sent(desk)):
            with pytest.raises(ValueError, match=r"Twilio is not connected\. Connect first\. Nothing was sent\."):
                act()


def test_10_a_connection_that_fails_leaves_no_other_in_its_place(desk: Desk) -> None:
    with pytest.raises(ValueError, match="account_sid: "):
        desk.book.connect("nonsense", Sensitive(AUTH_TOKEN))
    with pytest.raises(ValueError, match="not connected"):
        desk.read()


# ---- 11: patience, and errors of the platform -----------------------------------------------------------------------


def test_11_every_request_has_a_timeout() -> None:
    timeouts = []

    class Watched(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            timeouts.append(request.extensions["timeout"])
            return SandboxTransport(desk.at.sandbox).handle_request(request)

    desk = connected(Watched())
    desk.read()
    sent(desk)
    assert len(timeouts) == 2
    assert all(timeout[phase] for timeout in timeouts for phase in ("connect", "read", "write", "pool"))


@pytest.mark.parametrize("kind", ["rate_limited", "server_error", "drop_before"])
def test_11_a_read_is_tried_again(desk: Desk, kind: str) -> None:
    stored(desk.at.sandbox, 1)
    desk.at.sandbox.faults.plant(Fault(kind))
    assert len(desk.read()) == 1
    assert len(desk.at.waits) == 1


@pytest.mark.parametrize("kind", ["server_error_after", "drop_after"])
def test_11_a_send_is_never_repeated_blindly(desk: Desk, kind: str) -> None:
    """Its answer was lost; the message is found by looking, and there is one of it."""
    desk.at.sandbox.faults.plant(Fault(kind, method="POST"))
    assert sent(desk) == desk.at.sandbox.store.all(ACCOUNT_SID)[0].sid
    assert len(desk.at.creates) == 1


def test_11_a_send_that_may_have_happened_says_so(desk: Desk) -> None:
    desk.at.sandbox.faults.plant(Fault("server_error", method="POST"))
    with pytest.raises(RuntimeError, match="may or may not have been sent") as caught:
        sent(desk)
    assert isinstance(caught.value.__cause__, OutcomeUnknownError)
    assert len(desk.at.creates) == 1


def test_11_credentials_that_are_not_accepted_are_named_as_such() -> None:
    desk = disconnected()
    desk.book.connect(ACCOUNT_SID, Sensitive("not-the-token-of-it"))
    with pytest.raises(AuthenticationFailedError, match="Auth Token"):
        desk.read()


def test_11_what_is_not_found_is_named_as_such(desk: Desk) -> None:
    desk.at.sandbox.faults.plant(Fault("error", status=404, code=20404, message="The requested resource was not found"))
    with pytest.raises(NotFoundError):
        desk.read()


# ---- 12: bad paging, one client, no memory --------------------------------------------------------------------------


@pytest.mark.parametrize("paging", [{"limit": -1}, {"offset": -1}, {"limit": 1.5}])
def test_12_paging_that_makes_no_sense_is_refused(desk: Desk, paging: dict[str, Any]) -> None:
    with no_requests(desk), pytest.raises(ValueError, match="give a whole number from 0"):
        desk.read(**paging)


def test_12_the_same_credentials_again_use_the_same_client(desk: Desk) -> None:
    before = desk.book._adapter._opened
    desk.book.connect(ACCOUNT_SID, AUTH_TOKEN)
    assert desk.book._adapter._opened is before
    desk.book.connect(ACCOUNT_SID, Sensitive("another-token-0001"))
    assert desk.book._adapter._opened is not before


def test_12_a_client_is_closed_with_the_last_book_or_call_that_uses_it(desk: Desk) -> None:
    before = list(desk.at.connector._opened)
    desk.book.connect(ACCOUNT_SID, Sensitive("another-token-0001"))
    after = list(desk.at.connector._opened)
    assert len(after) == len(before)
    assert after[-1] != before[-1]


def test_12_books_of_one_process_share_a_connector_and_not_a_connection() -> None:
    one, other = TwilioBook(), TwilioBook()
    assert one._adapter._connector is other._adapter._connector
    one.connect(ACCOUNT_SID, AUTH_TOKEN)
    with pytest.raises(ValueError, match="not connected"):
        other.read_sms_messages()


def test_12_an_expression_means_the_same_each_time(desk: Desk) -> None:
    one, other = two_senders(desk)
    first, second = compare("eq", "sender number", ONE), compare("eq", "sender number", OTHER)
    assert [desk.sids(each) for each in (first, second, first)] == [[one], [other], [one]]


# ---- 13: it can be told what does what ------------------------------------------------------------------------------


def test_13_connecting_asks_nothing_unless_it_is_to_verify() -> None:
    desk = disconnected()
    with no_requests(desk):
        desk.book.connect(ACCOUNT_SID, Sensitive(AUTH_TOKEN))
    desk.book.connect(ACCOUNT_SID, Sensitive(AUTH_TOKEN), verify=True)
    assert desk.at.sandbox.requests
    with pytest.raises(AuthenticationFailedError):
        desk.book.connect(ACCOUNT_SID, Sensitive("not-the-token-of-it"), verify=True)
    assert inspect.signature(TwilioBook.connect).parameters["verify"].default is False


def test_13_reading_and_sending_can_be_told_apart() -> None:
    assert [(each.id, each.is_mutation) for each in BOOK.procedures] == [
        ("read_sms_messages", False),
        ("send_sms_message", True),
    ]


# ---- 14: the SID, or an error ---------------------------------------------------------------------------------------


def test_14_a_send_gives_the_sid_or_an_error(desk: Desk) -> None:
    assert sent(desk) == desk.at.sandbox.store.all(ACCOUNT_SID)[0].sid
    with pytest.raises(RuntimeError, match="opted out"):
        sent(desk, recipient_number=OPTED_OUT)


def test_14_a_key_sends_once_however_often_it_is_asked_for(desk: Desk) -> None:
    """The platform may start a procedure from its beginning again."""
    assert sent(desk, idempotency_key="order 17") == sent(desk, idempotency_key="order 17")
    assert len(desk.at.creates) == 1


def test_a_new_book_opens_nothing() -> None:
    desk = disconnected()
    with no_requests(desk):
        TwilioBook()
        Adapter("nonsense")
    assert OTHER_NUMBER not in repr(desk.book)
