"""Find out whether a message whose answer was lost was stored after all, by looking for it among the recent messages.

Twilio's create has no idempotency key, and a message is not marked by its sender. So it is recognised by its recipient, its sender
or messaging service, its body as Twilio may have stored it, and its creation after the request began. Messages that are known
to be others (their SIDs came back from other sends) are left out; if more than one is left, nobody can tell, and none is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

from twilio_connector.client import TwilioClient
from twilio_connector.draft import Draft
from twilio_connector.models import SmsMessage
from twilio_connector.segments import smart_encoded_equal

# Seconds to wait before each look: a message is listed a moment after it was stored, and a slow create may still be under way.
LOOKS = (0.5, 1.5, 3.0, 6.0, 12.0)
# Twilio's dates are whole seconds, and its clock is known from the Date header of an answer, which is whole seconds too.
_TOLERANCE = timedelta(seconds=2)
_PAGE_SIZE, _FARTHEST = 50, 500


def look_up(
    client: TwilioClient,
    sought: Draft,
    began: datetime,
    known: Callable[[], AbstractSet[str]],
    looks: tuple[float, ...] | None = None,
) -> list[SmsMessage]:
    """Look several times for the message, until exactly one is found; return what was found last.

    Args:
        client: to look with, and to wait with.
        sought: what was sent.
        began: when the request began, by this machine's clock.
        known: returns the SIDs that belong to other sends; asked anew for each look.
        looks: the seconds to wait before each look.

    Raises:
        ConnectorError: if looking itself fails.
    """
    found: list[SmsMessage] = []
    for wait in LOOKS if looks is None else looks:
        client.sleep(wait)
        found = [message for message in candidates(client, sought, began) if message.sid not in known()]
        if len(found) == 1:
            break
    return found


def candidates(client: TwilioClient, sought: Draft, began: datetime) -> list[SmsMessage]:
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
