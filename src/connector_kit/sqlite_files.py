"""Make, open and judge the SQLite files of this product; a kind says what such a file holds and what its loss means."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from connector_kit.private_files import exposed, make_file

PAGE = 4096
_NOT_WRITABLE = (
    "cannot be opened and written. Make the file and its folder writable for this user, or choose another path."
)
_BUSY = "is locked by another program. Try again when that is finished."
_DAMAGED = "is damaged."
# By SQLite's primary result code. What Python itself finds wrong with a row or a text has no code and counts as SQLITE_ERROR.
_FAULTS = {
    sqlite3.SQLITE_ERROR: _DAMAGED,
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_CONSTRAINT: _DAMAGED,
    sqlite3.SQLITE_READONLY: _NOT_WRITABLE,
    sqlite3.SQLITE_CANTOPEN: _NOT_WRITABLE,
    sqlite3.SQLITE_PERM: _NOT_WRITABLE,
    sqlite3.SQLITE_FULL: "cannot grow: the disk is full. Free some space.",
    sqlite3.SQLITE_IOERR: "cannot be read or written. Check its disk; it must be a local one.",
}


@dataclass(frozen=True, slots=True)
class FileKind:
    """What a file holds: its name in sentences, how it is told from other programs' files, and what to do when it is lost.

    With ``log`` a commit goes to a file beside it first (WAL): one write and one sync, and readers do not wait for it. One
    that is ``private`` is refused where other users could read it.
    """

    name: str
    application: int
    version: int
    schema: str
    lost: str
    log: bool = False
    private: bool = False


class UnusableFileError(Exception):
    """A file that SQLite would take, and we do not; the text says what is wrong and what to do."""

    def __init__(self, sentence: str, *, damaged: bool = False) -> None:
        super().__init__(sentence)
        self.damaged = damaged


# What a use of a file may raise, for `judged` to put into words.
FILE_FAULTS = (sqlite3.Error, OSError, UnicodeDecodeError, UnusableFileError)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is wrong with a file as a sentence, whether waiting helps, and whether its content is no longer what was written."""

    sentence: str
    passing: bool = False
    damaged: bool = False


def is_there(kind: FileKind, path: Path) -> bool:
    """Tell whether there is anything at a path, be it a part or a link that leads nowhere."""
    return os.path.lexists(path) or _beside(kind, path).exists()


def connect(kind: FileKind, path: Path, wait: float) -> sqlite3.Connection:
    """Open the file at a path, and make it first where there is none; wait at most so many seconds for a lock.

    Raises:
        One of FILE_FAULTS.
    """
    if kind.private and os.path.lexists(path) and (fault := exposed(path, path.lstat())):
        raise UnusableFileError(f"The {kind.name} {path} {fault}")
    if not path.exists():
        _make(kind, path)
    elif path.stat().st_size % PAGE and not _beside(kind, path).exists():
        # SQLite notices missing pages, but takes the missing end of a page for zeros. With a log it restores such a page.
        raise UnusableFileError(f"The {kind.name} {path} {_DAMAGED} {kind.lost}", damaged=True)
    # mode=rw: SQLite itself never makes the file, so a file without a schema is always a damaged one.
    address = f"{path.absolute().as_uri()}?mode=rw"
    connection = sqlite3.connect(address, uri=True, timeout=wait, isolation_level=None, check_same_thread=False)
    try:
        # What was said to be written must be on the disk, also after a power loss.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA fullfsync = ON")  # what macOS needs to empty the disk's own cache
        _recognise(kind, connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def judged(exc: BaseException, kind: FileKind, path: Path) -> Judgement:
    """Say in a sentence what is wrong with the file and what to do."""
    if isinstance(exc, UnusableFileError):
        return Judgement(str(exc), damaged=exc.damaged)
    if isinstance(exc, OSError):
        reason = exc.strerror or type(exc).__name__
        return Judgement(f"The {kind.name} {path} {_NOT_WRITABLE} ({reason})")
    code = getattr(exc, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF  # the low byte tells the kind
    says = _FAULTS.get(code, f"cannot be used ({getattr(exc, 'sqlite_errorname', type(exc).__name__)}).")
    damaged = says is _DAMAGED
    sentence = f"The {kind.name} {path} {says}{f' {kind.lost}' if damaged else ''}"
    return Judgement(sentence, passing=says is _BUSY, damaged=damaged)


def _beside(kind: FileKind, path: Path) -> Path:
    """Return where SQLite keeps a change that is not yet in the file, or not yet complete."""
    return path.with_name(f"{path.name}{'-wal' if kind.log else '-journal'}")


def _make(kind: FileKind, path: Path) -> None:
    leftover = _beside(kind, path)
    if leftover.exists() and not path.exists():
        # SQLite would write the leftover into the new file.
        sentence = f"The {kind.name} {path} is gone, but a part of it, {leftover.name}, is still there. {kind.lost}"
        raise UnusableFileError(sentence, damaged=True)

    def fill(fresh: Path) -> None:
        with closing(sqlite3.connect(fresh, isolation_level=None)) as connection:
            connection.executescript(f"""
                PRAGMA page_size = {PAGE};
                PRAGMA journal_mode = {"WAL" if kind.log else "DELETE"};
                PRAGMA synchronous = FULL;
                BEGIN;
                {kind.schema}
                PRAGMA application_id = {kind.application};
                PRAGMA user_version = {kind.version};
                COMMIT;
            """)

    make_file(path, fill)  # with mode 0600, which -wal, -shm and -journal inherit


def _recognise(kind: FileKind, connection: sqlite3.Connection, path: Path) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != kind.application:
        raise UnusableFileError(
            f"{path} is not a {kind.name}: it is another program's file, or it was emptied. Choose another path, or restore "
            "it from a backup."
        )
    if version != kind.version:
        raise UnusableFileError(
            f"The {kind.name} {path} has format {version}, this program writes format {kind.version}. Use the version that "
            "wrote it."
        )
