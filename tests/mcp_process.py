"""``connector mcp`` in a process of its own, with a saved connection to a sandbox, and clients that start or reach it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx2
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import ElicitResult

from mcp_support import BOUND, YES
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN

T = TypeVar("T")
TOKEN = "a-token-for-nothing-but-tests"  # noqa: S105 - it opens a server that is gone with its test
_URL = re.compile(r"http://\S+/mcp")


def environment(home: Path, address: str) -> dict[str, str]:
    """Return the variables of a process whose home is this folder and whose connection ``main`` leads to this address."""
    values = "account_sid=MY_SID auth_token=MY_TOKEN base_url=MY_URL"
    return {
        "MY_SID": ACCOUNT_SID,
        "MY_TOKEN": AUTH_TOKEN,
        "MY_URL": address,
        "BEARER": TOKEN,
        "CONNECTOR_KIT_CONNECTION_MAIN": f"default twilio auth_token production {values}",
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PYTHONWARNINGS": "error",
    }


def arguments(*flags: str) -> list[str]:
    """Return the arguments of the interpreter that start the server."""
    return ["-m", "connector_kit.hosts.cli", "mcp", "twilio", *flags]


async def _yes(context: Any, params: Any) -> ElicitResult:
    return YES


@dataclass
class Stdio:
    """A server that each client starts for itself. ``log`` is what they all wrote on standard error."""

    home: Path
    address: str

    @property
    def log(self) -> str:
        """Everything that was written on standard error."""
        return (self.home / "stderr").read_text(encoding="utf-8")

    def talk(self, era: str, work: Callable[[Client], Awaitable[T]], *flags: str, asks: bool = True) -> T:
        """Start the server, let a client work with it, and return what came of it."""
        server = StdioServerParameters(
            command=sys.executable, args=arguments(*flags), env=environment(self.home, self.address)
        )

        async def talked() -> T:
            with (self.home / "stderr").open("a", encoding="utf-8") as errlog:
                wire = stdio_client(server, errlog)
                callback = _yes if asks else None
                async with asyncio.timeout(BOUND), Client(wire, mode=era, elicitation_callback=callback) as client:
                    return await work(client)

        return asyncio.run(talked())


@dataclass
class Http:
    """A server that listens, and what it wrote on standard error until its address was there."""

    url: str
    process: subprocess.Popen[str]
    said: list[str]

    def talk(self, era: str, work: Callable[[Client], Awaitable[T]], token: str | None = TOKEN) -> T:
        """Let a client with this token work with it."""

        async def talked() -> T:
            headers = {} if token is None else {"Authorization": f"Bearer {token}"}
            async with asyncio.timeout(BOUND), httpx2.AsyncClient(headers=headers, trust_env=False) as http:
                wire = streamable_http_client(self.url, http_client=http)
                async with Client(wire, mode=era, elicitation_callback=_yes) as client:
                    return await work(client)

        return asyncio.run(talked())

    def stop(self) -> int:
        """End it, as Ctrl+C does, and return its exit code; ``said`` is whole then."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        assert self.process.stderr is not None
        self.said.append(self.process.stderr.read())
        return self.process.wait(BOUND)


@contextmanager
def serving_http(home: Path, address: str, *flags: str) -> Iterator[Http]:
    """Start ``connector mcp --http`` and end it at the end."""
    with subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, *arguments("--http", *flags)],
        env={**os.environ, **environment(home, address)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        said: list[str] = []
        for line in process.stderr:
            said.append(line)
            if found := _URL.search(line):
                break
        else:
            raise AssertionError(f"it ended without an address: {''.join(said)}")
        running = Http(found.group(), process, said)
        try:
            yield running
        finally:
            if process.poll() is None:
                running.stop()
