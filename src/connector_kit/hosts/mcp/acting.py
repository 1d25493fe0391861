"""Carry out an action for a client: checked first, confirmed where it changes something, and done at most once."""

from __future__ import annotations

from dataclasses import replace

from mcp_types import CallToolRequestParams, CallToolResult, InputRequiredResult

from connector_kit import ActionCall, ActionSpec, Notice, Result
from connector_kit.connections import SavedConnection
from connector_kit.documents import call_from_json
from connector_kit.hosts.mcp.confirming import Context, question
from connector_kit.hosts.mcp.desk import Desk, exactly, reporting
from connector_kit.hosts.mcp.results import succeeded

_REPEATED = Notice(
    "repeated",
    "A call with the same inputs, whose answer nobody waited for, had begun to do this; this is its result. It was done once.",
)


async def call_action(
    desk: Desk, ctx: Context, params: CallToolRequestParams, action: ActionSpec
) -> CallToolResult | InputRequiredResult:
    """Carry out an action.

    Raises:
        ConnectorError: any of the tree; the caller makes a result of it.
    """
    call = call_from_json(desk.manifest, action.id, params.arguments or {})
    checked = desk.connector.check_call(call)
    saved = await desk.work.read(lambda _: desk.saved(), reporting(ctx))
    if not action.mutation or (action.dry_run and checked.inputs.get(action.dry_run)):
        result = await desk.work.read(lambda tell: desk.run(saved, call, tell), reporting(ctx))
        return _shown(action, result)
    what = exactly(params, saved)
    task = desk.work.kept(what)
    repeated = task is not None
    if task is None:
        asked = await desk.confirming.confirm(ctx, params, what, lambda: _question(desk, action, saved, call))
        if asked is not None:
            return asked
        task = desk.work.act(lambda tell: desk.run(saved, call, tell))
    result = await desk.work.outcome(what, task, reporting(ctx))
    return _shown(action, replace(result, notices=(*result.notices, _REPEATED)) if repeated else result)


async def _question(desk: Desk, action: ActionSpec, saved: SavedConnection, call: ActionCall) -> str:
    """Make a dry run, where there is one, and say what would be done: what a dry run refuses is never asked about."""
    preview = None
    if action.dry_run:
        dry = replace(call, inputs={**call.inputs, action.dry_run: True})
        preview = (await desk.work.read(lambda tell: desk.run(saved, dry, tell), _quiet)).preview
    return question(action, desk.where(saved), call.inputs, preview)


async def _quiet(count: int, sentence: str) -> None:
    """Tell nothing."""


def _shown(action: ActionSpec, result: Result) -> CallToolResult:
    return succeeded(result.to_json(), ["output"] if action.output.type.is_list and result.output else [])
