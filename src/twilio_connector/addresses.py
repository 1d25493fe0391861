"""Understand senders and recipients as people write them: numbers, short codes, names, messaging services and channels.

Names: twilio.com/docs/glossary/what-alphanumeric-sender-id. Channels: twilio.com/docs/messaging/channels.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from twilio_connector.numbers import WRITE, AddressFault, country_of, in_use, number, without_fraction

__all__ = ["AddressFault", "country_of", "recipient", "sender"]

_LONGEST = 100
_SHORT_CODE = re.compile(r"[0-9]{3,8}")
_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 &_.+-]{1,11}")
_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
_NEARLY_SERVICE = re.compile(r"MG[0-9a-fA-F]{10,}")  # longer than any name
# Letters only: what stands before the colon is named in the fault, and must not be a number.
_CHANNEL = re.compile(r"([A-Za-z]{1,20}) *:(.*)", re.DOTALL)
_CHANNELS = ("whatsapp", "messenger", "rcs")
# WhatsApp keeps the 1 that numbers of mobiles in Mexico lost in 2019; it is the address from which an answer came.
_WHATSAPP_MEXICO = re.compile(r"\+521[0-9]{10}")
_DASHES = "\N{MINUS SIGN}\N{HYPHEN BULLET}\N{KATAKANA-HIRAGANA PROLONGED SOUND MARK}"
_DOTS = "\N{MIDDLE DOT}\N{BULLET}\N{KATAKANA MIDDLE DOT}"


def recipient(value: str, country: str | None = None) -> str:
    """Return the E.164 number or channel address of a recipient.

    Raises:
        AddressFault: with what to write instead.
    """
    text = _tidied(value)
    if channel := _channel(text, country):
        return channel
    if _SHORT_CODE.fullmatch(text) and len(text) <= 6 and not in_use(text, country):
        raise AddressFault(f"is a short code, which cannot receive messages. {WRITE}")
    return number(text, country)


# An automation has few senders, and reading a number costs as much as building its request.
@lru_cache(maxsize=64)
def sender(value: str, country: str | None = None) -> str:
    """Return a sender as Twilio takes it: a number, short code, name, messaging service SID or channel address.

    Raises:
        AddressFault: with what to write instead.
    """
    text = _tidied(value)
    if channel := _channel(text, country):
        return channel
    if _SERVICE.fullmatch(text):
        return text
    if _NEARLY_SERVICE.fullmatch(text):
        raise AddressFault("looks like the SID of a messaging service, but those have 34 characters; copy it again")
    # Seven and eight digits are a whole number in some countries. Elsewhere a short code is right: at worst Twilio says no.
    if _SHORT_CODE.fullmatch(text) and (len(text) <= 6 or not in_use(text, country)):
        return text
    if _NAME.fullmatch(text):
        return text
    if any(char.isalpha() for char in text):
        raise AddressFault(
            "is not a sender: a name has at most 11 letters from A to Z, digits and spaces, a number no letters"
        )
    return number(text, country)


def _tidied(value: str) -> str:
    """Trim, and turn digits of every script, dashes and spaces of every kind, and invisible marks into plain ones."""
    if len(value) > _LONGEST:
        raise AddressFault(f"is too long to be an address. {WRITE}")
    text = value.strip() if value.isascii() else "".join(map(_plain, value)).strip()
    if not text:
        raise AddressFault(f"is empty. {WRITE}")
    return without_fraction(text)


def _plain(char: str) -> str:
    # Not NFKC: it makes a 2 of the little 2 of a footnote, and with it another number.
    if "\N{FULLWIDTH EXCLAMATION MARK}" <= char <= "\N{FULLWIDTH TILDE}":
        return chr(ord(char) - 0xFEE0)
    if char in _DASHES or char in _DOTS:
        return "-" if char in _DASHES else "."
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.decimal(char))
    return {"Cf": "", "Pd": "-", "Zs": " "}.get(category, char)


def _channel(text: str, country: str | None) -> str | None:
    found = _CHANNEL.fullmatch(text)
    if found is None:
        return None
    channel, address = found[1].lower(), found[2].strip()
    if channel == "tel":
        return number(address, country)
    if channel not in _CHANNELS:
        known = ", ".join(_CHANNELS)
        raise AddressFault(f"is on {channel}:, a channel that Twilio does not have; use one of {known}, or a number")
    if channel == "whatsapp":
        address = without_fraction(address)
        return f"{channel}:{address if _WHATSAPP_MEXICO.fullmatch(address) else number(address, country)}"
    if not re.fullmatch("[!-~]+", address):
        raise AddressFault(f"needs an id behind {channel}: without spaces")
    return f"{channel}:{address}"
