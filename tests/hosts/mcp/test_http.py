"""The server over HTTP: for whoever has the token, on this computer, and for no page of a browser."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import Client

from mcp_process import TOKEN, Http, arguments, environment, serving_http
from mcp_support import BOUND, MESSAGE, READ, SEND, output
from support import BODY, NOW, RECIPIENT, stored
from twilio_sandbox import Clock, Sandbox
from twilio_sandbox.seed import AUTH_TOKEN, account
from twilio_sandbox.server import serving

LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
EVERYWHERE = "0.0.0.0"  # noqa: S104 - what must be refused
ACCEPT = {"Accept": "application/json, text/event-stream"}


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    sandbox = Sandbox(Clock(NOW))
    sandbox.store.add_account(account())
    return sandbox


@pytest.fixture(scope="module")
def address(sandbox: Sandbox) -> Iterator[str]:
    with serving(sandbox) as where:
        yield where


@pytest.fixture(scope="module")
def http(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Http]:
    with serving_http(tmp_path_factory.mktemp("home"), address, "--token-env", "BEARER") as running:
        yield running


def posted(http: Http, **headers: str) -> httpx.Response:
    with httpx.Client(trust_env=False) as client:
        return client.post(http.url, json=LIST, headers={**ACCEPT, **headers})


def test_a_client_with_the_token_sends_reads_and_hears_how_far_it_is(http: Http, sandbox: Sandbox, era: str) -> None:
    stored(sandbox, 150)
    told: list[float] = []

    async def note(progress: float, total: float | None, message: str | None) -> None:
        told.append(progress)

    async def work(client: Client) -> Any:
        names = [tool.name for tool in (await client.list_tools()).tools]
        output(await client.call_tool(SEND, MESSAGE))
        return names, await client.call_tool(READ, {"filter": ["eq", "body", BODY]}, progress_callback=note)

    names, read = http.talk(era, work)
    assert names[:2] == [READ, SEND]
    assert output(read)["output"][0]["body"] == BODY
    assert told[:1] == [100]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": TOKEN},
    ],
)
def test_without_the_token_there_is_nothing_to_see(http: Http, headers: dict[str, str]) -> None:
    answer = posted(http, **headers)
    assert (answer.status_code, answer.content) == (401, b"")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_the_token_in_the_address_is_not_taken(http: Http) -> None:
    with httpx.Client(trust_env=False) as client:
        assert client.post(f"{http.url}?token={TOKEN}", json=LIST, headers=ACCEPT).status_code == 401


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [("Host", "evil.example", 421), ("Origin", "https://evil.example", 403), ("Origin", "null", 403)],
)
def test_a_page_of_a_browser_cannot_reach_it(http: Http, header: str, value: str, status: int) -> None:
    answer = posted(http, Authorization=f"Bearer {TOKEN}", **{header: value})
    assert answer.status_code == status


def test_it_listens_on_this_computer_only(http: Http) -> None:
    assert http.url.startswith("http://127.0.0.1:")


def test_the_token_is_in_no_log_and_neither_is_what_was_sent(address: str, tmp_path: Path, era: str) -> None:
    async def work(client: Client) -> None:
        output(await client.call_tool(SEND, MESSAGE))
        await client.call_tool(SEND, {**MESSAGE, "recipient_number": f"{RECIPIENT}x"})

    with serving_http(tmp_path, address, "--token-env", "BEARER") as http:
        http.talk(era, work)
        posted(http, Authorization="Bearer wrong", Host=f"{TOKEN}.example")
        assert http.stop() == 0
    log = "".join(http.said)
    assert "audit" in log
    for secret in (TOKEN, AUTH_TOKEN, RECIPIENT, BODY):
        assert secret not in log


def test_a_token_from_a_file_is_taken(address: str, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n", encoding="utf-8")
    with serving_http(tmp_path, address, "--token-file", str(tmp_path / "token")) as http:
        assert posted(http, Authorization=f"Bearer {TOKEN}").status_code != 401
        assert TOKEN not in "".join(http.said)


def test_without_a_token_one_is_made_and_told_once(address: str, tmp_path: Path) -> None:
    made = []
    for _ in range(2):
        with serving_http(tmp_path, address) as http:
            (token,) = re.findall(r"^  (\S{40,})$", "".join(http.said), re.MULTILINE)
            assert posted(http, Authorization=f"Bearer {token}").status_code != 401
            http.stop()
            assert "".join(http.said).count(token) == 1
            made.append(token)
    assert made[0] != made[1]


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--host", EVERYWHERE, "--token-env", "BEARER"], "--allow-host"),
        (["--host", "not an address", "--token-env", "BEARER", "--allow-host", "x"], "cannot listen"),
        (["--token-env", "NOT_SET"], "The token is missing"),
        (["--token-env", "SHORT"], "too short"),
        (["--token-file", "/nowhere/token"], "cannot be read"),
        (["--token-env", "BEARER", "--token-file", "x"], "not allowed with"),
    ],
)
def test_a_start_that_would_be_unsafe_is_refused(address: str, tmp_path: Path, flags: list[str], words: str) -> None:
    ended = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, *arguments("--http", *flags)],
        capture_output=True,
        text=True,
        timeout=BOUND,
        check=False,
        env={**environment(tmp_path, address), "SHORT": "hush"},
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert words in ended.stderr
    assert TOKEN not in ended.stderr


def test_other_names_are_allowed_when_they_are_named(address: str, tmp_path: Path) -> None:
    flags = ["--token-env", "BEARER", "--allow-host", "mcp.example"]
    with serving_http(tmp_path, address, *flags) as http:
        wanted = {"Authorization": f"Bearer {TOKEN}", "Host": "mcp.example", "Origin": "https://mcp.example"}
        assert posted(http, **wanted).status_code not in (401, 403, 421)
        assert posted(http, **{**wanted, "Host": "other.example"}).status_code == 421
