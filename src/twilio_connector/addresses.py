"""Check the sender and the recipient of a message before anything leaves the machine.

Rules: E.164 (ITU-T), short codes of 5 or 6 digits, alphanumeric sender ids of at most 11 characters with at least one letter
(twilio.com/docs/glossary/what-alphanumeric-sender-id), and channel addresses such as whatsapp:+15551234567.
"""

from __future__ import annotations

import re

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_SHORT_CODE = re.compile(r"\d{3,8}")
_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 &_.+-]{1,11}")
_CHANNEL = re.compile(r"(whatsapp|messenger|rcs):\S+")
_WRITE = "Write it with + and the country code, digits only, like +15551234567"


def sender_fault(text: str) -> str | None:
    """Say what is wrong with a sender; None if it can be one."""
    if any(kind.fullmatch(text) for kind in (_E164, _SHORT_CODE, _NAME)) or _channel(text):
        return None
    if re.search(r"[A-Za-z]", text):
        return "is not a sender. A name has at most 11 letters, digits and spaces; a number looks like +15551234567"
    return f"is not a phone number of your Twilio account. {_WRITE}"


def recipient_fault(text: str) -> str | None:
    """Say what is wrong with a recipient; None if it can be one."""
    if _E164.fullmatch(text) or _channel(text):
        return None
    if re.search(r"[A-Za-z]", text):
        return f"is not a phone number: it holds letters. {_WRITE}"
    if text.startswith("+"):
        return f"is not a phone number: after the + come 7 to 15 digits, the first not 0, and nothing else. {_WRITE}"
    return f"has no country code, so it could be a number in any country. {_WRITE}"


def _channel(text: str) -> bool:
    if not _CHANNEL.fullmatch(text):
        return False
    channel, _, address = text.partition(":")
    return channel != "whatsapp" or _E164.fullmatch(address) is not None
