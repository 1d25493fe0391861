"""The sandbox against Twilio's documented rules (twilio_api.md, parts I and III)."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from support import NOW, RECIPIENT, stored
from twilio_sandbox import Account, Clock, Fault, Sandbox, SandboxTransport, rules
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN, OPTED_OUT, OWN_NUMBER, SERVICE_SID, account, seeded
from twilio_sandbox.segments import segments
from twilio_sandbox.server import serving

MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
KEY, SECRET = f"SK{1:032x}", "key-secret"


@pytest.fixture
def sandbox() -> Sandbox:
    """The demo account, with an API key, on a clock that stands still."""
    sandbox = Sandbox(Clock(NOW))
    sandbox.store.add_account(account()).api_keys[KEY] = SECRET
    return sandbox


def ask(
    sandbox: Sandbox,
    method: str = "GET",
    path: str = MESSAGES,
    user: str = ACCOUNT_SID,
    password: str = AUTH_TOKEN,
    **form: str,
) -> tuple[int | None, dict[str, Any]]:
    """Send one request and return status and JSON."""
    credentials = base64.b64encode(f"{user}:{password}".encode()).decode()
    headers = {"authorization": f"Basic {credentials}"} if user else {}
    answer = sandbox.handle(method, path, headers, urlencode(form).encode())
    return answer.status, json.loads(answer.body or b"{}")


def create(sandbox: Sandbox, **changes: str) -> tuple[int | None, dict[str, Any]]:
    """Create a message."""
    form = {"To": RECIPIENT, "From": OWN_NUMBER, "Body": "hi"} | changes
    return ask(sandbox, "POST", **{name: value for name, value in form.items() if value != "-"})


@pytest.mark.parametrize(
    ("user", "password", "path", "status", "code"),
    [
        ("", "", MESSAGES, 401, 20003),
        (ACCOUNT_SID, "wrong", MESSAGES, 401, 20003),
        (ACCOUNT_SID, "wrong", "/2010-04-01/Accounts/a/Messages.json", 401, 20003),
        (ACCOUNT_SID, AUTH_TOKEN, "/2010-04-01/Accounts/a/Messages.json", 404, 20404),
        (ACCOUNT_SID, AUTH_TOKEN, MESSAGES.removesuffix(".json"), 404, 20404),
        (ACCOUNT_SID, AUTH_TOKEN, MESSAGES, 200, None),
        (KEY, SECRET, MESSAGES, 200, None),
        (KEY, "wrong", MESSAGES, 401, 20003),
        (KEY, SECRET, f"/2010-04-01/Accounts/{ACCOUNT_SID}.json", 401, 20003),
        (ACCOUNT_SID, AUTH_TOKEN, f"/2010-04-01/Accounts/{ACCOUNT_SID}.json", 200, None),
    ],
)
def test_credentials_are_checked_before_paths(
    sandbox: Sandbox, user: str, password: str, path: str, status: int, code: int | None
) -> None:
    """401 before 404; a standard API key cannot read /Accounts."""
    answered, document = ask(sandbox, path=path, user=user, password=password)
    assert (answered, document.get("code")) == (status, code)


def test_a_suspended_account_is_not_let_in(sandbox: Sandbox) -> None:
    found = sandbox.store.account(ACCOUNT_SID)
    assert found is not None
    found.status = "suspended"
    assert ask(sandbox)[1]["code"] == 20003
    assert ask(sandbox, path=f"/2010-04-01/Accounts/{ACCOUNT_SID}.json")[1]["status"] == "suspended"


def test_a_parent_acts_on_its_subaccount_and_its_api_key_does_not(sandbox: Sandbox) -> None:
    child = f"AC{9:032x}"
    sandbox.store.add_account(Account(sid=child, auth_token="child", owner_sid=ACCOUNT_SID))
    path = MESSAGES.replace(ACCOUNT_SID, child)
    assert ask(sandbox, path=path)[0] == 200
    assert ask(sandbox, path=path, user=KEY, password=SECRET)[0] == 401
    assert ask(sandbox, user=child, password="child")[0] == 401


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        ({"To": "-"}, 21604, "A 'To' phone number is required."),
        ({"To": "5551234"}, 21211, "The 'To' number 555XXXX is not a valid phone number."),
        ({"From": "-"}, 21603, "A 'From' phone number is required."),
        ({"From": "Apple"}, 21212, "'From'"),
        ({"From": "?"}, 21212, "'From'"),
        ({"From": "+15005559999"}, 21606, "+1500555XXXX"),
        ({"To": OWN_NUMBER}, 21266, "cannot be the same"),
        ({"To": "+88212345678"}, 21408, "+8821234XXXX"),
        ({"To": OPTED_OUT}, 21610, "unsubscribed"),
        ({"Body": "-"}, 21602, "Message body is required."),
        ({"Body": "x" * 1601}, 21617, "1600 character limit"),
        ({"To": "5551234", "From": "-", "Body": "-"}, 21211, "'To'"),
    ],
)
def test_a_create_is_validated_in_order(sandbox: Sandbox, changes: dict[str, str], code: int, says: str) -> None:
    status, document = create(sandbox, **changes)
    assert (status, document["code"], document["status"]) == (400, code, 400)
    assert says in document["message"]
    assert document["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert sandbox.store.count(ACCOUNT_SID) == 0


def test_a_trial_account_texts_verified_numbers_only_and_adds_its_sentence(sandbox: Sandbox) -> None:
    found = sandbox.store.account(ACCOUNT_SID)
    assert found is not None
    found.type = "Trial"
    assert create(sandbox)[1]["code"] == 21608
    found.verified.add(RECIPIENT)
    assert create(sandbox)[1]["body"] == "Sent from your Twilio trial account - hi"


def test_the_same_digits_without_a_plus_come_back_with_one(sandbox: Sandbox) -> None:
    assert create(sandbox, From=OWN_NUMBER[1:])[1]["from"] == OWN_NUMBER


def test_a_created_message_has_no_price_and_no_date_sent(sandbox: Sandbox) -> None:
    status, document = create(sandbox)
    assert status == 201
    assert (document["status"], document["price"], document["date_sent"], document["num_segments"]) == (
        "queued",
        None,
        None,
        "1",
    )
    assert document["date_created"] == "Tue, 10 Mar 2026 12:00:00 +0000"
    assert set(document["subresource_uris"]) == {"media"}


def test_a_messaging_service_accepts_without_a_sender(sandbox: Sandbox) -> None:
    for changes in ({"From": "-", "MessagingServiceSid": SERVICE_SID}, {"From": SERVICE_SID}):
        document = create(sandbox, **changes)[1]
        assert (document["status"], document["from"], document["num_segments"], document["price_unit"]) == (
            "accepted",
            None,
            "0",
            None,
        )
        assert document["messaging_service_sid"] == SERVICE_SID
    assert create(sandbox, From="-", MessagingServiceSid=f"MG{9:032x}")[0] == 404


@pytest.mark.parametrize(
    ("seconds", "status", "sent", "priced"),
    [
        (0, "queued", False, False),
        (1, "sending", False, False),
        (2, "sent", True, False),
        (5, "delivered", True, False),
        (6, "delivered", True, True),
    ],
)
def test_a_message_grows_older_by_the_clock(
    sandbox: Sandbox, seconds: int, status: str, sent: bool, priced: bool
) -> None:
    sid = create(sandbox)[1]["sid"]
    sandbox.clock.advance(seconds)
    document = ask(sandbox, path=MESSAGES.replace(".json", f"/{sid}.json"))[1]
    assert (document["status"], document["date_sent"] is not None, document["price"]) == (
        status,
        sent,
        "-0.00790" if priced else None,
    )
    assert set(document["subresource_uris"]) == {"media", "feedback"}


def test_test_credentials_try_sending_only(sandbox: Sandbox) -> None:
    """twilio.com/docs/iam/test-credentials: magic numbers, nothing stored, every other resource 403."""
    found = sandbox.store.account(ACCOUNT_SID)
    assert found is not None
    found.test = True
    assert (ask(sandbox)[0], ask(sandbox)[1]["code"]) == (403, 20008)
    assert create(sandbox)[0] == 201
    assert sandbox.store.count(ACCOUNT_SID) == 0
    senders = {"+15005550001": 21212, "+15005550007": 21606, "+15005550008": 21611, "+12125550100": 21606}
    recipients = {
        "+15005550001": 21211,
        "+15005550002": 21612,
        "+15005550003": 21408,
        "+15005550004": 21610,
        "+15005550009": 21614,
    }
    assert {number: create(sandbox, From=number)[1]["code"] for number in senders} == senders
    assert {number: create(sandbox, To=number)[1]["code"] for number in recipients} == recipients


def pages(sandbox: Sandbox, path: str) -> Iterator[dict[str, Any]]:
    """Follow the links of a list."""
    while path:
        document = ask(sandbox, path=path)[1]
        yield document
        path = document["next_page_uri"]


def test_a_list_is_paged_by_its_records(sandbox: Sandbox) -> None:
    expected = stored(sandbox, 7)
    found = list(pages(sandbox, f"{MESSAGES}?PageSize=3"))
    assert [m["sid"] for page in found for m in page["messages"]] == [m.sid for m in expected]
    assert [(page["page"], page["start"], page["end"], page["page_size"]) for page in found] == [
        (0, 0, 2, 3),
        (1, 3, 5, 3),
        (2, 6, 6, 3),
    ]
    assert found[0]["next_page_uri"].endswith(f"PageSize=3&Page=1&PageToken=PA{expected[2].sid}")
    assert found[0]["previous_page_uri"] is None
    back = ask(sandbox, path=found[2]["previous_page_uri"])[1]
    assert [m["sid"] for m in back["messages"]] == [m.sid for m in expected[3:6]]
    assert set(found[0]) == {
        "first_page_uri",
        "end",
        "previous_page_uri",
        "messages",
        "uri",
        "page_size",
        "start",
        "next_page_uri",
        "page",
    }


def test_an_empty_list_has_the_documented_envelope(sandbox: Sandbox) -> None:
    document = ask(sandbox)[1]
    assert (document["messages"], document["start"], document["end"], document["next_page_uri"]) == ([], 0, 0, None)
    assert document["uri"] == f"{MESSAGES}?PageSize=50&Page=0"


def test_a_page_without_its_token_is_refused(sandbox: Sandbox) -> None:
    status, document = ask(sandbox, path=f"{MESSAGES}?Page=2")
    assert (status, document["code"], document["message"]) == (400, 20001, "PageToken is required for paging.")


def test_messages_of_one_second_are_paged_without_loss(sandbox: Sandbox) -> None:
    """A date alone is no cursor."""
    expected = stored(sandbox, 9, change=lambda _: {"sent": NOW, "created": NOW})
    found = [m["sid"] for page in pages(sandbox, f"{MESSAGES}?PageSize=2") for m in page["messages"]]
    assert sorted(found) == sorted(m.sid for m in expected)


def test_unknown_parameters_are_ignored_as_twilio_does(sandbox: Sandbox) -> None:
    stored(sandbox, 3)
    assert len(ask(sandbox, path=f"{MESSAGES}?Status=failed&Direction=inbound")[1]["messages"]) == 3


@pytest.mark.parametrize(
    ("value", "found"),
    [("2026-03-10", 3), ("2026-03-10T11:59:00Z", 1), ("2026-03-10T12:59:00+01:00", 1), ("2026-03-09", 0)],
)
def test_a_date_is_an_instant_or_a_whole_day(sandbox: Sandbox, value: str, found: int) -> None:
    stored(sandbox, 3)
    assert len(ask(sandbox, path=f"{MESSAGES}?{urlencode({'DateSent': value})}")[1]["messages"]) == found


def test_a_bad_date_is_refused(sandbox: Sandbox) -> None:
    """twilio-cli issue 99: an inequality in the value instead of the name."""
    status, document = ask(sandbox, path=f"{MESSAGES}?DateSent=%3E%3D2026-03-01")
    assert (status, document["code"], document["message"]) == (400, 20001, "Invalid date value.")


@pytest.mark.parametrize(
    ("reading", "before", "after"),
    [("inclusive", 3, 2), ("strict", 2, 1), ("midnight", 2, 3), ("whole_day", 4, 3)],
)
def test_the_boundary_of_a_date_is_read_in_four_ways(reading: str, before: int, after: int) -> None:
    """Twilio's texts and observations differ, so a client must be right under each."""
    sandbox = Sandbox(Clock(NOW), date_reading=reading)
    sandbox.store.add_account(account())
    ages = [timedelta(hours=24), timedelta(hours=12), timedelta(hours=3), timedelta(0)]
    stored(sandbox, 4, change=lambda n: {"sent": NOW - ages[n]})
    bound = "2026-03-10T09:00:00Z"
    counts = [
        len(ask(sandbox, path=f"{MESSAGES}?{urlencode({name: bound})}")[1]["messages"])
        for name in ("DateSent<", "DateSent>")
    ]
    assert counts == [before, after]


