"""Read a phone number as people write it, and refuse what could be the number of more than one person.

The rules are those of the library phonenumbers and of E.164 (ITU-T). Importing it takes about 40 ms, most of it metadata, so this
module is imported only when something is sent.
"""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import (
    CountryCodeSource,
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberType,
    ValidationResult,
)

WRITE = "Write it with + and the country code, like +15551234567"
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_NANP = re.compile(r"\+1[0-9]{10}")
# A + may stand in brackets; anything else than these signs between digits is not how one number is written.
_NUMBER = re.compile(r"[(\[ ]*\+?[-0-9 ./()\[\]]*")
_EXTENSION = re.compile(r"[0-9][) ]*[;,.]? *(?:ext[a-z]*|x|#)[ .:=]*[0-9]{1,7}", re.IGNORECASE)
_ABROAD = re.compile("^[^0-9]*0[^0-9]*0")
_TRUNK = re.compile(r"\( *0 *\)|\[ *0 *\]")
# A spreadsheet that holds 491711234567 as a number writes 491711234567.0, whose last zero is no digit of the phone number, or
# 4.91711234567E+11, where digits may be lost.
_FLOAT = re.compile(r"(\+?[0-9]+)[.,]0{1,2}")
_SCIENTIFIC = re.compile(r"[-+]?[0-9]+(?:[.,][0-9]+[Ee][-+]?|[Ee][-+])[0-9]+")
# What else ends like a number with a fraction. In pairs, as in 06.12.34.56.00, the last point is not the only one.
_FRACTION = re.compile(r"[^.]*\.[0-9]{1,2}|.*\.[0-9]|\+?[0-9]{7,}\.0+")
# A few digits behind a sign that may stand before another ending, as in 0171 1234567-8 for those in 7 and in 8.
_ENDING = re.compile(r"[-.(\[] *[0-9]{1,3}[)\] ]*$")
_AS_TEXT = "Format the cell as text and write the phone number again"
_AMBIGUOUS = f"could be more than one number. {WRITE}"
_SHORTEST_REST = 5  # digits behind an area code
_FEW, _MANY, _UNKNOWN = "has too few digits", "has too many digits", "begins with a country code that does not exist"
_REASONS = {
    ValidationResult.TOO_SHORT: _FEW,
    ValidationResult.TOO_LONG: _MANY,
    ValidationResult.INVALID_COUNTRY_CODE: _UNKNOWN,
    ValidationResult.INVALID_LENGTH: "has a number of digits that no number of its country has",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "lacks its area code",
}
_UNREADABLE = {NumberParseException.INVALID_COUNTRY_CODE: _UNKNOWN, NumberParseException.TOO_LONG: _MANY}


