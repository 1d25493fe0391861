"""Refuse every request that does not come from our own pages in a browser of this computer, before anything else sees it.

The guard stands in front of the whole application. It knows nothing of sessions; see ``access`` for those.
"""

from __future__ import annotations

from collections.abc import Collection

from starlette.types import ASGIApp, Message, Receive, Scope, Send

LAUNCH = "/launch"
BODY_LIMIT = 64 * 1024
LONG_LIMIT = 1024 * 1024  # where long texts are sent
_METHODS = ("GET", "HEAD", "POST")

# On every answer, refusals and errors too; an answer's own header of the same name gives way.
SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not no-referrer: it makes the browser send "Origin: null" with our own forms.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cache-control": "no-store",
}
_HEADERS = [(name.encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]
_HEADER_NAMES = frozenset(name for name, _ in _HEADERS)

_Refusal = tuple[int, str]
_OTHER_HOST: _Refusal = (421, "This address belongs to another server.")
_FOREIGN: _Refusal = (403, "Only the pages of this server may ask for this.")
_TOO_LARGE: _Refusal = (413, "That is too much to send at once.")
_TOO_EARLY: _Refusal = (503, "Pages are not loaded ahead of time.")


class Guard:
    """An ASGI application around another: it answers refusals itself and lets everything else through."""

    def __init__(self, app: ASGIApp, host: str, long: Collection[str] = ()) -> None:
        """Guard ``app``, which is served at ``host``: the exact name and port, such as ``127.0.0.1:8123``.

        ``long`` are the paths that take long texts; only who knows the session's secret prefix knows them.
        """
        self._app = app
        self._long = frozenset(long)
        self._host = host.encode()
        self._origin = f"http://{host}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                own = [(name, value) for name, value in message["headers"] if name.lower() not in _HEADER_NAMES]
                message = {**message, "headers": [*own, *_HEADERS]}
            await send(message)

        refusal = self._refusal(scope)
        if refusal is not None:
            await _say(with_headers, *refusal)
            return
        try:
            await self._app(scope, receive, with_headers)
        except Exception:
            # The server would answer too, but without the headers.
            if not started:
                await _say(with_headers, 500, "Something went wrong here.")
            raise

    def _refusal(self, scope: Scope) -> _Refusal | None:
        """Return the status and sentence with which a request is refused, or None; the order is part of the contract."""
        headers = _Headers(scope)
        if headers.all("host") != [self._host]:
            return _OTHER_HOST
        if scope["method"] not in _METHODS or self._is_foreign(scope, headers):
            return _FOREIGN
        if not _has_fitting_body(scope["method"], headers, LONG_LIMIT if scope["path"] in self._long else BODY_LIMIT):
            return _TOO_LARGE
        if any(word in value for word in (b"prefetch", b"prerender") for value in headers.purposes()):
            return _TOO_EARLY
        return None

    def _is_foreign(self, scope: Scope, headers: _Headers) -> bool:
        origins, sites = headers.all("origin"), headers.all("sec-fetch-site")
        if scope["method"] == "POST":
            return origins != [self._origin] or any(site != b"same-origin" for site in sites)
        if any(origin != self._origin for origin in origins):
            return True
        if all(site in (b"same-origin", b"none") for site in sites):
            return False
        # The link may be followed from the file that opens the browser or from a terminal in a browser; its token decides.
        return not (scope["path"] == LAUNCH and headers.is_navigation())


class _Headers:
    """The headers of a request, by lower-case name, each value apart."""

    def __init__(self, scope: Scope) -> None:
        self._pairs = [(bytes(name).lower(), bytes(value)) for name, value in scope["headers"]]

    def all(self, name: str) -> list[bytes]:
        """Return every value of a header."""
        wanted = name.encode()
        return [value for header, value in self._pairs if header == wanted]

    def purposes(self) -> list[bytes]:
        """Return what the browser says it wants the answer for, in lower case."""
        return [value.lower() for name in ("sec-purpose", "purpose", "x-moz") for value in self.all(name)]

    def is_navigation(self) -> bool:
        """Whether a whole page is asked for, as far as the browser says."""
        modes, targets = self.all("sec-fetch-mode"), self.all("sec-fetch-dest")
        return modes in ([], [b"navigate"]) and targets in ([], [b"document"])


def _has_fitting_body(method: str, headers: _Headers, limit: int) -> bool:
    if headers.all("transfer-encoding"):
        return False
    lengths = headers.all("content-length")
    if method != "POST":
        return lengths in ([], [b"0"])
    # isdigit alone would take a minus sign for a fault, but also digits without end for a number.
    return len(lengths) == 1 and lengths[0].isdigit() and len(lengths[0]) < 10 and int(lengths[0]) <= limit


async def _say(send: Send, status: int, sentence: str) -> None:
    body = f"{sentence}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
