"""Keep a journal in one SQLite file, for all threads and processes of one machine."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

from connector_kit.journal import NOTHING_SENT, STAYS_SENT, WAIT, Digest, Entry, Outcome, State, in_utc
from connector_kit.journal.shared_file import SharedFile
from connector_kit.journal.sqlite_file import JOURNAL_FILE

_COLUMNS = [field.name for field in fields(Entry)]
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM entry "  # noqa: S608 - our own names
_INSERT = f"INSERT INTO entry ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))}) "  # noqa: S608 - our own names
_PAGE = 1000


class SQLiteJournal(SharedFile):
    """A journal in a file, which is made at the first use together with the folders above it."""

    def __init__(self, path: Path, *, wait: float = WAIT) -> None:
        super().__init__(JOURNAL_FILE, path, wait)

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
