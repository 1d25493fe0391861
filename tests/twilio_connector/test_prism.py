"""Prism, an independent mock server for Twilio's OpenAPI document, accepts every request of the connector.

With ``--errors`` Prism answers a request that violates the document with an error. It takes unknown query parameters and any
text for a date, so these two are held against the document here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from connector_kit import (
    ActionCall,
    Connection,
    Connector,
    InputError,
    Problem,
    ServiceError,
    load_connector,
    make_plugins,
    parse_filter,
)
from support import NOW, Wire
from twilio_connector import plugin
from twilio_connector.client import TwilioClient
from twilio_openapi import MESSAGES, document, list_response, needs_prism, serving_prism, with_relative_page_links
from twilio_sandbox import Clock
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN

pytestmark = needs_prism

# What Prism answers is the first example of the document.
CREATED = "SM" + "a" * 32
LISTED = "SMded05904ccb347238880ca9264e8fe1c"
FETCHED = "SMb7c0a2ce80504485a6f653a7110836f5"
SENDER, RECIPIENT = "+12019235161", "+18182008801"
SENT = datetime(2019, 5, 24, 17, 44, 50, tzinfo=UTC)


class NotedTransport(httpx.HTTPTransport):
    """The real transport, which writes down what was sent."""

    def __init__(self) -> None:
        super().__init__(trust_env=False)
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        self.requests.append(request)
        return super().handle_request(request)

    @property
    def query(self) -> dict[str, str]:
        """The query of the only request."""
        (request,) = self.requests
        return dict(request.url.params.multi_items())


@pytest.fixture(scope="module")
def prism(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running Prism."""
    with serving_prism(tmp_path_factory.mktemp("prism")) as address:
        yield address


@pytest.fixture
def transport() -> NotedTransport:
    """The transport of the connection under test."""
    return NotedTransport()


