"""Keep open what an object of another platform is connected to, and load its connector once: a platform makes many such objects."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Mapping
from itertools import count
from typing import Self

from pydantic import SecretStr

from connector_kit import Connection, Connector, Manifest, load_connector

_numbers = count(1)


_loading = threading.Lock()
_loaded: dict[str, Connector] = {}


def loaded(connector_id: str) -> Connector:
    """Load a connector once for all that use it in a process, in whichever threads."""
    # Two connectors would not know each other's open connections, so the first use is one thread's.
    with _loading:
        if connector_id not in _loaded:
            _loaded[connector_id] = load_connector(connector_id)
        return _loaded[connector_id]


class Opened:
    """An open connection. It is closed when neither an object nor a call holds it any more."""

    def __init__(self, connector: Connector, connection: Connection) -> None:
        self._connector, self._connection = connector, connection
        self.name = connection.name
        connector.open(connection)
        weakref.finalize(self, connector.shut, connection.name)

    @classmethod
    def again(
        cls, before: Self | None, connector: Connector, method: str, values: Mapping[str, object], *, name: str
    ) -> Self:
        """Open a connection, or return the one of before if it has the same values.

        Raises:
            InputError: if a value is missing or misshapen; nothing was sent.
        """
        connection = _connection(connector, method, values, name, None)
        if before is not None and before.has(connector, connection):
            return before
        return cls(connector, connection)

    @classmethod
    def shared(
        cls, connector: Connector, method: str, values: Mapping[str, object], *, name: str, base_url: str | None = None
    ) -> Opened:
        """Open a connection, or return an open one with the same values, for objects that come by the thousand.

        Raises:
            InputError: if a value is missing or misshapen; nothing was sent.
        """
        connection = _connection(connector, method, values, name, base_url)
        with _sharing:
            for opened in _shared:
                if opened.has(connector, connection):
                    return opened
            opened = cls(connector, connection)
            _shared.add(opened)
            return opened

    def has(self, connector: Connector, other: Connection) -> bool:
        """Tell whether a connection has the same values."""
        held = self._connection
        return self._connector is connector and (
            (held.method, held.base_url, dict(held.values)) == (other.method, other.base_url, dict(other.values))
        )


_sharing = threading.Lock()
_shared: weakref.WeakSet[Opened] = weakref.WeakSet()


def _connection(
    connector: Connector, method: str, values: Mapping[str, object], name: str, base_url: str | None
) -> Connection:
    # A number behind the name: several objects may be connected at a time.
    wrapped = _wrapped(connector.manifest, method, values)
    return Connection(method, wrapped, name=f"{name} {next(_numbers)}", base_url=base_url)


def _wrapped(manifest: Manifest, method: str, values: Mapping[str, object]) -> dict[str, object]:
    spec = manifest.method(method)
    secret = [field.id for field in spec.fields if field.type.scalar == "sensitive"] if spec else []
    return {
        name: SecretStr(value) if name in secret and isinstance(value, str) else value for name, value in values.items()
    }
