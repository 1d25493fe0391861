"""Connections that were saved under a name: what one is, where they are kept, and what can go wrong with that.

A store keeps what a person filled in; it knows nothing of the service behind it. ``sqlite`` is the store of this machine's user,
``environment`` shows connections whose values stand in environment variables that the user named, ``system_keyring`` keeps secrets
in the keychain of the operating system. Others join by the entry-point group ``connector_kit.stores``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal, Protocol, get_args, runtime_checkable

from pydantic import SecretStr

from connector_kit.errors import ConnectorError, InputError, Problem

Environment = Literal["test", "production"]
# Production first: it is what most people look for, and where a mistake costs most.
ENVIRONMENTS: tuple[Environment, ...] = ("production", "test")
Status = Literal["connected", "attention", "unchecked"]
STATUSES: tuple[Status, ...] = get_args(Status)
FIRST_NAME = "default"
LONGEST_NAME = 60


class StoreError(ConnectorError):
    """The saved connections cannot be read or written; the sentence says why and what to do."""

    code = "store"


class WrongKeyError(StoreError):
    """The key at hand is not the one that the connections were saved with."""

    code = "store_key"


class DamagedStoreError(StoreError):
    """What is stored was changed or destroyed by something else."""

    code = "store_damaged"


class StaleError(StoreError):
    """The connection was changed by somebody else since it was read; nothing was overwritten."""

    code = "stale"


class NoConnectionError(InputError):
    """There is no saved connection of this name or id."""

    code = "no_connection"


class DuplicateNameError(InputError):
    """Another connection of this connector and environment has the name already."""

    code = "duplicate_name"

    def __init__(self, name: str, environment: Environment) -> None:
        fault = f"is taken: another connection in {environment.title()} is called {name!r}. Choose another name"
        super().__init__("The connection was not saved.", problems=[Problem("name", fault)])


@dataclass(frozen=True, slots=True)
class SavedConnection:
    """One saved connection without its secrets, so that it can be listed, shown and logged.

    ``public`` holds what JSON can say: texts, numbers, booleans and lists of them. ``rev`` is 0 before it is saved and grows
    with every save. ``account`` is the service's own name for the account, where the last check learned it; ``detail`` is what
    that check said, as a sentence. ``secret_at`` is when the secrets were last written. ``source`` names the store,
    ``base_url`` another address than the service's own.
    """

    id: str
    connector: str
    method: str
    environment: Environment
    name: str
    public: Mapping[str, Any] = field(repr=False)
    base_url: str | None = None
    is_default: bool = False
    status: Status = "unchecked"
    detail: str | None = None
    account: str | None = field(default=None, repr=False)
    checked_at: datetime | None = None
    secret_at: datetime | None = None
    version: str = ""
    rev: int = 0
    source: str = ""
    read_only: bool = False

    @property
    def sort_key(self) -> tuple[int, str, str]:
        """Production before test, then by name."""
        return ENVIRONMENTS.index(self.environment), name_key(self.name), self.id


Secrets = Mapping[str, SecretStr]
NO_SECRETS: Secrets = MappingProxyType({})


@runtime_checkable
class ConnectionStore(Protocol):
    """Where connections are kept. Every method is atomic among threads and processes, and may raise StoreError.

    The first connection of a connector in an environment becomes its default; deleting the default leaves none.
    """

    @property
    def name(self) -> str:
        """How the store is called in lists: a word."""

    @property
    def read_only(self) -> bool:
        """Whether ``put``, ``delete`` and ``set_default`` always raise StoreError."""

    def list(self) -> list[SavedConnection]:
        """Return all connections, ordered by ``sort_key``. Secrets are not touched, so a wrong key does not hide them."""

    def get(self, id_: str) -> SavedConnection:
        """Return one.

        Raises:
            NoConnectionError: if there is none with this id.
        """

    def secrets(self, saved: SavedConnection) -> Secrets:
        """Return the sensitive values of a connection, by field.

        Raises:
            WrongKeyError, DamagedStoreError: if they cannot be opened, or do not belong to the stored public values.
            StaleError: if the public values at hand are no longer the stored ones: the secrets would go to another account.
            NoConnectionError: if the connection is gone.
        """

    def put(self, saved: SavedConnection, secrets: Secrets | None = None) -> SavedConnection:
        """Insert a connection (``rev`` 0) or replace the one with its id; return it as it is stored now.

        ``secrets`` None keeps those that are stored. ``is_default`` is not changed by this; see ``set_default``.

        Raises:
            DuplicateNameError: if another one of this connector and environment has the name.
            StaleError: if the stored one has another ``rev``.
            NoConnectionError: if it is to be replaced and is gone.
            StoreError: if it is to move to another connector or environment.
        """

    def delete(self, id_: str) -> None:
        """Forget a connection.

        Raises:
            NoConnectionError: if there is none with this id.
        """

    def set_default(self, id_: str) -> None:
        """Make a connection the default of its connector in its environment.

        Raises:
            NoConnectionError: if there is none with this id.
        """

    def check(self) -> None:
        """Find out whether the secrets of all connections could be opened, without opening one; nothing is made by this.

        Raises:
            WrongKeyError, DamagedStoreError: if not, so that a host can say so when it starts.
        """

    def close(self) -> None:
        """Let go of files."""


def masked(identity: str) -> str:
    """Show which account is meant without giving its identifier away: ``AC...cdef``."""
    return f"{identity[:2]}\N{HORIZONTAL ELLIPSIS}{identity[-4:]}" if len(identity) > 8 else "\N{HORIZONTAL ELLIPSIS}"


def name_key(name: str) -> str:
    """Return the form in which two names are compared: ``DEFAULT``, `` default `` and full-width letters are one name.

    Characters that cannot be seen do not count: two names that look the same would be taken for each other.
    """
    seen = "".join(char for char in name if unicodedata.category(char) != "Cf")
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold())
    return " ".join(folded.split())
