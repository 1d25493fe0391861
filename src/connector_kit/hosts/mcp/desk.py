"""One connector over one saved connection: what the tools have in common."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any

from mcp_types import CallToolRequestParams

from connector_kit import ActionCall, Connector, Manifest, Result
from connector_kit.connections import Environment, SavedConnection
from connector_kit.connections.book import ConnectionBook
from connector_kit.connections.sessions import Sessions, mark
from connector_kit.hosts.mcp.confirming import Confirming, Context
from connector_kit.hosts.mcp.work import Report, Tell, Work

# A read without a limit gives back so many items: all of it becomes input of a language model.
MOST_ITEMS = 200
# Loads the connector anew, with the zone in which dates without an offset are taken.
Load = Callable[[tzinfo], Connector]


@dataclass(slots=True)
class Desk:
    """What one run of the server works with. ``connection`` is the name of a saved one, None for the default one."""

    connector: Connector
    book: ConnectionBook
    load: Load
    connection: str | None = None
    environment: Environment = "production"
    zone: tzinfo = UTC
    confirming: Confirming = field(default_factory=Confirming)
    work: Work = field(default_factory=Work)
    sessions: Sessions = field(default_factory=Sessions)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    @property
    def manifest(self) -> Manifest:
        """The manifest of the connector."""
        return self.connector.manifest

    def saved(self) -> SavedConnection:
        """Return the connection as it is now: it may be changed while the server runs.

        Raises:
            NoConnectionError, StoreError: as ``ConnectionBook.resolve``.
        """
        return self.book.resolve(self.manifest.id, self.connection, self.environment)

    def where(self, saved: SavedConnection) -> str:
        """Say over which connection something is done."""
        return f'Over the connection "{saved.name}" ({saved.environment.title()}) of {self.manifest.name}.'

    def run(self, saved: SavedConnection, call: ActionCall, tell: Tell) -> Result:
        """Carry out a call, in a thread.

        Raises:
            ConnectorError: as ``Connector.run``.
        """
        return self.sessions.run(
            self.book,
            self.connector,
            saved,
            call,
            progress=lambda count: tell(count, f"{count:,} items looked at"),
            cap=MOST_ITEMS,
        )

    async def close(self) -> None:
        """Stop what reads, wait for what changes something, and let go of everything."""
        await self.work.finish()
        self.sessions.close()
        self.connector.close()
        self.book.close()


def exactly(params: CallToolRequestParams, saved: SavedConnection) -> str:
    """Return what stands for a request and the connection it is for, and tells nothing about them."""
    asked = json.dumps([params.name, params.arguments, saved.id, repr(mark(saved))], sort_keys=True, default=str)
    return hashlib.sha256(asked.encode()).hexdigest()


def reporting(ctx: Context) -> Report:
    """Return what tells a client how far its request is; nothing happens if it did not ask for that."""

    async def report(count: int, sentence: str) -> None:
        await ctx.session.report_progress(count, None, sentence)

    return report


def arguments(params: CallToolRequestParams) -> Mapping[str, Any]:
    """Return what a client gives a tool of ours that is no action; null is as if it were not there."""
    return {name: value for name, value in (params.arguments or {}).items() if value is not None}
