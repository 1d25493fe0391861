"""What stands before the pages, seen from outside: requests of our own pages, of strangers, and of whoever has the link.

A door is the same for a running ``connector ui`` and for its application in this process; only ``send`` differs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlencode

import httpx


@dataclass
class Door:
    """An address with its link, and what a browser that has followed the link knows: prefix, cookie, form token."""

    send: Callable[[httpx.Request], httpx.Response]
    link: str
    prefix: str = ""
    cookie: str = ""
    token: str = ""

    @property
    def origin(self) -> str:
        """The address without a path."""
        return self.link.partition("/launch")[0]

    def enter(self) -> httpx.Response:
        """Follow the link and remember what it gave."""
        answer = self.plain("GET", self.link.removeprefix(self.origin))
        found = re.match(r"(session=[^;]+); Path=([^;]+);", answer.headers.get("set-cookie", ""))
        assert found, f"the link opened nothing: {answer.status_code}"
        self.cookie, self.prefix = found.groups()
        page = self.get("/settings")
        token = re.search(r'name="token" value="([^"]+)"', page.text)
        assert token, page.text
        self.token = token[1]
        return answer

    def plain(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, content: bytes = b""
    ) -> httpx.Response:
        """Send a request with these headers and no others of ours."""
        url = f"{self.origin}{path}"
        if method == "POST":
            return self.send(httpx.Request(method, url, headers=headers, content=content))
        return self.send(httpx.Request(method, url, headers=headers))

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Open a page by its path below the prefix, as the browser does that has the session."""
        return self.plain("GET", self.prefix + path, {"cookie": self.cookie, **(headers or {})})

    def post(self, path: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Send a form as our own pages do, with the changes that are given."""
        ours = {
            "cookie": self.cookie,
            "origin": self.origin,
            "sec-fetch-site": "same-origin",
            "content-type": "application/x-www-form-urlencoded",
        }
        content = urlencode({"token": self.token, **form}).encode()
        return self.plain("POST", self.prefix + path, {**ours, **(headers or {})}, content)

    def follow(self, answer: httpx.Response) -> httpx.Response:
        """Go where an answer leads."""
        assert answer.status_code == 303, (answer.status_code, words(answer))
        return self.get(answer.headers["location"].removeprefix(self.prefix))

    def connections(self) -> list[str]:
        """Return the ids of the connections that the list shows."""
        return list(dict.fromkeys(re.findall(r"/connections/([^/\"]+)/delete", self.get("/connections").text)))


def words(page: httpx.Response) -> str:
    """Return what a person reads on a page's content, blanks folded."""
    content = page.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", "<" + content)).split())


def draft(page: httpx.Response) -> str:
    """Return the id of the form that a page shows."""
    found = re.search(r'name="draft" value="([^"]+)"', page.text)
    assert found, words(page)
    return found[1]
