"""The mapping from Twilio's JSON to the concept: types, nulls, dates, and what does not fit."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_kit import ContractError
from support import NOW
from twilio_connector import mapping
from twilio_connector.models import SmsMessage
from twilio_sandbox import Message, render

EARLIEST, LATEST = datetime(1000, 1, 1), datetime(9998, 12, 31)  # noqa: DTZ001 - hypothesis wants them naive


def document(**changes: Any) -> dict[str, Any]:
    """Return a message as Twilio writes it, with changes."""
    message = Message(
        sid=f"SM{1:032x}", account_sid=f"AC{1:032x}", sender="+15005550006", recipient="+12125550123", body="hi", created=NOW,
        status="delivered", sent=NOW, price=Decimal("-0.0075"),
    )  # fmt: skip
    return render.message(message, listed=True) | changes


def test_a_message_gets_the_types_of_the_contract() -> None:
    found = mapping.sms_message(document(num_media="3", error_code=30005))
    assert found.price == Decimal("-0.00750")
    assert str(found.price) == "-0.00750"
    assert (found.num_media, found.num_segments, found.error_code) == (3, "1", 30005)
    assert (found.sender_number, found.recipient_number) == ("+15005550006", "+12125550123")
    assert found.date_sent == NOW
    assert found.date_sent is not None
    assert found.date_sent.tzinfo is UTC


def test_nulls_become_what_design_decided() -> None:
    """A plain text that is null becomes the empty text; an optional stays null."""
    nulls = ("from", "price", "price_unit", "messaging_service_sid", "date_sent", "error_code", "error_message", "body")
    found = mapping.sms_message(document(**dict.fromkeys(nulls)))
    assert (found.price_unit, found.messaging_service_sid) == ("", "")
    assert [found.sender_number, found.price, found.date_sent, found.error_code, found.error_message, found.body] == [
        None
    ] * 6


def test_the_json_form_has_json_types() -> None:
    found = mapping.sms_message(document()).model_dump(mode="json")
    assert found["price"] == -0.0075
    assert isinstance(found["price"], float)
    assert found["date_sent"] == "2026-03-10T12:00:00Z"


@pytest.mark.parametrize(
    ("field", "value", "names"),
    [
        ("num_media", None, "num_media"),
        ("num_media", "many", "num_media"),
        ("price", "free", "price"),
        ("price", "NaN", "price"),
        ("date_sent", "yesterday", "date_sent"),
        ("date_sent", "Fri, 31 Feb 2019 17:18:27 +0000", "date_sent"),
        ("date_sent", "Fri, 24 May 2019 17:18,50 +0000", "date_sent"),
        ("date_sent", "Fri, 24 May 2019 171827.5 +0000", "date_sent"),
        ("date_sent", "Fri, 31 Dec 9999 23:59:59 -0100", "date_sent"),
        ("date_sent", 1234567, "date_sent"),
        ("from", 15005550006, "sender_number"),
        ("to", ["+15005550006"], "recipient_number"),
        ("status", 7, "status"),
        ("error_code", "E1", "error_code"),
    ],
)
def test_an_answer_that_does_not_fit_names_the_field(field: str, value: object, names: str) -> None:
    """Never a silent default."""
    with pytest.raises(ContractError) as caught:
        mapping.sms_message(document(**{field: value}))
    assert [problem.path for problem in caught.value.problems] == [names]


def test_a_missing_field_is_not_taken_for_null() -> None:
    incomplete = document()
    del incomplete["price"]
    with pytest.raises(ContractError) as caught:
        mapping.sms_message(incomplete)
    assert [problem.path for problem in caught.value.problems] == ["price"]


def test_a_fault_in_a_page_says_in_which_message() -> None:
    page = {"messages": [document(), document(num_media=None)], "next_page_uri": None}
    with pytest.raises(ContractError) as caught:
        mapping.page(json.dumps(page).encode())
    assert [problem.path for problem in caught.value.problems] == ["messages[1].num_media"]


def test_a_page_without_its_link_to_the_next_is_refused() -> None:
    """Taking the absence for the end would lose messages."""
    with pytest.raises(ContractError):
        mapping.page(b'{"messages": []}')


def test_unknown_keys_and_statuses_pass() -> None:
    assert mapping.sms_message(document(status="teleported", brand_new={"a": 1})).status == "teleported"


@given(st.datetimes(EARLIEST, LATEST), st.integers(-14 * 60, 14 * 60))
def test_every_rfc_2822_date_is_read_as_its_instant(naive: datetime, minutes: int) -> None:
    moment = naive.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    assert mapping.sms_message(document(date_sent=format_datetime(moment))).date_sent == moment


def test_a_date_of_unknown_zone_is_utc() -> None:
    """RFC 2822 section 3.3: -0000."""
    assert mapping.sms_message(document(date_sent="Tue, 10 Mar 2026 12:00:00 -0000")).date_sent == NOW


def test_half_a_character_does_not_lose_a_page() -> None:
    r"""JSON allows a lone \ud83d, and carriers cut messages in the middle of an emoji."""
    text = json.dumps({"messages": [document(body="cut \ud83d"), document(body="whole 🎉")], "next_page_uri": None})
    assert [message.body for message in mapping.page(text.encode()).messages] == ["cut \ufffd", "whole 🎉"]


@pytest.mark.parametrize("content", [b"", b"<html>", b'{"messages": [', b"\xff\xfe"])
def test_what_is_not_json_is_told_apart_from_json_that_does_not_fit(content: bytes) -> None:
    with pytest.raises(mapping.NotJsonError):
        mapping.page(content)


def test_a_message_is_frozen_and_prints_nothing_it_holds() -> None:
    found = mapping.sms_message(document())
    assert repr(found) == str(found) == "SmsMessage()"
    assert isinstance(found, SmsMessage)


def test_a_drift_of_the_whole_page_names_ten_faults_and_counts_the_rest() -> None:
    """A change of the API would otherwise fill a log with thousands of lines."""
    page = {"messages": [document(num_media=None) for _ in range(500)], "next_page_uri": None}
    with pytest.raises(ContractError) as caught:
        mapping.page(json.dumps(page).encode())
    assert len(caught.value.problems) == 11
    assert caught.value.problems[-1].message == "and 490 more"


def test_the_fault_of_a_date_does_not_repeat_what_stood_there() -> None:
    with pytest.raises(ContractError) as caught:
        mapping.sms_message(document(date_sent="Fri, 24 May 2019 +15005550 +0000"[:31]))
    assert "15005550" not in str(caught.value)
    assert caught.value.problems[0].message == "cannot be read"
