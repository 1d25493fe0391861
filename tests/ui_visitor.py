"""A visitor of the pages without a browser: the toy connector whose check does what a test says, and forms read from HTML."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from html import unescape
from typing import Any

import httpx

import connector_kit as kit
import toy_connector
from asgi import Asker
from connector_kit.connections.book import ConnectionBook
from connector_kit.connections.environment import EnvironmentStore
from connector_kit.hosts.ui.app import make_app
from connector_kit.hosts.ui.drafts import Drafts
from connector_kit.hosts.ui.site import Site
from memory_store import MemoryStore

HOST = "127.0.0.1:8123"
ORIGIN = f"http://{HOST}"
NOW = datetime(2026, 3, 1, 14, 5, tzinfo=UTC)
PIN = "a-pin-nobody-may-see"


class Toy:
    """A plugin that opens the toy with a check of its own; ``asked`` counts the checks."""

    def __init__(self) -> None:
        self.answer: Callable[[], kit.Checked] = lambda: kit.Checked("Ana's notes")
        self.asked = 0

    @kit.hookimpl
    def connector_open(self, manifest: kit.Manifest, connection: kit.Connection) -> toy_connector.Notebook:
        plugin = self

        class Notebook(toy_connector.Notebook):
            def check(self) -> kit.Checked:
                plugin.asked += 1
                return plugin.answer()

        return Notebook(connection)

    def fails(self, error: kit.ConnectorError) -> None:
        """Let every check from now on end with this error."""

        def answer() -> kit.Checked:
            raise error

        self.answer = answer


class Visitor:
    """A site around the toy, and whoever has followed its link."""

    def __init__(
        self,
        environ: Mapping[str, str] | None = None,
        connectors: Mapping[str, kit.Connector] | None = None,
        **settings: Any,
    ) -> None:
        self.toy = Toy()
        self.store = MemoryStore()
        self.printed: list[str] = []
        plugins = kit.make_plugins([toy_connector, self.toy], entry_point_group=None)
        connectors = connectors or kit.load_connectors(plugins=plugins)
        self.seconds = 0.0
        self.site = Site(
            ConnectionBook([EnvironmentStore([c.manifest for c in connectors.values()], environ or {}), self.store]),
            connectors,
            now=lambda: NOW,
            drafts=Drafts(lambda: self.seconds),
            report=self.printed.append,
            **settings,
        )
        self.launched = 0
        self.asker = Asker(make_app(self.site, HOST, on_launch=self._count), ORIGIN)
        self.cookie = ""

    def _count(self) -> None:
        self.launched += 1

    def enter(self) -> httpx.Response:
        """Follow the link and keep the session."""
        response = self.asker.get(self.site.access.link(ORIGIN).removeprefix(ORIGIN))
        self.cookie = response.headers.get("set-cookie", "").partition(";")[0]
        return response

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Open a page by its path below the secret prefix."""
        return self.asker.get(self.site.access.prefix + path, headers={"cookie": self.cookie, **headers})

    def post(self, path: str, form: dict[str, str] | None = None, **headers: str) -> httpx.Response:
        """Send a form as our own page does, with its token unless ``form`` has one."""
        sent = {"cookie": self.cookie, "origin": ORIGIN, "sec-fetch-site": "same-origin", **headers}
        data = {"token": self.site.access.form_token, **(form or {})}
        return self.asker.post(self.site.access.prefix + path, data=data, headers=sent)

    def follow(self, response: httpx.Response) -> httpx.Response:
        """Go where an answer leads."""
        assert response.status_code == 303, response.text
        return self.asker.get(response.headers["location"], headers={"cookie": self.cookie})

    def connect(self, **changes: str) -> httpx.Response:
        """Fill in the form of a new connection as it comes, but for the changes, and send it."""
        page = self.get("/connect/toy/notebook")
        return self.post("/connect/toy/notebook", {**fields(page), "f-owner": "Ana", "f-pin": PIN, **changes})


def fields(page: httpx.Response) -> dict[str, str]:
    """Return what a form's controls hold, as a browser would send it; the last form of the page's content."""
    form = page.text.partition("<main")[2].partition("</main>")[0].rpartition("<form")[2]
    found: dict[str, str] = {}
    for tag in re.findall(r"<input [^>]*>", form):
        given = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if given.get("type") not in ("radio", "checkbox") or " checked" in tag:
            found[given["name"]] = unescape(given.get("value", ""))
    for name, text in re.findall(r'<textarea [^>]*name="([^"]*)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL):
        found[name] = unescape(text)
    for name, options in re.findall(r'<select [^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        found[name] = unescape(chosen.group(1)) if chosen else ""
    return found


def text(page: httpx.Response) -> str:
    """Return what a person reads on a page's content, blanks folded."""
    content = page.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", "<" + content)).split())
