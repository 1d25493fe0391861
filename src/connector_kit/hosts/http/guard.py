"""Stand before the whole application: refuse what is for another server, put headers on every answer, and write the log."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connector_kit.hosts.http.problems import MEDIA_TYPE, ProblemAnswer, Refusal, problem_of

OPEN = "/healthz"
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# No header lets pages of other sites in: there is no CORS.
_HEADERS = [
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
]


class Guard:
    """An ASGI application around another. ``log`` gets a line for each request: no query, body, name or number is in it."""

    def __init__(self, app: ASGIApp, hosts: Collection[str], log: Callable[[str], None]) -> None:
        """Guard ``app``, which clients reach at ``hosts``: names and ports as they stand in the header Host."""
        self._app = app
        self._hosts = frozenset(host.lower().encode() for host in hosts)
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        began = time.monotonic()
        told: dict[str, str] = {}
        scope["state"] = {"told": told}
        status = 0

        async def with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message["headers"], *_HEADERS]}
            await send(message)

        try:
            if self._is_ours(scope):
                await self._app(scope, receive, with_headers)
            else:
                refused = Refusal(
                    "misdirected", "This server has another name. Say how it is reached with --public-url."
                )
                await send_problem(with_headers, problem_of(refused))
        finally:
            self._log(_line(scope, status, time.monotonic() - began, told))

    def _is_ours(self, scope: Scope) -> bool:
        # Whoever looks whether the server is alive asks it by whatever name it has there, and learns nothing else.
        hosts = [value.lower() for name, value in scope["headers"] if name == b"host"]
        return scope["path"] == OPEN or (len(hosts) == 1 and hosts[0] in self._hosts)


async def send_problem(send: Send, problem: ProblemAnswer) -> None:
    """Send a problem as the answer."""
    headers = {"content-type": MEDIA_TYPE, "content-length": str(len(problem.body)), **problem.headers}
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": problem.status, "headers": pairs})
    await send({"type": "http.response.body", "body": problem.body})


def _line(scope: Scope, status: int, seconds: float, told: dict[str, str]) -> str:
    method = scope["method"] if scope["method"] in _METHODS else "-"
    about = " ".join(f"{name}={value}" for name, value in told.items())
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {method} {status or '-'} {seconds * 1000:.0f}ms {about}".rstrip()
