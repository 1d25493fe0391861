"""Twilio's own Python SDK, unchanged, works against the sandbox: an independent client agrees that it answers like Twilio.

Only the address is rewritten, in the SDK's own replaceable HTTP client; every path, header, form and answer is the real thing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from support import BODY, NOW, RECIPIENT, stored
from twilio_sandbox import Fault, Sandbox
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN, OPTED_OUT, OTHER_NUMBER, OWN_NUMBER, SERVICE_SID
from twilio_sandbox.server import serving

TWILIO = "https://api.twilio.com"


class RedirectedHttpClient(TwilioHttpClient):  # type: ignore[misc]  # the SDK has no types
    """The SDK's HTTP client, which finds Twilio at another address."""

    def __init__(self, address: str) -> None:
        super().__init__(timeout=10)
        self.address = address
        # Proxies and credentials of the machine have no business with the sandbox.
        self.session.trust_env = False

    def request(self, method: str, url: str, *args: Any, **settings: Any) -> Any:
        """Send the SDK's request to the other address."""
        assert url.startswith(TWILIO), url
        return super().request(method, self.address + url.removeprefix(TWILIO), *args, **settings)


@contextmanager
def sdk(address: str, account_sid: str = ACCOUNT_SID, auth_token: str = AUTH_TOKEN) -> Iterator[Client]:
    """Give an SDK client for the sandbox at an address."""
    http = RedirectedHttpClient(address)
    with closing(http.session):
        yield Client(account_sid, auth_token, http_client=http)


@pytest.fixture
def address(sandbox: Sandbox) -> Iterator[str]:
    """The address of the sandbox on a socket of this machine."""
    with serving(sandbox) as served:
        yield served


@pytest.fixture
def client(address: str) -> Iterator[Client]:
    """Twilio's SDK with the demo account's credentials."""
    with sdk(address) as opened:
        yield opened


def bodies(messages: Any) -> list[str]:
    """Name messages by their bodies."""
    return [message.body for message in messages]


def refused(act: Callable[[], Any]) -> tuple[int, int, str]:
    """Return the status, code and words with which the SDK says that something was refused."""
    with pytest.raises(TwilioException) as caught:
        act()
    if isinstance(caught.value, TwilioRestException):
        return caught.value.status, caught.value.code, caught.value.msg
    # For a list the SDK raises its root error with the answer unread.
    _, answer = caught.value.args
    error = json.loads(answer.text)
    return answer.status_code, error["code"], error["message"]


def pages(sandbox: Sandbox) -> int:
    """Count the pages that were asked for."""
    return sum(request.path.endswith("/Messages.json") and request.method == "GET" for request in sandbox.requests)


def test_the_sdk_sends_and_reads_the_answer(client: Client, sandbox: Sandbox) -> None:
    """A create is stored, and the SDK can read every field of the answer (Twilio's documentation of the Message resource)."""
    message = client.messages.create(to=RECIPIENT, from_=OWN_NUMBER, body=BODY)
    kept = sandbox.store.find(ACCOUNT_SID, message.sid)
    assert kept is not None
    assert (kept.recipient, kept.sender, kept.body) == (RECIPIENT, OWN_NUMBER, BODY)
    assert (message.status, message.direction, message.num_segments, message.num_media) == (
        "queued",
        "outbound-api",
        "1",
        "0",
    )
    assert (message.date_sent, message.price, message.price_unit, message.error_code) == (None, None, "USD", None)
    assert message.date_created == NOW
    assert message.uri == f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{message.sid}.json"


def test_the_sdk_sends_a_text_of_every_kind_of_character_unchanged(client: Client) -> None:
    """Forms are decoded as UTF-8, and plus, percent and ampersand are characters like others (WHATWG URL, form encoding)."""
    body = "50 % off & more = 1+1 £ € 🎉\nsecond line"
    assert client.messages(client.messages.create(to=RECIPIENT, from_=OWN_NUMBER, body=body).sid).fetch().body == body


def test_the_sdk_sends_through_a_messaging_service(client: Client) -> None:
    """A message of a service is accepted, has no sender and counts 0 segments at first (Twilio's documentation)."""
    message = client.messages.create(to=RECIPIENT, messaging_service_sid=SERVICE_SID, body=BODY)
    assert (message.status, message.from_, message.num_segments, message.messaging_service_sid) == (
        "accepted",
        None,
        "0",
        SERVICE_SID,
    )


def test_the_sdk_sends_media(client: Client) -> None:
    """A message with media has a SID that begins with MM, and media_url is repeated for each file (Twilio's documentation)."""
    message = client.messages.create(
        to=RECIPIENT, from_=OWN_NUMBER, media_url=["https://example.com/1.png", "https://example.com/2.png"]
    )
    assert message.sid.startswith("MM")
    assert message.num_media == "2"