def test_messages_without_a_date_sent_are_in_no_date_filter(sandbox: Sandbox) -> None:
    create(sandbox)
    assert ask(sandbox, path=f"{MESSAGES}?DateSent%3E=2026-01-01")[1]["messages"] == []


def test_after_400_days_a_message_is_gone(sandbox: Sandbox) -> None:
    sid = create(sandbox)[1]["sid"]
    sandbox.clock.advance(timedelta(days=401).total_seconds())
    assert ask(sandbox)[1]["messages"] == []
    assert ask(sandbox, path=MESSAGES.replace(".json", f"/{sid}.json"))[0] == 404


def test_a_message_can_be_redacted_and_deleted(sandbox: Sandbox) -> None:
    path = MESSAGES.replace(".json", f"/{create(sandbox)[1]['sid']}.json")
    assert ask(sandbox, "POST", path, Body="")[1]["body"] == ""
    assert ask(sandbox, "DELETE", path)[0] == 204
    assert ask(sandbox, path=path)[0] == 404


def test_answers_carry_twilios_headers(sandbox: Sandbox) -> None:
    answer = sandbox.handle("GET", MESSAGES, {}, b"")
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="Twilio API"'
    assert answer.headers["Twilio-Request-Id"].startswith("RQ")
    assert answer.headers["X-Home-Region"] == "us1"


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("x" * 306, 2),
        ("x" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("é" * 160, 1),
        ("ç", 1),
        ("ç" * 71, 2),
        ("🎉" * 35, 1),
        ("🎉" * 36, 2),
        ("x" * 152 + "ç", 3),
    ],
)
def test_segments_are_counted_by_encoding(body: str, count: int) -> None:
    """Twilio's glossary; the last is its own example."""
    assert segments(body) == count


