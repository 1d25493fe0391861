"""Keep apart the acts of one session that do the same, so that a lost call does not take another's output for its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connector_kit.journal import Digest
from connector_kit.values import ActionCall, Others

# How long after a call gave up waiting the service may still be carrying it out.
_LINGERS = timedelta(minutes=5)


@dataclass(slots=True, eq=False)
class Act:
    """One attempt of this process: the call and its key's digest, and when it ended without its outcome being known."""

    call: ActionCall
    key: Digest | None = None
    lost: datetime | None = None


class Acts:
    """The acts of one session: whose outputs are whose, so that a lost call does not take another's for its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: set[Any] = set()
        self._undecided: set[Act] = set()

    def begin(self, call: ActionCall, key: Digest | None = None) -> Act:
        """Register an act before it can have any effect.

        A lost one of the same key is this one: whoever looks for it again must not take it for another's.
        """
        act = Act(call, key)
        with self._lock:
            if key is not None:
                self._undecided = {other for other in self._undecided if other.key != key or other.lost is None}
            self._undecided.add(act)
        return act

    def end(self, act: Act, output: Any = None) -> None:
        """Register that an act ended, with an output or without any effect."""
        with self._lock:
            self._undecided.discard(act)
            if output is not None:
                self._taken.add(output)

    def others(self, act: Act, since: datetime, same: Callable[[ActionCall], bool]) -> Others:
        """Tell about other acts than this one that do the same and may have had their effect since then."""
        with self._lock:
            taken = frozenset(self._taken)
            undecided = [other for other in self._undecided if other is not act and recent(other.lost, since)]
        return Others(taken, any(same(other.call) for other in undecided))


def recent(ended: datetime | None, since: datetime) -> bool:
    """Tell whether a call that ended then, or has not, may have had its effect since another moment."""
    return ended is None or ended >= since - _LINGERS
