"""Keep connections in one SQLite file of this user: what is public can be read, what is secret is sealed."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from pathlib import Path

from connector_kit.connections import (
    NO_SECRETS,
    DamagedStoreError,
    DuplicateNameError,
    NoConnectionError,
    SavedConnection,
    Secrets,
    StaleError,
    StoreError,
    WrongKeyError,
    name_key,
)
from connector_kit.connections.keys import Key, KeySource
from connector_kit.connections.sealing import BrokenSealError, bound_to, seal, unseal
from connector_kit.connections.sqlite_file import STORE_FILE, Row, rows, write
from connector_kit.private_files import exposed
from connector_kit.sqlite_files import FILE_FAULTS, UnusableFileError, connect, is_there, judged

_WAIT = 15.0  # seconds for other writers; each takes milliseconds
_GONE = "There is no such saved connection: it was deleted, or its id is wrong."
_CHANGED = "The connection was changed by somebody else in the meantime. Nothing was overwritten; look at it again."


class SQLiteConnectionStore:
    """A store in a file, which is made with the folders above it when the first connection is saved.

    The file is opened for each operation: these are few, nothing is shared among threads or with a forked child, and a file
    that was replaced is noticed. Keys are loaded while the file is locked, so that nobody seals with a key that is just being
    dropped, and only where secrets are read or written.
    """

    read_only = False

    def __init__(self, path: Path, keys: KeySource, *, name: str = "sqlite", wait: float = _WAIT) -> None:
        self._path = path.absolute()  # the program may change its folder later
        self._keys = keys
        self._wait = wait
        self.name = name

    def get(self, id_: str) -> SavedConnection:
        """Return one connection."""
        with self._reading() as connection:
            return self._shown(_one(connection, id_))

    def secrets(self, saved: SavedConnection) -> Secrets:
        """Open the secrets of a connection that is still as it was read."""
        with self._reading() as connection:
            row = _one(connection, saved.id)
            if bound_to(row.saved) != bound_to(saved):
                raise StaleError(_CHANGED)
            return self._unsealed(row, self._loaded(connection))

    def put(self, saved: SavedConnection, secrets: Secrets | None = None) -> SavedConnection:
        """Insert or replace a connection; its secrets are sealed anew if they, or what they are bound to, changed."""
        with self._writing() as connection:
            old = _replaced(connection, saved)
            same = "connector = ? AND environment = ?"
            others = list(rows(connection, f"{same} AND id <> ?", saved.connector, saved.environment, saved.id))
            if any(name_key(other.saved.name) == name_key(saved.name) for other in others):
                raise DuplicateNameError(saved.name, saved.environment)
            is_default = old.saved.is_default if old else not others
            new = replace(saved, is_default=is_default, rev=saved.rev + 1)
            row = self._sealed(connection, old, new, secrets)
            write(connection, row)
        return self._shown(row)

    def delete(self, id_: str) -> None:
        """Forget a connection and overwrite where it stood."""
        with self._writing() as connection:
            if not connection.execute("DELETE FROM connection WHERE id = ?", (id_,)).rowcount:
                raise NoConnectionError(_GONE)

    def set_default(self, id_: str) -> None:
        """Make a connection the default of its connector in its environment."""
        with self._writing() as connection:
            chosen = _one(connection, id_)
            group = (chosen.saved.connector, chosen.saved.environment)
            for row in rows(connection, "connector = ? AND environment = ? AND is_default = 1", *group):
                write(connection, replace(row, saved=replace(row.saved, is_default=False)))
            write(connection, replace(chosen, saved=replace(chosen.saved, is_default=True)))

    def check(self) -> None:
        """Look for damage, and whether every key that something is sealed with is at hand."""
        with self._reading() as connection:
            used = {row.kid for row in rows(connection)}
            if used and not used <= {key.kid for key in self._loaded(connection)}:
                raise self._wrong_key(_id(connection))

    def rotate(self) -> int:
        """Seal all secrets with a new key, or with the first of those that are given from outside; return how many.

        Killed at any moment, this loses nothing: an old key is dropped only when nothing is sealed with it any more.
        """
        if not is_there(STORE_FILE, self._path):
            return 0
        with self._writing() as connection:
            found = list(rows(connection))
            keys = self._loaded(connection)
            if self._keys.is_ours:
                keys = (Key.new(), *keys)
                self._keys.save(_id(connection), keys, replace=True)
            for row in found:
                blob = seal(keys[0], bound_to(row.saved), self._unsealed(row, keys))
                write(connection, Row(row.saved, keys[0].kid, blob))
        if self._keys.is_ours:
            self._drop_old_keys()
        return len(found)

    def close(self) -> None:
        """Do nothing: no file is open between operations."""

    def list(self) -> list[SavedConnection]:
        """Return all connections, without a look at any key."""
        with self._reading() as connection:
            return sorted((self._shown(row) for row in rows(connection)), key=lambda saved: saved.sort_key)

    # -- the file --

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        if is_there(STORE_FILE, self._path):
            with self._transaction("BEGIN") as connection:
                yield connection
        else:
            # To look must not need a folder that can be written; what is not there is empty.
            with closing(sqlite3.connect(":memory:")) as connection:
                connection.executescript(STORE_FILE.schema)
                yield connection

    def _writing(self) -> AbstractContextManager[sqlite3.Connection]:
        return self._transaction("BEGIN IMMEDIATE")

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        """Open the file and look it over; closing it takes back what was not committed."""
        try:
            if os.path.lexists(self._path) and (fault := exposed(self._path, self._path.lstat())):
                raise UnusableFileError(f"The {STORE_FILE.name} {self._path} {fault}")
            with closing(connect(STORE_FILE, self._path, self._wait)) as connection:
                connection.execute("PRAGMA secure_delete = ON")
                connection.execute(begin)
                # Not quick_check: it does not compare an index with its table, and a lost index entry hides a connection.
                if connection.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
                    raise sqlite3.DatabaseError("the file contradicts itself")
                yield connection
                connection.execute("COMMIT")
        except FILE_FAULTS as exc:
            judgement = judged(exc, STORE_FILE, self._path)
            error = (DamagedStoreError if judgement.damaged else StoreError)(judgement.sentence)
            error.retryable = judgement.passing
            raise error from exc

    # -- keys --

    def _loaded(self, connection: sqlite3.Connection, *, make: bool = False) -> tuple[Key, ...]:
        """Return the keys, if something is sealed with one of them, or nothing is sealed yet."""
        store = _id(connection)
        used = {kid for (kid,) in connection.execute("SELECT DISTINCT kid FROM connection")}
        keys = self._keys.load(store)
        if make and not keys and not used:
            self._keys.save(store, (Key.new(),), replace=False)
            keys = self._keys.load(store)
        if used and not used & {key.kid for key in keys}:
            raise self._wrong_key(store, missing=not keys)
        return keys

    def _wrong_key(self, store: str, *, missing: bool = False) -> WrongKeyError:
        place = self._keys.place(store)
        other = f"{place}, which is gone" if missing else f"another key than the one in {place}"
        return WrongKeyError(
            f"The secrets in {self._path} were saved with {other}. Put that key back, or delete these connections and save "
            "them again."
        )

    def _sealed(
        self, connection: sqlite3.Connection, old: Row | None, new: SavedConnection, secrets: Secrets | None
    ) -> Row:
        bound = bound_to(new)
        if secrets is None and old is not None:
            if bound == bound_to(old.saved):
                return replace(old, saved=new)
            secrets = self._unsealed(old, self._loaded(connection))
        key = self._loaded(connection, make=True)[0]
        return Row(new, key.kid, seal(key, bound, secrets or NO_SECRETS))

    def _unsealed(self, row: Row, keys: tuple[Key, ...]) -> Secrets:
        for key in keys:
            if key.kid == row.kid:
                try:
                    return unseal(key, bound_to(row.saved), row.blob)
                except BrokenSealError as exc:
                    raise DamagedStoreError(
                        f"The secrets of the connection {row.saved.name!r} in {self._path}, or the values they belong to, were "
                        "changed by something else since they were saved, so they are not used. Enter them again, or restore "
                        f"the {STORE_FILE.name} from a backup."
                    ) from exc
        raise WrongKeyError(
            f"The secrets of the connection {row.saved.name!r} in {self._path} were saved with a key that is no longer at hand. "
            "Put that key back, or enter the secrets again."
        )

    def _drop_old_keys(self) -> None:
        with self._writing() as connection:
            used = {row.kid for row in rows(connection)}
            newest, *older = self._loaded(connection)
            self._keys.save(_id(connection), (newest, *(key for key in older if key.kid in used)), replace=True)

    def _shown(self, row: Row) -> SavedConnection:
        return replace(row.saved, source=self.name, read_only=False)


def _id(connection: sqlite3.Connection) -> str:
    """Return the random id that a store gets when it is made."""
    (value,) = connection.execute("SELECT value FROM meta WHERE name = 'store'").fetchone() or ("",)
    if not re.fullmatch("[0-9a-f]{16}", str(value)):  # it becomes a part of the name of a file
        raise sqlite3.DatabaseError("the id of the store is none")
    return str(value)


def _one(connection: sqlite3.Connection, id_: str) -> Row:
    for row in rows(connection, "id = ?", id_):
        return row
    raise NoConnectionError(_GONE)


def _replaced(connection: sqlite3.Connection, saved: SavedConnection) -> Row | None:
    """Return the row that a connection is to replace, if it is still the one that was read."""
    old = next(rows(connection, "id = ?", saved.id), None)
    if old is None and saved.rev:
        raise NoConnectionError(_GONE)
    if old is None:
        return None
    if old.saved.rev != saved.rev:
        raise StaleError(_CHANGED)
    if (old.saved.connector, old.saved.environment) != (saved.connector, saved.environment):
        raise StoreError("A connection stays with its connector and in its environment. Save a new one there instead.")
    return old
