"""Turn the checked inputs of a send into the one request that would be made, or say what to change about them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from connector_kit import InputError, Problem
from twilio_connector import addresses
from twilio_connector.segments import segmentation

MAX_MEDIA = 10  # Twilio's page on error 21623
SOONEST, LATEST = timedelta(minutes=15), timedelta(days=35)  # Twilio: message scheduling
LONGEST_VALIDITY = 36_000  # seconds; Twilio's OpenAPI document, CreateMessage, ValidityPeriod
_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")


@dataclass(frozen=True, slots=True, repr=False)
class Draft:
    """One message as it would be sent: addresses in the form that Twilio takes, options that were given and no others."""

    recipient: str
    body: str
    sender: str | None = None
    service: str | None = None
    media: tuple[str, ...] = ()
    send_at: datetime | None = None
    status_callback: str | None = None
    validity_period: int | None = None

    @property
    def is_segmented(self) -> bool:
        """Whether Twilio sends it as segments of SMS: a message with media or on another channel is one, whatever its length."""
        return not self.media and ":" not in self.recipient

    @property
    def segments(self) -> int:
        """How many segments Twilio would count."""
        return segmentation(self.body).segments if self.is_segmented else 1

    def parameters(self) -> list[tuple[str, str]]:
        """Return the form of the request in Twilio's spelling; what was not given is absent."""
        pairs = [
            ("To", self.recipient),
            ("From", self.sender),
            ("MessagingServiceSid", self.service),
            ("Body", self.body),
            *(("MediaUrl", address) for address in self.media),
            ("SendAt", self.send_at and f"{self.send_at.replace(tzinfo=None).isoformat(timespec='seconds')}Z"),
            ("ScheduleType", self.send_at and "fixed"),
            ("StatusCallback", self.status_callback),
            ("ValidityPeriod", None if self.validity_period is None else str(self.validity_period)),
        ]
        return [(name, value) for name, value in pairs if value]


def draft(inputs: Mapping[str, Any], *, country: str | None, now: datetime) -> Draft:
    """Read the inputs of a send.

    Args:
        inputs: checked against the manifest, every input present.
        country: the connection's default country for numbers without a country code.
        now: the current time, for the limits of ``send_at``.

    Raises:
        InputError: with everything that is wrong at once; nothing has left the machine.
    """
    problems: list[Problem] = []
    sender = _address(addresses.sender, "sender_number", inputs, country, problems)
    recipient = _address(addresses.recipient, "recipient_number", inputs, country, problems)
    service = inputs["messaging_service_sid"]
    if sender is not None and _SERVICE.fullmatch(sender):
        if service not in (None, sender):
            problems.append(Problem("messaging_service_sid", "differs from the messaging service in the sender number"))
        sender, service = None, sender
    made = Draft(
        recipient=recipient or "",
        body=inputs["message_body"],
        sender=sender,
        service=service,
        media=tuple(inputs["media_urls"] or ()),
        send_at=inputs["send_at"],
        status_callback=inputs["status_callback"],
        validity_period=_whole(inputs["validity_period"]),
    )
    problems += _pair_problems(made) + _option_problems(made, now) + _segment_problems(made, inputs["max_segments"])
    if problems:
        raise InputError("The message was not sent: something needs a change.", problems=problems)
    return made


def _address(
    read: Callable[[str, str | None], str],
    name: str,
    inputs: Mapping[str, Any],
    country: str | None,
    problems: list[Problem],
) -> str | None:
    try:
        return read(inputs[name], country)
    except addresses.AddressFault as fault:
        problems.append(Problem(name, fault.message, suggestion=fault.suggestion))
        return None


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def _pair_problems(made: Draft) -> list[Problem]:
    """Compare the two ends: they differ, and they are on one channel."""
    if not made.recipient or not made.sender:
        return []
    if made.sender == made.recipient:
        return [Problem("recipient_number", "is the sender number too; a message goes to another number")]
    ends = [address.partition(":")[0] if ":" in address else "SMS" for address in (made.sender, made.recipient)]
    if ends[0] != ends[1]:
        return [Problem("recipient_number", f"is on {ends[1]}, but the sender is on {ends[0]}; both must be on one")]
    return []


def _option_problems(made: Draft, now: datetime) -> list[Problem]:
    problems = []
    if len(made.media) > MAX_MEDIA:
        problems.append(Problem("media_urls", f"holds {len(made.media)} files; Twilio takes {MAX_MEDIA} at most"))
    if any(not _is_web_address(address) for address in made.media):
        problems.append(Problem("media_urls", "holds something that is no web address; write it like https://..."))
    if made.status_callback is not None and not _is_callback(made.status_callback):
        advice = "is not an address that Twilio can call; write it like https://..., without _ in the host's name"
        problems.append(Problem("status_callback", advice))
    if made.validity_period is not None and not 1 <= made.validity_period <= LONGEST_VALIDITY:
        problems.append(Problem("validity_period", f"must be from 1 to {LONGEST_VALIDITY} seconds"))
    if made.send_at is not None:
        problems += _schedule_problems(made, made.send_at, now)
    return problems


def _schedule_problems(made: Draft, send_at: datetime, now: datetime) -> list[Problem]:
    problems = []
    if made.service is None:
        problems.append(Problem("send_at", "needs a messaging service; give its SID, or send the message now"))
    if not SOONEST <= send_at.astimezone(UTC) - now <= LATEST:
        problems.append(Problem("send_at", "must be 15 minutes to 35 days from now"))
    return problems


def _segment_problems(made: Draft, most: float | None) -> list[Problem]:
    if most is None:
        return []
    if most < 1:
        return [Problem("max_segments", "must be 1 or more")]
    if made.segments <= most:
        return []
    return [
        Problem("message_body", f"would take {made.segments} segments, and at most {int(most)} are allowed; shorten it")
    ]


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", text)
    except ValueError:
        return False


def _is_callback(text: str) -> bool:
    return _is_web_address(text) and "_" not in (urlsplit(text).hostname or "")
