"""Answers that the real Twilio gave, masked, read by our client. They are kept outside the repository and may be absent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from connector_kit import (
    ActionCall,
    ConnectorError,
    ContractError,
    CredentialsError,
    OutcomeUnknownError,
    RateLimitedError,
    ServiceError,
)
from support import REAL_TWILIO, RECIPIENT, twilio
from twilio_connector import mapping
from twilio_connector.models import SmsMessage

pytestmark = pytest.mark.may_skip
RECORDINGS: list[dict[str, Any]] = (
    json.loads((REAL_TWILIO / "MANIFEST.json").read_text()) if REAL_TWILIO.exists() else []
)
if not RECORDINGS:
    pytest.skip("the recorded answers of the real Twilio are not beside the repository", allow_module_level=True)


def of(*kinds: str) -> list[Any]:
    """Return the recordings of some kinds as parameters."""
    return [pytest.param(r, id=r["file"]) for r in RECORDINGS if r["kind"] in kinds]


def content(recording: dict[str, Any]) -> bytes:
    """Return a recorded body."""
    path: Path = REAL_TWILIO / recording["file"]
    return path.read_bytes()


def replaying(recording: dict[str, Any]) -> httpx.MockTransport:
    """Answer every request with a recording."""
    headers = (REAL_TWILIO / recording["file"]).with_suffix(".headers.json")
    kept = json.loads(headers.read_text()) if headers.exists() else {}
    kept = {
        name: value
        for name, value in kept.items()
        if name.lower() not in ("content-length", "content-encoding", "transfer-encoding")
    }
    return httpx.MockTransport(
        lambda _: httpx.Response(recording["http_status"], headers=kept, content=content(recording))
    )


@pytest.mark.parametrize("recording", of("message.create", "message.fetch", "message.element_of_list"))
def test_every_recorded_message_becomes_a_concept(recording: dict[str, Any]) -> None:
    document = json.loads(content(recording))
    _same(mapping.sms_message(document), document)


def test_every_message_of_the_recorded_page_becomes_a_concept() -> None:
    recording = next(r for r in RECORDINGS if r["kind"] == "message.list")
    documents = json.loads(content(recording))["messages"]
    page = mapping.page(content(recording))
    assert page.next_page_uri is not None
    assert len(page.messages) == 50
    for message, document in zip(page.messages, documents, strict=True):
        _same(message, document)


def _same(message: SmsMessage, document: dict[str, Any]) -> None:
    assert (message.sid, message.body, message.status) == (document["sid"], document["body"], document["status"])
    assert (message.sender_number, message.recipient_number) == (document["from"], document["to"])
    assert (message.price_unit, message.messaging_service_sid) == (
        document["price_unit"] or "",
        document["messaging_service_sid"] or "",
    )
    assert (message.price is None, message.date_sent is None) == (
        document["price"] is None,
        document["date_sent"] is None,
    )
    assert message.price is None or str(message.price) == document["price"]
    assert (str(message.num_media), message.error_code) == (document["num_media"], document["error_code"])


@pytest.mark.parametrize("recording", of("message.create", "message.create.legacy"))
def test_every_recorded_create_gives_its_sid(recording: dict[str, Any]) -> None:
    assert twilio(transport=replaying(recording)).send() == json.loads(content(recording))["sid"]


def test_the_legacy_resource_is_not_taken_for_the_messages_api() -> None:
    """It has no num_media at all, and a missing count is never silently 0. The connector does not ask this resource."""
    recording = next(r for r in RECORDINGS if r["kind"] == "message.create.legacy")
    with pytest.raises(ContractError) as caught:
        mapping.sms_message(json.loads(content(recording)))
    assert "num_media" in [problem.path for problem in caught.value.problems]


def test_an_answer_in_xml_is_an_unknown_outcome() -> None:
    """Twilio writes XML when the path lacks .json; the message exists all the same."""
    recording = next(r for r in RECORDINGS if r["kind"] == "message.create.xml")
    with pytest.raises(OutcomeUnknownError):
        twilio(transport=replaying(recording)).send()


@pytest.mark.parametrize("recording", of("error"))
def test_every_recorded_error_is_typed_and_keeps_its_code(recording: dict[str, Any]) -> None:
    document = json.loads(content(recording))
    expected: type[ConnectorError] = {401: CredentialsError, 429: RateLimitedError}.get(
        recording["http_status"], ServiceError
    )
    with pytest.raises(expected) as caught:
        twilio(transport=replaying(recording)).send()
    error = caught.value
    assert error.service is not None
    assert (error.service.status, error.service.code) == (recording["http_status"], document["code"])
    assert RECIPIENT[1:] not in str(error)


def test_a_recorded_page_is_read_through_the_whole_connector() -> None:
    recording = next(r for r in RECORDINGS if r["kind"] == "message.list")
    account = twilio(transport=replaying(recording))
    call = ActionCall("read_sms_messages", filter=account.filter(["eq", "error_code", 30005]), limit=1)
    assert account.connector.run(call).output[0].status == "undelivered"