def varied(number: int) -> dict[str, str]:
    """Make two of eight messages replies, and send two to another recipient."""
    if number % 4 == 0:
        return {"sender": RECIPIENT, "recipient": OWN_NUMBER, "direction": "inbound", "status": "received"}
    return {"recipient": "+12125550144"} if number % 4 == 1 else {}


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        ({}, [7, 6, 5, 4, 3, 2, 1, 0]),
        ({"to": RECIPIENT}, [7, 6, 3, 2]),
        ({"to": OWN_NUMBER}, [4, 0]),
        ({"from_": OWN_NUMBER}, [7, 6, 5, 3, 2, 1]),
        ({"from_": OTHER_NUMBER}, []),
        ({"to": RECIPIENT, "from_": OWN_NUMBER}, [7, 6, 3, 2]),
        ({"date_sent_after": NOW - timedelta(minutes=3)}, [7, 6, 5]),
        ({"date_sent_before": NOW - timedelta(minutes=6)}, [2, 1, 0]),
        ({"date_sent_after": NOW - timedelta(minutes=5), "date_sent_before": NOW - timedelta(minutes=4)}, [4, 3]),
        ({"date_sent": NOW - timedelta(minutes=2)}, [6]),
        ({"date_sent": date(2026, 3, 9)}, []),
        ({"date_sent_after": date(2026, 3, 10)}, [7, 6, 5, 4, 3, 2, 1, 0]),
        ({"to": RECIPIENT, "date_sent_after": NOW - timedelta(minutes=5, seconds=30)}, [7, 6, 3]),
    ],
)
def test_the_sdk_lists_with_each_filter(
    client: Client, sandbox: Sandbox, filters: dict[str, Any], numbers: list[int]
) -> None:
    """To, From and the three forms of DateSent narrow a list; the newest comes first (Twilio's documentation of the list)."""
    stored(sandbox, 8, change=varied)
    assert bodies(client.messages.list(**filters)) == [f"message {number}" for number in numbers]


@pytest.mark.parametrize(
    ("paging", "found", "asked"),
    [
        ({}, 7, 1),
        ({"page_size": 3}, 7, 3),
        ({"page_size": 7}, 7, 1),
        ({"limit": 4}, 4, 1),
        ({"limit": 5, "page_size": 2}, 5, 3),
        ({"limit": 2, "page_size": 3}, 2, 1),
        ({"limit": 100}, 7, 1),
    ],
)
def test_the_sdk_reads_over_several_pages(
    client: Client, sandbox: Sandbox, paging: dict[str, int], found: int, asked: int
) -> None:
    """Following next_page_uri gives each message once and in order, with as many requests as there are pages needed."""
    stored(sandbox, 7)
    assert bodies(client.messages.list(**paging)) == [f"message {6 - place}" for place in range(found)]
    assert pages(sandbox) == asked


def test_the_sdk_keeps_the_filter_on_every_page(client: Client, sandbox: Sandbox) -> None:
    """A page's link carries the filters, so the second page is as narrow as the first one."""
    stored(sandbox, 8, change=varied)
    assert bodies(client.messages.list(to=RECIPIENT, page_size=1)) == [
        "message 7",
        "message 6",
        "message 3",
        "message 2",
    ]


def test_a_message_that_arrives_between_two_pages_moves_nothing(client: Client, sandbox: Sandbox) -> None:
    """Pages hang on a record, not on a count: a new message on top shifts nobody to the next page (Twilio's PageToken)."""
    stored(sandbox, 4)
    first = client.messages.page(page_size=2)
    client.messages.create(to=RECIPIENT, from_=OWN_NUMBER, body="new")
    assert bodies(first) + bodies(first.next_page()) == ["message 3", "message 2", "message 1", "message 0"]


def test_the_sdk_goes_a_page_forth_and_back(client: Client, sandbox: Sandbox) -> None:
    """A page links to the ones before and behind it, the last one to none behind it."""
    stored(sandbox, 4)
    first = client.messages.page(page_size=2)
    second = first.next_page()
    assert bodies(second) == ["message 1", "message 0"]
    assert second.next_page() is None
    assert bodies(second.previous_page()) == bodies(client.messages.page(page_size=2))
    assert bodies(client.messages.get_page(TWILIO + first.next_page_url.removeprefix(TWILIO))) == [
        "message 1",
        "message 0",
    ]


def test_the_sdk_streams_no_further_than_it_is_asked(client: Client, sandbox: Sandbox) -> None:
    """A stream reads a page when its first message is wanted, and not before."""
    stored(sandbox, 6)
    stream = client.messages.stream(page_size=2)
    assert bodies([next(stream), next(stream)]) == ["message 5", "message 4"]
    assert pages(sandbox) == 1
    assert bodies([next(stream)]) == ["message 3"]
    assert pages(sandbox) == 2


