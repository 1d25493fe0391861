"""How long it takes from the start of an MCP server to its list of tools, beside a bare server of the SDK with the same tools."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.ui import homeless
from connector_kit import load_connector
from connector_kit.schemas import input_schema

_HELLO = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}
_LINES = [
    {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": _HELLO},
    {"jsonrpc": "2.0", "method": "notifications/initialized"},
    {"jsonrpc": "2.0", "id": 2, "method": "tools/list"},
]
_CONNECTION = {
    "BENCH_SID": f"AC{0:032}",
    "BENCH_TOKEN": "0" * 32,
    "CONNECTOR_KIT_CONNECTION_BENCH": "default twilio auth_token test account_sid=BENCH_SID auth_token=BENCH_TOKEN",
}


def seconds_to_tools(rounds: int) -> tuple[float, float]:
    """Start both servers so many times in turns, and return the median of each: ours, and the bare one."""
    with tempfile.TemporaryDirectory() as home:
        tools = Path(home, "tools.json")
        tools.write_text(json.dumps(_tools()), encoding="utf-8")
        ours = [sys.executable, "-m", "connector_kit.hosts.cli", "mcp", "twilio", "--environment", "test"]
        bare = [sys.executable, "-m", "benchmarks.bare_mcp", str(tools)]
        took = [(_once(ours, home), _once(bare, home)) for _ in range(rounds)]
    return median(one for one, _ in took), median(other for _, other in took)


def _tools() -> list[dict[str, object]]:
    with load_connector("twilio") as connector:
        manifest = connector.manifest
        return [
            {"name": each.id, "description": each.description, "input_schema": input_schema(each, manifest)}
            for each in manifest.actions
        ]


def _once(command: list[str], home: str) -> float:
    began = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - our own commands
        command, env={**homeless(home), **_CONNECTION}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("".join(json.dumps(line) + "\n" for line in _LINES))
        process.stdin.flush()
        found = next((line for line in process.stdout if json.loads(line).get("id") == 2), None)
        took = time.perf_counter() - began
        process.stdin.close()
    assert found is not None, "the server did not start"
    assert len(json.loads(found)["result"]["tools"]) >= 2
    return took
