"""The key in the keychain: chosen explicitly, never replaced by anything else."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import KeyringLocked, PasswordDeleteError

from connection_stores import PIN, PINS, StoreContract, connection, plain
from connector_kit.connections import ConnectionStore, StoreError, WrongKeyError
from connector_kit.connections.opening import default_store
from connector_kit.connections.sqlite import SQLiteConnectionStore


class Keychain(KeyringBackend):
    """A keychain in memory."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # keyring has types, but not there
        self.entries: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        raise PasswordDeleteError


@pytest.fixture(autouse=True)
def chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNECTOR_KIT_STORE", "keyring")


@pytest.fixture
def keychain(chosen: None) -> Iterator[Keychain]:
    before, ours = keyring.get_keyring(), Keychain()
    keyring.set_keyring(ours)
    yield ours
    keyring.set_keyring(before)


class TestStoreWithAKeychain(StoreContract):
    @pytest.fixture
    def store(self, keychain: Keychain) -> SQLiteConnectionStore:
        return default_store()


def test_the_key_is_in_the_keychain_and_nowhere_else(tmp_path: Path, keychain: Keychain) -> None:
    store = default_store()
    store.put(connection(), PINS)
    ((service, name), key) = next(iter(keychain.entries.items()))
    assert (service, name[:12]) == ("connector-kit", "connections-")
    assert [str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()] == [
        "data/connector-kit/connections-keyring.sqlite3"
    ]
    assert key.encode() not in (tmp_path / "data/connector-kit/connections-keyring.sqlite3").read_bytes()


def test_the_key_in_the_keychain_is_rotated(keychain: Keychain) -> None:
    store = default_store()
    saved = store.put(connection(), PINS)
    before = dict(keychain.entries)
    assert store.rotate() == 1
    assert plain(store.secrets(saved)) == {"pin": PIN}
    assert keychain.entries.keys() == before.keys()
    assert keychain.entries != before
    assert "," not in next(iter(keychain.entries.values()))
    keychain.entries = before
    with pytest.raises(WrongKeyError, match="than the one in the keychain entry connector-kit, connections-"):
        store.secrets(saved)
    keychain.entries = {}
    with pytest.raises(WrongKeyError, match=r"with the keychain entry connector-kit, connections-.*, which is gone"):
        store.put(connection("new"), PINS)
    assert keychain.entries == {}


def test_without_a_keychain_nothing_is_saved_and_nothing_else_is_used(tmp_path: Path, keychain: Keychain) -> None:
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]  # keyring has types, but not there
    store: ConnectionStore = default_store()
    with pytest.raises(
        StoreError, match=r"There is no keychain on this machine that can be used.*Unset CONNECTOR_KIT_STORE"
    ):
        store.put(connection(), PINS)
    assert store.list() == []
    assert not (tmp_path / "config").exists()


def test_a_keychain_that_keeps_nothing_is_noticed_before_a_secret_is_lost(keychain: Keychain) -> None:
    keyring.set_keyring(null.Keyring())  # type: ignore[no-untyped-call]  # keyring has types, but not there
    with pytest.raises(StoreError, match="did not keep the key, so nothing was saved"):
        default_store().put(connection(), PINS)
    assert default_store().list() == []


def test_a_locked_keychain_says_so(keychain: Keychain) -> None:
    store = default_store()
    saved = store.put(connection(), PINS)
    keychain.locked = True
    with pytest.raises(StoreError, match=r"^The keychain \(.*\) is locked. Unlock it and try again"):
        store.secrets(saved)
    assert store.list() == [saved]


def test_the_package_is_not_needed_unless_it_is_chosen() -> None:
    program = "import sys; sys.modules['keyring'] = None\n"
    program += "from connector_kit.connections.book import open_book; print(open_book().list())"
    environ = {"PATH": "", "PYTHONPATH": ":".join(sys.path), "HOME": "/nowhere"}
    for kind, says in (
        ("sqlite", "[]"),
        ("keyring", "StoreError: CONNECTOR_KIT_STORE=keyring needs the package keyring"),
    ):
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-c", program],
            env={**environ, "CONNECTOR_KIT_STORE": kind},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert says in done.stdout + done.stderr