def test_an_empty_account_lists_nothing(client: Client) -> None:
    """An empty list is an answer, not an error."""
    assert client.messages.list() == []


def test_the_sdk_fetches_a_message_as_it_grows_older(client: Client, sandbox: Sandbox) -> None:
    """Status, date and price appear with time (Twilio's documentation of the statuses); the SDK reads them all."""
    sid = client.messages.create(to=RECIPIENT, from_=OWN_NUMBER, body=BODY).sid
    assert client.messages(sid).fetch().status == "queued"
    sandbox.clock.advance(60)
    message = client.messages(sid).fetch()
    assert (message.status, message.price, message.price_unit) == ("delivered", "-0.00790", "USD")
    assert message.date_sent == NOW + timedelta(seconds=2)
    assert message.subresource_uris["media"] == f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{sid}/Media.json"


def test_the_sdk_redacts_and_deletes_a_message(client: Client, sandbox: Sandbox) -> None:
    """An update with an empty body redacts, a delete takes the message away (Twilio's documentation)."""
    sid = stored(sandbox, 1)[0].sid
    assert client.messages(sid).update(body="").body == ""
    assert client.messages(sid).delete() is True
    assert refused(client.messages(sid).fetch)[:2] == (404, 20404)


def test_the_sdk_fetches_the_account(client: Client) -> None:
    """An account tells its state and kind (Twilio's documentation of the Account resource)."""
    account = client.api.v2010.accounts(ACCOUNT_SID).fetch()
    assert (account.sid, account.status, account.type) == (ACCOUNT_SID, "active", "Full")
    assert account.date_created == datetime(2026, 1, 1, tzinfo=UTC)


def _send(**changes: str) -> Callable[[Client], Any]:
    return lambda client: client.messages.create(**{"to": RECIPIENT, "from_": OWN_NUMBER, "body": BODY, **changes})


@pytest.mark.parametrize(
    ("act", "status", "code", "words"),
    [
        pytest.param(_send(to="12"), 400, 21211, "'To' number", id="invalid recipient"),
        pytest.param(_send(to=OPTED_OUT), 400, 21610, "unsubscribed", id="opted out"),
        pytest.param(_send(from_="+12125550177"), 400, 21606, "'From' phone number", id="sender of somebody else"),
        pytest.param(_send(body=""), 400, 21602, "body is required", id="no body"),
        pytest.param(_send(body="a" * 1601), 400, 21617, "1600 character limit", id="body too long"),
        pytest.param(
            lambda client: client.messages(f"SM{99:032x}").fetch(), 404, 20404, "was not found", id="unknown message"
        ),
        pytest.param(
            lambda client: client.api.v2010.accounts(f"AC{99:032x}").messages.list(),
            404,
            20404,
            "was not found",
            id="unknown account",
        ),
        pytest.param(
            lambda client: client.messages.page(page_number=2),
            400,
            20001,
            "PageToken is required",
            id="page without token",
        ),
        pytest.param(lambda client: client.messages.list(date_sent="soon"), 400, 20001, "Invalid date", id="no date"),
    ],
)
def test_the_sdk_gets_the_code_of_each_refusal(
    client: Client, sandbox: Sandbox, act: Callable[[Client], Any], status: int, code: int, words: str
) -> None:
    """A refusal has the status, code and words of Twilio's error dictionary, and nothing is stored."""
    said = refused(lambda: act(client))
    assert said[:2] == (status, code)
    assert words in said[2]
    assert sandbox.store.count(ACCOUNT_SID) == 0


@pytest.mark.parametrize(("account_sid", "auth_token"), [(ACCOUNT_SID, "wrong"), (f"AC{99:032x}", AUTH_TOKEN)])
def test_the_sdk_is_refused_with_wrong_credentials(address: str, account_sid: str, auth_token: str) -> None:
    """Credentials come before everything else: 401 with code 20003, whatever was asked for (Twilio's error dictionary)."""
    with sdk(address, account_sid, auth_token) as client:
        for act in (_send(), _send(to="12"), lambda stranger: stranger.messages.list()):
            assert refused(lambda act=act: act(client))[:2] == (401, 20003)  # type: ignore[misc]  # mypy cannot type a lambda with a default


def test_the_sdk_sees_that_it_is_rate_limited_and_that_nothing_was_sent(client: Client, sandbox: Sandbox) -> None:
    """429 with code 20429 means that the request was not processed (Twilio's error dictionary); the next one is."""
    sandbox.faults.plant(Fault("rate_limited", method="POST"))
    assert refused(lambda: _send()(client))[:2] == (429, 20429)
    assert sandbox.store.count(ACCOUNT_SID) == 0
    assert _send()(client).status == "queued"
