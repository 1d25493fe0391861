"""Tell open journals in a child process that they were copied by a fork."""

from __future__ import annotations

import os
from typing import Protocol
from weakref import WeakSet


class Forked(Protocol):
    """What holds a lock or a connection that a child process must not share."""

    def after_fork(self) -> None:
        """Start afresh in the child, and leave alone what belongs to the parent."""


_watched: WeakSet[Forked] = WeakSet()


def watch(journal: Forked) -> None:
    """Call ``after_fork`` in every later child; a journal that is gone is not kept by this."""
    _watched.add(journal)


def _tell() -> None:
    for journal in list(_watched):
        journal.after_fork()


# Not a look at the process id in each operation: this runs before the child has a second thread that could race for it.
if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_tell)
