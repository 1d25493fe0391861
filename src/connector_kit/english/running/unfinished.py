"""Find the run that a new one would repeat: it is not done, and what it sent would go out once more."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector_kit.english.running.run_journal import Run, RunJournal
from connector_kit.english.running.runs import Begin
from connector_kit.errors import InputError

# States in which a step may have acted without a record of it.
_UNCERTAIN = ("running", "broken off", "interrupted")


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A run that is not done. ``same`` is whether its text is the very text, or else most of it.

    ``sends`` counts what it is known to have carried out; it ``may_have_acted`` if that is not nothing, or not known.
    """

    run: Run
    state: str
    same: bool
    sends: int
    may_have_acted: bool


class UnfinishedRunError(InputError):
    """A run of the same automation is not done, and a new one could repeat what it did."""

    code = "unfinished_run"

    def __init__(self, message: str, found: Unfinished) -> None:
        super().__init__(message)
        self.found = found

    def to_json(self) -> dict[str, Any]:
        """Add which run it is to the common form."""
        return {**super().to_json(), "run": self.found.run.id, "state": self.found.state, "sends": self.found.sends}


def unfinished(journal: RunJournal, text: str, begin: Begin, defaults: Collection[str]) -> Unfinished | None:
    """Return the run to be resumed instead of a new one of this text: one that may have acted, the newest, before all others.

    It is of the same connection and environment; ``defaults`` are the names of the connections that are used where none is
    named. One of another text counts only if it may have acted: somebody may have corrected the automation since.

    Raises:
        JournalError: if the journal cannot be used.
    """
    now, found = begin.now(), []
    for run in journal.runs():
        if run.state == "done" or run.environment != begin.environment:
            continue
        same = run.program == text
        if (same or _alike(run.program, text)) and _one_connection(run.connection, begin.connection, defaults):
            found.append(_looked_at(journal, run, same=same, now=now))
    acted = [each for each in found if each.may_have_acted]
    return next(iter([*acted, *(each for each in found if each.same)]), None)


def _looked_at(journal: RunJournal, run: Run, *, same: bool, now: datetime) -> Unfinished:
    kinds = Counter(record.kind for record in journal.records(run.id))
    state = run.shown_state(now)
    unknown = json.loads(run.detail).get("kind") == "unknown" and state == "failed"
    may_have_acted = bool(kinds["sent"] or kinds["begun"] or unknown or state in _UNCERTAIN)
    return Unfinished(run, state, same, kinds["sent"], may_have_acted)


def _one_connection(one: str | None, other: str | None, defaults: Collection[str]) -> bool:
    """Tell whether two names may mean one connection; None is the default one."""
    usual = {name.casefold() for name in defaults}
    names = [None if name is None or name.casefold() in usual else name.casefold() for name in (one, other)]
    return names[0] == names[1]


def _alike(one: str, other: str) -> bool:
    """Tell whether half of the lines of the longer text stand in the other one too."""
    lines, others = _lines(one), _lines(other)
    return (lines & others).total() * 2 >= max(lines.total(), others.total(), 1)


def _lines(text: str) -> Counter[str]:
    stripped = (line.strip().casefold() for line in text.splitlines())
    return Counter(line for line in stripped if line and not line.startswith("#"))
