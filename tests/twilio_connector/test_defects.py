"""The defects seen in other Twilio connectors, D1 to D18 of peers.md: each promise has its named regression test here."""

from __future__ import annotations

import base64
import logging
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

import connector_kit.reads as engine
from connector_kit import (
    ActionCall,
    Comparison,
    Connection,
    InputError,
    OutcomeUnknownError,
    RateLimitedError,
    ServiceError,
    load_connector,
    make_plugins,
)
from support import BODY, NOW, RECIPIENT, ROOT, Twilio, stored, twilio
from twilio_connector import plugin
from twilio_connector.client import TwilioClient
from twilio_sandbox import Fault
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN, OPTED_OUT, OWN_NUMBER

EAST = timezone(timedelta(hours=3))


def test_date_filter_with_offset_reaches_twilio_in_utc(twilio_account: Twilio) -> None:
    """D1: the SDK stamps Z on a local time; 15:00+03:00 is 12:00Z."""
    after = Comparison("ge", "date_sent", datetime(2026, 3, 1, 15, tzinfo=EAST))
    twilio_account.connector.run(ActionCall("read_sms_messages", filter=after))
    assert twilio_account.lists[0]["DateSent>"] == ["2026-03-01T11:59:59Z"]


def test_naive_date_filter_follows_the_documented_rule() -> None:
    """D1: a naive datetime is in the automation's timezone, UTC unless set."""
    naive = Comparison("ge", "date_sent", datetime(2026, 3, 1, 15))  # noqa: DTZ001 - naive on purpose
    for zone, sent in ((None, "2026-03-01T14:59:59Z"), (ZoneInfo("America/New_York"), "2026-03-01T19:59:59Z")):
        account = twilio() if zone is None else twilio(timezone=zone)
        account.connector.run(ActionCall("read_sms_messages", filter=naive))
        assert account.lists[0]["DateSent>"] == [sent]


def test_read_with_limit_stops_paging_early(twilio_account: Twilio) -> None:
    """D2: the published book reads the whole account and slices."""
    stored(twilio_account.sandbox, 3000)
    assert len(twilio_account.read(offset=1500, limit=20)) == 20
    assert len(twilio_account.lists) == 2


def test_read_without_limit_is_bounded(twilio_account: Twilio, monkeypatch: pytest.MonkeyPatch) -> None:
    """D2: never a whole account by default, and the result says that there is more."""
    monkeypatch.setattr(engine, "READ_CAP", 1500)
    stored(twilio_account.sandbox, 5000)
    result = twilio_account.connector.run(ActionCall("read_sms_messages"))
    assert (len(result.output), result.more, len(twilio_account.lists)) == (1500, True, 2)


def test_limit_zero_never_reads_the_account(twilio_account: Twilio) -> None:
    """D3: the SDK takes 0 for no limit."""
    stored(twilio_account.sandbox, 5)
    assert twilio_account.read(limit=0) == []
    assert twilio_account.sandbox.requests == []


@pytest.mark.parametrize("limit", [1001, 2500, 10**9])
def test_page_size_never_exceeds_1000(twilio_account: Twilio, limit: int) -> None:
    """D4: the SDK sends PageSize=limit uncapped."""
    stored(twilio_account.sandbox, 3)
    twilio_account.read(limit=limit)
    assert {query["PageSize"][0] for query in twilio_account.lists} == {"1000"}


def test_not_condition_is_never_dropped(twilio_account: Twilio) -> None:
    """D5: the published book passes over NOT without a word."""
    stored(twilio_account.sandbox, 10, change=lambda n: {"status": "failed" if n % 2 else "delivered"})
    assert {m.status for m in twilio_account.read(["not", ["eq", "status", "failed"]])} == {"delivered"}


def test_order_comparison_on_a_number_is_refused_by_name(twilio_account: Twilio) -> None:
    """D5: > on a phone number was accepted and ignored."""
    with pytest.raises(InputError, match=r"sender number: is text, so is greater than or after \(gt\) does not apply"):
        twilio_account.read(["gt", "sender number", OWN_NUMBER])
    assert twilio_account.sandbox.requests == []


def test_two_conditions_on_one_field_both_hold(twilio_account: Twilio) -> None:
    """D5: the last of two conditions on one noun won."""
    stored(twilio_account.sandbox, 10)
    window = [
        "and",
        ["gt", "date_sent", (NOW - timedelta(minutes=8)).isoformat()],
        ["lt", "date_sent", (NOW - timedelta(minutes=3)).isoformat()],
    ]
    assert len(twilio_account.read(window)) == 4
    assert twilio_account.read(["and", ["eq", "sender_number", OWN_NUMBER], ["eq", "sender_number", RECIPIENT]]) == []


