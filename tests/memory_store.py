"""A store of connections in this process's memory: the second one, which shows what the promises of a store ask for."""

from __future__ import annotations

import dataclasses
import threading
from datetime import UTC, datetime

from connector_kit.connections import (
    NO_SECRETS,
    DuplicateNameError,
    NoConnectionError,
    SavedConnection,
    Secrets,
    StaleError,
    StoreError,
    name_key,
)


class MemoryStore:
    """Every promise of ``ConnectionStore``, without a file. ``fault`` is raised by everything, where a test sets it."""

    read_only = False

    def __init__(self, name: str = "memory") -> None:
        self.name = name
        self.fault: StoreError | None = None
        self._rows: dict[str, tuple[SavedConnection, Secrets]] = {}
        self._lock = threading.RLock()

    def list(self) -> list[SavedConnection]:
        with self._lock:
            self._may_work()
            return sorted((saved for saved, _ in self._rows.values()), key=lambda saved: saved.sort_key)

    def get(self, id_: str) -> SavedConnection:
        return self._row(id_)[0]

    def secrets(self, saved: SavedConnection) -> Secrets:
        stored, secrets = self._row(saved.id)
        if _bound(stored) != _bound(saved):
            raise StaleError("The connection was changed meanwhile.")
        return secrets

    def put(self, saved: SavedConnection, secrets: Secrets | None = None) -> SavedConnection:
        with self._lock:
            self._may_work()
            stored = self._rows.get(saved.id)
            if stored is None and saved.rev:
                raise NoConnectionError("The connection is gone.")
            if stored is not None and stored[0].rev != saved.rev:
                raise StaleError("The connection was changed meanwhile.")
            if stored is not None and _group(stored[0]) != _group(saved):
                raise StoreError("A connection stays with its connector and in its environment.")
            others = [
                other for other, _ in self._rows.values() if _group(other) == _group(saved) and other.id != saved.id
            ]
            if any(name_key(other.name) == name_key(saved.name) for other in others):
                raise DuplicateNameError(saved.name, saved.environment)
            first = not others if stored is None else stored[0].is_default
            kept = secrets if secrets is not None else stored[1] if stored else NO_SECRETS
            now = dataclasses.replace(
                saved, rev=saved.rev + 1, is_default=first, source=self.name,
                checked_at=_in_utc(saved.checked_at), secret_at=_in_utc(saved.secret_at),
            )  # fmt: skip
            self._rows[saved.id] = (now, kept)
            return now

    def delete(self, id_: str) -> None:
        with self._lock:
            self._row(id_)
            del self._rows[id_]

    def set_default(self, id_: str) -> None:
        with self._lock:
            chosen = self.get(id_)
            for other, secrets in list(self._rows.values()):
                if _group(other) == _group(chosen):
                    self._rows[other.id] = (dataclasses.replace(other, is_default=other.id == id_), secrets)

    def check(self) -> None:
        self._may_work()

    def close(self) -> None:
        """There is nothing to let go of."""

    def _row(self, id_: str) -> tuple[SavedConnection, Secrets]:
        with self._lock:
            self._may_work()
            if id_ not in self._rows:
                raise NoConnectionError("There is no such connection.")
            return self._rows[id_]

    def _may_work(self) -> None:
        if self.fault is not None:
            raise self.fault


def _in_utc(moment: datetime | None) -> datetime | None:
    return moment and moment.astimezone(UTC)


def _group(saved: SavedConnection) -> tuple[str, str]:
    return saved.connector, saved.environment


def _bound(saved: SavedConnection) -> tuple[object, ...]:
    return saved.method, dict(saved.public), saved.base_url
