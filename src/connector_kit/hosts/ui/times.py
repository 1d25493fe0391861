"""Show moments in the time zone of the person who looks."""

from __future__ import annotations

import os
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

UTC_NAME = "UTC"


def zone(name: str) -> ZoneInfo | None:
    """Return the time zone of this name, or None if there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


@cache
def zone_names() -> tuple[str, ...]:
    """Return the names that people choose from: regions and cities, and UTC."""
    cities = (
        name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/", "US/"))
    )
    return (UTC_NAME, *sorted(cities))


def home_zone(link: Path = Path("/etc/localtime")) -> ZoneInfo:
    """Return this computer's time zone, or UTC where it has no name."""
    _, _, linked = str(link.resolve()).partition("zoneinfo/")
    for name in (os.environ.get("TZ", "").removeprefix(":"), linked):
        if name and (found := zone(name)) is not None:
            return found
    return ZoneInfo(UTC_NAME)


def shown(moment: datetime, zone: ZoneInfo, form: str) -> str:
    """Write a moment in a zone; ``form`` is a language's own, as strftime takes it."""
    return moment.astimezone(zone).strftime(form)