def test_unsupported_operator_is_refused_by_name(twilio_account: Twilio) -> None:
    """D5."""
    with pytest.raises(InputError, match="'matches' is not an operator"):
        twilio_account.read(["matches", "body", "x"])


def test_filter_error_uses_the_users_words(twilio_account: Twilio) -> None:
    """D5: the date error named date_sent, whatever the user wrote."""
    with pytest.raises(InputError) as caught:
        twilio_account.read(["eq", "date created", 5])
    assert [problem.path for problem in caught.value.problems] == ["date created"]


def test_price_and_counts_have_the_declared_types(twilio_account: Twilio) -> None:
    """D6: the SDK gives price and counts as text, so that sorting and adding break."""
    stored(twilio_account.sandbox, 1, change=lambda _: {"price": Decimal("-0.0075"), "media": 3})
    message = twilio_account.read()[0]
    assert (message.price * 2, message.num_media + 1) == (Decimal("-0.0150"), 4)


def test_pending_price_stays_null(twilio_account: Twilio) -> None:
    """D6: a pending price is not 0."""
    twilio_account.send()
    assert twilio_account.read()[0].price is None


def test_direction_is_left_to_the_published_contract(twilio_account: Twilio) -> None:
    """D6 asks for direction too; DESIGN decides for the sixteen published fields, and the statuses tell the direction.

    Inbound messages have the statuses receiving and received, and no others do (Twilio: message resource, status values).
    """
    assert "direction" not in [field.id for field in twilio_account.connector.manifest.concepts[0].fields]
    stored(
        twilio_account.sandbox,
        4,
        change=lambda n: {"status": "received", "direction": "inbound"} if n % 2 else {},
    )
    assert len(twilio_account.read(["in", "status", ["receiving", "received"]])) == 2


def test_logs_hold_no_sid_number_or_body(twilio_account: Twilio, caplog: pytest.LogCaptureFixture) -> None:
    """D7."""
    with caplog.at_level(logging.DEBUG):
        twilio_account.send()
        twilio_account.read(["eq", "recipient_number", RECIPIENT])
        with pytest.raises(ServiceError):
            twilio_account.send(recipient_number=OPTED_OUT)
    assert "create: HTTP 201" in caplog.text
    assert not any(
        private in caplog.text
        for private in (ACCOUNT_SID, AUTH_TOKEN, RECIPIENT[1:], OPTED_OUT[1:], OWN_NUMBER[1:], BODY)
    )


def test_foreign_error_text_is_not_shown(twilio_account: Twilio) -> None:
    """D7: what Twilio writes is passed on only without numbers, SIDs and the request's own texts."""
    planted = f"Cannot send '{BODY}' from {ACCOUNT_SID} to {RECIPIENT}, call 212-555-0123"
    twilio_account.sandbox.faults.plant(Fault("error", code=99999, message=planted))
    with pytest.raises(ServiceError) as caught:
        twilio_account.send()
    assert caught.value.service is not None
    assert caught.value.service.message == "Cannot send '[...]' from AC[...] to [...], call 21********23"


def test_service_error_keeps_code_and_link(twilio_account: Twilio) -> None:
    """D8: off a terminal the SDK loses the code."""
    with pytest.raises(ServiceError, match=r"\(Twilio error 21610\)") as caught:
        twilio_account.send(recipient_number=OPTED_OUT)
    assert caught.value.to_json()["service"]["more_info"] == "https://www.twilio.com/docs/errors/21610"


def test_error_text_is_the_same_on_and_off_a_terminal(twilio_account: Twilio, monkeypatch: pytest.MonkeyPatch) -> None:
    """D8: on a terminal the SDK prints colour codes."""
    with pytest.raises(ServiceError) as caught:
        twilio_account.send(recipient_number=OPTED_OUT)
    off = str(caught.value)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert str(caught.value) == off
    assert "\x1b" not in off


def test_problem_details_body_becomes_a_service_error(twilio_account: Twilio) -> None:
    """D8: an RFC 9457 body escapes the SDK's own exception."""
    twilio_account.sandbox.faults.plant(Fault("problem", code=20001, message="Bad"))
    with pytest.raises(ServiceError, match="20001"):
        twilio_account.send()


