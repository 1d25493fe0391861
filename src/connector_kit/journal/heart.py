"""Give signs of life for the calls that are under way, so that nobody takes a slow one for dead."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol

from connector_kit.journal import LEASE, JournalError
from connector_kit.journal.forks import watch

# Twice may a beat fail, by a lock or a server that is away, before the owner is taken for dead.
EVERY = LEASE.total_seconds() / 3
_log = logging.getLogger("connector_kit")


class Beaten(Protocol):
    """A journal that takes signs of life, of calls or of whole runs."""

    def heartbeat(self, key: Any, /, *, owner: str, now: datetime) -> bool:
        """Say that the owner is at work."""


class Heart:
    """One thread for all calls of a connection, which ends when it finds none under way.

    A call waits until the service is less busy, and for lost answers, and so may be at work longer than a lease.
    """

    def __init__(self, journal: Callable[[], Beaten], now: Callable[[], datetime], every: float = EVERY) -> None:
        self._journal, self._now, self._every = journal, now, every
        self.after_fork()
        watch(self)

    def after_fork(self) -> None:
        """Start without calls, a thread and a lock: those belong to the parent."""
        self._lock = threading.Lock()
        self._rests = threading.Event()
        self._under_way: set[tuple[str, str]] = set()
        self._running = False

    @contextmanager
    def beating(self, key: str, owner: str) -> Iterator[None]:
        """Beat for an entry in flight as long as the block runs."""
        with self._lock:
            self._under_way.add((key, owner))
            if not self._running:
                self._running = True
                threading.Thread(target=self._run, name="journal-heart", daemon=True).start()
        try:
            yield
        finally:
            with self._lock:
                self._under_way.discard((key, owner))

    def rest(self) -> None:
        """End the thread now if nothing is under way: of who makes a heart for one call, not for all of a connection."""
        self._rests.set()

    def beat(self) -> None:
        """Give one sign of life for every call that is under way."""
        with self._lock:
            under_way = tuple(self._under_way)
        for key, owner in under_way:
            try:
                self._journal().heartbeat(key, owner=owner, now=self._now())
            except JournalError as exc:
                # The call itself will say so when it writes its outcome.
                _log.warning("journal: %s", type(exc).__name__)

    def _run(self) -> None:
        while True:
            # Nobody wakes it when a call of many ends: that would cost every call a change of threads.
            self._rests.wait(self._every)
            with self._lock:
                self._rests.clear()
                if not self._under_way:
                    self._running = False
                    return
            self.beat()
