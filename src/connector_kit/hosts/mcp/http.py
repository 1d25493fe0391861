"""Serve clients over HTTP: on this computer unless told otherwise, to whoever has the token, and to no page of a browser."""

from __future__ import annotations

import asyncio
import hmac
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from types import FrameType

import uvicorn
from mcp.server.lowlevel import Server
from mcp.server.transport_security import TransportSecuritySettings
from starlette.types import ASGIApp, Receive, Scope, Send

from connector_kit import InputError, Problem
from connector_kit.hosts.mcp.desk import Desk

PATH = "/mcp"
LOOPBACK = "127.0.0.1"
_GRACE = 2  # seconds for requests that are under way when the server stops


@dataclass(frozen=True, slots=True)
class Listening:
    """Where to listen. ``names`` are the host names, with a port if there is one, under which clients reach it from elsewhere."""

    token: str = field(repr=False)
    host: str = LOOPBACK
    port: int = 0
    names: tuple[str, ...] = ()


class _Bearer:
    """Let only those requests through that bring the token."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._wanted = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = [value for name, value in scope.get("headers", ()) if name == b"authorization"]
        if scope["type"] == "lifespan" or (len(given) == 1 and hmac.compare_digest(given[0], self._wanted)):
            await self._app(scope, receive, send)
            return
        headers = [(b"www-authenticate", b"Bearer"), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 401, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


def serve_http(server: Server[None], desk: Desk, listening: Listening, say: Callable[[str], None]) -> None:
    """Serve until a signal comes; ``say`` is told the address.

    Raises:
        InputError: if it cannot listen there, or may not.
    """
    if not _is_loopback(listening.host) and not listening.names:
        raise InputError(
            "Other computers could reach the server there. If that is wanted, name what they call it: --allow-host NAME. Let "
            "them come through a proxy that adds TLS: the token is as good as the account."
        )
    with _socket(listening) as bound:
        host = f"[{listening.host}]" if ":" in listening.host else listening.host
        own = f"{host}:{bound.getsockname()[1]}"
        app = _Bearer(_app(server, own, listening), listening.token)
        asyncio.run(_serve(app, desk, bound, lambda: say(f"http://{own}{PATH}")))


def _app(server: Server[None], own: str, listening: Listening) -> ASGIApp:
    names = [own, *listening.names]
    names += [own.replace(listening.host, "localhost")] if listening.host == LOOPBACK else []
    origins = [f"{scheme}://{name}" for name in names for scheme in ("http", "https")]
    guard = TransportSecuritySettings(allowed_hosts=names, allowed_origins=origins)
    return server.streamable_http_app(streamable_http_path=PATH, transport_security=guard, host=listening.host)


async def _serve(app: ASGIApp, desk: Desk, bound: socket.socket, started: Callable[[], None]) -> None:
    # No access log and no trust in headers of proxies: nothing here needs them.
    config = uvicorn.Config(
        app,
        access_log=False,
        lifespan="on",
        log_config=None,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
        ws="none",
    )
    http = uvicorn.Server(config)
    try:
        with _ended_by_signals(http):
            started()
            await http.serve(sockets=[bound])
    finally:
        await desk.close()


@contextmanager
def _ended_by_signals(http: uvicorn.Server) -> Iterator[None]:
    """End in order also if the signal comes before the server runs; it raises the signal again at its end, to no effect."""

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of handlers
        http.should_exit = True

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _socket(listening: Listening) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in listening.host else socket.AF_INET
        bound = socket.create_server((listening.host, listening.port), family=family)
    except (OSError, OverflowError):
        fault = Problem("port", "is in use, or not yours to use, or there is no such host here")
        raise InputError("The server cannot listen there. Choose another port or host.", problems=[fault]) from None
    return bound


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
