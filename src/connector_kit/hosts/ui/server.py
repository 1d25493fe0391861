"""Serve the pages on this computer until Ctrl+C, or until nobody has used them for a while."""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from connector_kit import Connection, Connector, InputError, load_connectors
from connector_kit.connections.book import ConnectionBook, open_book
from connector_kit.hosts.serving import ended_by_signals, listening_at, server_of
from connector_kit.hosts.ui.app import make_app
from connector_kit.hosts.ui.browser import RedirectFile, has_browser
from connector_kit.hosts.ui.site import Site

IDLE_MINUTES = 30.0
_LOOPBACK = "127.0.0.1"
_GRACE = 2  # seconds for a page that is under way when the server stops


@dataclass(frozen=True, slots=True)
class Serving:
    """How to serve: a port (0: a free one), whether to open a browser, minutes without use until it stops (0: never)."""

    port: int = 0
    browser: bool = True
    idle_minutes: float = IDLE_MINUTES
    base_url: str | None = None


def serve_ui(
    serving: Serving,
    say: Callable[[str], None],
    *,
    book: ConnectionBook | None = None,
    connectors: Mapping[str, Connector] | None = None,
) -> None:
    """Serve the pages and return when they were stopped; ``say`` is for the person at the terminal.

    Raises:
        InputError: if the port is taken or a number is no use.
        StoreError: if the saved connections cannot be opened.
    """
    if not (math.isfinite(serving.idle_minutes) and serving.idle_minutes >= 0):
        raise InputError("The minutes without use are a number from 0 (never stop) upwards.")
    loaded = load_connectors() if connectors is None else connectors
    opened = book or open_book([connector.manifest for connector in loaded.values()])
    with contextlib.closing(opened), listening_at(_LOOPBACK, serving.port) as listening:
        _check_address(loaded, serving.base_url)
        # A wrong key is told here, at the start, and not on some page.
        opened.check()
        site = Site(opened, loaded, serving.base_url, report=say)
        with contextlib.closing(site.sessions), contextlib.closing(site.runs):
            _serve(site, serving, listening, say)


def _serve(site: Site, serving: Serving, listening: socket.socket, say: Callable[[str], None]) -> None:
    host = f"{_LOOPBACK}:{listening.getsockname()[1]}"
    link = site.access.link(f"http://{host}")
    with RedirectFile(link) if serving.browser and has_browser() else contextlib.nullcontext() as redirect:
        app = _Used(
            make_app(site, host, on_launch=redirect.delete if redirect else lambda: None), lambda: site.runs.busy
        )
        server = server_of(app, grace=_GRACE)
        with ended_by_signals(server):
            say(_greeting(link, serving, opens=redirect is not None))
            if redirect:
                redirect.open()
            idle = asyncio.run(_run(server, app, listening, serving.idle_minutes * 60))
    say(_farewell(serving.idle_minutes) if idle else "Stopped.")


def _greeting(link: str, serving: Serving, *, opens: bool) -> str:
    first = "Your browser opens now. If it does not, open this link" if opens else "Open this link in your browser"
    stop = "Stop with Ctrl+C."
    if serving.idle_minutes:
        stop += f" Without use it stops by itself after {serving.idle_minutes:g} minutes."
    return f"{first} (it works once, only on this computer):\n\n  {link}\n\n{stop}"


def _farewell(minutes: float) -> str:
    return f"Stopped, because the pages were not used for {minutes:g} minutes. Start again with: connector ui"


def _check_address(connectors: Mapping[str, Connector], base_url: str | None) -> None:
    """Refuse an address at the start that every save would refuse.

    Raises:
        InputError: if it is not an address that secrets may be sent to.
    """
    if base_url is None:
        return
    for connector in connectors.values():
        try:
            # Nothing is sent by opening, and without values it does not come to that either.
            connector.open(Connection(connector.manifest.connection[0].id, {}, base_url=base_url))
        except InputError as exc:
            if faults := [problem for problem in exc.problems if problem.path == "base_url"]:
                raise InputError("New connections cannot have this address.", problems=faults) from None


class _Used:
    """An ASGI application that remembers when it was used last; as long as it is ``busy`` it is in use."""

    def __init__(
        self, app: ASGIApp, busy: Callable[[], bool] = lambda: False, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._busy = busy
        self._now = now
        self._last = now()
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._under_way += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._under_way -= 1
            self._last = self._now()

    def idle_for(self) -> float:
        """Return the seconds since the last use."""
        if self._under_way or self._busy():
            self._last = self._now()
        return self._now() - self._last


async def _run(server: uvicorn.Server, app: _Used, listening: socket.socket, idle: float) -> bool:
    """Run until a signal or ``idle`` seconds without use (0: never); return whether that was the reason."""
    serving = asyncio.ensure_future(server.serve(sockets=[listening]))
    while not serving.done():
        left = idle - app.idle_for() if idle else None
        if left is not None and left <= 0:
            server.should_exit = True
            await serving
            return True
        await asyncio.wait([serving], timeout=left)
    serving.result()
    return False
