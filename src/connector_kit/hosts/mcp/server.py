"""The server itself: its list of tools, and what becomes of a call, whatever happens in it."""

from __future__ import annotations

import logging

from mcp.server.lowlevel import Server
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    InputRequiredResult,
    ListToolsResult,
    PaginatedRequestParams,
)

from connector_kit import ConnectorError, InputError
from connector_kit.hosts.mcp.acting import call_action
from connector_kit.hosts.mcp.confirming import Context
from connector_kit.hosts.mcp.desk import Desk
from connector_kit.hosts.mcp.results import failed, internal
from connector_kit.hosts.mcp.tools import CHECK, RUN, UNTRUSTED, tool_name, tools

_log = logging.getLogger("connector_kit.mcp")


def make_server(desk: Desk, where: str) -> Server[None]:
    """Return a server; ``where`` says over which connection it works."""
    manifest = desk.manifest
    offered = tools(manifest)
    schemas = {tool.name: tool.input_schema for tool in offered}
    actions = {tool_name(action, manifest): action for action in manifest.actions}

    async def list_tools(_: Context, __: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=offered)

    async def call(ctx: Context, params: CallToolRequestParams) -> CallToolResult | InputRequiredResult:
        if params.name in actions:
            return await call_action(desk, ctx, params, actions[params.name])
        if params.name not in (CHECK, RUN):
            raise InputError(f"There is no such tool. There are: {', '.join(schemas)}.")
        # Only those who use the language pay for its reader.
        from connector_kit.hosts.mcp import automating  # noqa: PLC0415 - see above

        work = automating.check_automation if params.name == CHECK else automating.run_automation
        return await work(desk, ctx, params)

    async def call_tool(ctx: Context, params: CallToolRequestParams) -> CallToolResult | InputRequiredResult:
        try:
            return await call(ctx, params)
        except ConnectorError as exc:
            return failed(exc)
        except Exception as exc:  # noqa: BLE001 - whatever it is, its text may hold anything and must not leave
            _log.error("the tool %s failed: %s", params.name if params.name in schemas else "?", type(exc).__name__)
            action = actions.get(params.name)
            return internal(exc, mutation=params.name == RUN or (action is not None and action.mutation))

    return Server(
        f"connector-{manifest.id}",
        version=manifest.version,
        title=manifest.name,
        description=manifest.description,
        instructions=f"{manifest.description}\n\n{where} {UNTRUSTED}",
        get_tool_input_schema=schemas.get,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )
