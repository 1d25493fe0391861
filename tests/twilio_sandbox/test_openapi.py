"""Every answer of the sandbox fits Twilio's own OpenAPI document.

The document's schemas require nothing and forbid nothing. Recordings of the real service always have every property and no
other one, so the check here is stricter: all properties, no unknown ones, and the formats, which validators skip by default.
"""

from __future__ import annotations

import copy
import functools
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from jsonschema import FormatChecker
from openapi_schema_validator import OAS30Validator
from referencing import Registry
from referencing.jsonschema import DRAFT4

from support import BODY, RECIPIENT, stored
from twilio_openapi import ACCOUNT, MESSAGE, MESSAGES, document, list_response, needs_document, with_relative_page_links
from twilio_sandbox import Account, Sandbox, SandboxTransport
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN, OTHER_NUMBER, OWN_NUMBER, SERVICE_SID

pytestmark = needs_document

STATUSES = (
    "queued",
    "sending",
    "sent",
    "failed",
    "delivered",
    "undelivered",
    "receiving",
    "received",
    "accepted",
    "scheduled",
    "read",
    "partially_delivered",
    "canceled",
)

formats = FormatChecker(formats=())


@formats.checks("date-time-rfc-2822")
def _is_date(value: object) -> bool:
    return (
        value is None
        or re.fullmatch(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000", str(value)) is not None
    )


@formats.checks("currency")
def _is_currency(value: object) -> bool:
    return value is None or re.fullmatch("[A-Z]{3}", str(value)) is not None


@formats.checks("uri-reference")
def _is_link(value: object) -> bool:
    return value is None or str(value).startswith("/2010-04-01/Accounts/AC")


@formats.checks("uri-map")
def _are_links(value: object) -> bool:
    return value is None or (isinstance(value, dict) and all(_is_link(link) for link in value.values()))


@functools.cache
def strict_document() -> dict[str, Any]:
    """Twilio's document, with the properties of the answers under test made complete."""
    content = with_relative_page_links(document())
    schemas = content["components"]["schemas"]
    for schema in (
        schemas["api.v2010.account.message"],
        schemas["api.v2010.account"],
        list_response(content)["schema"],
    ):
        schema["required"] = list(schema["properties"])
        schema["additionalProperties"] = False
    return content


def faults(path: str, method: str, status: int, answer: object) -> list[str]:
    """Say where an answer breaks what the document says about the answer to a request."""
    pointer = "/".join(
        part.replace("~", "~0").replace("/", "~1")
        for part in ("paths", path, method, "responses", str(status), "content", "application/json", "schema")
    )
    registry = Registry().with_resource("urn:twilio", DRAFT4.create_resource(strict_document()))
    validator = OAS30Validator({"$ref": f"urn:twilio#/{pointer}"}, registry=registry, format_checker=formats)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(answer)]


class Http:
    """A plain HTTP client of the sandbox that holds every answer against the document."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._http = httpx.Client(
            transport=SandboxTransport(sandbox), base_url="https://api.twilio.com", auth=(ACCOUNT_SID, AUTH_TOKEN)
        )

    def ask(self, path: str, *, method: str = "GET", sid: str = "", status: int = 200, **parts: Any) -> dict[str, Any]:
        """Send one request to an operation of the document and return its answer, which fits the document."""
        url = path.replace("{AccountSid}", ACCOUNT_SID).replace("{Sid}", sid)
        response = self._http.request(method, url, **parts)
        assert response.status_code == status, response.text
        assert response.headers["content-type"] == "application/json"
        answer: dict[str, Any] = response.json()
        assert faults(path, method.lower(), status, answer) == []
        return answer

    def create(self, **form: str | list[str]) -> dict[str, Any]:
        """Send a message."""
        return self.ask(MESSAGES, method="POST", status=201, data={"To": RECIPIENT, **form})

    def close(self) -> None:
        """Close the connection pool."""
        self._http.close()


@pytest.fixture
def http(sandbox: Sandbox) -> Iterator[Http]:
    """A client of the sandbox that checks what it gets."""
    client = Http(sandbox)
    yield client
    client.close()


@pytest.fixture
def demo(sandbox: Sandbox) -> Account:
    """The account of the sandbox."""
    found = sandbox.store.account(ACCOUNT_SID)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("form", "shows"),
    [
        pytest.param({"From": OWN_NUMBER, "Body": BODY}, {"status": "queued", "from": OWN_NUMBER}, id="sms"),
        pytest.param({"From": OWN_NUMBER, "Body": "🎉" * 100}, {"num_segments": "3"}, id="several segments"),
        pytest.param(
            {"From": OWN_NUMBER, "MediaUrl": ["https://example.com/1.png"] * 3},
            {"num_media": "3", "body": ""},
            id="mms",
        ),
        pytest.param(
            {"MessagingServiceSid": SERVICE_SID, "Body": BODY},
            {"status": "accepted", "from": None},
            id="messaging service",
        ),
        pytest.param(
            {"From": "whatsapp:+15005550006", "To": "whatsapp:+12125550123", "Body": BODY},
            {"price_unit": None},
            id="whatsapp",
        ),
        pytest.param({"From": "Acme Ltd", "Body": BODY}, {"from": "Acme Ltd"}, id="name"),
        pytest.param({"From": "12345", "Body": BODY}, {"from": "12345"}, id="short code"),
    ],
)
def test_every_kind_of_create_is_answered_as_documented(
    http: Http, demo: Account, form: dict[str, str | list[str]], shows: dict[str, Any]
) -> None:
    """The answer to a create fits CreateMessage, 201, of Twilio's document."""
    demo.free_senders = True
    answer = http.create(**form)
    assert shows.items() <= answer.items()
    assert answer["date_sent"] is None


