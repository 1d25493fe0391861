"""Understand senders and recipients as people write them, and refuse what could be more than one number.

Numbers: E.164 (ITU-T) by the library phonenumbers, whose metadata takes about 40 ms to import, so this module is imported only
when something is sent. Sender ids: twilio.com/docs/glossary/what-alphanumeric-sender-id. Channels: twilio.com/docs/messaging/channels.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, ValidationResult

_LONGEST = 100
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_NANP = re.compile(r"\+1[0-9]{10}")
_SHORT_CODE = re.compile(r"\d{3,8}")
_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 &_.+-]{1,11}")
_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
_NEARLY_SERVICE = re.compile(r"MG[0-9a-fA-F]{20,}")
_CHANNEL = re.compile(r"([A-Za-z][A-Za-z0-9_-]*):(.*)", re.DOTALL)
_CHANNELS = ("whatsapp", "messenger", "rcs")
# What stands between digits: spaces, dashes, dots, slashes, brackets; anything else is not how a number is written.
_NUMBER = re.compile(r"\+?[\d\s().\-/]*\d[\d\s().\-/]*")
_WRITE = "Write it with + and the country code, like +15551234567"
_REASONS = {
    ValidationResult.TOO_SHORT: "has too few digits",
    ValidationResult.TOO_LONG: "has too many digits",
    ValidationResult.INVALID_COUNTRY_CODE: "begins with a country code that does not exist",
    ValidationResult.INVALID_LENGTH: "has a number of digits that no number of its country has",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "lacks its area code",
}


class AddressFault(ValueError):  # noqa: N818 - it says what is wrong with an address; the error is made of it elsewhere
    """What is wrong with an address, as a sentence without the address, and the corrected form where there is one."""

    def __init__(self, message: str, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.suggestion = suggestion


def recipient(value: str, country: str | None = None) -> str:
    """Return the E.164 number or channel address of a recipient.

    Raises:
        AddressFault: with what to write instead.
    """
    text = _tidied(value)
    if channel := _channel(text, country):
        return channel
    if _SHORT_CODE.fullmatch(text) and len(text) in (5, 6):
        raise AddressFault(f"is a short code, which cannot receive messages. {_WRITE}")
    return _number(text, country)


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
    if _SHORT_CODE.fullmatch(text) and (country is None or len(text) in (5, 6)):
        return text
    if re.search(r"[A-Za-z]", text):
        if _NAME.fullmatch(text):
            return text
        raise AddressFault("is not a sender: a name has at most 11 letters, digits and spaces, a number no letters")
    return _number(text, country)


def country_of(address: str) -> str | None:
    """Return the country of a number or of a channel address with a number, as two letters; None if it has none."""
    number = address.rpartition(":")[2]
    if not _E164.fullmatch(number):
        return None
    try:
        parsed = phonenumbers.parse(number)
    except NumberParseException:
        return None
    # A number of a range that is not in use has no region of its own; its country code still has a main one.
    found = phonenumbers.region_code_for_number(parsed) or phonenumbers.region_code_for_country_code(
        parsed.country_code or 0
    )
    return None if found in (None, "ZZ", "001") else str(found)


def _tidied(value: str) -> str:
    """Trim, and turn digits of every script, dashes and spaces of every kind, and invisible marks into plain ones."""
    if len(value) > _LONGEST:
        raise AddressFault(f"is too long to be an address. {_WRITE}")
    text = value.strip() if value.isascii() else _ascii(value)
    if not text:
        raise AddressFault(f"is empty. {_WRITE}")
    return text


def _ascii(value: str) -> str:
    return "".join(_plain(char) for char in unicodedata.normalize("NFKC", value)).strip()


def _plain(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.decimal(char))
    return {"Cf": "", "Pd": "-", "Zs": " "}.get(category, "-" if char == "\u2212" else char)


def _channel(text: str, country: str | None) -> str | None:
    found = _CHANNEL.fullmatch(text)
    if found is None:
        return None
    channel, address = found[1].lower(), found[2].strip()
    if channel == "tel":
        return _number(address, country)
    if channel not in _CHANNELS:
        raise AddressFault(f"is on a channel that Twilio does not have; use one of {', '.join(_CHANNELS)}, or a number")
    if channel == "whatsapp":
        return f"{channel}:{_number(address, country)}"
    if not re.fullmatch("[!-~]+", address):
        raise AddressFault(f"needs an id behind {channel}:, without spaces")
    return f"{channel}:{address}"


def _number(text: str, country: str | None) -> str:
    if _NANP.fullmatch(text):
        # Ten digits are possible behind +1, as the library would say, which takes as long as building the request.
        return text
    if country is not None and country not in phonenumbers.SUPPORTED_REGIONS:
        raise AddressFault("cannot be read, because the default country is not one; write its two letters, such as US")
    if not _NUMBER.fullmatch(text):
        letters = "it holds letters" if re.search(r"[^\W\d_]", text) else "it holds something besides digits"
        raise AddressFault(f"is not a phone number: {letters}. {_WRITE}")
    written = _with_plus(text, country)
    if written is None:
        raise AddressFault(
            f"has no country code, so it could be a number in any country. {_WRITE}", _guess(re.sub(r"\D", "", text))
        )
    return _e164(written, country)


def _with_plus(text: str, country: str | None) -> str | None:
    """Return the number so that the library can read it; None if nothing says which country it is in."""
    if text.startswith("+"):
        # The trunk zero of "+44 (0)20" is dialled inside the country only.
        return re.sub(r"\(0\)", "", text)
    digits = re.sub(r"\D", "", text)
    if digits.startswith("00"):
        return f"+{digits[2:]}"
    return None if country is None else text


def _e164(text: str, country: str | None) -> str:
    try:
        parsed = phonenumbers.parse(text, country)
    except NumberParseException:
        raise AddressFault(f"is not a phone number. {_WRITE}") from None
    reason = phonenumbers.is_possible_number_with_reason(parsed)
    # Possible is enough: ranges are opened faster than metadata is published, and fictional numbers are never valid.
    if reason != ValidationResult.IS_POSSIBLE:
        raise AddressFault(f"is not a phone number: it {_REASONS.get(reason, 'is not possible')}. {_WRITE}")
    found = _formatted(parsed)
    if not _E164.fullmatch(found):
        raise AddressFault(f"is not a phone number: it has too few digits. {_WRITE}")
    return found


def _formatted(parsed: PhoneNumber) -> str:
    return str(phonenumbers.format_number(parsed, PhoneNumberFormat.E164))


def _guess(digits: str) -> str | None:
    """Return the number that was meant if only its + is missing, and it would be a valid one."""
    try:
        parsed = phonenumbers.parse(f"+{digits}")
    except NumberParseException:
        return None
    return _formatted(parsed) if phonenumbers.is_possible_number(parsed) else None
