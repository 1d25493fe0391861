"""Keep the journal of runs in memory, for dry runs, of which nothing is to be left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from connector_kit.english.running.run_journal import Left, Record, Run, busy, claimed, no_run
from connector_kit.errors import InputError


class MemoryRunJournal:
    """A journal for one thread, which forgets everything with the process."""

    def __init__(self) -> None:
        self._runs: dict[str, Run] = {}
        self._records: dict[str, dict[tuple[str, str], Record]] = {}

    def add(self, run: Run) -> None:
        """Write a new run."""
        if self._runs.setdefault(run.id, run) is not run:
            raise InputError(f"There is a run {run.id} already.")
        self._records[run.id] = {}

    def get(self, id_: str) -> Run:
        """Return a run."""
        if id_ not in self._runs:
            raise no_run(id_)
        return self._runs[id_]

    def runs(self) -> list[Run]:
        """Return all runs, the newest first."""
        return sorted(self._runs.values(), key=lambda run: run.started, reverse=True)

    def remove(self, id_: str, *, now: datetime) -> None:
        """Forget a run."""
        self._free(id_, now)
        del self._runs[id_], self._records[id_]

    def claim(self, id_: str, *, owner: str, now: datetime) -> Run:
        """Become the owner of a run."""
        found = self._free(id_, now)
        self._runs[id_] = replace(found, owner=owner, updated=now, state=claimed(found.state))
        return found

    def heartbeat(self, id_: str, /, *, owner: str, now: datetime) -> bool:
        """Say that the owner is at work."""
        if not self._owned(id_, owner):
            return False
        self._runs[id_] = replace(self._runs[id_], updated=now)
        return True

    def records(self, id_: str) -> Iterator[Record]:
        """Yield what a run recorded."""
        yield from list(self._records[id_].values())

    def record(self, id_: str, record: Record, *, owner: str, position: int, now: datetime) -> None:
        """Write what a step came to."""
        if not self._owned(id_, owner):
            raise busy(id_)
        run = self._runs[id_]
        self._runs[id_] = replace(run, position=max(run.position, position), updated=now)
        self._records[id_][record.path, record.name] = record

    def forget(self, id_: str, path: str, name: str, *, owner: str) -> None:
        """Forget one record."""
        if self._owned(id_, owner):
            self._records[id_].pop((path, name), None)

    def leave(self, id_: str, left: Left, *, owner: str, now: datetime) -> None:
        """Write how the run is left."""
        if not self._owned(id_, owner):
            return
        run = self._runs[id_]
        position = max(run.position, left.position)
        run = replace(run, state=left.state, owner=None, updated=now, position=position)
        self._runs[id_] = replace(run, detail=left.detail, answers=left.answers)
        if left.state == "done":
            kept = self._records[id_].items()
            self._records[id_] = {key: record for key, record in kept if record.kind != "read"}

    def close(self) -> None:
        """Do nothing: there is no file."""

    def _owned(self, id_: str, owner: str) -> bool:
        return id_ in self._runs and self._runs[id_].owner == owner

    def _free(self, id_: str, now: datetime) -> Run:
        found = self.get(id_)
        if not found.free(now):
            raise busy(id_)
        return found