class AddressFault(ValueError):  # noqa: N818 - it says what is wrong with an address; the error is made of it elsewhere
    """What is wrong with an address, as a sentence without the address, and the corrected form where there is one."""

    def __init__(self, message: str, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.suggestion = suggestion


def number(text: str, country: str | None = None) -> str:
    """Return the number as E.164, or refuse it.

    Args:
        text: in plain signs: ASCII digits, spaces and dashes.
        country: of a number without a country code, as two letters.

    Raises:
        AddressFault: with what to write instead.
    """
    if _NANP.fullmatch(text):
        # Ten digits are possible behind +1, as the library would say, which takes as long as building the request.
        return text
    text = without_fraction(text)
    region = _region(country)
    _check_signs(text)
    if _may_be_two(text.rstrip(), region):
        raise AddressFault(_AMBIGUOUS)
    readings = _readings(text, region)
    found = {_formatted(each) for each in readings if isinstance(each, PhoneNumber)}
    if len(found) == 1:
        return found.pop()
    if found or not readings:
        raise AddressFault(_AMBIGUOUS)
    suggestion = None if "+" in text else _suggested(_digits(text))
    raise AddressFault(f"is not a phone number: it {readings[0]}. {WRITE}", suggestion)


def without_fraction(text: str) -> str:
    """Return the digits of a number that a spreadsheet wrote as ``491711234567.0``, and any other text as it is.

    Raises:
        AddressFault: for a number in scientific notation.
    """
    if _SCIENTIFIC.fullmatch(text):
        raise AddressFault(f"is in scientific notation, so its last digits may be lost. {_AS_TEXT}")
    found = _FLOAT.fullmatch(text)
    return found[1] if found else text


def in_use(digits: str, country: str | None) -> bool:
    """Tell whether digits as short as a short code are a whole number of the country."""
    region = _region(country)
    parsed = _parsed(digits, region) if region else ""
    return isinstance(parsed, PhoneNumber) and phonenumbers.is_valid_number(parsed)


def country_of(address: str) -> str | None:
    """Return the country of a number or of a channel address with a number, as two letters.

    None if it has none, or if countries share its code and its range is too new to tell which: a rule must not guess.
    """
    digits = address.rpartition(":")[2]
    if not _E164.fullmatch(digits):
        return None
    try:
        parsed = phonenumbers.parse(digits)
    except NumberParseException:
        return None
    sharing = phonenumbers.region_codes_for_country_code(parsed.country_code or 0)
    found = phonenumbers.region_code_for_number(parsed) or (sharing[0] if len(sharing) == 1 else None)
    return None if found in (None, "ZZ", "001") else str(found)


def _region(country: str | None) -> str | None:
    region = (country or "").strip().upper()
    if region and region not in phonenumbers.SUPPORTED_REGIONS:
        raise AddressFault("cannot be read: the default country is not one. Write its two letters, such as US or GB")
    return region or None


def _check_signs(text: str) -> None:
    if _EXTENSION.search(text):
        raise AddressFault(f"has an extension, which a message cannot reach. {WRITE}")
    if not _NUMBER.fullmatch(text) or not _digits(text):
        letters = any(char.isalpha() for char in text)
        what = "letters" if letters else "something besides digits, spaces, dashes, dots and brackets"
        raise AddressFault(f"is not a phone number: it holds {what}. {WRITE}")


def _may_be_two(text: str, region: str | None) -> bool:
    """Tell whether the text may list two numbers, the second by its ending alone, or be a number with a fraction.

    Read as one number, ``0171 1234567/8`` would be a stranger's.
    """
    if ("/" in text and not _divides_area_code(text)) or _FRACTION.fullmatch(text):
        return True
    while ending := _ENDING.search(text):
        text = text[: ending.start()]
        # Behind a fixed line, as in 030 1234567-0, they are an extension that is dialled with it; a mobile has none.
        if any(isinstance(each, PhoneNumber) and _is_mobile(each) for each in _begun(text, region)):
            return True
    return False


def _is_mobile(number: PhoneNumber) -> bool:
    return phonenumbers.number_type(number) in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


def _divides_area_code(text: str) -> bool:
    """Tell whether the one slash stands between an area code and the rest, as in 0171/1234567."""
    before, _, after = text.partition("/")
    if "/" in after or len(_digits(after)) < _SHORTEST_REST:
        return False
    if "+" in before or _digits(before).startswith("00"):
        # A country code and an area code have 7 digits at most, as in +49 35204.
        return len(_digits(_TRUNK.sub("", before)).lstrip("0")) <= 7
    return len(_digits(before)) <= (6 if _digits(before).startswith("0") else 4)


def _begun(text: str, region: str | None) -> list[PhoneNumber | str]:
    """Read what may be a whole number before an ending."""
    digits = _digits(text)
    if "+" in text or digits.startswith("00"):
        return _international(text if "+" in text else _ABROAD.sub("", text, count=1))
    return [_parsed(digits, region) if region else _parsed(f"+{digits}")]


def _readings(text: str, region: str | None) -> list[PhoneNumber | str]:
    """Return every number that the text can mean, and for a meaning that is none, why."""
    digits = _digits(text)
    if "+" in text:
        return _international(text)
    if digits.startswith("00"):
        # No number begins with +11; 0011 is how Australia begins an international call.
        abroad = [] if digits.startswith("0011") else _international(_ABROAD.sub("", text, count=1))
        return abroad + _dialled(digits, region)
    if region is None:
        raise AddressFault(f"has no country code, so it could be a number in any country. {WRITE}", _suggested(digits))
    home, away = _parsed(digits, region), _parsed(f"+{digits}")
    if isinstance(home, PhoneNumber) and isinstance(away, PhoneNumber) and _lost_its_plus(home, away):
        raise AddressFault(_AMBIGUOUS, _formatted(away))
    return [home]


def _international(text: str) -> list[PhoneNumber | str]:
    # The trunk zero of "+44 (0)20" is not part of the number, that of "+39 (0)6" is.
    forms = dict.fromkeys((_digits(text), _digits(_TRUNK.sub("", text))))
    readings = [_parsed(f"+{form}") for form in forms]
    if len(readings) == 1:
        return readings
    return [each for each in readings if isinstance(each, PhoneNumber) and _rank(each)] or readings


def _dialled(digits: str, region: str | None) -> list[PhoneNumber | str]:
    """Read an international call as it is dialled in the region: in Hong Kong 001 65 is Singapore, elsewhere +1 65."""
    parsed = _parsed(digits, region) if region else ""
    dialled = isinstance(parsed, PhoneNumber) and parsed.country_code_source == CountryCodeSource.FROM_NUMBER_WITH_IDD
    return [parsed] if dialled else []


def _lost_its_plus(home: PhoneNumber, away: PhoneNumber) -> bool:
    """Tell whether digits that are possible in the default country are as likely the whole of an international number.

    31612345678 is as long as a number in Germany, but a mobile in the Netherlands.
    """
    if _formatted(home) == _formatted(away):
        return False
    return _rank(away) > _rank(home) or (away.country_code == home.country_code and _rank(away) == _rank(home))


def _rank(number: PhoneNumber) -> int:
    """Return how likely a number is meant: 2 for one in use that may get SMS, 1 for a fixed line, 0 if of no range in use."""
    kind = phonenumbers.number_type(number)
    return {PhoneNumberType.UNKNOWN: 0, PhoneNumberType.FIXED_LINE: 1}.get(kind, 2)


def _parsed(text: str, region: str | None = None) -> PhoneNumber | str:
    """Return the number, or why the text cannot be one."""
    try:
        parsed = phonenumbers.parse(text, region, keep_raw_input=True)
        # Possible is enough: ranges are opened faster than metadata is published, and fictional numbers are never valid.
        reason = phonenumbers.is_possible_number_with_reason(parsed)
        if reason != ValidationResult.IS_POSSIBLE:
            return _REASONS.get(reason, _FEW)
        written = _formatted(parsed)
        if not _E164.fullmatch(written):
            return _FEW if len(written) <= 8 else _MANY
        if written != text and _formatted(phonenumbers.parse(written)) != written:
            return "begins with more zeros than a number has"
    except NumberParseException as fault:
        return _UNREADABLE.get(fault.error_type, _FEW)
    return parsed


def _digits(text: str) -> str:
    return re.sub("[^0-9]", "", text)


def _formatted(number: PhoneNumber) -> str:
    return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))


def _suggested(digits: str) -> str | None:
    """Return the number that was meant if only its + is missing, and it may get SMS."""
    parsed = _parsed(f"+{digits}")
    return _formatted(parsed) if isinstance(parsed, PhoneNumber) and _rank(parsed) == 2 else None
