"""What could be read of a visit: on the wire, in the browser's console, in files, and in the list of processes."""

from __future__ import annotations

import base64
from contextlib import suppress
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

from playwright.sync_api import BrowserContext, Error, Page, Request

from ui_checks import disguises


def readings(text: str) -> str:
    """Return a text as it is, and with the escapes of HTML and of URLs undone."""
    return "\n".join({text, unescape(text), unquote_plus(text)})


def holds(text: str, secret: str) -> bool:
    """Whether a text holds a secret, however it is written."""
    return any(written in text for written in disguises(secret))


@dataclass
class Watch:
    """Everything that went over the wire, was said, or was stored, as (where, bytes)."""

    server: int
    home: Path
    urls: list[str] = field(default_factory=list)
    posted: list[str] = field(default_factory=list)
    answers: list[tuple[str, bytes]] = field(default_factory=list)
    headers: list[tuple[str, bytes]] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    console: list[tuple[str, bytes]] = field(default_factory=list)
    files: set[tuple[str, bytes]] = field(default_factory=set)
    processes: set[tuple[str, bytes]] = field(default_factory=set)

    def follow(self, context: BrowserContext, page: Page) -> None:
        """Look at what this page asks for, gets and says."""
        context.on("request", self._asked)
        context.on("weberror", lambda error: self.console.append(("an error", str(error.error).encode())))
        page.on("console", lambda said: self.console.append((said.type, f"{said.text} {said.location}".encode())))
        wire = context.new_cdp_session(page)

        def paused(told: dict[str, Any]) -> None:
            # The answer is held until it was read: what the browser keeps of it is gone with the next page.
            url, body, status = told["request"]["url"], b"", told.get("responseStatusCode", 0)
            try:
                if status and not 300 <= status < 400:
                    got = wire.send("Fetch.getResponseBody", {"requestId": told["requestId"]})
                    body = base64.b64decode(got["body"]) if got["base64Encoded"] else got["body"].encode()
                wire.send("Fetch.continueRequest", {"requestId": told["requestId"]})
            except Error:
                status = 0
            if status:
                self.answers.append((f"{status} {url}", body))
            else:
                self.missed.append(url)
            self.look()

        def headed(told: dict[str, Any]) -> None:
            lines = [f"{name}: {text}" for name, text in told["headers"].items()]
            self.headers.append((f"a header of {told['statusCode']}", "\n".join(lines).encode()))

        wire.on("Fetch.requestPaused", paused)
        # The headers as they came, for cookies are kept from whoever only holds an answer.
        wire.on("Network.responseReceivedExtraInfo", headed)
        wire.send("Network.enable")
        # Nothing but HTTP: the page that leads to the link is a file.
        wire.send("Fetch.enable", {"patterns": [{"urlPattern": "http*", "requestStage": "Response"}]})

    def _asked(self, request: Request) -> None:
        self.urls.append(request.url)
        self.posted.append(request.post_data or "")

    def look(self) -> None:
        """Look at the files as they are now, and at what every user of this computer sees of the processes."""
        for path in self.home.rglob("*"):
            with suppress(FileNotFoundError):
                if path.is_file():
                    self.files.add((path.relative_to(self.home).as_posix(), path.read_bytes()))
        waiting = [self.server]
        while waiting:
            process = Path("/proc", str(waiting.pop()))
            with suppress(FileNotFoundError, ProcessLookupError):
                self.processes.add((process.name, (process / "cmdline").read_bytes()))
                for thread in (process / "task").iterdir():
                    waiting += [int(child) for child in (thread / "children").read_text().split()]

    def everything(self) -> list[tuple[str, str]]:
        """Return all of it, as it is and with the escapes of HTML and of URLs undone."""
        urls = [("the address", url.encode()) for url in self.urls]
        seen = [*urls, *self.answers, *self.headers, *self.console, *self.files, *self.processes]
        return [(where, readings(content.decode("utf-8", "replace"))) for where, content in seen]
