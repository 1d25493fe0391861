"""Keep one SQLite file open for all threads of a process, and notice when it was replaced or the process was copied."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from connector_kit.journal import JournalError
from connector_kit.journal.forks import watch
from connector_kit.sqlite_files import FILE_FAULTS, FileKind, connect, judged

_NO_FILE = (0, 0)
# Connections that this process must not even close, kept here from being collected.
_left_behind: list[sqlite3.Connection] = []


class SharedFile:
    """A file that is made at the first use together with the folders above it.

    One connection and a lock, not a connection per thread: SQLite lets in one writer at a time anyway, a lock wakes the next
    at once where SQLite polls, and there is nothing to close when a thread ends.
    """

    def __init__(self, kind: FileKind, path: Path, wait: float) -> None:
        self._kind = kind
        self._path = path.absolute()  # the program may change its folder later
        self._wait = wait
        self._closed = False
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None
        self._file = _NO_FILE
        watch(self)

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
            raise JournalError(
                f"The {self._kind.name} {self._path} is too busy. Try again later. {consequence}", retryable=True
            )
        try:
            yield self._connected()
        except BaseException as exc:
            # Closing takes back an unfinished transaction, also at Ctrl-C, and the next operation looks at the file afresh.
            self._disconnect()
            if isinstance(exc, JournalError):
                raise JournalError(f"{exc.message} {consequence}") from exc
            if isinstance(exc, FILE_FAULTS):
                judgement = judged(exc, self._kind, self._path)
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
            raise JournalError(f"The {self._kind.name} {self._path} is closed. Open it again.")
        if self._connection is None:
            self._connection = connect(self._kind, self._path, self._wait)
            self._file = _identity(self._path)
        elif self._file != _identity(self._path):
            # Another process would already look at the new file, and the two would not hear of each other's intents.
            raise JournalError(
                f"The {self._kind.name} {self._path} was moved or replaced while it was in use. Try again."
            )
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
