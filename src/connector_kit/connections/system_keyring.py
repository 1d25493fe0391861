"""Keep the key of saved connections in the keychain of the operating system, where it is unlocked with the user's login.

Only the key is there: secrets stay sealed in the file, bound to their connection, and no keychain's limits on length hold.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import keyring
from keyring.errors import KeyringError, KeyringLocked, NoKeyringError

from connector_kit.connections import StoreError
from connector_kit.connections.keys import Key, parsed, spelled

SERVICE = "connector-kit"
T = TypeVar("T")


class KeychainKeys:
    """The keys in the keychain that the library ``keyring`` finds, under the store's id."""

    is_ours = True

    def place(self, store: str) -> str:
        """Name the entry."""
        return f"the keychain entry {SERVICE}, {_entry(store)}"

    def load(self, store: str) -> tuple[Key, ...]:
        """Ask the keychain, which may ask the user."""
        text = _asked(lambda: keyring.get_password(SERVICE, _entry(store)))
        return () if text is None else parsed(text, self.place(store))

    def save(self, store: str, keys: tuple[Key, ...], *, replace: bool) -> None:
        """Write the entry, and read it again: some keychains accept everything and keep nothing."""
        if not replace and self.load(store):
            return
        _asked(lambda: keyring.set_password(SERVICE, _entry(store), spelled(keys, ",")))
        if self.load(store) != keys:
            raise StoreError(
                f"The keychain ({_backend()}) did not keep the key, so nothing was saved. Choose another one."
            )


def _entry(store: str) -> str:
    return f"connections-{store}"


def _asked(question: Callable[[], T]) -> T:
    try:
        return question()
    except NoKeyringError as exc:
        raise StoreError(
            "There is no keychain on this machine that can be used: servers and containers seldom have one. Unset "
            "CONNECTOR_KIT_STORE to keep the key in a file."
        ) from exc
    except KeyringLocked as exc:
        raise StoreError(f"The keychain ({_backend()}) is locked. Unlock it and try again.") from exc
    except KeyringError as exc:
        raise StoreError(f"The keychain ({_backend()}) could not be used ({type(exc).__name__}).") from exc


def _backend() -> str:
    return str(keyring.get_keyring().name)