@pytest.fixture
def connector(prism: str, transport: NotedTransport) -> Iterator[Connector]:
    """The connector with an open connection to Prism."""
    with load_connector("twilio", plugins=make_plugins([plugin, Wire(transport)], entry_point_group=None)) as loaded:
        loaded.open(Connection("auth_token", {"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN}, base_url=prism))
        yield loaded


def read(connector: Connector, tree: object = None, **paging: Any) -> list[Any]:
    """Read messages; with a limit, since the pages of Prism's example lead in a circle."""
    wanted = None if tree is None else parse_filter(tree, connector.manifest.concepts[0])
    output: list[Any] = connector.run(ActionCall("read_sms_messages", filter=wanted, **{"limit": 1, **paging})).output
    return output


@pytest.mark.parametrize(
    ("sender", "recipient"),
    [
        ("+15005550006", "+12125550123"),
        ("12345", "+12125550123"),
        ("Acme Ltd", "+442079460123"),
        ("whatsapp:+15005550006", "whatsapp:+12125550123"),
        ("messenger:1234567890", "messenger:9876543210"),
    ],
)
@pytest.mark.parametrize("body", ["Hello", "50 % off & more = 1+1 £ € 🎉\nsecond line", "a" * 1600])
def test_a_create_from_every_kind_of_sender_fits_the_document(
    connector: Connector, transport: NotedTransport, sender: str, recipient: str, body: str
) -> None:
    """CreateMessage takes the form as the connector writes it, and the connector understands the documented answer."""
    inputs = {"sender_number": sender, "recipient_number": recipient, "message_body": body}
    assert connector.run(ActionCall("send_sms_message", inputs)).output == CREATED
    (request,) = transport.requests
    form = parse_qs(request.content.decode(), strict_parsing=True)
    assert form == {"From": [sender], "To": [recipient], "Body": [body]}
    requested = document()["paths"][MESSAGES]["post"]["requestBody"]["content"]
    assert set(form) <= set(requested[request.headers["content-type"]]["schema"]["properties"])


ADDRESSES = st.one_of(
    st.sampled_from(
        ["+15005550006", "+12125550123", "whatsapp:+15005550006", "Shop 4U", "12345", f"MG{1:032x}", "5551234"]
    ),
    st.text(max_size=16),
)
SENDS = st.fixed_dictionaries(
    {"sender_number": ADDRESSES, "recipient_number": ADDRESSES, "message_body": st.text(max_size=200)},
    optional={
        "messaging_service_sid": st.sampled_from([f"MG{1:032x}", "MG1", None]),
        "media_urls": st.lists(st.sampled_from(["https://example.com/1.png", "ftp://x", "x y"]), max_size=11),
        "send_at": st.sampled_from([NOW + timedelta(minutes=5), NOW + timedelta(days=1), NOW + timedelta(days=99)]),
        "status_callback": st.sampled_from(["https://example.com/", "https://a_b.example.com/", "nowhere"]),
        "validity_period": st.integers(-1, 40_000),
        "max_segments": st.integers(-1, 4),
    },
)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SENDS)
def test_whatever_passes_our_checks_is_accepted_by_prism(prism: str, inputs: dict[str, Any]) -> None:
    """Random numbers, bodies and combinations end in a SID or in an InputError: never an untyped error, never a refusal by Prism."""
    wire = Wire(NotedTransport(), Clock(NOW))
    plugins = make_plugins([plugin, wire], entry_point_group=None)
    with load_connector("twilio", plugins=plugins, now=wire.clock.now, sleep=wire.wait) as loaded:
        loaded.open(Connection("auth_token", {"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN}, base_url=prism))
        problems: tuple[Problem, ...] = ()
        try:
            output = loaded.run(ActionCall("send_sms_message", inputs)).output
        except InputError as refused:
            output, problems = None, refused.problems
    assert output == CREATED or problems


FROM, TO = ["eq", "sender_number", SENDER], ["eq", "recipient_number", RECIPIENT]
EARLY, LATE = "2019-05-24T12:00:00+02:00", "2019-05-24T23:30:00Z"


@pytest.mark.parametrize(
    ("tree", "parameters"),
    [
        (None, set()),
        (FROM, {"From"}),
        (TO, {"To"}),
        (["and", FROM, TO], {"From", "To"}),
        (["eq", "date_sent", SENT.isoformat()], {"DateSent>", "DateSent<"}),
        (["gt", "date_sent", EARLY], {"DateSent>"}),
        (["ge", "date_sent", EARLY], {"DateSent>"}),
        (["lt", "date_sent", LATE], {"DateSent<"}),
        (["le", "date_sent", LATE], {"DateSent<"}),
        (["and", ["ge", "date_sent", EARLY], ["lt", "date_sent", LATE]], {"DateSent>", "DateSent<"}),
        (
            ["and", FROM, TO, ["gt", "date_sent", EARLY], ["ne", "status", "failed"]],
            {"From", "To", "DateSent>"},
        ),
        (["has", "body", "test"], set()),
    ],
)
def test_a_list_with_every_filter_fits_the_document(
    connector: Connector, transport: NotedTransport, tree: object, parameters: set[str]
) -> None:
    """ListMessage takes each query that a filter becomes: documented names, dates as date-time, page sizes within bounds."""
    (message,) = read(connector, tree)
    assert message.sid == LISTED
    assert set(transport.query) == parameters | {"PageSize"}
    documented = {
        p["name"]: p["schema"] for p in document()["paths"][MESSAGES]["get"]["parameters"] if p["in"] == "query"
    }
    assert set(transport.query) <= set(documented)
    for name, value in transport.query.items():
        if documented[name].get("format") == "date-time":
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value)
    assert 1 <= int(transport.query["PageSize"]) <= documented["PageSize"]["maximum"]


@pytest.mark.parametrize(
    ("tree", "paging", "size"),
    [
        (None, {"limit": 1}, "1"),
        (None, {"limit": 2}, "2"),
        (None, {"limit": 1, "offset": 1}, "2"),
        (FROM, {"limit": 1}, "1"),
        (["has", "body", "test"], {"limit": 1}, "1000"),
    ],
)
def test_a_list_of_every_page_size_fits_the_document(
    connector: Connector, transport: NotedTransport, tree: object, paging: dict[str, int], size: str
) -> None:
    """ListMessage takes the page size that follows from limit and offset, up to the documented maximum of 1000."""
    assert len(read(connector, tree, **paging)) == paging["limit"]
    assert transport.query["PageSize"] == size


def test_the_documented_list_is_understood(connector: Connector) -> None:
    """The connector reads the values of the document's own example as the contract's types."""
    first, second = read(connector, limit=2)
    assert (first.sid, first.body, first.sender_number, first.recipient_number) == (
        LISTED,
        "testing",
        SENDER,
        RECIPIENT,
    )
    assert (first.price, first.price_unit, first.date_sent, first.num_media) == (Decimal("-0.00750"), "USD", SENT, 0)
    assert (second.error_code, second.error_message, second.num_media) == (30004, "Message blocked", 3)


def test_a_fetch_by_sid_fits_the_document(connector: Connector, transport: NotedTransport) -> None:
    """FetchMessage takes the path that a filter on the SID becomes, and no query is sent."""
    (message,) = read(connector, ["eq", "sid", FETCHED])
    assert (message.sid, message.error_code) == (FETCHED, 30007)
    assert transport.query == {}


def test_a_check_of_the_credentials_fits_the_document(connector: Connector, transport: NotedTransport) -> None:
    """The check is a documented list of one message, and a fetch of the account."""
    connector.check()
    listed, account = transport.requests
    assert dict(listed.url.params) == {"PageSize": "1"}
    assert not account.url.params


@pytest.mark.parametrize(
    ("method", "path", "parts", "status", "words"),
    [
        pytest.param(
            "GET",
            "Messages.json",
            {"params": {"PageSize": "2000"}},
            422,
            "pagesize must be <= 1000",
            id="page too large",
        ),
        pytest.param(
            "GET", "Messages.json", {"params": {"PageSize": "0"}}, 422, "pagesize must be >= 1", id="page too small"
        ),
        pytest.param(
            "POST",
            "Messages.json",
            {"data": {"From": SENDER, "Body": "x"}},
            422,
            "required property 'To'",
            id="no recipient",
        ),
        pytest.param("POST", "Messages.json", {"json": {"To": RECIPIENT}}, 415, "", id="JSON for a form"),
        pytest.param("GET", "Messages/SM1.json", {}, 422, "sid must match pattern", id="no SID"),
        pytest.param("GET", "Texts.json", {}, 404, "", id="unknown path"),
    ],
)
def test_prism_refuses_a_request_that_violates_the_document(
    prism: str, method: str, path: str, parts: dict[str, Any], status: int, words: str
) -> None:
    """A request made by hand with one fault is refused, so the tests above can fail."""
    url = f"{prism}/2010-04-01/Accounts/{ACCOUNT_SID}/{path}"
    with httpx.Client(auth=(ACCOUNT_SID, AUTH_TOKEN), trust_env=False) as http:
        response = http.request(method, url, **parts)
    assert response.status_code == status, response.text
    assert words in response.text


def test_prism_refuses_a_request_without_credentials(prism: str) -> None:
    """The document asks for basic authentication, and Prism for its header."""
    assert httpx.get(f"{prism}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json", trust_env=False).status_code == 401


def test_a_refusal_of_prism_would_not_be_swallowed(prism: str) -> None:
    """The connector's own client, made to ask for a page that is too large, raises what Prism says."""
    client = TwilioClient(ACCOUNT_SID, SecretStr(AUTH_TOKEN), base_url=prism)
    try:
        with pytest.raises(ServiceError) as caught:
            next(client.messages(page_size=2000))
    finally:
        client.close()
    assert caught.value.service is not None
    assert caught.value.service.status == 422


def test_prism_runs_on_the_document_with_nothing_changed_but_the_flaw() -> None:
    """The copy differs from Twilio's document in the format of a list's four page links, and the request side in nothing."""
    original = document()
    changed = with_relative_page_links(original)
    links = list_response(changed)["schema"]["properties"]
    assert [name for name, schema in links.items() if schema.get("format") == "uri-reference"] == [
        "first_page_uri",
        "next_page_uri",
        "previous_page_uri",
        "uri",
    ]
    for schema in links.values():
        if "format" in schema:
            schema["format"] = "uri"
    assert changed == original
