"""Read the texts that ``convert`` takes for a date: absolute ones, and those relative to a clock that is handed in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from connector_kit.english.meaning.moments import ABSOLUTE, RELATIVE, WRITE, names_a_moment

_SHIFTS = {"yesterday": -1, "today": 0, "tomorrow": 1}


@dataclass(frozen=True, slots=True)
class Absolute:
    """A day, perhaps with a time of it; without an offset it is meant in the automation's timezone."""

    day: date
    clock: time
    offset: timezone | None


@dataclass(frozen=True, slots=True)
class Ago:
    """So many minutes, hours, days or weeks before now."""

    count: int
    unit: str


@dataclass(frozen=True, slots=True)
class Day:
    """The start of today, or of a day so many days from it."""

    shift: int


Moment = Absolute | Ago | Day


def read_moment(text: str) -> Moment | None:
    """Read a text by its spelling alone, without a clock; None if it is none of those that ``convert`` takes."""
    if not names_a_moment(text):
        return None
    plain = text.strip(" ").lower()
    if plain == "now":
        return Ago(0, "minute")
    if plain in _SHIFTS:
        return Day(_SHIFTS[plain])
    if ago := RELATIVE.fullmatch(plain):
        return Ago(int(ago["count"]), ago["unit"])
    found = ABSOLUTE.fullmatch(text.strip(" "))
    return None if found is None else _absolute(found)


def _absolute(found: re.Match[str]) -> Absolute:
    whole, _, fraction = (found["time"] or "00:00").partition(".")
    clock = time.fromisoformat(f"{whole}.{fraction[:6].ljust(6, '0')}" if fraction else whole)
    return Absolute(date.fromisoformat(found["date"]), clock, _offset(found))


def _offset(found: re.Match[str]) -> timezone | None:
    if found["offset"]:
        size = timedelta(hours=int(found["offset"][1:3]), minutes=int(found["offset"][-2:]))
        return timezone(-size if found["offset"][0] == "-" else size)
    return UTC if found[0].endswith(("Z", "z", "UTC")) else None


def instant(moment: Moment, now: datetime, zone: tzinfo) -> datetime | None:
    """Return the moment in UTC; None if no calendar has it. ``now`` is aware and counts for relative moments only."""
    try:
        return _instant(moment, now, zone)
    except (OverflowError, ValueError):
        return None


def _instant(moment: Moment, now: datetime, zone: tzinfo) -> datetime:
    if isinstance(moment, Absolute):
        return datetime.combine(moment.day, moment.clock, moment.offset or zone).astimezone(UTC)
    if isinstance(moment, Day):
        return start_of(local_day(now, zone) + timedelta(days=moment.shift), zone)
    if moment.unit in ("minute", "hour"):
        return now.astimezone(UTC) - timedelta(**{f"{moment.unit}s": moment.count})
    # Subtracted from the local time, which keeps the time on the clock; from UTC it would be an hour wrong over a clock change.
    return (now.astimezone(zone) - timedelta(**{f"{moment.unit}s": moment.count})).astimezone(UTC)


def start_of(day: date, zone: tzinfo) -> datetime:
    """Return the instant, in UTC, in which a day begins in a zone."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def local_day(moment: datetime, zone: tzinfo) -> date:
    """Return the day that it is in a zone at an instant."""
    return moment.astimezone(zone).date()


def is_relative(text: str) -> bool:
    """Tell whether a text needs a clock to be converted."""
    return isinstance(read_moment(text), Ago | Day)


def convert(value: object, to: str, now: datetime, zone: tzinfo) -> datetime | date | None:
    """Convert a text, a datetime or a date to a ``datetime`` in UTC or to a ``date`` in ``zone``; None if that cannot be."""
    if to not in ("datetime", "date"):
        return None
    try:
        if isinstance(value, datetime):
            return value if to == "datetime" else local_day(value, zone)
        if isinstance(value, date):
            return value if to == "date" else start_of(value, zone)
        moment = read_moment(value) if isinstance(value, str) else None
        if moment is None:
            return None
        if to == "date" and isinstance(moment, Absolute) and moment.offset is None:
            return moment.day
        found = instant(moment, now, zone)
        return found if found is None or to == "datetime" else local_day(found, zone)
    except OverflowError:
        return None


def could_not_convert(spoken: str, to: str) -> str:
    """Say that a value, named as it was written, cannot be converted, and what to write instead."""
    return f"Could not convert {spoken} to a {to}. {WRITE}"
