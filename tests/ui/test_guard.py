"""The guard lets our own pages through and refuses everybody else, in a fixed order and always with the same headers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from asgi import Asker
from connector_kit.hosts.ui.guard import BODY_LIMIT, SECURITY_HEADERS, Guard

HOST = "127.0.0.1:8123"
ORIGIN = f"http://{HOST}"
POST = {"origin": ORIGIN, "sec-fetch-site": "same-origin"}


async def behind(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer everything that the guard lets through."""
    body = await Request(scope, receive).body()
    if scope["path"] == "/break":
        raise ClientDisconnect
    headers = {"x-frame-options": "ALLOWALL", "cache-control": "public"}
    await PlainTextResponse(f"{scope['method']} {len(body)}", headers=headers)(scope, receive, send)


async def in_pieces() -> AsyncIterator[bytes]:
    """Give a body whose length nobody knows."""
    yield b"x"


@pytest.fixture
def client() -> Asker:
    return Asker(Guard(behind, HOST), ORIGIN)


def test_our_own_pages_come_through(client: Asker) -> None:
    assert client.get("/").text == "GET 0"
    assert client.get("/", headers={"sec-fetch-site": "same-origin"}).status_code == 200
    assert client.get("/", headers={"sec-fetch-site": "none"}).status_code == 200
    assert client.request("HEAD", "/").status_code == 200
    assert client.post("/", content=b"12345", headers=POST).text == "POST 5"
    # Older browsers do not say from where they fetch.
    assert client.post("/", content=b"1", headers={"origin": ORIGIN}).status_code == 200


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:80", "localhost:8123", "[::1]:8123", "evil.example:8123", "127.0.0.1:8123.", ""]
)
def test_another_host_is_refused(client: Asker, host: str) -> None:
    """A name that an attacker's name server points at this computer arrives here too."""
    assert client.get("/", headers={"host": host}).status_code == 421


def test_two_hosts_are_refused(client: Asker) -> None:
    assert client.get("/", headers=[("host", HOST), ("host", HOST)]).status_code == 421


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "BREW"])
def test_another_method_is_refused(client: Asker, method: str) -> None:
    assert client.request(method, "/").status_code == 403


@pytest.mark.parametrize(
    "origin", ["null", "http://127.0.0.1:9999", "https://127.0.0.1:8123", "http://evil.example", ""]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_foreign_origin_is_refused(client: Asker, method: str, origin: str) -> None:
    headers = {"origin": origin, "sec-fetch-site": "same-origin"}
    assert client.request(method, "/", headers=headers).status_code == 403


def test_a_post_without_an_origin_is_refused(client: Asker) -> None:
    assert client.post("/", headers={"sec-fetch-site": "same-origin"}).status_code == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "Same-Origin"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_fetch_from_elsewhere_is_refused(client: Asker, method: str, site: str) -> None:
    """A page on another port of this computer counts as the same site."""
    headers = {"sec-fetch-site": site} | ({"origin": ORIGIN} if method == "POST" else {})
    assert client.request(method, "/", headers=headers).status_code == 403


def test_a_form_that_nobody_sent_from_a_page_is_refused(client: Asker) -> None:
    assert client.post("/", headers={**POST, "sec-fetch-site": "none"}).status_code == 403


def test_the_link_may_be_followed_from_a_file_or_another_site_but_only_as_a_page(client: Asker) -> None:
    page = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert client.get("/launch", headers=page).status_code == 200
    assert client.get("/launch/", headers=page).status_code == 403
    assert client.get("/connections", headers=page).status_code == 403
    for change in ({"sec-fetch-dest": "iframe"}, {"sec-fetch-mode": "no-cors"}, {"sec-fetch-dest": "image"}):
        assert client.get("/launch", headers=page | change).status_code == 403
    assert client.get("/launch", headers=page | {"origin": "http://evil.example"}).status_code == 403
    assert client.post("/launch", headers=page | {"origin": ORIGIN}).status_code == 403


def test_a_body_is_limited(client: Asker) -> None:
    assert client.post("/", content=b"x" * BODY_LIMIT, headers=POST).text == f"POST {BODY_LIMIT}"
    assert client.post("/", content=b"x" * (BODY_LIMIT + 1), headers=POST).status_code == 413


@pytest.mark.parametrize("length", ["", "-1", "1e3", "99999999999999999999", "0x10", "\N{SUPERSCRIPT TWO}"])
def test_a_length_that_is_none_is_refused(client: Asker, length: str) -> None:
    headers = {**POST, "content-length": length.encode("latin-1")}
    assert client.post("/", headers=headers).status_code == 413


def test_a_body_without_a_length_is_refused(client: Asker) -> None:
    assert client.post("/", content=in_pieces(), headers=POST).status_code == 413
    request = httpx.Request("POST", ORIGIN, headers=POST)
    del request.headers["content-length"]
    assert client.send(request).status_code == 413


def test_a_get_has_no_body(client: Asker) -> None:
    assert client.request("GET", "/", content=b"x").status_code == 413
    assert client.request("GET", "/", content=in_pieces()).status_code == 413


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-purpose": "prefetch;prerender"},
        {"purpose": "prefetch"},
        {"sec-purpose": "Prefetch"},
        {"x-moz": "prefetch"},
    ],
)
def test_pages_are_not_loaded_ahead_of_time(client: Asker, headers: dict[str, str]) -> None:
    assert client.get("/launch", headers=headers).status_code == 503


def test_refusals_have_an_order(client: Asker) -> None:
    """Host, then method and origin, then body, then purpose: whoever is foreign learns nothing more."""
    everything = {
        "host": "evil.example",
        "origin": "http://evil.example",
        "content-length": "999999",
        "purpose": "prefetch",
    }
    for name, status in [("host", 421), ("origin", 403), ("content-length", 413), ("purpose", 503)]:
        assert client.get("/", headers=everything).status_code == status
        del everything[name]
    assert client.get("/", headers=everything).status_code == 200


def test_every_answer_has_the_headers(client: Asker) -> None:
    answers = [
        client.get("/"),
        client.get("/", headers={"host": "x"}),
        client.request("DELETE", "/"),
        client.post("/", content=b"x" * (BODY_LIMIT + 1), headers=POST),
        client.get("/", headers={"purpose": "prefetch"}),
        client.get("/break"),
    ]
    assert [answer.status_code for answer in answers] == [200, 421, 403, 413, 503, 500]
    for answer in answers:
        for name, value in SECURITY_HEADERS.items():
            assert answer.headers.get_list(name) == [value], (answer.status_code, name)


def test_nothing_inline_and_nothing_from_elsewhere_is_allowed() -> None:
    policy = SECURITY_HEADERS["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_what_is_not_http_is_closed() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    scope = {"type": "websocket", "path": "/", "headers": [(b"host", HOST.encode())]}
    with ThreadPoolExecutor(1) as pool:  # Playwright may have an event loop in this one
        pool.submit(asyncio.run, Guard(behind, HOST)(scope, receive, send)).result()
    assert sent == [{"type": "websocket.close", "code": 1008}]
