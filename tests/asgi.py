"""Ask an ASGI application in this process, one request after the other, as a browser on this computer would."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
from starlette.types import ASGIApp


class Asker:
    """What ``httpx.Client`` is to a server, without a socket. Cookies are not kept; a broken application answers 500."""

    def __init__(self, app: ASGIApp, origin: str) -> None:
        self.origin = origin
        self._transport = httpx.ASGITransport(app, raise_app_exceptions=False)

    def request(self, method: str, path: str, **content: Any) -> httpx.Response:
        """Send what ``httpx.Request`` makes of this."""
        return self.send(httpx.Request(method, f"{self.origin}{path}", **content))

    def send(self, request: httpx.Request) -> httpx.Response:
        """Send a request and return the whole answer."""

        async def answered() -> httpx.Response:
            response = await self._transport.handle_async_request(request)
            await response.aread()
            response.request = request
            return response

        # In a thread of its own: Playwright keeps an event loop in the main one for as long as its browser runs.
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(asyncio.run, answered()).result()

    def get(self, path: str, **content: Any) -> httpx.Response:
        """Send a GET."""
        return self.request("GET", path, **content)

    def post(self, path: str, **content: Any) -> httpx.Response:
        """Send a POST."""
        return self.request("POST", path, **content)
