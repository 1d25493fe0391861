r"""Count the segments that Twilio splits a body into, say which characters make it dear, and recognise it as Twilio stored it.

A segment is 140 octets: 160 septets of GSM-7, or 70 units of UCS-2. In a message of several, 6 octets of each are a header, which
leaves 153 or 67 (3GPP TS 23.040; Twilio's glossary, "How long can a message be?"). No character is divided between two segments:
Twilio bills 3 segments for 153 times ``]``, which are 306 septets (TwilioDevEd/message-segment-calculator, issue 39).

Why no library does this (PyPI, read in October 2026): smsutil 1.1.3 splits rightly, but is of 2020, untyped, takes ESC for GSM-7 and
an empty body for UCS-2, and names no characters; sms-counter 0.0.1 counts an emoji as one unit; smssafe 0.0.1 divides the total by
the size; smpplib 2.2.4 and python-messaging 0.5.13 cut pairs in two; py-smsify 0.2.1 knows no UCS-2; gsm0338, pygsm7 and
smspdudecoder encode, but do not split. None has the table of Smart Encoding.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Encoding = Literal["GSM-7", "UCS-2"]

# What a trial account's messages begin with, in Twilio's answers too (as recorded from 2017 to 2023).
TRIAL_PREFIX = "Sent from your Twilio trial account - "

# 3GPP TS 23.038, 6.2.1: ASCII without the backtick, ten more signs, and letters; then 6.2.1.1, whose characters take an escape too.
_EXTENDED = "\f^{}\\[~]|€"
_ALPHABET = (
    "\n\r !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
    "¡£¤¥§¿ÄÅÆÇÉÑÖØÜßàäåæèéìñòöøùüΓΔΘΛΞΠΣΦΨΩ" + _EXTENDED
)
_FOREIGN = re.compile(f"[^{re.escape(_ALPHABET)}]")
# A letter with an accent of its own is one character to its reader: macOS writes é as two.
_ACCENTED = re.compile("[A-Za-z][\u0300-\u036f]")
_FORCING = re.compile(f"{_ACCENTED.pattern}|{_FOREIGN.pattern}")
_COMPOSED = {unicodedata.normalize("NFD", char): char for char in _ALPHABET}

_SIZES: dict[Encoding, tuple[int, int]] = {"GSM-7": (160, 153), "UCS-2": (70, 67)}

# Look-alikes: Twilio's page "List of characters replaced by Smart Encoding" and the same list as its segment calculator has it
# (sms-segments-calculator 1.3.0 on npm), without what Unicode itself calls a variant of a plain character (full-width forms, spaces,
# ligatures …: see _replacement). Ours: dashes 2012 and 2212, primes 2032 and 2033, bullets 2023 and 25E6, the soft hyphen 00AD, the
# invisible byte order and direction marks FEFF, 200E, 202A, 202C, 2066 and 2069, which come along with numbers pasted from a contact.
_ALIKE = {
    '"': "\u00ab\u00bb\u02ba\u02ee\u201c\u201d\u201e\u201f\u2033\u275d\u275e\u301d\u301e",
    "'": "\u0060\u00b4\u02b9\u02bb\u02bc\u02bd\u02c8\u02ca\u02cb\u2018\u2019\u201b\u2032\u275b\u275c",
    "-": "\u2010\u2012\u2013\u2014\u2015\u2022\u2023\u2043\u2212\u23bc\u23bd\u25e6",
    " ": "\t\u0080\u008d\u0090\u009b\u009f\u2028\u2029",
    "": "\0\3\4\x10\x11\x12\x13\x14\x17\x19\u00ad\u200b\u200c\u200e\u202a\u202c\u2060\u2066\u2069\ufeff",
    "*": "\u204e\u2217\u229b\u2722\u2723\u2724\u2725\u2731\u2732\u2733\u273a\u273b\u273c\u273d\u2743\u2749\u274a\u274b\u29c6",
    "/": "\u00f7\u2044\u2215\u29f8",
    "\\": "\u29f5\u29f9",
    "|": "\u2223\u239c\u239f\u23b8\u23b9\u23d0",
    "(": "\u2768\u276a\u27ee\u2985",
    ")": "\u2769\u276b\u27ef\u2986",
    ":": "\u02d0\u02f8\u2982\ua789",
    "~": "\u02dc\u02f7\u223c",
}
# The single ones, and the small capitals.
_SINGLE = zip(
    "\u201a\u3001\u3002\u204f\u01c3\ua78a\u02d6\u2017\u2039\u203a\u02c6\u2774\u2775"
    "\u1d00\u0299\u1d04\u1d05\u1d07\ua730\u0262\u029c\u026a\u1d0a\u1d0b\u029f"
    "\u1d0d\u0274\u1d0f\u1d18\u0280\ua731\u1d1b\u1d1c\u1d20\u1d21\u028f\u1d22",
    ",,.;!=+_<>^{}ABCDEFGHIJKLMNOPRSTUVWYZ",
    strict=True,
)
_PLAIN = {char: plain for plain, chars in _ALIKE.items() for char in chars} | dict(_SINGLE)
# Variants in Unicode that mean something else than the plain character: 10² is not 102, and 1½ is not 11/2.
_MEANING = re.compile("<(super|sub|fraction|circle|square)>")
# What else Twilio may store: the accents that its list takes for signs of their own, fractions, and where the page and the
# calculator differ.
_STORED_SINGLE = zip(
    "\u0313\u0314\ufe10\ufe11\u0337\u0338\u20e5\u0332\u20d2\u20d3\u0326\u0347\u0302\u1dcd\u0303\u0330\u0334\u2039\u203a",
    "''''//\\_||,=^^~~~><",
    strict=True,
)
_STORED = dict(_STORED_SINGLE) | {"\u00bc": "1/4", "\u00bd": "1/2", "\u00be": "3/4", "\t": " " * 7}


@dataclass(frozen=True, slots=True)
class ForcingCharacter:
    """A character that is not in GSM-7, or a letter with its combining accent.

    Attributes:
        character: as it stands in the body.
        name: its name in Unicode, or ``U+0009`` for one without.
        count: how often it stands in the body.
        replacement: what says the same in GSM-7: ``""`` for an invisible one that can go, None if nothing does.
    """

    character: str
    name: str
    count: int
    replacement: str | None


@dataclass(frozen=True, slots=True)
class Segmentation:
    """How a body is sent as an SMS.

    Attributes:
        encoding: GSM-7 if it holds every character, else UCS-2.
        per_segment: the septets or 16-bit units in each segment, escapes included.
        characters: the characters (code points), which Twilio's limit of 1600 is about.
        forced_by: each different character that forced UCS-2, in order of first appearance.
    """

    encoding: Encoding
    per_segment: tuple[int, ...]
    characters: int
    forced_by: tuple[ForcingCharacter, ...]

    @property
    def segments(self) -> int:
        """The number of segments, each of which is paid for."""
        return len(self.per_segment)

    @property
    def units(self) -> int:
        """The septets or 16-bit units of the whole body."""
        return sum(self.per_segment)


def segmentation(body: str) -> Segmentation:
    """Say how a body is encoded and split; an empty one, as with media only, is one segment of 0 units (Twilio counts it as 1)."""
    encoding, per_segment = _split(body)
    counts = Counter(_FORCING.findall(body)) if encoding == "UCS-2" else {}
    forced_by = tuple(ForcingCharacter(char, _name(char), count, _replacement(char)) for char, count in counts.items())
    return Segmentation(encoding, per_segment, len(body), forced_by)


def plain(body: str) -> str:
    """Replace each character outside GSM-7 that has a plain replacement; leave the others, and whatever would then cost a segment more.

    A replacement can be longer than its character (three points for an ellipsis), so a message that is in UCS-2 anyway, or is nothing
    but ellipses, can grow. Such a body is returned as it is.
    """
    alone = _FOREIGN.sub(lambda found: _or_itself(_replacement(found[0]), found[0]), body)
    replaced = _ACCENTED.sub(lambda found: _COMPOSED.get(found[0], found[0]), alone)
    return body if len(_split(replaced)[1]) > len(_split(body)[1]) else replaced


def smart_encoded_equal(sent: str, stored: str) -> bool:
    """Say whether ``stored`` can be what Twilio stored for ``sent``: the same, or changed in the ways that Twilio changes bodies.

    Smart Encoding replaces characters, and not always all that it could (SparkDevNetwork/Rock, issue 6505). A trial account's prefix
    stands in front. Trailing line breaks are cut (Twilio's notes on live tests: scripts/manual-test-plan.js of its segment calculator).
    """
    ours = {sent, sent.rstrip("\r\n")}
    theirs = {stored, stored.removeprefix(TRIAL_PREFIX)}
    return any(text in (body, plain(body)) or _could_become(body, text) for text in theirs for body in ours)


def _split(body: str) -> tuple[Encoding, tuple[int, ...]]:
    """Choose the encoding and fill segment after segment; what takes two units goes whole into one."""
    encoding: Encoding = "UCS-2" if _FOREIGN.search(body) else "GSM-7"
    # A lone surrogate, which a Python str can hold, is one unit like any other.
    double = (char > "\uffff" for char in body) if encoding == "UCS-2" else (char in _EXTENDED for char in body)
    sizes = [1 + is_double for is_double in double]
    alone, each = _SIZES[encoding]
    total = sum(sizes)
    return encoding, (total,) if total <= alone else tuple(_fill(sizes, each))


def _fill(sizes: Iterable[int], room: int) -> Iterable[int]:
    used = 0
    for size in sizes:
        if used + size > room:
            yield used
            used = 0
        used += size
    yield used


def _name(character: str) -> str:
    return " + ".join(unicodedata.name(char, f"U+{ord(char):04X}") for char in character)


@lru_cache(maxsize=4096)
def _replacement(character: str) -> str | None:
    """Return what stands for a forcing character in GSM-7: by the table, composed, or by Unicode's compatibility mapping (NFKC)."""
    found = _PLAIN.get(character, _COMPOSED.get(character))
    if found is not None or len(character) > 1 or _MEANING.match(unicodedata.decomposition(character)):
        return found
    mapped = "".join(_PLAIN.get(char, char) for char in unicodedata.normalize("NFKC", character))
    return None if _FOREIGN.search(mapped) else mapped


def _or_itself(replacement: str | None, character: str) -> str:
    return character if replacement is None else replacement


def _could_become(sent: str, stored: str) -> bool:
    """Walk along both, keeping every place that can be reached: one character may have been stored in one of several forms."""
    reached = {0}
    for number, piece in enumerate(re.split(f"({_FOREIGN.pattern})", sent)):
        forms = _forms(piece) if number % 2 else {piece}  # split puts what it found between the rest
        reached = {place + len(form) for place in reached for form in forms if stored.startswith(form, place)}
    return len(stored) in reached


def _forms(character: str) -> set[str]:
    forms = {character, _or_itself(_replacement(character), character), _STORED.get(character, character)}
    # What replaces a space cannot be seen on Twilio's page; its calculator has two spaces, others read nothing.
    return forms | {"", "  "} if " " in forms else forms
