"""An MCP server in this process, a client of either era beside it, and a Twilio behind it whose answers can be held back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any, TypeVar

import httpx
from mcp import Client
from mcp.server.lowlevel import Server
from mcp_types import CallToolResult, ElicitResult

import toy_connector
from connector_kit import Connector, load_connector, make_plugins
from connector_kit.connections.book import ConnectionBook
from connector_kit.connections.environment import EnvironmentStore
from connector_kit.hosts.mcp.confirming import Confirming, Mode
from connector_kit.hosts.mcp.desk import Desk
from connector_kit.hosts.mcp.server import make_server
from support import BODY, NOW, RECIPIENT, Wire
from twilio_connector import plugin
from twilio_sandbox import Clock, Sandbox, SandboxTransport
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN, OWN_NUMBER, account

T = TypeVar("T")
ERAS = ("legacy", "2026-07-28")
SEND, READ = "twilio_send_sms_message", "twilio_read_sms_messages"
MESSAGE = {"sender_number": OWN_NUMBER, "recipient_number": RECIPIENT, "message_body": BODY}
YES = ElicitResult(action="accept", content={"confirm": True})
BOUND = 30  # seconds until a test that hangs fails

TWILIO = {
    "SID": ACCOUNT_SID,
    "TOKEN": AUTH_TOKEN,
    "CONNECTOR_KIT_CONNECTION_MAIN": "default twilio auth_token production account_sid=SID auth_token=TOKEN",
    "CONNECTOR_KIT_CONNECTION_OTHER": "twilio auth_token production account_sid=SID auth_token=TOKEN",
}
TOY = {
    "OWNER": "Ana",
    "PIN": "1234",
    "CONNECTOR_KIT_CONNECTION_MAIN": "default toy notebook production owner=OWNER pin=PIN",
}


class Gate(httpx.BaseTransport):
    """A way to a sandbox on which requests that change something wait, once it is shut, until it is opened."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._next = SandboxTransport(sandbox)
        self.opened = threading.Event()
        self.opened.set()
        self.reached, self.answered = threading.Event(), threading.Event()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a request on."""
        if request.method != "POST":
            return self._next.handle_request(request)
        self.reached.set()
        assert self.opened.wait(BOUND)
        try:
            return self._next.handle_request(request)
        finally:
            self.answered.set()


@dataclass
class Place:
    """A server, and what stands around it. ``answer`` is what the person at the client says; None for no person."""

    desk: Desk
    sandbox: Sandbox
    gate: Gate
    answer: Any = None
    asked: list[str] = field(default_factory=list)
    told: list[tuple[float, str | None]] = field(default_factory=list)

    @property
    def server(self) -> Server[None]:
        """A server of its own for each client."""
        return make_server(self.desk, "Here.")

    @property
    def sent(self) -> list[tuple[str, str]]:
        """Everybody who was texted, and what."""
        posts = [request.form for request in self.sandbox.requests if request.method == "POST"]
        return [(form["To"][0], form["Body"][0]) for form in posts]

    def client(self, era: str) -> Client:
        """Return a client that asks its person, if there is one."""

        async def ask(context: Any, params: Any) -> ElicitResult:
            self.asked.append(params.message)
            answer: ElicitResult = self.answer
            return answer

        return Client(self.server, mode=era, elicitation_callback=None if self.answer is None else ask)

    def talk(self, era: str, work: Callable[[Client], Awaitable[T]]) -> T:
        """Connect a client, let it work, and return what came of it."""

        async def talked() -> T:
            async with asyncio.timeout(BOUND), self.client(era) as client:
                return await work(client)

        return asyncio.run(talked())

    def call(self, tool: str, arguments: dict[str, Any], era: str = ERAS[0]) -> CallToolResult:
        """Call a tool, noting what is told about its progress."""

        async def note(progress: float, total: float | None, message: str | None) -> None:
            self.told.append((progress, message))

        return self.talk(era, lambda client: client.call_tool(tool, arguments, progress_callback=note))


@contextmanager
def twilio_place(mode: Mode = "auto", connection: str | None = None, **settings: Any) -> Iterator[Place]:
    """Set up a server over an empty account on a clock that stands still."""
    sandbox = Sandbox(Clock(NOW))
    sandbox.store.add_account(account())
    gate = Gate(sandbox)
    wire = Wire(gate, sandbox.clock)

    def load(zone: Any) -> Connector:
        plugins = make_plugins([plugin, wire], entry_point_group=None)
        return load_connector("twilio", plugins=plugins, timezone=zone, now=sandbox.clock.now, sleep=wire.wait)

    with _desk(load, TWILIO, mode, connection=connection, now=lambda: NOW, **settings) as desk:
        yield Place(desk, sandbox, gate)
        gate.opened.set()


@contextmanager
def toy_place(mode: Mode = "auto", extra: object = toy_connector) -> Iterator[Place]:
    """Set up a server for the toy connector, which has never heard of this host."""

    def load(zone: Any) -> Connector:
        return load_connector("toy", plugins=make_plugins([extra], entry_point_group=None), timezone=zone)

    with _desk(load, TOY, mode) as desk:
        sandbox = Sandbox(Clock(NOW))
        yield Place(desk, sandbox, Gate(sandbox))


@contextmanager
def _desk(load: Any, environment: dict[str, str], mode: Mode, **settings: Any) -> Iterator[Desk]:
    connector = load(UTC)
    book = ConnectionBook([EnvironmentStore([connector.manifest], environment)])
    desk = Desk(connector, book, load, confirming=Confirming(mode), **settings)
    try:
        yield desk
    finally:
        asyncio.run(desk.close())


def error(result: CallToolResult) -> dict[str, Any]:
    """Return the error that a result is."""
    assert result.is_error
    document: dict[str, Any] = result.structured_content
    return document


def output(result: CallToolResult) -> dict[str, Any]:
    """Return the result that is no error."""
    assert not result.is_error, text(result)
    document: dict[str, Any] = result.structured_content
    return document


def text(result: CallToolResult) -> str:
    """Return the texts of a result, as an agent sees them."""
    return "\n".join(getattr(block, "text", "") for block in result.content)
