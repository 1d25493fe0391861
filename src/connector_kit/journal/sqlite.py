"""Keep a journal in one SQLite file, for all threads and processes of one machine."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any, get_args

from connector_kit.journal import NOTHING_SENT, STAYS_SENT, WAIT, Digest, Entry, JournalError, Outcome, State, in_utc
from connector_kit.journal.forks import watch
from connector_kit.journal.sqlite_file import JOURNAL_FILE
from connector_kit.sqlite_files import FILE_FAULTS, connect, judged

_COLUMNS = [field.name for field in fields(Entry)]
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM entry "  # noqa: S608 - our own names
_INSERT = f"INSERT INTO entry ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))}) "  # noqa: S608 - our own names
_PAGE = 1000
_NO_FILE = (0, 0)
# Connections that this process must not even close, kept here from being collected.
_left_behind: list[sqlite3.Connection] = []


class SQLiteJournal:
    """A journal in a file, which is made at the first use together with the folders above it.

    One connection and a lock, not a connection per thread: SQLite lets in one writer at a time anyway, a lock wakes the next
    at once where SQLite polls, and there is nothing to close when a thread ends.
    """

    def __init__(self, path: Path, *, wait: float = WAIT) -> None:
        self._path = path.absolute()  # the program may change its folder later
        self._wait = wait
        self._closed = False
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None
        self._file = _NO_FILE
        watch(self)

    def begin(
        self,
        key: Digest,
        fingerprint: Digest,
        *,
        owner: str,
        now: datetime,
        batch: Digest | None = None,
        details: str | None = None,
    ) -> Entry | None:
        """Write the intent; return None if it is ours, or the entry of who was first."""
        row = (key, fingerprint, batch, "in_flight", owner, _text(now), _text(now), details, None)
        with self._writing(NOTHING_SENT) as connection:
            if connection.execute(f"{_INSERT} ON CONFLICT (key) DO NOTHING", row).rowcount:
                return None
            return _existing(connection, key)

    def heartbeat(self, key: Digest, *, owner: str, now: datetime) -> bool:
        """Say that the owner of an entry in flight is at work."""
        statement = "UPDATE entry SET updated = ? WHERE key = ? AND owner = ? AND state = 'in_flight'"
        return self._change(STAYS_SENT, statement, _text(now), key, owner)

    def finish(self, key: Digest, *, owner: str, state: Outcome, result: str | None, now: datetime) -> bool:
        """Write how an entry in flight ended."""
        statement = """
            UPDATE entry SET state = ?, result = ?, updated = ? WHERE key = ? AND owner = ? AND state = 'in_flight'
        """
        return self._change(STAYS_SENT, statement, state, result, _text(now), key, owner)

    def release(self, key: Digest, *, owner: str) -> bool:
        """Forget an intent that provably was not acted on."""
        statement = """
            DELETE FROM entry WHERE key = ? AND owner = ? AND state IN ('in_flight', 'refused') AND NOT taken_over
        """
        return self._change(NOTHING_SENT, statement, key, owner)

    def take_over(self, seen: Entry, *, owner: str, now: datetime) -> Entry | None:
        """Become the owner of an entry in flight or unknown, if it still is as it was seen."""
        statement = """
            UPDATE entry SET state = 'in_flight', owner = ?, updated = ?, result = NULL, taken_over = 1
            WHERE key = ? AND owner = ? AND state = ? AND updated = ? AND state IN ('in_flight', 'unknown')
        """
        swap = (owner, _text(now), seen.key, seen.owner, seen.state, _text(seen.updated))
        with self._writing(NOTHING_SENT) as connection:
            return _existing(connection, seen.key) if connection.execute(statement, swap).rowcount else None

    def get(self, key: Digest) -> Entry | None:
        """Return the entry of a key."""
        with self._using(NOTHING_SENT) as connection:
            return _found(connection, key)

    def entries(self, batch: Digest | None = None) -> Iterator[Entry]:
        """Yield the entries of a batch, or all; page by page, so that nothing is held while the caller works on one."""
        statement = f"{_SELECT} WHERE key > ? {'' if batch is None else 'AND batch = ?'} ORDER BY key LIMIT {_PAGE}"
        given = () if batch is None else (batch,)
        last = ""
        while True:
            with self._using(NOTHING_SENT) as connection:
                page = [_entry(row) for row in connection.execute(statement, (last, *given))]
            yield from page
            if len(page) < _PAGE:
                return
            last = page[-1].key

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._closed = True
            self._disconnect()

    def after_fork(self) -> None:
        """Start with a lock and a connection of this process's own: SQLite forbids the use of its parent's."""
        self._lock = Lock()
        self._leave_behind()

    @contextmanager
    def _using(self, consequence: str) -> Iterator[sqlite3.Connection]:
        """Hold the connection, and turn whatever goes wrong with it into a JournalError."""
        if not self._lock.acquire(timeout=self._wait):
            raise JournalError(f"The journal {self._path} is too busy. Try again later. {consequence}", retryable=True)
        try:
            yield self._connected()
        except BaseException as exc:
            # Closing takes back an unfinished transaction, also at Ctrl-C, and the next operation looks at the file afresh.
            self._disconnect()
            if isinstance(exc, JournalError):
                raise JournalError(f"{exc.message} {consequence}") from exc
            if isinstance(exc, FILE_FAULTS):
                judgement = judged(exc, JOURNAL_FILE, self._path)
                raise JournalError(f"{judgement.sentence} {consequence}", retryable=judgement.passing) from exc
            raise
        finally:
            self._lock.release()

    @contextmanager
    def _writing(self, consequence: str) -> Iterator[sqlite3.Connection]:
        with self._using(consequence) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    def _change(self, consequence: str, statement: str, *values: str | None) -> bool:
        with self._writing(consequence) as connection:
            return connection.execute(statement, values).rowcount == 1

    def _connected(self) -> sqlite3.Connection:
        if self._closed:
            raise JournalError(f"The journal {self._path} is closed. Open it again.")
        if self._connection is None:
            self._connection = connect(JOURNAL_FILE, self._path, self._wait)
            self._file = _identity(self._path)
        elif self._file != _identity(self._path):
            # Another process would already look at the new file, and the two would not hear of each other's intents.
            raise JournalError(f"The journal {self._path} was moved or replaced while it was in use. Try again.")
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None and self._file == _identity(self._path):
            self._connection.close()
            self._connection = None
        # To close the last connection removes the -wal beside the path, which by now may be that of another file.
        self._leave_behind()

    def _leave_behind(self) -> None:
        if self._connection is not None:
            _left_behind.append(self._connection)
            self._connection = None


def _identity(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return _NO_FILE
    return status.st_dev, status.st_ino


def _found(connection: sqlite3.Connection, key: Digest) -> Entry | None:
    row = connection.execute(f"{_SELECT} WHERE key = ?", (key,)).fetchone()
    return None if row is None else _entry(row)


def _existing(connection: sqlite3.Connection, key: Digest) -> Entry:
    """Return an entry that must be there: where a journal begins, None would mean "act"."""
    entry = _found(connection, key)
    if entry is None:
        raise sqlite3.DatabaseError("an index and its table disagree")
    return entry


def _entry(row: tuple[Any, ...]) -> Entry:
    values = dict(zip(_COLUMNS, row, strict=True))
    try:
        moments = {name: in_utc(datetime.fromisoformat(values[name])) for name in ("began", "updated")}
    except (TypeError, ValueError) as exc:
        raise sqlite3.DatabaseError("not a moment") from exc
    if values["state"] not in get_args(State):
        raise sqlite3.DatabaseError("not a state")
    return Entry(**{**values, **moments})


def _text(moment: datetime) -> str:
    """Write a moment in the one way that makes equal moments equal texts."""
    return in_utc(moment).isoformat(timespec="microseconds")
