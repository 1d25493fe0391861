"""The calls with which the hosts are compared: good ones and bad ones, each with how it ends wherever it is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from support import BODY, RECIPIENT
from twilio_sandbox import Fault
from twilio_sandbox.seed import OPTED_OUT, OWN_NUMBER

READ, SEND = "read_sms_messages", "send_sms_message"
GOOD = {"sender_number": OWN_NUMBER, "recipient_number": RECIPIENT, "message_body": BODY}
DAY = "2026-03-09"


@dataclass(frozen=True)
class Asked:
    """One call as a JSON document, and what it is made of where it does not stand alone.

    ``ends`` is ``done`` or the code of the error. ``english`` is how it ends as a sentence where the language ends it earlier:
    not_sayable, or the kind of the problem in the text or of the question that is asked. ``waits`` says that it
    would take time on a real clock.
    """

    name: str
    action: str
    document: Mapping[str, Any]
    ends: str = "done"
    english: str = ""
    before: tuple[Mapping[str, Any], ...] = ()
    faults: tuple[Fault, ...] = ()
    wrong_token: bool = False
    waits: bool = field(default=False)


def read(name: str, tree: Any, ends: str = "done", english: str = "", **paging: Any) -> Asked:
    """Return a read with a filter."""
    return Asked(name, READ, {"filter": tree, **paging}, ends, english)


def send(name: str, ends: str = "done", english: str = "", **changes: Any) -> Asked:
    """Return a send that is fine but for the changes."""
    return Asked(name, SEND, {**GOOD, **changes}, ends, english)


def without(name: str) -> dict[str, Any]:
    """Return a good send that lacks an input."""
    return {key: value for key, value in GOOD.items() if key != name}


CALLS = [
    read("a text is", ["eq", "status", "delivered"], limit=4),
    read("a text is not", ["ne", "sender number", OWN_NUMBER], limit=4),
    read("a text contains", ["has", "body", "refund"], limit=4),
    read("a text starts with", ["starts", "body", "Your table"], english="not_sayable", limit=4),
    read("a text is one of several", ["in", "status", ["failed", "undelivered"]], limit=4),
    read("a number is compared", ["and", ["lt", "price", -0.0079], ["ge", "num_media", 0]], limit=4),
    read("a day", ["eq", "date_sent", DAY]),
    read("two moments", ["and", ["ge", "date_sent", f"{DAY}T06:00:00Z"], ["lt", "date_sent", f"{DAY}T18:00:00+02:00"]]),
    read("something is empty", ["and", ["eq", "error_code", None], ["ne", "price", None]], limit=4),
    read("an or within an and", ["and", ["eq", "status", "received"], ["or", ["has", "body", "STOP"], ["has", "body", "HELP"]]]),
    read("an opposite", ["and", ["not", ["eq", "status", "delivered"]], ["gt", "date_sent", "2026-03-01"]]),
    Asked("a page", READ, {"limit": 5, "offset": 7}),
    Asked("no messages at all", READ, {"limit": 0}),
    read("an operator that the field does not take", ["gt", "sender_number", "+1"], "input", "unsupported_operator"),
    read("a field that is not there", ["eq", "colour", "red"], "input", "not_sayable"),
    read("a value of another type", ["gt", "date_sent", "yesterday"], "input", "type_mismatch"),
    Asked("a limit below zero", READ, {"limit": -1}, "input", "invalid_value"),
    send("a message"),
    send("a number without its country", "input", recipient_number="2125550123"),
    send("a blank body", "input", "invalid_value", message_body=""),
    Asked("no recipient", SEND, without("recipient_number"), "input", "missing_input"),
    send("a body that is too long", "input", "invalid_value", message_body="x" * 1601),
    send("a recipient who has opted out", "recipient", recipient_number=OPTED_OUT),
    Asked("a wrong token", READ, {"limit": 1}, "credentials", wrong_token=True),
    Asked("too many requests", READ, {"limit": 1}, "rate_limited", faults=(Fault("rate_limited", times=9),), waits=True),
    Asked("an answer that never comes", SEND, GOOD, "outcome_unknown", faults=(Fault("drop_before", method="POST"),), waits=True),
    send("a dry run", dry_run=True),
    Asked("a key for the second time", SEND, {**GOOD, "idempotency_key": "order-42"}, before=({**GOOD, "idempotency_key": "order-42"},)),
    Asked(
        "a key for something else",
        SEND,
        {**GOOD, "idempotency_key": "order-42", "message_body": "Another text"},
        "input",
        before=({**GOOD, "idempotency_key": "order-42"},),
    ),
    Asked("an action that is not there", "call_somebody", {}, "input", "not_sayable"),
    send("an input that is not there", "input", "not_sayable", colour="red"),
    send("a text for a number", "input", "type_mismatch", validity_period="soon"),
]  # fmt: skip
