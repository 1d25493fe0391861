"""A Twilio in a process of its own, on the real clock, and what a test wants to know of it and do to it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from airflow_processes import free_port, running
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN

_MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"


@dataclass
class RemoteTwilio:
    """The sandbox of another process."""

    address: str
    client: httpx.Client

    def connection(self, **fields: Any) -> str:
        """Return the connection to it in the form of Airflow's environment variables."""
        wanted = {"conn_type": "twilio", "login": ACCOUNT_SID, "password": AUTH_TOKEN, "host": self.address}
        return json.dumps(wanted | fields)

    @property
    def count(self) -> int:
        """How many messages are stored."""
        count: int = self._control("GET", "state")["messages"][ACCOUNT_SID]
        return count

    def messages(self, body: str | None = None) -> list[dict[str, Any]]:
        """Return the messages with this body as Twilio's API lists them, the newest first."""
        found: list[dict[str, Any]] = []
        page: str | None = f"{_MESSAGES}?PageSize=1000"
        while page:
            answer = self.client.get(page, auth=(ACCOUNT_SID, AUTH_TOKEN)).raise_for_status().json()
            found += answer["messages"]
            page = answer["next_page_uri"]
        return [message for message in found if body in (None, message["body"])]

    def creates(self) -> list[dict[str, str]]:
        """Return the forms of all creates that arrived, the oldest first."""
        logged = self._control("GET", "requests")
        creates = [one for one in logged if one["method"] == "POST" and one["path"] == _MESSAGES]
        return [{name: values[0] for name, values in one["form"].items()} for one in creates]

    def plant(self, kind: str, **details: Any) -> None:
        """Plant a fault; ``slow`` delays an answer after its message was stored."""
        self._control("POST", "faults", json={"kind": kind, **details})

    def faults(self) -> list[dict[str, Any]]:
        """Return the faults that have not hit all their requests yet."""
        planted: list[dict[str, Any]] = self._control("GET", "state")["faults"]
        return planted

    def clear_faults(self) -> None:
        """Take all faults away."""
        self._control("DELETE", "faults")

    def _control(self, method: str, name: str, **content: Any) -> Any:
        return self.client.request(method, f"/_sandbox/{name}", **content).raise_for_status().json()


@contextmanager
def twilio_running(folder: Path) -> Iterator[RemoteTwilio]:
    """Start a sandbox with an empty account, and end it."""
    port = free_port()
    command = [sys.executable, "-m", "twilio_sandbox", "--port", str(port), "--messages", "0"]
    env = {"PYTHONPATH": ":".join(sys.path)}
    with running("twilio", command, folder, env) as program:
        program.prints("A local Twilio is at", 30)
        address = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=address, timeout=60, trust_env=False) as client:
            yield RemoteTwilio(address, client)
