"""Keep the connections open that a host calls: each is opened when it is first used, and closed once it was changed or deleted."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count

from connector_kit.connections import SavedConnection
from connector_kit.connections.book import ConnectionBook
from connector_kit.connector import Connector
from connector_kit.reads import Progress
from connector_kit.values import ActionCall, Concept, Result

Mark = tuple[object, ...]


def mark(saved: SavedConnection) -> Mark:
    """Return what decides where calls over a connection go: with another mark it is another connection."""
    return saved.connector, saved.method, dict(saved.public), saved.base_url, saved.secret_at


@dataclass(slots=True, eq=False)
class _Open:
    """A connection that is open in its connector under a name of its own. It is closed when nobody uses it any more."""

    connector: Connector
    name: str
    mark: Mark
    users: int = 0
    ended: bool = False


class Sessions:
    """The open connections of one run of a host. Its calls may run in threads of their own, so all of this is locked."""

    def __init__(self) -> None:
        self._open: dict[str, _Open] = {}
        self._connectors: dict[int, Connector] = {}
        self._numbers = count(1)
        self._lock = threading.Lock()

    def run(
        self,
        book: ConnectionBook,
        connector: Connector,
        saved: SavedConnection,
        call: ActionCall,
        *,
        progress: Progress = None,
        cap: int | None = None,
    ) -> Result:
        """Carry out a call over a saved connection; ``progress`` and ``cap`` are those of ``Connector.run``.

        Raises:
            StoreError: if its secrets cannot be read.
            ConnectorError: whatever ``Connector.run`` raises.
        """
        with self._used(book, connector, saved) as name:
            return connector.run(replace(call, connection=name), progress=progress, cap=cap)

    def stream(
        self, book: ConnectionBook, connector: Connector, saved: SavedConnection, call: ActionCall
    ) -> Iterator[Concept]:
        """Carry out a read over a saved connection and hand out its items one by one; nothing happens before the first.

        Raises:
            StoreError: if its secrets cannot be read.
            ConnectorError: whatever ``Connector.stream`` raises.
        """
        with self._used(book, connector, saved) as name:
            yield from connector.stream(replace(call, connection=name))

    def look_for(self, book: ConnectionBook, connector: Connector, saved: SavedConnection, call: ActionCall) -> Result:
        """Find out what became of a call over a saved connection.

        Raises:
            ConnectorError: whatever ``Connector.look_for`` raises.
        """
        with self._used(book, connector, saved) as name:
            return connector.look_for(replace(call, connection=name))

    @contextmanager
    def _used(self, book: ConnectionBook, connector: Connector, saved: SavedConnection) -> Iterator[str]:
        with self._lock:
            found = self._open.get(saved.id)
            if found is not None and found.mark != mark(saved):
                self._end(saved.id)
                found = None
            opened = found or self._opened(book, connector, saved)
            opened.users += 1
        try:
            yield opened.name
        finally:
            with self._lock:
                opened.users -= 1
                _close_unused(opened)

    def _opened(self, book: ConnectionBook, connector: Connector, saved: SavedConnection) -> _Open:
        # A number behind the id: the connection of before its change may still be in use under the name it has.
        connection = replace(book.connection(saved), name=f"{saved.id}.{next(self._numbers)}")
        connector.open(connection)
        self._connectors[id(connector)] = connector
        opened = self._open[saved.id] = _Open(connector, connection.name, mark(saved))
        return opened

    def end(self, id_: str) -> None:
        """Close the connection of this id, once the calls that use it have ended."""
        with self._lock:
            self._end(id_)

    def _end(self, id_: str) -> None:
        opened = self._open.pop(id_, None)
        if opened is not None:
            opened.ended = True
            _close_unused(opened)

    def close(self) -> None:
        """Close everything at once, at the end of the run."""
        with self._lock:
            self._open.clear()
            for connector in self._connectors.values():
                connector.close()
            self._connectors.clear()


def _close_unused(opened: _Open) -> None:
    if opened.ended and not opened.users:
        opened.connector.shut(opened.name)
