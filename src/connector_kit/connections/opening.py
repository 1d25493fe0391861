"""Open the store that is used where nobody gave one: a file of this user, or what the CONNECTOR_KIT variables name."""

from __future__ import annotations

import os
from pathlib import Path

from connector_kit.connections import StoreError
from connector_kit.connections.keys import KEY, KEY_FILE, KeySource, default_keys
from connector_kit.connections.sqlite import SQLiteConnectionStore
from connector_kit.private_files import user_folder

PLACE = "CONNECTOR_KIT_CONNECTIONS"
STORE = "CONNECTOR_KIT_STORE"


def default_store() -> SQLiteConnectionStore:
    """Open the store at the path in CONNECTOR_KIT_CONNECTIONS, or in this user's data folder.

    The folder is the one of the XDG Base Directory Specification: ``$XDG_DATA_HOME``, or ``~/.local/share``. Nothing is made
    before a connection is saved. With ``CONNECTOR_KIT_STORE=keyring`` the key is kept in the system's keychain; the file has
    another name then, because the two keys differ.

    Raises:
        StoreError: if a variable says something else, two of them contradict each other, or this user has no home.
    """
    kind = os.environ.get(STORE) or "sqlite"
    if kind not in ("sqlite", "keyring"):
        raise StoreError(f"{STORE} is neither sqlite nor keyring. Correct it, or unset it for sqlite.")
    given = next((variable for variable in (KEY, KEY_FILE) if os.environ.get(variable)), None)
    if kind == "keyring" and given:
        raise StoreError(
            f"{STORE}=keyring keeps the key in the keychain, but {given} gives one too. Unset one of the two."
        )
    try:
        where = os.environ.get(PLACE)
        file = "connections.sqlite3" if kind == "sqlite" else "connections-keyring.sqlite3"
        path = Path(where) if where else user_folder("XDG_DATA_HOME", ".local", "share") / file
        return SQLiteConnectionStore(path, default_keys() if kind == "sqlite" else _keychain(), name=kind)
    except RuntimeError as exc:
        raise StoreError(
            f"This user has no home folder. Name a file in {PLACE}, and a key in {KEY} or {KEY_FILE}."
        ) from exc


def _keychain() -> KeySource:
    try:
        # An extra: imported only where it is asked for.
        from connector_kit.connections.system_keyring import KeychainKeys  # noqa: PLC0415 - an extra
    except ImportError as exc:
        raise StoreError(f"{STORE}=keyring needs the package keyring: pip install keyring") from exc
    return KeychainKeys()
