"""Which texts name a moment or a day, by their spelling alone: no clock and no zone is needed to tell."""

from __future__ import annotations

import re
from datetime import date, time

ABSOLUTE = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[Tt ](?P<time>[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)"
    r"(?:[Zz]| UTC| ?(?P<offset>[+-][0-9]{2}:?[0-9]{2}))?)?"
)
RELATIVE = re.compile(r"(?P<count>[0-9]+) (?P<unit>minute|hour|day|week)(?P<many>s?) ago")
DAYS = ("now", "today", "yesterday", "tomorrow")
WRITE = "Write it like 2022-03-01T15:00:00Z, or now, today, yesterday, tomorrow, 2 hours ago."
# What is further back than the first date of the calendar can have no date, whatever the time is.
_MOST = {"minute": 5_260_000_000, "hour": 87_700_000, "day": 3_652_059, "week": 521_723}


def names_a_moment(text: str) -> bool:
    """Tell whether a text is spelled like a datetime, a date or one of the relative ones."""
    plain = text.strip(" ").lower()
    if plain in DAYS:
        return True
    if relative := RELATIVE.fullmatch(plain):
        count = relative["count"]
        one_or_many = bool(relative["many"]) or count == "1"
        return one_or_many and len(count) < 12 and 0 < int(count) <= _MOST[relative["unit"]]
    absolute = ABSOLUTE.fullmatch(text.strip(" "))
    return absolute is not None and _exists(absolute)


def _exists(found: re.Match[str]) -> bool:
    try:
        date.fromisoformat(found["date"])
        if found["time"]:
            time.fromisoformat(found["time"].partition(".")[0])
    except ValueError:
        return False
    if not found["offset"]:
        return True
    hours, minutes = int(found["offset"][1:3]), int(found["offset"][-2:])
    return hours < 24 and minutes < 60
