"""Read the texts that ``convert`` takes for a date: absolute ones, and those relative to a clock that is handed in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

_ABSOLUTE = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)"
    r"(?:[T ](?P<clock>\d\d:\d\d(?::\d\d)?)(?P<fraction>(?<=:\d\d:\d\d)\.\d+)?)?"
    r"(?: ?(?P<zone>Z|UTC|(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>[0-5]\d)(?::(?P<seconds>[0-5]\d))?))?",
    re.ASCII | re.IGNORECASE,
)
_AGO = re.compile(r"([1-9]\d*) (minute|hour|day|week)s? ago", re.ASCII | re.IGNORECASE)
_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}
_SHOWN = 60  # characters of a text that a message repeats


@dataclass(frozen=True, slots=True)
class Absolute:
    """A day, perhaps with a time of it; without an offset it is meant in the automation's timezone."""

    day: date
    clock: time | None
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
    plain = " ".join(text.split())
    if plain.lower() == "now":
        return Ago(0, "minute")
    if plain.lower() in _DAYS:
        return Day(_DAYS[plain.lower()])
    if (ago := _AGO.fullmatch(plain)) and len(ago[1]) < 12:  # more digits than any calendar has minutes
        return Ago(int(ago[1]), ago[2].lower())
    found = _ABSOLUTE.fullmatch(plain)
    return None if found is None else _absolute(found)


def _absolute(found: re.Match[str]) -> Absolute | None:
    try:
        clock = found["clock"] and time.fromisoformat(found["clock"] + (found["fraction"] or "")[:7])
        return Absolute(date.fromisoformat(found["day"]), clock or None, _offset(found))
    except ValueError:
        return None


def _offset(found: re.Match[str]) -> timezone | None:
    if found["zone"] is None:
        return None
    if found["sign"] is None:
        return UTC
    # Seconds occur in the local times of long ago, and what is shown can be read back.
    hours, minutes, seconds = (int(found[name] or 0) for name in ("hours", "minutes", "seconds"))
    size = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return timezone(-size if found["sign"] == "-" else size)


def instant(moment: Moment, now: datetime, zone: tzinfo) -> datetime | None:
    """Return the moment in UTC; None if no calendar has it. ``now`` is aware and counts for relative moments only."""
    try:
        return _instant(moment, now, zone)
    except (OverflowError, ValueError):
        return None


def _instant(moment: Moment, now: datetime, zone: tzinfo) -> datetime:
    if isinstance(moment, Absolute):
        return datetime.combine(moment.day, moment.clock or time(), moment.offset or zone).astimezone(UTC)
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


def could_not_convert(value: object, to: str) -> str:
    """Say that a value cannot be converted, and what to write instead."""
    text = value if isinstance(value, str) else None
    shown = "this value" if text is None else f'"{text[:_SHOWN]}{"…" if len(text) > _SHOWN else ""}"'
    return f"Could not convert {shown} to a {to}. Write it like 2022-03-01T15:00:00Z, or now, today, yesterday, tomorrow, 2 hours ago."
