"""Drivers of the hosts that are servers, and the list of all drivers."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Coroutine, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from importlib import import_module
from typing import Any

from connector_kit import load_connectors
from connector_kit.connections.book import open_book
from one_path import Asked
from one_path_drivers import Cli, Desk, Driver, Ending, English, Exported, Python, manifest

_BOUND = 60
_SERVER = [sys.executable, "-m", "connector_kit.hosts.cli"]


def ran(coroutine: Coroutine[Any, Any, Ending]) -> Ending:
    """Run a coroutine in a thread of its own: there may be an event loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, asyncio.wait_for(coroutine, _BOUND)).result()


class Mcp(Driver):
    """A client of the Model Context Protocol at the server object itself."""

    name = "mcp"
    needs = ("connector_kit.hosts.mcp", "mcp")

    def call(self, desk: Desk, asked: Asked) -> Ending:
        return ran(self._in_process(asked))

    async def _in_process(self, asked: Asked) -> Ending:
        serving = import_module("connector_kit.hosts.mcp.serving")
        opened = serving.open_desk(serving.Asked("twilio", confirm="never"))
        try:
            return await self.told(serving.make_server(opened, ""), asked)
        finally:
            await opened.close()

    async def told(self, server: Any, asked: Asked) -> Ending:
        """Call the tool at whatever the SDK takes for a server."""
        async with import_module("mcp").Client(server) as client:
            result = await client.call_tool(f"twilio_{asked.action}", dict(asked.document))
        return Ending.of({"error": result.structured_content} if result.is_error else result.structured_content)


class McpStdio(Mcp):
    """The same, with the server as a process that the client starts."""

    name = "mcp-stdio"
    own_process = True

    def call(self, desk: Desk, asked: Asked) -> Ending:
        words = [*_SERVER[1:], "mcp", "twilio", "--confirm", "never"]
        server = import_module("mcp").StdioServerParameters(command=_SERVER[0], args=words, env=dict(os.environ))
        # What it says goes to a file: the SDK would take the standard error of the test that came first.
        with (desk.folder / "stderr.txt").open("w") as said:
            return ran(self.told(import_module("mcp.client.stdio").stdio_client(server, errlog=said), asked))


class McpHttp(Mcp):
    """The same, with a server that listens on a port."""

    name = "mcp-http"
    own_process = True

    def call(self, desk: Desk, asked: Asked) -> Ending:
        token = secrets.token_hex()
        environment = {**os.environ, "TOKEN": token}
        words = [*_SERVER, "mcp", "twilio", "--confirm", "never", "--http", "--token-env", "TOKEN"]
        with subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, text=True) as server:  # noqa: S603 - our own command
            try:
                return ran(self._over_http(_address(server), token, asked))
            finally:
                server.kill()  # nothing of it is needed any more, and its end in order would take seconds

    async def _over_http(self, address: str, token: str, asked: Asked) -> Ending:
        http = import_module("mcp.client.streamable_http")
        with_token = import_module("httpx2").AsyncClient(headers={"authorization": f"Bearer {token}"})
        async with with_token:
            return await self.told(http.streamable_http_client(address, http_client=with_token), asked)


def _address(server: subprocess.Popen[str]) -> str:
    assert server.stderr is not None
    for line in server.stderr:
        if line.startswith("Serving at "):
            return line.removeprefix("Serving at ").strip()
    raise AssertionError("the server ended before it served")


class Http(Driver):
    """A request to ``connector serve``. What is no action of the connector has no address there."""

    name = "http"
    needs = ("connector_kit.hosts.http",)

    def call(self, desk: Desk, asked: Asked) -> Ending:
        with self._client(desk) as client:
            answer = client.post(f"/v1/connections/main/actions/{asked.action}", **self._content(asked.document))
        return Ending.of(answer.json() if answer.is_success else {"error": answer.json()})

    def _content(self, document: Mapping[str, Any]) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {self._token}", "content-type": "application/json"}
        return {"content": json.dumps(document), "headers": headers}

    @contextmanager
    def _client(self, desk: Desk) -> Iterator[Any]:
        from asgi import Asker

        app, site, workers, tokens = (
            import_module(f"connector_kit.{name}")
            for name in ("hosts.http.app", "hosts.http.site", "hosts.http.workers", "tokens")
        )
        kept = tokens.TokenFile(desk.folder / "tokens.yaml")
        self._token, token = tokens.new_token(f"of-{secrets.token_hex(4)}")
        kept.add(token)
        host, threads = "127.0.0.1:8088", workers.Workers(2)
        with closing(open_book([manifest()])) as book:
            made = site.Site(book, load_connectors(), kept, "production", f"http://{host}", threads, _BOUND, print)
            yield Asker(app.make_app(made, {host}), f"http://{host}")
            threads.settle()
            made.sessions.close()
            threads.close()

    def expected(self, asked: Asked, wanted: Ending) -> Ending:
        if asked.action not in {action.id for action in manifest().actions}:
            return replace(wanted, ends="not_found", error={**wanted.error, "code": "not_found"})
        return wanted


DRIVERS: list[Driver] = [Cli(), Exported(), English(), Mcp(), McpStdio(), McpHttp(), Http()]
REFERENCE: Driver = Python()


def differences(desk: Desk, asked: Asked, driver: Driver) -> list[str]:
    """Say how a call ends otherwise through a host than in Python."""
    wanted = desk.ending(REFERENCE, asked)
    assert wanted.ends == asked.ends, wanted
    found, expected = desk.ending(driver, asked), driver.expected(asked, wanted)
    names = ("ends", "result", "error", "paths", "requests")
    return [
        f"{name}: {getattr(found, name)!r}, not {getattr(expected, name)!r}"
        for name in names
        if getattr(found, name) != getattr(expected, name)
    ]
