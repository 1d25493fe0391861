"""Find out whether a message whose answer was lost was stored after all, by looking for it among the recent messages.

Twilio's create has no idempotency key, and a message is not marked by its sender. So it is recognised by its recipient, its sender
or messaging service, its body as Twilio may have stored it, and its creation after the request began. Messages that are known
to be others (their SIDs came back from other sends) are left out. If more than one is left, or an equal send is under way or was
lost too, nobody can tell whose it is, and none is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from connector_kit import Known
from twilio_connector.client import TwilioClient
from twilio_connector.draft import Draft
from twilio_connector.models import SmsMessage
from twilio_connector.segments import smart_encoded_equal

# Seconds to wait before each look: a message is listed a moment after it was stored, and a slow create may still be under way.
LOOKS = (0.5, 1.5, 3.0, 6.0, 12.0)
# Twilio's dates are whole seconds, and its clock is known from the Date header of an answer, which is whole seconds too.
_TOLERANCE = timedelta(seconds=2)
_PAGE_SIZE, _FARTHEST = 50, 500


@dataclass(frozen=True, slots=True)
class Found:
    """How looking ended: the message, if it is certain, and otherwise in words what was seen."""

    message: SmsMessage | None
    seen: str


def look_up(
    client: TwilioClient, sought: Draft, began: datetime, known: Known, looks: tuple[float, ...] | None = None
) -> Found:
    """Look several times for the message, until it is certain which it is.

    Args:
        client: to look with, and to wait with.
        sought: what was sent.
        began: when the request began, by this machine's clock.
        known: tells about other sends of the same; asked anew after each look, so that it knows at least what the look saw.
        looks: the seconds to wait before each look.

    Raises:
        ConnectorError: if looking itself fails.
    """
    left: list[SmsMessage] = []
    for wait in LOOKS if looks is None else looks:
        client.sleep(wait)
        candidates = _candidates(client, sought, began)
        others = known()
        left = [message for message in candidates if message.sid not in others.taken]
        if len(left) == 1 and not others.undecided:
            return Found(left[0], "found it")
    if not left:
        return Found(None, "found none")
    if len(left) == 1:
        return Found(None, "found one, but an equal message was under way or lost too, so nobody can tell whose it is")
    return Found(None, f"found {len(left)}, so nobody can tell which is this one")


def _candidates(client: TwilioClient, sought: Draft, began: datetime) -> list[SmsMessage]:
    """Return the messages that could be the one that was sent."""
    recent = client.messages([("To", sought.recipient)], page_size=_PAGE_SIZE)
    found: list[SmsMessage] = []
    for number, message in enumerate(recent):
        since = client.service_time(began) - _TOLERANCE
        if number >= _FARTHEST or (
            message.date_created is not None and message.date_created < since - timedelta(minutes=5)
        ):
            break
        if message.date_created is not None and message.date_created >= since and _is(message, sought):
            found.append(message)
    return found


def _is(message: SmsMessage, sought: Draft) -> bool:
    same_sender = (
        message.sender_number == sought.sender
        if sought.service is None
        else (message.messaging_service_sid == sought.service or message.sender_number == sought.sender)
    )
    same_recipient = message.recipient_number == sought.recipient
    return (
        same_sender
        and same_recipient
        and smart_encoded_equal(sought.body, message.body or "")
        and message.status != "received"
    )