def test_the_demo_account_is_the_same_every_time() -> None:
    one, other = (seeded(Sandbox(Clock(NOW))).store.all(ACCOUNT_SID) for _ in range(2))
    assert one == other
    assert len(one) == 300
    assert {m.status for m in one} == {"delivered", "undelivered", "received"}


def test_the_control_endpoint_shows_state_and_requests_and_plants_faults(sandbox: Sandbox) -> None:
    create(sandbox)
    with serving(sandbox) as address, httpx.Client(base_url=address) as client:
        state = client.get("/_sandbox/state").json()
        assert state["messages"] == {ACCOUNT_SID: 1}
        logged = client.get("/_sandbox/requests").json()
        assert [(r["method"], r["status"], r["form"]["Body"]) for r in logged] == [("POST", 201, ["hi"])]
        assert AUTH_TOKEN not in json.dumps(logged)
        client.post("/_sandbox/faults", json={"kind": "rate_limited", "retry_after": "5"})
        assert client.get(MESSAGES).headers["Retry-After"] == "5"
        client.post("/_sandbox/faults", json={"kind": "drop_before", "times": 9})
        with pytest.raises(httpx.RemoteProtocolError):
            client.get(MESSAGES)
        client.delete("/_sandbox/faults")
        client.post("/_sandbox/clock", json={"advance": 60})
        assert client.get("/_sandbox/state").json()["now"].startswith("2026-03-10T12:01:00")
        client.delete("/_sandbox/requests")
        assert client.get("/_sandbox/requests").json() == []
        assert client.get("/_sandbox/nonsense").status_code == 404


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
def test_a_dropped_connection_looks_the_same_on_a_socket_and_in_process(sandbox: Sandbox, kind: str) -> None:
    form = {"To": RECIPIENT, "From": OWN_NUMBER, "Body": "hi"}
    with serving(sandbox) as address:
        for client in (
            httpx.Client(base_url=address),
            httpx.Client(base_url="https://api.twilio.com", transport=SandboxTransport(sandbox)),
        ):
            sandbox.faults.plant(Fault(kind))
            with client, pytest.raises(httpx.RemoteProtocolError):
                client.post(MESSAGES, data=form, auth=(ACCOUNT_SID, AUTH_TOKEN))
    assert sandbox.store.count(ACCOUNT_SID) == (2 if kind == "drop_after" else 0)


def test_an_unknown_fault_is_refused() -> None:
    with pytest.raises(ValueError, match="there is no fault 'flood'"):
        Fault("flood")


def test_the_readings_of_both_bounds_have_the_same_names() -> None:
    assert set(rules.BEFORE) == set(rules.AFTER)
