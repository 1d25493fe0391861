"""Keep the journal of runs in one SQLite file of this user."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

from connector_kit.english.running.run_journal import Left, Record, Run, RunState, busy, claimed, no_run
from connector_kit.errors import InputError
from connector_kit.journal import NOTHING_SENT, STAYS_SENT, WAIT, JournalError, in_utc
from connector_kit.journal.shared_file import SharedFile
from connector_kit.private_files import user_folder
from connector_kit.sqlite_files import FileKind

VARIABLE = "CONNECTOR_KIT_RUNS"
RUNS_FILE = FileKind(
    name="run journal",
    application=0x6372756E,  # "crun"
    version=1,
    schema="""
CREATE TABLE run (
  id TEXT NOT NULL PRIMARY KEY,
  key TEXT NOT NULL,
  program TEXT NOT NULL,
  connection TEXT,
  environment TEXT NOT NULL,
  zone TEXT NOT NULL,
  started TEXT NOT NULL,
  updated TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('ready', 'running', 'waiting', 'failed', 'interrupted', 'done')),
  owner TEXT,
  position INTEGER NOT NULL,
  answers TEXT NOT NULL,
  detail TEXT NOT NULL
);
CREATE TABLE record (
  number INTEGER PRIMARY KEY,
  run TEXT NOT NULL,
  path TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  value NOT NULL
);
CREATE UNIQUE INDEX record_step ON record (run, path, name);
""",
    lost="Restore it from a backup, or move it away: runs that are not done can then not go on. What was sent stays sent.",
    log=True,
    private=True,
)
_COLUMNS = [field.name for field in fields(Run)]
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM run "  # noqa: S608 - our own names
_INSERT = f"INSERT INTO run ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))}) "  # noqa: S608 - our own names
_RECORD = """
INSERT INTO record (run, path, name, kind, value) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (run, path, name) DO UPDATE SET kind = excluded.kind, value = excluded.value
"""
_PAGE = 500


class SQLiteRunJournal(SharedFile):
    """A journal of runs in a file, which is made at the first use together with the folders above it."""

    def __init__(self, path: Path, *, wait: float = WAIT) -> None:
        super().__init__(RUNS_FILE, path, wait)

    def add(self, run: Run) -> None:
        """Write a new run."""
        row = [_column(getattr(run, name)) for name in _COLUMNS]
        with self._writing(NOTHING_SENT) as connection:
            added = connection.execute(f"{_INSERT} ON CONFLICT (id) DO NOTHING", row).rowcount
        if not added:
            raise InputError(f"There is a run {run.id} already.")

    def get(self, id_: str) -> Run:
        """Return a run."""
        with self._using(NOTHING_SENT) as connection:
            found = _found(connection, id_)
        if found is None:
            raise no_run(id_)
        return found

    def runs(self) -> list[Run]:
        """Return all runs, the newest first."""
        if not os.path.lexists(self._path):
            return []  # to look leaves no file behind
        with self._using(NOTHING_SENT) as connection:
            return [_run(row) for row in connection.execute(f"{_SELECT} ORDER BY started DESC, id")]

    def remove(self, id_: str, *, now: datetime) -> None:
        """Forget a run, and overwrite where it stood."""
        with self._writing(NOTHING_SENT) as connection:
            found = _found(connection, id_)
            if found is not None and found.free(now):
                connection.execute("PRAGMA secure_delete = ON")
                connection.execute("DELETE FROM record WHERE run = ?", (id_,))
                connection.execute("DELETE FROM run WHERE id = ?", (id_,))
        _refuse(id_, found, now)

    def claim(self, id_: str, *, owner: str, now: datetime) -> Run:
        """Become the owner of a run, and return it as it was left."""
        with self._writing(NOTHING_SENT) as connection:
            found = _found(connection, id_)
            if found is not None and found.free(now):
                state = claimed(found.state)
                statement = "UPDATE run SET owner = ?, updated = ?, state = ? WHERE id = ?"
                connection.execute(statement, (owner, _column(now), state, id_))
        return _refuse(id_, found, now)

    def heartbeat(self, id_: str, /, *, owner: str, now: datetime) -> bool:
        """Say that the owner is at work."""
        return self._change(STAYS_SENT, "UPDATE run SET updated = ? WHERE id = ? AND owner = ?", _text(now), id_, owner)

    def records(self, id_: str) -> Iterator[Record]:
        """Yield what a run recorded, page by page."""
        last = 0
        while True:
            statement = "SELECT number, path, name, kind, value FROM record WHERE run = ? AND number > ? ORDER BY number LIMIT ?"
            with self._using(NOTHING_SENT) as connection:
                page = connection.execute(statement, (id_, last, _PAGE)).fetchall()
            for _, *values in page:
                yield Record(*values)
            if len(page) < _PAGE:
                return
            last = page[-1][0]

    def record(self, id_: str, record: Record, *, owner: str, position: int, now: datetime) -> None:
        """Write what a step came to, and how far the run came with it."""
        statement = "UPDATE run SET position = max(position, ?), updated = ? WHERE id = ? AND owner = ?"
        with self._writing(STAYS_SENT) as connection:
            owned = connection.execute(statement, (position, _column(now), id_, owner)).rowcount
            if owned:
                connection.execute(_RECORD, (id_, record.path, record.name, record.kind, record.value))
        if not owned:
            raise busy(id_)

    def forget(self, id_: str, path: str, name: str, *, owner: str) -> None:
        """Forget one record."""
        owned = "EXISTS (SELECT 1 FROM run WHERE id = ? AND owner = ?)"
        statement = f"DELETE FROM record WHERE run = ? AND path = ? AND name = ? AND {owned}"  # noqa: S608 - our own words
        self._change(STAYS_SENT, statement, id_, path, name, id_, owner)

    def leave(self, id_: str, left: Left, *, owner: str, now: datetime) -> None:
        """Write how the run is left."""
        statement = """
            UPDATE run SET state = ?, detail = ?, position = max(position, ?), answers = ?, updated = ?, owner = NULL
            WHERE id = ? AND owner = ?
        """
        row = (left.state, left.detail, left.position, left.answers, _column(now), id_, owner)
        with self._writing(STAYS_SENT) as connection:
            if connection.execute(statement, row).rowcount and left.state == "done":
                connection.execute("PRAGMA secure_delete = ON")
                connection.execute("DELETE FROM record WHERE run = ? AND kind = 'read'", (id_,))


def default_runs() -> SQLiteRunJournal:
    """Open the journal at the path in CONNECTOR_KIT_RUNS, or in this user's state folder.

    The folder is the one of the XDG Base Directory Specification: ``$XDG_STATE_HOME``, or ``~/.local/state``.

    Raises:
        JournalError: if the place is not understood.
    """
    where = os.environ.get(VARIABLE, "").strip()
    try:
        path = Path(where).expanduser() if where else user_folder("XDG_STATE_HOME", ".local", "state") / "runs.sqlite3"
    except RuntimeError:
        message = f"This user has no home folder, so say in {VARIABLE} where runs are to be kept. {NOTHING_SENT}"
        raise JournalError(message) from None
    if not path.is_absolute():
        # From another folder it would be another journal, and the runs would not be found.
        raise JournalError(f"{VARIABLE} must be a whole path, such as /var/lib/connector/runs.sqlite3. {NOTHING_SENT}")
    return SQLiteRunJournal(path)


def _refuse(id_: str, found: Run | None, now: datetime) -> Run:
    if found is None:
        raise no_run(id_)
    if not found.free(now):
        raise busy(id_)
    return found


def _found(connection: sqlite3.Connection, id_: str) -> Run | None:
    row = connection.execute(f"{_SELECT} WHERE id = ?", (id_,)).fetchone()
    return None if row is None else _run(row)


def _run(row: tuple[Any, ...]) -> Run:
    values = dict(zip(_COLUMNS, row, strict=True))
    try:
        moments = {name: in_utc(datetime.fromisoformat(values[name])) for name in ("started", "updated")}
    except (TypeError, ValueError) as exc:
        raise sqlite3.DatabaseError("not a moment") from exc
    if values["state"] not in get_args(RunState):
        raise sqlite3.DatabaseError("not a state")
    return Run(**{**values, **moments})


def _column(value: Any) -> Any:
    return _text(value) if isinstance(value, datetime) else value


def _text(moment: datetime) -> str:
    return in_utc(moment).isoformat(timespec="microseconds")
