"""Serve one client over standard input and output, on which nothing else may be written."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import redirect_stdout, suppress

from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

from connector_kit.hosts.mcp.desk import Desk

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def serve_stdio(server: Server[None], desk: Desk) -> None:
    """Serve until the client closes its end, or a signal comes; what changes something comes to its end first."""
    asyncio.run(_serve(server, desk))


async def _serve(server: Server[None], desk: Desk) -> None:
    ending: list[asyncio.Task[None]] = []
    loop = asyncio.get_running_loop()

    def end(number: int) -> None:
        ending.append(loop.create_task(_end(desk, number)))

    for number in _SIGNALS:
        with suppress(NotImplementedError):  # on Windows
            loop.add_signal_handler(number, end, number)
    try:
        async with stdio_server() as (read, write):
            # The wire is taken already; what anything prints from here on goes to standard error.
            with redirect_stdout(sys.stderr):
                await server.run(read, write, server.create_initialization_options())
    finally:
        await desk.close()


async def _end(desk: Desk, number: int) -> None:
    """End the process: the thread that waits for a line of the client cannot be ended otherwise."""
    await desk.close()
    sys.stderr.flush()
    os._exit(128 + number)