def test_a_create_of_a_trial_account_is_answered_as_documented(http: Http, demo: Account) -> None:
    """A trial account's answer fits CreateMessage too; its body begins with Twilio's remark."""
    demo.type = "Trial"
    demo.verified.add(RECIPIENT)
    assert http.create(From=OWN_NUMBER, Body=BODY)["body"] == f"Sent from your Twilio trial account - {BODY}"


def test_a_create_with_test_credentials_is_answered_as_documented(http: Http, demo: Account) -> None:
    """An answer to test credentials fits CreateMessage too (Twilio's documentation of test credentials)."""
    demo.test = True
    assert http.create(From="+15005550006", Body=BODY)["status"] == "queued"


def test_the_statuses_here_are_all_that_the_document_knows() -> None:
    """The next test leaves no status out (schema message_enum_status)."""
    assert set(STATUSES) == set(document()["components"]["schemas"]["message_enum_status"]["enum"])


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("direction", ["outbound-api", "inbound", "outbound-call", "outbound-reply"])
def test_a_message_of_every_status_is_fetched_as_documented(
    http: Http, sandbox: Sandbox, status: str, direction: str
) -> None:
    """The answer to a fetch fits FetchMessage, 200, whatever became of the message."""
    failure = {"error_code": 30005, "error_message": "Unknown destination handset"}
    changes = {"status": status, "direction": direction, **(failure if status in ("failed", "undelivered") else {})}
    message = stored(sandbox, 1, change=lambda _: changes)[0]
    answer = http.ask(MESSAGE, sid=message.sid)
    assert (answer["status"], answer["direction"]) == (status, direction)


def test_a_message_is_fetched_as_documented_all_its_life(http: Http, sandbox: Sandbox) -> None:
    """From queued to priced, and where it ends undelivered, every answer fits FetchMessage."""
    sids = [
        http.create(From=OWN_NUMBER, Body=BODY)["sid"],
        http.create(MessagingServiceSid=SERVICE_SID, Body=BODY)["sid"],
    ]
    lost = sandbox.store.find(ACCOUNT_SID, sids[0])
    assert lost is not None
    lost.ends_with = 30003
    seen = set()
    for _ in range(8):
        seen |= {http.ask(MESSAGE, sid=sid)["status"] for sid in sids}
        sandbox.clock.advance(1)
    assert seen == {"queued", "accepted", "sending", "sent", "delivered", "undelivered"}
    assert [http.ask(MESSAGE, sid=sid)["error_code"] for sid in sids] == [30003, None]


def test_a_redacted_message_is_answered_as_documented(http: Http, sandbox: Sandbox) -> None:
    """The answer to an update with an empty body fits UpdateMessage, 200."""
    message = stored(sandbox, 1)[0]
    assert http.ask(MESSAGE, method="POST", sid=message.sid, data={"Body": ""})["body"] == ""


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({}, 6),
        ({"PageSize": "1000"}, 6),
        ({"To": RECIPIENT}, 6),
        ({"From": OWN_NUMBER, "DateSent>": "2026-03-10T11:57:30Z"}, 2),
        ({"DateSent<": "2026-03-10T11:57:30Z"}, 4),
        ({"DateSent": "2026-03-10"}, 6),
        ({"To": OTHER_NUMBER}, 0),
        ({"DateSent": "2008-01-02"}, 0),
    ],
)
def test_every_list_is_answered_as_documented(http: Http, sandbox: Sandbox, query: dict[str, str], count: int) -> None:
    """The answer to a list fits ListMessage, 200: full, filtered, and empty."""
    stored(sandbox, 6)
    answer = http.ask(MESSAGES, params=query)
    assert len(answer["messages"]) == count
    assert (answer["start"], answer["end"]) == (0, max(count - 1, 0))


def test_the_list_of_an_empty_account_is_answered_as_documented(http: Http) -> None:
    """An account without messages has an empty list, with every key of the others."""
    assert http.ask(MESSAGES)["messages"] == []


