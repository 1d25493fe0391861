"""The sandbox's clock: the real time, or a time that stands still until it is moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """Tells the time in UTC. With ``start`` it stands still there and moves by ``advance`` alone."""

    def __init__(self, start: datetime | None = None) -> None:
        self._fixed = start
        self._ahead = timedelta()

    def now(self) -> datetime:
        """Return the current time, aware and in UTC."""
        return (self._fixed or datetime.now(UTC)) + self._ahead

    def advance(self, seconds: float) -> None:
        """Move the time forward."""
        self._ahead += timedelta(seconds=seconds)
