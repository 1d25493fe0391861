"""The least that a server of the official SDK can be: the tools of a file of JSON, over standard input and output."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import mcp_types as t
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

TOOLS = [t.Tool(**tool) for tool in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))]


async def list_tools(_: Any, __: Any) -> t.ListToolsResult:
    """Return the tools of the file."""
    return t.ListToolsResult(tools=TOOLS)


async def call_tool(_: Any, params: t.CallToolRequestParams) -> t.CallToolResult:
    """Do nothing."""
    return t.CallToolResult(content=[t.TextContent(text=params.name)])


async def main() -> None:
    """Serve until the client is gone."""
    server = Server("bare", on_list_tools=list_tools, on_call_tool=call_tool)
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


asyncio.run(main())
