"""Follow a run through its steps: what an earlier attempt recorded is found, and what is new is recorded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from connector_kit.english.running.recorded import Concepts, dumped, loaded
from connector_kit.english.running.run_journal import Record, RecordKind, Run, RunJournal, busy
from connector_kit.journal import JournalError


class Track:
    """The records of one run, and how far it came."""

    def __init__(
        self, journal: RunJournal, run: Run, owner: str, now: Callable[[], datetime], concepts: Concepts
    ) -> None:
        self.run, self.owner, self.now = run, owner, now
        self._journal, self._concepts = journal, concepts
        self._records: dict[str, dict[str, Record]] = {}
        for record in journal.records(run.id):
            self._records.setdefault(record.path, {})[record.name] = record
        self.position = 0

    @property
    def live(self) -> bool:
        """Whether the step at hand is carried out for the first time."""
        return self.position > self.run.position

    @property
    def begun(self) -> bool:
        """Whether an earlier attempt came to the first step, or further."""
        return self.run.position > 0 or any(self._records.keys() - {""})

    def find(self, path: str, name: str = "") -> Record | None:
        """Return what was recorded of a step."""
        return self._records.get(path, {}).get(name)

    def answered(self, path: str) -> list[Record]:
        """Return what was answered for a step, also what turned out to be wrong."""
        return [record for record in self._records.get(path, {}).values() if record.kind in ("answer", "wrong")]

    def value(self, record: Record) -> Any:
        """Return the value of a record.

        Raises:
            JournalError: if it is not what was written.
        """
        try:
            return loaded(record.value, self._concepts)
        except ValueError:
            raise JournalError(f"What the run {self.run.id} recorded is damaged. Start the automation anew.") from None

    def write(self, path: str, kind: RecordKind, value: object, name: str = "") -> None:
        """Record what a step came to; it is on the disk when this returns."""
        record = Record(path, name, kind, dumped(value))
        # With an answer, an intent or an open connection, its step is not done yet.
        position = self.position - (kind in ("answer", "wrong", "begun", "opened"))
        self._journal.record(self.run.id, record, owner=self.owner, position=max(position, 0), now=self.now())
        self._records.setdefault(path, {})[name] = record

    def forget(self, path: str, name: str = "") -> None:
        """Forget a record."""
        self._journal.forget(self.run.id, path, name, owner=self.owner)
        self._records.get(path, {}).pop(name, None)

    def hold(self) -> None:
        """Make sure that nobody took the run over, as somebody may if this computer was asleep.

        Raises:
            RunBusyError: if somebody did.
        """
        if self._journal.get(self.run.id).owner != self.owner:
            raise busy(self.run.id)
