"""All saved connections of all stores in one book, in which a name never leads to another environment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from importlib.metadata import entry_points
from typing import Any

from connector_kit.connections import (
    ENVIRONMENTS,
    ConnectionStore,
    DuplicateNameError,
    Environment,
    NoConnectionError,
    SavedConnection,
    Secrets,
    StoreError,
    name_key,
)
from connector_kit.connections.environment import EnvironmentStore
from connector_kit.connections.opening import default_store
from connector_kit.errors import PluginError
from connector_kit.manifest import Manifest
from connector_kit.plugins import disabled, loaded
from connector_kit.values import Connection

GROUP = "connector_kit.stores"


class ConnectionBook:
    """The one thing hosts use to list, find and save connections.

    Where two stores have a default for the same connector and environment, that of the first counts, and ``list`` shows only
    it as the default.
    """

    def __init__(self, stores: Iterable[ConnectionStore]) -> None:
        self._stores: dict[str, ConnectionStore] = {}
        for store in stores:
            if self._stores.setdefault(store.name, store) is not store:
                raise PluginError(f"Two connection stores are called {store.name!r}. Leave one of them out.")

    def get(self, id_: str) -> SavedConnection:
        """Return one.

        Raises:
            NoConnectionError: if no store has it.
        """
        for saved in self.list():
            if saved.id == id_:
                return saved
        raise NoConnectionError("There is no such saved connection: it was deleted, or its id is wrong.")

    def find(self, connector_id: str, name: str, environment: Environment) -> SavedConnection | None:
        """Return the connection of a name, if there is one.

        Raises:
            StoreError: if two stores have one of that name: which is meant, nobody knows.
        """
        found = [one for one in self._group(connector_id, environment) if name_key(one.name) == name_key(name)]
        if len(found) > 1:
            places = " and ".join(one.source for one in found)
            raise StoreError(
                f"There are two connections called {name!r} in {environment}: in {places}. Rename one of them."
            )
        return found[0] if found else None

    def default(self, connector_id: str, environment: Environment) -> SavedConnection | None:
        """Return the default connection of a connector in an environment, if there is one."""
        return next((one for one in self._group(connector_id, environment) if one.is_default), None)

    def resolve(
        self, connector_id: str, name: str | None = None, environment: Environment = "production"
    ) -> SavedConnection:
        """Return the connection of a name, or the default one; never one of another environment, and never a substitute.

        Raises:
            NoConnectionError: with the names there are.
        """
        if name is None:
            found, fault = self.default(connector_id, environment), "has no default connection"
        else:
            found, fault = self.find(connector_id, name, environment), f"has no connection called {name!r}"
        if found is None:
            hints = " ".join(self._hints(connector_id, name, environment))
            raise NoConnectionError(f"{connector_id} {fault} in {environment.title()}. {hints}")
        return found

    def connection(self, saved: SavedConnection) -> Connection:
        """Return a connection with its secrets, as ``Connector.open`` takes it; it is called by the id of the saved one.

        Raises:
            StoreError: if its secrets cannot be read.
        """
        secrets = self.store_of(saved).secrets(saved)
        return Connection(saved.method, {**saved.public, **secrets}, name=saved.id, base_url=saved.base_url)

    def store_of(self, saved: SavedConnection) -> ConnectionStore:
        """Return where a connection is kept, or where a new one will be.

        Raises:
            StoreError: if there is no such store, or none that can be written.
        """
        if saved.source:
            if saved.source not in self._stores:
                raise StoreError(f"The connection store {saved.source} is not there. Install it again.")
            return self._stores[saved.source]
        for store in self._stores.values():
            if not store.read_only:
                return store
        raise StoreError("There is no connection store that can be written.")

    def put(self, saved: SavedConnection, secrets: Secrets | None = None) -> SavedConnection:
        """Save a connection where it is kept; see ``ConnectionStore.put``.

        Raises:
            DuplicateNameError: if a connection has the name already, in whichever store.
        """
        store = self.store_of(saved)
        for other in self._group(saved.connector, saved.environment):
            if other.source != store.name and name_key(other.name) == name_key(saved.name):
                raise DuplicateNameError(saved.name, saved.environment)
        return store.put(saved, secrets)

    def delete(self, id_: str) -> None:
        """Forget a connection.

        Raises:
            NoConnectionError: if no store has it.
        """
        self.store_of(self.get(id_)).delete(id_)

    def set_default(self, id_: str) -> None:
        """Make a connection the default of its connector in its environment.

        Raises:
            NoConnectionError: if no store has it.
            StoreError: if another store's default comes first; it has to be changed there.
        """
        chosen = self.get(id_)
        current = self.default(chosen.connector, chosen.environment)
        stores = list(self._stores)
        if current and stores.index(current.source) < stores.index(chosen.source):
            raise StoreError(
                f"{current.name!r} was made the default in the {current.source}, which comes first. Take that back there."
            )
        self.store_of(chosen).set_default(id_)

    def check(self) -> None:
        """Find out whether all secrets could be read, so that a host can say so when it starts.

        Raises:
            StoreError: of the first store in which they could not.
        """
        for store in self._stores.values():
            store.check()

    def close(self) -> None:
        """Let go of files."""
        for store in self._stores.values():
            store.close()

    def list(self) -> list[SavedConnection]:
        """Return all connections of all stores, ordered by ``sort_key``."""
        defaults: set[tuple[str, str]] = set()
        found = []
        for store in self._stores.values():
            listed = store.list()
            found += [replace(one, is_default=False) if _group_of(one) in defaults else one for one in listed]
            defaults |= {_group_of(one) for one in listed if one.is_default}
        return sorted(found, key=lambda one: one.sort_key)

    def _group(self, connector_id: str, environment: Environment) -> Iterable[SavedConnection]:
        return [one for one in self.list() if _group_of(one) == (connector_id, environment)]

    def _hints(self, connector_id: str, name: str | None, environment: Environment) -> Iterable[str]:
        """Say what there is instead; which of it is meant, only the person knows."""
        if here := [repr(one.name) for one in self._group(connector_id, environment)]:
            yield f"There are: {', '.join(here)}. Name one of them{'' if name else ', or make one the default'}."
        else:
            yield "There is none at all; save one first."
        for other in ENVIRONMENTS:
            names = {name_key(one.name) for one in self._group(connector_id, other)}
            if other != environment and names:
                same = name is not None and name_key(name) in names
                yield f"In {other.title()} there {'is one of that name' if same else 'are some'}, but none is used in its place."


def open_book(manifests: Iterable[Manifest] = ()) -> ConnectionBook:
    """Put together what environment variables define, this user's store, and the stores of installed plugins.

    An entry point of the group ``connector_kit.stores`` is a callable that returns a store; the names in
    CONNECTOR_KIT_DISABLED_PLUGINS are left out. ``manifests`` let a connection of the environment show its public values.

    Raises:
        PluginError: which names the entry point that is broken.
        StoreError: if a CONNECTOR_KIT variable makes no sense.
    """
    left_out = disabled()
    others = [loaded(point, _store) for point in entry_points(group=GROUP) if point.name not in left_out]
    return ConnectionBook([EnvironmentStore(manifests), default_store(), *others])


def _store(make: Any) -> ConnectionStore:
    store = make()
    if not isinstance(store, ConnectionStore):
        raise TypeError
    return store


def _group_of(saved: SavedConnection) -> tuple[str, str]:
    return saved.connector, saved.environment
