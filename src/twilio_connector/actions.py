"""The handlers: what each action does with an open session and a checked call."""

from __future__ import annotations

from collections.abc import Iterator

from connector_kit import ActionCall, InputError, Notice, Problem, Result
from twilio_connector.addresses import recipient_fault, sender_fault
from twilio_connector.client import TwilioClient
from twilio_connector.models import SmsMessage
from twilio_connector.query import query


def send_sms_message(client: TwilioClient, call: ActionCall) -> Result:
    """Send one SMS and return its SID; a notice says that accepted is not yet delivered."""
    sender, recipient = call.inputs["sender_number"], call.inputs["recipient_number"]
    faults = {"sender_number": sender_fault(sender), "recipient_number": recipient_fault(recipient)}
    if sender == recipient:
        faults["recipient_number"] = "is the sender number too; a message goes to another number"
    if problems := [Problem(path, fault) for path, fault in faults.items() if fault]:
        msg = "The message was not sent: an address needs a change."
        raise InputError(msg, problems=problems)
    receipt = client.create_message(sender=sender, recipient=recipient, body=call.inputs["message_body"])
    status = receipt.status or "unknown"
    notice = f"Twilio accepted the message; its status is {status}, which is not yet delivered. Read it by its SID to see how it ends."
    return Result(receipt.sid, notices=(Notice(status, notice),))


def read_sms_messages(client: TwilioClient, call: ActionCall) -> Iterator[SmsMessage]:
    """Yield, newest first, at least every message that passes the call's filter."""
    asked = query(call.filter)
    if asked.sid is not None:
        found = client.message(asked.sid)
        return iter(()) if found is None else iter((found,))
    wanted = None if call.limit is None else call.offset + call.limit
    return client.messages(asked.parameters(), page_size=asked.page_size(wanted))
