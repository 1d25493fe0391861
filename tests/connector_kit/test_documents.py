"""Calls made of JSON documents: what JSON cannot say is read, null is as if absent, and everything wrong is told at once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from connector_kit import ActionCall, Comparison, InputError
from connector_kit.documents import call_from_json
from support import Twilio

SEND = {"sender_number": "+15005550006", "recipient_number": "+12125550123", "message_body": "Hi"}


def made(at: Twilio, action: str, document: object) -> ActionCall:
    return call_from_json(at.connector.manifest, action, document)


def problems(at: Twilio, action: str, document: object) -> dict[str, str]:
    with pytest.raises(InputError) as caught:
        at.connector.check_call(made(at, action, document))
    return {problem.path: problem.message for problem in caught.value.problems}


def test_inputs_filter_and_paging_of_a_document_are_those_of_the_call(twilio_account: Twilio) -> None:
    document = {"filter": ["gt", "date_sent", "2022-03-01T15:00:00Z"], "limit": 5.0, "offset": 2}
    wanted = Comparison("gt", "date_sent", datetime(2022, 3, 1, 15, tzinfo=UTC))
    call = made(twilio_account, "read_sms_messages", document)
    assert call == ActionCall("read_sms_messages", filter=wanted, limit=5, offset=2)
    assert isinstance(call.limit, int)


def test_a_datetime_is_read_and_any_offset_of_it_kept(twilio_account: Twilio) -> None:
    call = made(twilio_account, "send_sms_message", {**SEND, "send_at": "2026-03-10T15:00:00+02:00"})
    assert call.inputs["send_at"] == datetime(2026, 3, 10, 13, tzinfo=UTC)


@pytest.mark.parametrize("name", ["filter", "limit", "offset"])
def test_null_is_as_if_it_were_not_there(twilio_account: Twilio, name: str) -> None:
    assert made(twilio_account, "read_sms_messages", {name: None}) == ActionCall("read_sms_messages")
    sent = made(twilio_account, "send_sms_message", {**SEND, "media_urls": None})
    assert sent == ActionCall("send_sms_message", SEND)


def test_everything_that_is_wrong_is_told_at_once(twilio_account: Twilio) -> None:
    found = problems(
        twilio_account, "send_sms_message", {"send_at": "tomorrow", "message_body": "", "colour": "red", "limit": 3}
    )
    assert set(found) == {"send_at", "message_body", "colour", "limit", "sender_number", "recipient_number"}
    assert "2022-03-01T15:00:00Z" in found["send_at"]
    found = problems(twilio_account, "read_sms_messages", {"filter": ["eq", "colour"], "limit": -1})
    assert set(found) == {"filter", "limit"}


@pytest.mark.parametrize("document", [None, [], "text", 5])
def test_what_is_no_object_is_refused(twilio_account: Twilio, document: Any) -> None:
    with pytest.raises(InputError, match="one JSON object"):
        made(twilio_account, "send_sms_message", document)


def test_an_action_that_is_not_there_is_named_with_those_that_are(twilio_account: Twilio) -> None:
    with pytest.raises(InputError, match="It has: read_sms_messages, send_sms_message"):
        made(twilio_account, "call_somebody", {})