@pytest.mark.parametrize("blank", ["", "  "])
def test_blank_secret_is_refused_and_environment_is_not_read(monkeypatch: pytest.MonkeyPatch, blank: str) -> None:
    """D9: the SDK falls back to the host's own account."""
    for name, value in (
        ("ACCOUNT_SID", ACCOUNT_SID),
        ("AUTH_TOKEN", AUTH_TOKEN),
        ("REGION", "ie1"),
        ("EDGE", "dublin"),
    ):
        monkeypatch.setenv(f"TWILIO_{name}", value)
    connector = load_connector("twilio", plugins=make_plugins([plugin], entry_point_group=None))
    with pytest.raises(InputError, match="Auth Token is blank"):
        connector.open({"account_sid": ACCOUNT_SID, "auth_token": blank})
    with pytest.raises(InputError, match="auth_token: is missing"):
        connector.open({"account_sid": ACCOUNT_SID})
    account = twilio()
    account.read(limit=1)
    assert account.lists


def test_region_without_edge_never_routes_to_us1() -> None:
    """D10: the edge is derived from the region, and a region that does not exist is refused by name."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(200, json={"messages": [], "next_page_uri": None})

    account = twilio(transport=httpx.MockTransport(answer))
    values = {"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN}
    for region, host in (
        ("ie1", "api.dublin.ie1.twilio.com"),
        ("au1", "api.sydney.au1.twilio.com"),
        ("us1", "api.twilio.com"),
    ):
        account.connector.open(Connection("auth_token", {**values, "region": region}, name=region))
        account.connector.check(region)
        assert asked[-1] == host
    with pytest.raises(InputError) as caught:
        account.connector.open(Connection("auth_token", {**values, "region": "xx9"}, name="xx9"))
    assert [problem.path for problem in caught.value.problems] == ["region"]


def test_every_advertised_filter_has_an_effect(twilio_account: Twilio) -> None:
    """D11: a filter that is advertised and dropped makes a model believe that it filtered."""

    def differing(number: int) -> dict[str, Any]:
        odd = number % 2
        moment = NOW - timedelta(hours=odd)
        return {
            "body": f"body {odd}",
            "segments": str(1 + odd),
            "sender": OWN_NUMBER if odd else RECIPIENT,
            "recipient": RECIPIENT if odd else OWN_NUMBER,
            "price": Decimal(odd),
            "media": odd,
            "status": "sent" if odd else "failed",
            "messaging_service_sid": f"MG{odd:032x}",
            "sent": moment,
            "created": moment,
            "updated": moment,
            "price_unit": "USD" if odd else "EUR",
            "error_code": odd,
            "error_message": f"error {odd}",
        }

    stored(twilio_account.sandbox, 2, change=differing)
    first = twilio_account.read()[0]
    fields = [field.id for field in twilio_account.connector.manifest.concepts[0].fields]
    for name in fields:
        found = twilio_account.connector.run(
            ActionCall("read_sms_messages", filter=Comparison("eq", name, getattr(first, name)))
        ).output
        # Both belong to one account, so a filter on the account keeps both.
        assert len(found) == (2 if name == "account_sid" else 1), name
    assert twilio_account.read(["eq", "account_sid", "AC"]) == []


def test_429_is_raised_and_honours_retry_after(twilio_account: Twilio) -> None:
    """D12: a class for 429 existed that nothing raised."""
    stored(twilio_account.sandbox, 1)
    twilio_account.sandbox.faults.plant(Fault("rate_limited", times=1, retry_after="7"))
    assert len(twilio_account.read()) == 1
    assert twilio_account.waits == [7.0]
    twilio_account.sandbox.faults.plant(Fault("rate_limited", times=99, retry_after="7"))
    with pytest.raises(RateLimitedError):
        twilio_account.read()


def test_twilio_message_survives_into_the_error(twilio_account: Twilio) -> None:
    """D12: a typo in a key lost Twilio's message."""
    with pytest.raises(ServiceError) as caught:
        twilio_account.send(recipient_number=OPTED_OUT)
    assert caught.value.to_json()["service"]["message"] == "Attempt to send to unsubscribed recipient"


def test_unset_options_are_absent_from_the_request(twilio_account: Twilio) -> None:
    """D13: an empty StatusCallback was sent when it was not set."""
    twilio_account.send()
    twilio_account.read()
    assert set(twilio_account.creates[0]) == {"To", "From", "Body"}
    assert set(twilio_account.lists[0]) == {"PageSize"}


def test_alphanumeric_sender_reaches_twilio_untouched(twilio_account: Twilio) -> None:
    """D14: a label promised alphanumeric senders, a phone parser refused them."""
    account = twilio_account.sandbox.store.account(ACCOUNT_SID)
    assert account is not None
    account.numbers.add("MGM Resorts")
    twilio_account.send(sender_number="MGM Resorts")
    assert twilio_account.creates[0]["From"] == ["MGM Resorts"]


