"""A Twilio with accounts of every kind, and a ``connector ui`` whose connections lead there."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from twilio_sandbox import Account, Sandbox
from twilio_sandbox.answer import Answer
from twilio_sandbox.server import serving
from ui_door import Door
from ui_process import Ui, running_ui


def secret(name: str) -> str:
    """Return 32 characters that look like a token and open nothing but a sandbox."""
    return hashlib.sha256(name.encode()).hexdigest()[:32]


ACME = f"AC{0xAC3E:032x}"
SALES = f"AC{0x5A1E5:032x}"
TRIAL = f"AC{0x781A1:032x}"
SUSPENDED = f"AC{0xDEAD:032x}"
TESTER = f"AC{0x7E57:032x}"
NOBODY = f"AC{0x404:032x}"
KEY = f"SK{0xAC3E:032x}"
KEY_SECRET = secret("key")
NAMES = {ACME: "Acme Support", SALES: "Acme Sales", TRIAL: "Trying it", SUSPENDED: "Acme Old", TESTER: "Tester"}
TOKENS = {sid: secret(name) for sid, name in NAMES.items()}


def accounts() -> list[Account]:
    """Return fresh accounts: two that work, a trial, a suspended one, and test credentials."""
    kinds: dict[str, dict[str, Any]] = {
        ACME: {"api_keys": {KEY: KEY_SECRET}},
        TRIAL: {"type": "Trial"},
        SUSPENDED: {"status": "suspended"},
        TESTER: {"test": True},
    }
    return [Account(sid, TOKENS[sid], name, **kinds.get(sid, {})) for sid, name in NAMES.items()]


class LenientSandbox(Sandbox):
    """A Twilio that lets a suspended account read its messages, as its documents say; the other one answers 401 to all."""

    def handle(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer one request."""
        account = next((one for one in self.store.accounts() if one.sid in target), None)
        if account is None or account.status == "active" or "/Messages" not in target:
            return super().handle(method, target, headers, body)
        status, account.status = account.status, "active"
        try:
            return super().handle(method, target, headers, body)
        finally:
            account.status = status


@dataclass
class House:
    """The sandbox and its address, and the running server with the door that its link has opened."""

    sandbox: Sandbox
    address: str
    ui: Ui
    door: Door

    def reset(self) -> None:
        """Make everything as new, but for the server's process."""
        self.sandbox.faults.clear()
        self.sandbox.requests.clear()
        for account in accounts():
            self.sandbox.store.add_account(account)
        if self.store.exists():
            with closing(sqlite3.connect(self.store)) as file, file:
                file.execute("DELETE FROM connection")
        if self.runs.exists():
            with closing(sqlite3.connect(self.runs)) as file, file:
                file.execute("DELETE FROM record")
                file.execute("DELETE FROM run")

    @property
    def store(self) -> Path:
        """The file of saved connections."""
        return self.ui.home / "data" / "connector-kit" / "connections.sqlite3"

    @property
    def runs(self) -> Path:
        """The file of runs of automations."""
        return self.ui.home / "state" / "connector-kit" / "runs.sqlite3"

    @property
    def key_file(self) -> Path:
        """The file of the key with which secrets are sealed."""
        return self.ui.home / "config" / "connector-kit" / "connections.key"

    @property
    def saved(self) -> list[dict[str, Any]]:
        """What the file holds of each connection, ordered as it was saved."""
        if not self.store.exists():
            return []
        with closing(sqlite3.connect(self.store)) as file:
            file.row_factory = sqlite3.Row
            return [dict(row) for row in file.execute("SELECT * FROM connection ORDER BY rowid")]

    def account(self, sid: str = ACME) -> Account:
        """Return an account of the sandbox, to be changed."""
        found = self.sandbox.store.account(sid)
        assert found is not None
        return found


@contextmanager
def open_house(home: Path, sandbox: Sandbox, *arguments: str, **variables: str) -> Iterator[House]:
    """Serve a sandbox, start ``connector ui`` for it, and follow its link."""
    with (
        serving(sandbox) as address,
        running_ui(home, "--no-browser", "--base-url", address, *arguments, **variables) as ui,
        httpx.Client(timeout=30) as client,
    ):
        door = Door(client.send, ui.link)
        door.enter()
        house = House(sandbox, address, ui, door)
        house.reset()
        yield house
