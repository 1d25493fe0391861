"""The configurations on the page are true: clients that are set up by them list the tools and send."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from connector_kit import load_connector
from connector_kit.documents import call_from_json
from connector_kit.hosts.mcp.desk import MOST_ITEMS
from connector_kit.hosts.mcp.http import PATH
from connector_kit.hosts.mcp.tools import tools
from mcp_process import TOKEN, environment, serving_http
from mcp_support import BOUND, MESSAGE, SEND
from support import NOW, ROOT
from twilio_sandbox import Clock, Sandbox
from twilio_sandbox.seed import account
from twilio_sandbox.server import serving

PAGE = (ROOT / "docs" / "how-to" / "mcp.md").read_text(encoding="utf-8")
SAMPLES = [json.loads(text) for text in re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)]
SERVERS = [next(iter((sample.get("mcpServers") or sample.get("servers") or {}).values()), None) for sample in SAMPLES]
STARTED = [entry for entry in SERVERS if entry and "command" in entry]
(REACHED,) = [entry for entry in SERVERS if entry and "url" in entry]
(NODE,) = [sample["parameters"] for sample in SAMPLES if "parameters" in sample]


@pytest.fixture
def address() -> Iterator[str]:
    sandbox = Sandbox(Clock(NOW))
    sandbox.store.add_account(account())
    with serving(sandbox) as where:
        yield where


async def listed_and_sent(client: Client) -> tuple[list[str], Any]:
    names = [tool.name for tool in (await client.list_tools()).tools]
    return names, await client.call_tool(SEND, {**MESSAGE, "dry_run": True})


@pytest.mark.parametrize("entry", STARTED, ids=lambda entry: str(entry.get("type")))
def test_a_client_starts_the_server_as_it_is_configured(entry: dict[str, Any], address: str, tmp_path: Path) -> None:
    assert entry["command"].endswith("/bin/connector")
    arguments = ["-m", "connector_kit.hosts.cli", *entry["args"]]
    server = StdioServerParameters(command=sys.executable, args=arguments, env=environment(tmp_path, address))

    async def work() -> tuple[list[str], Any]:
        async with asyncio.timeout(BOUND), Client(server) as client:
            return await listed_and_sent(client)

    names, sent = asyncio.run(work())
    assert not sent.is_error
    for name in names:
        assert f"`{name}`" in PAGE


def test_a_client_reaches_the_server_as_it_is_configured(address: str, tmp_path: Path) -> None:
    """The flags and the address of the page, but for the port, which may be taken here."""
    (line,) = re.findall(r"^connector mcp (.*--http.*)$", PAGE, re.MULTILINE)
    words = shlex.split(line)
    port = words[words.index("--port") + 1]
    assert REACHED["url"] == f"http://127.0.0.1:{port}{PATH}" == NODE["endpointUrl"]
    flags = ["--connection", "main", "--token-env", "BEARER"]
    assert words == ["twilio", *flags[:2], "--http", "--port", port, "--token-env", "MCP_TOKEN"]
    headers = {name: value.replace("${MCP_TOKEN}", TOKEN) for name, value in REACHED["headers"].items()}

    async def work(url: str) -> tuple[list[str], Any]:
        async with (
            asyncio.timeout(BOUND),
            httpx2.AsyncClient(headers=headers, trust_env=False) as http,
            Client(streamable_http_client(url, http_client=http)) as client,
        ):
            return await listed_and_sent(client)

    with serving_http(tmp_path, address, *flags) as http:
        names, sent = asyncio.run(work(http.url))
    assert SEND in names
    assert not sent.is_error


def test_the_node_of_n8n_calls_a_tool_with_inputs_that_it_takes() -> None:
    with load_connector("twilio") as connector:
        manifest = connector.manifest
        assert NODE["tool"]["value"] in [tool.name for tool in tools(manifest)]
        names = re.findall(r"(\w+): ", NODE["jsonInput"])
        values = dict.fromkeys(names, "x") | {"sender_number": "+15005550006", "recipient_number": "+12125550123"}
        call = call_from_json(manifest, "send_sms_message", values)
        assert set(connector.check_call(call).inputs) >= set(names) == {*MESSAGE, "idempotency_key"}


def test_the_numbers_of_the_page_are_those_of_the_code() -> None:
    assert f"at most {MOST_ITEMS} messages" in PAGE
    assert os.fspath(PATH) in PAGE
