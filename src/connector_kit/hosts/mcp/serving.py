"""Start the server as it was asked for: load the connector, find the connection, and serve."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import UTC, tzinfo

from mcp.server.lowlevel import Server

from connector_kit import Connector, load_connector
from connector_kit.connections import Environment
from connector_kit.connections.book import open_book
from connector_kit.hosts.mcp.confirming import Confirming, Mode
from connector_kit.hosts.mcp.desk import Desk
from connector_kit.hosts.mcp.logs import log_to_stderr
from connector_kit.hosts.mcp.server import make_server


@dataclass(frozen=True, slots=True)
class Asked:
    """Which connector is served, over which saved connection, and whether a person is asked before something is changed."""

    connector: str
    connection: str | None = None
    environment: Environment = "production"
    confirm: Mode = "auto"
    zone: tzinfo = UTC


def open_desk(asked: Asked) -> Desk:
    """Load a connector and find the saved connection.

    Raises:
        InputError: if there is no such connector.
        NoConnectionError: with the names that there are.
        StoreError: if the saved connections cannot be read.
    """

    def load(zone: tzinfo) -> Connector:
        return load_connector(asked.connector, timezone=zone)

    connector = load(asked.zone)
    desk = Desk(
        connector,
        open_book([connector.manifest]),
        load,
        asked.connection,
        asked.environment,
        asked.zone,
        Confirming(asked.confirm),
    )
    desk.saved()
    return desk


def serve(asked: Asked, run: Callable[[Server[None], Desk], None]) -> None:
    """Open what is asked for and let ``run`` serve it.

    Raises:
        ConnectorError: as ``open_desk``.
    """
    with redirect_stdout(sys.stderr):  # a plugin that prints while it is loaded would spoil the wire
        desk = open_desk(asked)
        server = make_server(desk, desk.where(desk.saved()))
    log_to_stderr()
    run(server, desk)
