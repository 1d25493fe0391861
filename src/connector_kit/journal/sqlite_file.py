"""Make, open and judge the file of an SQLite journal."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path

from connector_kit.journal import JournalError

_APPLICATION = 0x636A6E6C  # "cjnl", so that another program's database is not taken for a journal
_VERSION = 1
_PAGE = 4096
# Write-ahead logging: a commit is one write and one sync, and readers do not wait for it.
_SCHEMA = f"""
PRAGMA page_size = {_PAGE};
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
BEGIN;
CREATE TABLE entry (
  key TEXT NOT NULL PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  batch TEXT,
  state TEXT NOT NULL CHECK (state IN ('in_flight', 'done', 'refused', 'unknown')),
  owner TEXT NOT NULL,
  began TEXT NOT NULL,
  updated TEXT NOT NULL,
  details TEXT,
  result TEXT,
  taken_over INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX entry_batch ON entry (batch, key);
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {_VERSION};
COMMIT;
"""
_FORGETS = "Restore it from a backup. Without it, keys that were used before are forgotten and would act again."
_DAMAGED = f"is damaged. {_FORGETS}"
_NOT_WRITABLE = (
    "cannot be opened and written. Make the file and its folder writable for this user, or choose another path."
)
# By SQLite's primary result code. What Python itself finds wrong with a row or a text has no code and counts as SQLITE_ERROR.
_FAULTS = {
    sqlite3.SQLITE_ERROR: _DAMAGED,
    sqlite3.SQLITE_BUSY: "is locked by another program. Try again when that is finished.",
    sqlite3.SQLITE_LOCKED: "is locked by another program. Try again when that is finished.",
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_CONSTRAINT: _DAMAGED,
    sqlite3.SQLITE_READONLY: _NOT_WRITABLE,
    sqlite3.SQLITE_CANTOPEN: _NOT_WRITABLE,
    sqlite3.SQLITE_PERM: _NOT_WRITABLE,
    sqlite3.SQLITE_FULL: "cannot grow: the disk is full. Free some space.",
    sqlite3.SQLITE_IOERR: "cannot be read or written. Check its disk; it must be a local one.",
}
_PASSING = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def connect(path: Path, wait: float) -> sqlite3.Connection:
    """Open the journal at a path, and make it first where there is none."""
    if not path.exists():
        _make(path)
    elif path.stat().st_size % _PAGE and not _log_of(path).exists():
        # SQLite notices missing pages, but takes the missing end of a page for zeros. With a log it restores such a page.
        raise JournalError(f"The journal {path} {_DAMAGED}")
    # mode=rw: SQLite itself never makes the file, so a file without a schema is always a damaged one.
    address = f"{path.absolute().as_uri()}?mode=rw"
    connection = sqlite3.connect(address, uri=True, timeout=wait, isolation_level=None, check_same_thread=False)
    try:
        # FULL: an intent must be on the disk before its act. After a power loss a lost intent would be acted on twice.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA fullfsync = ON")  # what macOS needs to empty the disk's own cache
        _recognise(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def fault(exc: sqlite3.Error | OSError | UnicodeDecodeError, path: Path, consequence: str) -> JournalError:
    """Say in a sentence what is wrong with the file and what to do."""
    if isinstance(exc, OSError):
        reason = exc.strerror or type(exc).__name__
        return JournalError(f"The journal {path} {_NOT_WRITABLE} ({reason}) {consequence}")
    code = getattr(exc, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF  # the low byte tells the kind
    says = _FAULTS.get(code, f"cannot be used ({getattr(exc, 'sqlite_errorname', type(exc).__name__)}).")
    return JournalError(f"The journal {path} {says} {consequence}", retryable=code in _PASSING)


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _make(path: Path) -> None:
    """Make the whole file aside, then give it its name, if no other process was faster: a half-made one is never seen."""
    _make_folder(path.parent)
    leftover = _log_of(path)
    if leftover.exists() and not path.exists():
        # SQLite would write the leftover into the new file.
        raise JournalError(f"The journal {path} is gone, but a part of it, {leftover.name}, is still there. {_FORGETS}")
    handle, name = tempfile.mkstemp(
        prefix=f".{path.name}.", dir=path.parent
    )  # with mode 0600; -wal and -shm inherit it
    os.close(handle)
    fresh = Path(name)
    try:
        with closing(sqlite3.connect(fresh, isolation_level=None)) as connection:
            connection.executescript(_SCHEMA)
        with suppress(FileExistsError):
            os.link(fresh, path)
        _sync(path.parent)
    finally:
        fresh.unlink()


def _make_folder(folder: Path) -> None:
    if not folder.exists():
        _make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        _sync(folder.parent)


def _sync(folder: Path) -> None:
    """Make sure that the names in a folder survive a power loss: a file without its name is lost."""
    if os.name == "nt":  # Windows opens no folders
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _recognise(connection: sqlite3.Connection, path: Path) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != _APPLICATION:
        raise JournalError(
            f"{path} is not a journal: it is another program's file, or it was emptied. Choose another path, or restore it "
            "from a backup."
        )
    if version != _VERSION:
        raise JournalError(
            f"The journal {path} has format {version}, this program writes format {_VERSION}. Use the version that wrote it."
        )
