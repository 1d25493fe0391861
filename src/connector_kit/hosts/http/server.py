"""Serve saved connections until Ctrl+C: on this computer, or behind what puts TLS before it."""

from __future__ import annotations

import contextlib
import ipaddress
import math
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from connector_kit import Connector, InputError, Problem, load_connectors
from connector_kit.connections import Environment
from connector_kit.connections.book import ConnectionBook, open_book
from connector_kit.hosts.http.app import make_app
from connector_kit.hosts.http.site import Site
from connector_kit.hosts.http.workers import Workers
from connector_kit.hosts.serving import ended_by_signals, listening_at, server_of
from connector_kit.tokens import TokenFile, default_token_file

HOST = "127.0.0.1"
PORT = 8088
AT_ONCE = 16
SECONDS = 110.0  # below the two minutes after which many platforms give up, so that they get an answer
_GRACE = 10  # seconds for answers that are under way when the server stops; what acts gets as long as it takes


@dataclass(frozen=True, slots=True)
class Serving:
    """Where and how to serve. ``tokens`` is the file of tokens (None: this user's own).

    ``public_url`` is how clients reach it from elsewhere: https, or plain http only ``without_tls``.
    """

    tokens: Path | None = None
    host: str = HOST
    port: int = PORT
    environment: Environment = "production"
    public_url: str | None = None
    without_tls: bool = False
    at_once: int = AT_ONCE
    seconds: float = SECONDS


def serve_http(
    serving: Serving,
    say: Callable[[str], None],
    *,
    book: ConnectionBook | None = None,
    connectors: Mapping[str, Connector] | None = None,
) -> None:
    """Serve and return when it was stopped; ``say`` is for whoever runs it: how it is reached, then a line for each request.

    Raises:
        InputError: if a number is no use, the port is taken, or other machines would reach it although nobody said so.
        StoreError: if the saved connections or the tokens cannot be read, or there is no token.
    """
    _check(serving)
    tokens = TokenFile(serving.tokens or default_token_file())
    _check_tokens(serving, tokens)
    loaded = load_connectors() if connectors is None else connectors
    opened = book or open_book([connector.manifest for connector in loaded.values()])
    with contextlib.closing(opened), listening_at(serving.host, serving.port) as listening:
        # A wrong key is told here, at the start, and not to some client.
        opened.check()
        port = listening.getsockname()[1]
        address = (serving.public_url or f"http://{_shown(serving.host)}:{port}").rstrip("/")
        workers = Workers(serving.at_once)
        site = Site(opened, loaded, tokens, serving.environment, address, workers, serving.seconds, say)
        try:
            _run(site, serving, listening, port)
        finally:
            workers.settle()
            # Reads that still go on end with their connections.
            site.sessions.close()
            workers.close()
    say("Stopped.")


def _run(site: Site, serving: Serving, listening: socket.socket, port: int) -> None:
    server = server_of(make_app(site, _hosts(serving, port)), grace=_GRACE)
    with ended_by_signals(server):
        site.report(_greeting(site, serving, port))
        server.run(sockets=[listening])


def _greeting(site: Site, serving: Serving, port: int) -> str:
    where = f"Serving {serving.environment.title()} at {site.address}"
    if not _is_loopback(serving.host):
        where += (
            f", listening on {_shown(serving.host)}:{port} without TLS. Let only what puts TLS before it reach this port: "
            "whoever can listen in on the way learns the tokens."
        )
    return f"{where}\nDescribed at {site.address}/openapi.json. Stop with Ctrl+C."


def _hosts(serving: Serving, port: int) -> set[str]:
    hosts = {urlsplit(serving.public_url).netloc} if serving.public_url else set()
    if _is_loopback(serving.host):
        hosts |= {f"{name}:{port}" for name in (HOST, "localhost", "[::1]")}
    return hosts


def _check(serving: Serving) -> None:
    problems = []
    if not (math.isfinite(serving.seconds) and serving.seconds > 0):
        problems.append(Problem("timeout", "is a number of seconds above 0"))
    if not 1 <= serving.at_once <= 1000:
        problems.append(Problem("at_once", "is a number from 1 to 1000"))
    problems += [Problem("host", fault) for fault in _host_faults(serving)]
    problems += [Problem("public_url", fault) for fault in _url_faults(serving)]
    if problems:
        raise InputError("It cannot be served like this.", problems=problems)


def _host_faults(serving: Serving) -> list[str]:
    try:
        reached = not _is_loopback(serving.host)
    except ValueError:
        return ["is an IP address of this machine, such as 127.0.0.1, or 0.0.0.0 for all of them"]
    if reached and not serving.public_url:
        fault = "lets other machines reach it. Put a proxy with TLS before it, and say how clients reach that: "
        return [f"{fault}--public-url https://connector.example.com"]
    return []


def _url_faults(serving: Serving) -> list[str]:
    if serving.public_url is None:
        return []
    try:
        parts = urlsplit(serving.public_url)
        name, _ = parts.hostname, parts.port
    except ValueError:
        name = None
    if (
        not name
        or parts.scheme not in ("https", "http")
        or parts.path not in ("", "/")
        or parts.query
        or parts.username
    ):
        return ["is an address such as https://connector.example.com, with nothing behind the name"]
    if parts.scheme == "http" and not serving.without_tls and name not in (HOST, "localhost", "::1"):
        return ["is not https, so tokens and messages could be read on the way. In a private network: --without-tls"]
    return []


def _check_tokens(serving: Serving, tokens: TokenFile) -> None:
    if not any(token.environment == serving.environment for token in tokens.tokens()):
        raise InputError(
            f"There is no token for {serving.environment.title()} in {tokens.path}, so nobody could call anything. "
            "Make one: connector serve token add NAME --connection CONNECTION"
        )


def _is_loopback(host: str) -> bool:
    return ipaddress.ip_address(host).is_loopback


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
