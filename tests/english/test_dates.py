"""The texts that convert takes, and the two traps of clock changes: days are local, hours are elapsed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_kit.english.running import dates
from connector_kit.english.running.values import text_of

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
HAVANA, SAO_PAULO = ZoneInfo("America/Havana"), ZoneInfo("America/Sao_Paulo")
ZONES = [UTC, BERLIN, NEW_YORK, HAVANA, SAO_PAULO, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Kathmandu")]
NOW = datetime(2026, 3, 10, 12, 34, 56, 789000, tzinfo=UTC)
# The clocks of Berlin go from 02:00 to 03:00 on 2026-03-29, and from 03:00 back to 02:00 on 2026-10-25.
AFTER_SPRING = datetime(2026, 3, 29, 12, tzinfo=UTC)
AFTER_AUTUMN = datetime(2026, 10, 25, 12, tzinfo=UTC)


def at(text: str, now: datetime = NOW, zone: Any = UTC) -> Any:
    return dates.convert(text, "datetime", now, zone)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2022-03-01", "2022-03-01T00:00:00"),
        ("2022-03-01T15:00", "2022-03-01T15:00:00"),
        ("2022-03-01 15:00", "2022-03-01T15:00:00"),
        ("2022-03-01T15:00:07", "2022-03-01T15:00:07"),
        ("2022-03-01T15:00:07.5", "2022-03-01T15:00:07.500000"),
        ("2022-03-01T15:00:07.123456789Z", "2022-03-01T15:00:07.123456"),
        ("2022-03-01T15:00:00Z", "2022-03-01T15:00:00"),
        ("2022-03-01t15:00:00z", "2022-03-01T15:00:00"),
        ("2022-03-01 15:00:00 UTC", "2022-03-01T15:00:00"),
        ("2022-03-01 10:00:00 -05:00", "2022-03-01T15:00:00"),
        ("2022-03-01T20:30+0530", "2022-03-01T15:00:00"),
        ("2022-03-01T20:30 +05:30", "2022-03-01T15:00:00"),
        ("  2022-03-01  ", "2022-03-01T00:00:00"),
        ("2024-02-29", "2024-02-29T00:00:00"),
        ("now", "2026-03-10T12:34:56.789000"),
        ("NOW", "2026-03-10T12:34:56.789000"),
        ("today", "2026-03-10T00:00:00"),
        ("Yesterday", "2026-03-09T00:00:00"),
        ("tomorrow", "2026-03-11T00:00:00"),
        ("1 minute ago", "2026-03-10T12:33:56.789000"),
        ("90 minutes ago", "2026-03-10T11:04:56.789000"),
        ("2 hours ago", "2026-03-10T10:34:56.789000"),
        ("2 Hours Ago", "2026-03-10T10:34:56.789000"),
        ("1 days ago", "2026-03-09T12:34:56.789000"),
        ("1 day ago", "2026-03-09T12:34:56.789000"),
        ("3 weeks ago", "2026-02-17T12:34:56.789000"),
    ],
)
def test_a_text_is_read_as_the_instant_it_means(text: str, expected: str) -> None:
    assert at(text) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "", "an hour ago", "next week", "next tuesday", "in 2 days", "0 days ago", "-1 days ago", "1.5 hours ago", "2 day ago",
        "2 months ago", "2 hours", "2022-3-1", "2022-02-30", "2022-13-01", "2022-03-01T24:00", "2022-03-01T15", "15:00",
        "2022-03-01T15:00.5", "2022-03-01T15:00:60", "2022-03-01T15:00+5", "2022-03-01T15:00+05:60", "2022-03-01T15:00+24:00",
        "03/01/2022", "2022-03-01, 15:00", "2022-03-01T15:00 CET", "0000-01-01", "٢ hours ago", "99999999 weeks ago",
        "99999999999999999999 minutes ago", f"{'9' * 5000} days ago", "0001-01-01T00:00+14:00", "9999-12-31T23:00-14:00",
    ],
)  # fmt: skip
def test_anything_else_cannot_be_converted(text: str) -> None:
    assert at(text) is None
    assert dates.could_not_convert(text, "datetime").startswith("Could not convert ")


@pytest.mark.parametrize(
    ("text", "now", "zone", "expected"),
    [
        # Days keep the time on the clock: 14:00 in Berlin the day before is 13:00 UTC, because the clocks changed.
        ("1 day ago", AFTER_SPRING, BERLIN, "2026-03-28T13:00:00"),
        ("1 day ago", AFTER_SPRING, UTC, "2026-03-28T12:00:00"),
        ("1 week ago", AFTER_SPRING, BERLIN, "2026-03-22T13:00:00"),
        ("1 day ago", AFTER_AUTUMN, BERLIN, "2026-10-24T11:00:00"),
        # Hours are elapsed time.
        ("24 hours ago", AFTER_SPRING, BERLIN, "2026-03-28T12:00:00"),
        ("1440 minutes ago", AFTER_AUTUMN, BERLIN, "2026-10-24T12:00:00"),
        ("today", AFTER_SPRING, BERLIN, "2026-03-28T23:00:00"),
        ("tomorrow", AFTER_SPRING, BERLIN, "2026-03-29T22:00:00"),
        # It is the next day in Kathmandu already, and still the last one in New York.
        ("today", datetime(2026, 3, 10, 20, tzinfo=UTC), ZoneInfo("Asia/Kathmandu"), "2026-03-10T18:15:00"),
        ("today", datetime(2026, 3, 10, 2, tzinfo=UTC), NEW_YORK, "2026-03-09T04:00:00"),
        # A text without an offset is in the zone; a time that the clock jumped over is counted on from before the jump.
        ("2026-07-01 12:00", NOW, BERLIN, "2026-07-01T10:00:00"),
        ("2026-07-01 12:00Z", NOW, BERLIN, "2026-07-01T12:00:00"),
        ("2026-03-29 02:30", NOW, BERLIN, "2026-03-29T01:30:00"),
        ("2026-10-25 02:30", NOW, BERLIN, "2026-10-25T00:30:00"),
        # Days that begin at 01:00, and twice.
        ("2018-11-04", NOW, SAO_PAULO, "2018-11-04T03:00:00"),
        ("2026-11-01", NOW, HAVANA, "2026-11-01T04:00:00"),
    ],
)
def test_days_are_local_and_hours_elapsed(text: str, now: datetime, zone: Any, expected: str) -> None:
    assert at(text, now, zone) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2022-03-01", date(2022, 3, 1)),
        ("2022-03-01 23:00", date(2022, 3, 1)),
        ("2022-03-01T23:00Z", date(2022, 3, 2)),
        ("now", date(2026, 3, 10)),
        ("tomorrow", date(2026, 3, 11)),
        (datetime(2022, 3, 1, 23, 30, tzinfo=UTC), date(2022, 3, 2)),
        (date(2022, 3, 1), date(2022, 3, 1)),
        (20220301, None),
    ],
)
def test_a_date_is_the_local_day(value: object, expected: date | None) -> None:
    assert dates.convert(value, "date", NOW, BERLIN) == expected


def test_a_date_becomes_the_start_of_that_day_and_a_datetime_stays() -> None:
    assert dates.convert(date(2022, 3, 1), "datetime", NOW, BERLIN) == datetime(2022, 2, 28, 23, tzinfo=UTC)
    assert dates.convert(NOW, "datetime", NOW, BERLIN) == NOW
    assert dates.convert("2022-03-01", "number", NOW, BERLIN) is None


moments = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - in UTC
zones = st.sampled_from(ZONES)


@given(moments, zones, st.integers(1, 5000), st.sampled_from([1, 7]))
def test_days_ago_is_the_same_time_on_the_local_clock(now: datetime, zone: Any, count: int, days: int) -> None:
    """As zoneinfo has it; where the clock jumped over that time, an hour later or earlier on it."""
    found = at(f"{count} {'days' if days == 1 else 'weeks'} ago", now, zone)
    wall = now.astimezone(zone).replace(tzinfo=None) - timedelta(days=count * days)
    assert found == wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    shown = found.astimezone(zone).replace(tzinfo=None)
    if wall.replace(tzinfo=zone).utcoffset() == wall.replace(tzinfo=zone, fold=1).utcoffset():
        assert shown == wall
    assert abs(shown - wall) <= timedelta(hours=1)


@given(moments, zones, st.integers(1, 100_000), st.sampled_from(["minute", "hour"]))
def test_hours_ago_is_elapsed_time_in_every_zone(now: datetime, zone: Any, count: int, unit: str) -> None:
    assert now - at(f"{count} {unit}s ago", now, zone) == timedelta(**{f"{unit}s": count})


@given(moments, zones)
def test_today_begins_at_the_first_instant_of_the_day(now: datetime, zone: Any) -> None:
    start = at("today", now, zone)
    assert start <= now
    assert start.astimezone(zone).date() == now.astimezone(zone).date()
    assert (start - timedelta(microseconds=1)).astimezone(zone).date() < start.astimezone(zone).date()


@given(moments, zones)
def test_what_is_shown_can_be_read_back(moment: datetime, zone: Any) -> None:
    whole = moment.replace(microsecond=0)
    assert at(text_of(moment, zone), NOW, UTC) == whole


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    found = at(text, NOW, BERLIN)
    assert found is None or found.tzinfo is UTC