def test_no_action_changes_account_settings(twilio_account: Twilio) -> None:
    """D14: a trigger overwrote the number's webhook. Ours touch messages alone, and change nothing but by a create."""
    twilio_account.connector.check()
    twilio_account.send()
    twilio_account.read()
    paths = {(request.method, request.path) for request in twilio_account.sandbox.requests}
    messages = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
    account = f"/2010-04-01/Accounts/{ACCOUNT_SID}.json"
    assert paths == {("GET", messages), ("GET", account), ("POST", messages)}


def test_404_is_an_error_not_an_empty_list(twilio_account: Twilio) -> None:
    """D15: 404 was ignored on all streams."""
    twilio_account.sandbox.faults.plant(Fault("error", status=404, code=20404, message="not found"))
    with pytest.raises(ServiceError, match="20404"):
        twilio_account.read()


def test_no_hidden_date_clamp(twilio_account: Twilio) -> None:
    """D15: dates were moved to 400 days ago in secret."""
    twilio_account.read(["ge", "date_sent", "2001-01-01"])
    assert twilio_account.lists[0]["DateSent>"] == ["2000-12-31T23:59:59Z"]


def test_every_manifest_setting_is_used() -> None:
    """D15: a setting was declared under one name and read under another."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"messages": [], "next_page_uri": None})

    account = twilio(transport=httpx.MockTransport(answer))
    account.read()
    values = {"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN}
    sent = str(seen[0].url) + base64.b64decode(seen[0].headers["Authorization"].removeprefix("Basic ")).decode()
    assert all(values[field.id] in sent for field in account.connector.manifest.connection[0].fields)


def test_two_connections_never_share_credentials() -> None:
    """D16: one client for the whole process served the first caller's account to all."""
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        user, _, password = (
            base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode().partition(":")
        )
        seen.append(f"{user}:{password} {request.url.path}")
        return httpx.Response(200, json={"messages": [], "next_page_uri": None})

    account = twilio(transport=httpx.MockTransport(answer))
    other = f"AC{2:032x}"
    account.connector.open(
        Connection("auth_token", {"account_sid": other, "auth_token": "another-token-0002"}, name="work")
    )
    for name in ("work", "default", "work"):
        account.connector.run(ActionCall("read_sms_messages", connection=name))
    expected = {
        name: f"{sid}:{token} /2010-04-01/Accounts/{sid}/Messages.json"
        for name, sid, token in (("default", ACCOUNT_SID, AUTH_TOKEN), ("work", other, "another-token-0002"))
    }
    assert seen == [expected["work"], expected["default"], expected["work"]]


def test_queued_message_is_reported_as_queued(twilio_account: Twilio) -> None:
    """D16: "sent successfully" was said of a queued message."""
    inputs = {"sender_number": OWN_NUMBER, "recipient_number": RECIPIENT, "message_body": BODY}
    notice = twilio_account.connector.run(ActionCall("send_sms_message", inputs)).notices[0]
    assert notice.code == "queued"
    assert "its status is queued, which is not yet delivered" in notice.message


def test_every_request_has_a_timeout() -> None:
    """D17: the SDK waits forever."""
    seen: list[dict[str, float]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.extensions["timeout"])
        return httpx.Response(200, json={"messages": [], "next_page_uri": None, "sid": "SM1", "status": "queued"})

    account = twilio(transport=httpx.MockTransport(answer))
    account.send()
    account.read()
    account.connector.check()
    assert len(seen) == 4  # the check also asks for the account
    assert all(phases[name] and phases[name] <= 30 for phases in seen for name in ("connect", "read", "write", "pool"))


def test_send_without_an_answer_is_never_repeated(twilio_account: Twilio) -> None:
    """D18: all errors were repeated three times, sends included."""
    twilio_account.sandbox.faults.plant(Fault("drop_before", times=9, method="POST"))
    with pytest.raises(OutcomeUnknownError):
        twilio_account.send()
    assert len(twilio_account.creates) == 1


def test_importing_the_connector_reads_no_environment_and_opens_no_socket() -> None:
    """D9 again, at import: nothing happens before a connection is opened."""
    code = (
        "import socket, os, sys; socket.socket.connect = None\n"
        "import connector_kit, twilio_connector.plugin\n"
        "connector_kit.load_connector('twilio')\n"
        "assert 'jsonschema' not in sys.modules and 'rich' not in {m for m in sys.modules if m == 'connector_kit.hosts'}\n"
        "print('loaded')"
    )
    command = [sys.executable, "-W", "error", "-c", code]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)  # noqa: S603 - our own code
    assert ran.stdout == "loaded\n"


def test_a_client_prints_no_credentials() -> None:
    """A repr ends in logs."""
    client = TwilioClient(ACCOUNT_SID, Connection("m", {"auth_token": AUTH_TOKEN}).secret("auth_token"))
    try:
        assert repr(client) == "TwilioClient('api.twilio.com')"
    finally:
        client.close()
