"""The handlers: what each action does with an open session and a checked call."""

from __future__ import annotations

from collections.abc import Iterator

from connector_kit import ActionCall, Notice, Result
from twilio_connector.models import SmsMessage
from twilio_connector.preview import preview
from twilio_connector.query import query
from twilio_connector.session import TwilioSession


def send_sms_message(session: TwilioSession, call: ActionCall) -> Result:
    """Send one SMS and return its SID; a notice says that accepted is not yet delivered."""
    draft = session.draft(call)
    if call.inputs["dry_run"]:
        return Result(None, preview=preview(draft))
    receipt = session.client.create_message(draft.parameters())
    status = receipt.status if isinstance(receipt.status, str) and receipt.status else "unknown"
    notice = f"Twilio accepted the message; its status is {status}, which is not yet delivered. Read it by its SID to see how it ends."
    return Result(receipt.sid, notices=(Notice(status, notice),))


def read_sms_messages(session: TwilioSession, call: ActionCall) -> Iterator[SmsMessage]:
    """Yield, newest first, at least every message that passes the call's filter."""
    asked = query(call.filter)
    if asked.sid is not None:
        found = session.client.message(asked.sid)
        return iter(()) if found is None else iter((found,))
    wanted = None if call.limit is None else call.offset + call.limit
    return session.client.messages(asked.parameters(), page_size=asked.page_size(wanted))
