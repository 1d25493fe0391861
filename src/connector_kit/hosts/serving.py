"""Serve an ASGI application on a port of this machine until somebody ends it: what all hosts that listen have in common."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from collections.abc import Iterator
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from connector_kit import InputError, Problem


def listening_at(address: str, port: int) -> socket.socket:
    """Listen at an IP address; port 0 takes a free one.

    Raises:
        InputError: if the port cannot be had.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    if os.name == "posix":
        # A port of one's own choice is free again at once after a stop; on Windows this would let two servers share it.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((address, port))
    except (OSError, OverflowError):
        listening.close()
        fault = Problem("port", "is in use, or not yours to use")
        message = "Nothing can be served there. Choose another port, or 0 to get a free one."
        raise InputError(message, problems=[fault]) from None
    listening.listen()
    return listening


def server_of(app: ASGIApp, *, grace: int) -> uvicorn.Server:
    """Return a server for an application; ``grace`` is how many seconds requests under way get when it stops."""
    # No access log, because addresses hold what is nobody's business; no trust in headers of proxies.
    config = uvicorn.Config(
        app,
        access_log=False,
        date_header=False,
        http="h11",
        lifespan="off",
        log_config=None,
        log_level="critical",
        loop="asyncio",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=grace,
        ws="none",
    )
    return uvicorn.Server(config)


@contextlib.contextmanager
def ended_by_signals(server: uvicorn.Server) -> Iterator[None]:
    """End the server in order on Ctrl+C and SIGTERM, so that nothing is left behind.

    The server does that itself while it runs, but it raises the signal again at its end, and a signal may come before it runs.
    """

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of handlers
        server.should_exit = True

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