def test_every_page_is_answered_as_documented(http: Http, sandbox: Sandbox) -> None:
    """Pages fit ListMessage forth and back, the first, middle and last one."""
    stored(sandbox, 5)
    answers = [http.ask(MESSAGES, params={"PageSize": "2"})]
    while link := answers[-1]["next_page_uri"]:
        answers.append(http.ask(MESSAGES, params=dict(httpx.URL(link).params)))
    assert [len(answer["messages"]) for answer in answers] == [2, 2, 1]
    assert [(answer["page"], answer["start"], answer["end"]) for answer in answers] == [(0, 0, 1), (1, 2, 3), (2, 4, 4)]
    back = http.ask(MESSAGES, params=dict(httpx.URL(answers[2]["previous_page_uri"]).params))
    assert back["messages"] == answers[1]["messages"]


@pytest.mark.parametrize(
    ("state", "kind"), [("active", "Full"), ("active", "Trial"), ("suspended", "Full"), ("closed", "Full")]
)
def test_every_account_is_answered_as_documented(http: Http, demo: Account, state: str, kind: str) -> None:
    """The answer to the fetch of an account fits FetchAccount, 200."""
    demo.status, demo.type = state, kind
    answer = http.ask(ACCOUNT, sid=ACCOUNT_SID)
    assert (answer["status"], answer["type"]) == (state, kind)


Break = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("path", "where", "change"),
    [
        pytest.param(MESSAGE, "num_media", lambda m: m.update(num_media=0), id="number for text"),
        pytest.param(MESSAGE, "price", lambda m: m.update(price=-0.0079), id="price as number"),
        pytest.param(MESSAGE, "error_code", lambda m: m.update(error_code="30005"), id="text for number"),
        pytest.param(MESSAGE, "status", lambda m: m.update(status="teleported"), id="unknown status"),
        pytest.param(MESSAGE, "status", lambda m: m.update(status=None), id="null for status"),
        pytest.param(MESSAGE, "sid", lambda m: m.update(sid="SM1"), id="short SID"),
        pytest.param(MESSAGE, "messaging_service_sid", lambda m: m.update(messaging_service_sid=""), id="empty SID"),
        pytest.param(MESSAGE, "date_sent", lambda m: m.update(date_sent="2026-03-10T12:00:00Z"), id="ISO date"),
        pytest.param(MESSAGE, "price_unit", lambda m: m.update(price_unit="dollars"), id="no currency"),
        pytest.param(
            MESSAGE, "subresource_uris", lambda m: m.update(subresource_uris={"media": "Media.json"}), id="bad link"
        ),
        pytest.param(MESSAGE, "'to' is a required", lambda m: m.pop("to"), id="key missing"),
        pytest.param(MESSAGE, "'extra' was unexpected", lambda m: m.update(extra=1), id="key too many"),
        pytest.param(
            MESSAGES, "messages[1].sid", lambda page: page["messages"][1].update(sid="1"), id="bad message in list"
        ),
        pytest.param(
            MESSAGES,
            "next_page_uri",
            lambda page: page.update(next_page_uri="https://elsewhere.example/"),
            id="bad page link",
        ),
        pytest.param(MESSAGES, "'total' was unexpected", lambda page: page.update(total=2), id="list key too many"),
        pytest.param(MESSAGES, "'end' is a required", lambda page: page.pop("end"), id="list key missing"),
        pytest.param(ACCOUNT, "type", lambda account: account.update(type="Demo"), id="unknown kind of account"),
    ],
)
def test_the_check_refuses_a_broken_answer(http: Http, sandbox: Sandbox, path: str, where: str, change: Break) -> None:
    """An answer that differs from the document in one place is refused, and the place is named: the check can fail."""
    sids = {MESSAGE: stored(sandbox, 2)[0].sid, MESSAGES: "", ACCOUNT: ACCOUNT_SID}
    answer = http.ask(path, sid=sids[path])
    broken = copy.deepcopy(answer)
    change(broken)
    found = faults(path, "get", 200, broken)
    assert found
    assert all(where in fault for fault in found)
    assert faults(path, "get", 200, answer) == []


def test_the_examples_of_the_document_itself_pass_but_for_one_known_flaw() -> None:
    """The check is not stricter than Twilio: its own examples of a list pass, and fail only by ``format: uri`` unrepaired."""
    original = list_response(document())
    links = {name: schema["format"] for name, schema in original["schema"]["properties"].items() if "format" in schema}
    assert links == dict.fromkeys(["first_page_uri", "next_page_uri", "previous_page_uri", "uri"], "uri")
    for example in original["examples"].values():
        assert faults(MESSAGES, "get", 200, example["value"]) == []
        assert example["value"]["uri"].startswith("/")
