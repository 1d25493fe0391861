"""What many tests need: a connector whose Twilio is the sandbox in this process, and things to send and read there."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from connector_kit import (
    ActionCall,
    Connection,
    Connector,
    Filter,
    Manifest,
    hookimpl,
    load_connector,
    make_plugins,
    parse_filter,
)
from twilio_connector import plugin
from twilio_connector.opening import open_session
from twilio_connector.session import TwilioSession
from twilio_sandbox import Clock, Message, Sandbox, SandboxTransport
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN, OWN_NUMBER, account

ROOT = Path(__file__).parents[1]
REAL_TWILIO = ROOT.parent / "shared" / "real_twilio"
NODE_MODULES = ROOT / "tests" / "node" / "node_modules"
NOW = datetime(2026, 3, 10, 12, 0, 0, tzinfo=UTC)
RECIPIENT = "+12125550123"
BODY = "Shipment 42 left the warehouse"


class Wire:
    """A plugin that opens connections onto a transport, and writes down how long the client wanted to wait."""

    def __init__(self, transport: httpx.BaseTransport, clock: Clock | None = None) -> None:
        self.transport = transport
        self.clock = clock or Clock()
        self.waits: list[float] = []

    @hookimpl
    def connector_open(self, manifest: Manifest, connection: Connection) -> TwilioSession:
        assert manifest.id == plugin.ID
        return open_session(connection, transport=self.transport, sleep=self.wait, now=self.clock.now)

    def wait(self, seconds: float) -> None:
        """Let the time pass without waiting."""
        self.waits.append(seconds)
        self.clock.advance(seconds)


@dataclasses.dataclass
class Twilio:
    """A connector, the sandbox behind it, and the waits that it asked for."""

    connector: Connector
    sandbox: Sandbox
    waits: list[float]

    @property
    def lists(self) -> list[dict[str, list[str]]]:
        """The queries of all list requests so far."""
        return [
            request.query
            for request in self.sandbox.requests
            if request.path.endswith("/Messages.json") and request.method == "GET"
        ]

    @property
    def creates(self) -> list[dict[str, list[str]]]:
        """The forms of all create requests so far."""
        return [request.form for request in self.sandbox.requests if request.method == "POST"]

    def filter(self, tree: object) -> Filter:
        """Read a filter in its JSON form."""
        return parse_filter(tree, self.connector.manifest.concepts[0])

    def read(self, tree: object = None, **paging: Any) -> list[Any]:
        """Read messages."""
        wanted = None if tree is None else self.filter(tree)
        output: list[Any] = self.connector.run(ActionCall("read_sms_messages", filter=wanted, **paging)).output
        return output

    def send(self, **changes: Any) -> str:
        """Send a message that is fine but for the changes."""
        inputs = {"sender_number": OWN_NUMBER, "recipient_number": RECIPIENT, "message_body": BODY}
        output: str = self.connector.run(ActionCall("send_sms_message", {**inputs, **changes})).output
        return output


def twilio(sandbox: Sandbox | None = None, transport: httpx.BaseTransport | None = None, **settings: Any) -> Twilio:
    """Build a connector with an open connection to the demo account of a sandbox."""
    if sandbox is None:
        sandbox = Sandbox(Clock(NOW))
        sandbox.store.add_account(account())
    wire = Wire(transport or SandboxTransport(sandbox), sandbox.clock)
    settings = {"now": sandbox.clock.now, "sleep": wire.wait, **settings}
    connector = load_connector("twilio", plugins=make_plugins([plugin, wire], entry_point_group=None), **settings)
    connector.open({"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN})
    return Twilio(connector, sandbox, wire.waits)


def stored(sandbox: Sandbox, count: int, *, change: Callable[[int], dict[str, Any]] = lambda _: {}) -> list[Message]:
    """Store finished messages, one a minute, the newest first in the result; ``change`` gives other values by number."""
    messages = []
    for number in range(count):
        sent = NOW - timedelta(minutes=count - number)
        values: dict[str, Any] = {
            "sender": OWN_NUMBER,
            "recipient": RECIPIENT,
            "body": f"message {number}",
            "created": sent,
            "sent": sent,
            "status": "delivered",
        }
        messages.append(Message(sid=sandbox.store.new_sid("SM"), account_sid=ACCOUNT_SID, **(values | change(number))))
    sandbox.store.extend(ACCOUNT_SID, messages)
    return messages[::-1]
