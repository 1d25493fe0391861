"""Offer a hook's actions to a model, and tell it what is wrong with a call; needs ``apache-airflow-providers-common-ai``.

Airflow's own ``HookToolset`` lets every error of a hook end the agent's run, so that a model could not even write a number again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from airflow.providers.common.ai.toolsets import HookToolset
from airflow.sdk.exceptions import AirflowFailException
from pydantic_ai import ModelRetry, RunContext, ToolFailed
from pydantic_ai.toolsets.abstract import ToolsetTool

from connector_kit import InputError, RefusedError, ServiceError


class ActionToolset(HookToolset):
    """``HookToolset`` for the hook of a connector: its arguments are the same, and each allowed method is an action.

    A call is checked before a person is asked for its approval and before anything leaves the machine. What is wrong is told to
    the model, which may correct it as often as its retries allow. What the service refused is told to it, too. What may pass,
    what nobody knows the outcome of, and what only another connection changes end the run, as with ``HookToolset``.
    """

    async def get_tools(self, ctx: RunContext[Any]) -> dict[str, ToolsetTool[Any]]:
        """Return the tools, each with a check of its calls."""
        tools = await super().get_tools(ctx)
        return {
            name: replace(tool, args_validator_func=partial(self._checked, name, tool.args_validator_func))
            for name, tool in tools.items()
        }

    async def execute_tool(
        self, name: str, tool_args: dict[str, Any], *, ctx: RunContext[Any], tool: ToolsetTool[Any]
    ) -> Any:
        """Carry out a call, or tell the model why the service would not."""
        with _told(ToolFailed):
            return await super().execute_tool(name, tool_args, ctx=ctx, tool=tool)

    async def _checked(
        self, name: str, before: Callable[..., None] | None, ctx: RunContext[Any], /, **given: Any
    ) -> None:
        if before is not None:
            before(ctx, **given)
        with _told(ModelRetry):
            await asyncio.to_thread(self._hook.check, name.removeprefix(self._name_prefix), {**given, **self._pinned})


@contextmanager
def _told(as_error: type[ModelRetry | ToolFailed]) -> Iterator[None]:
    """Tell the model of an error after which nothing was done and nothing will be by itself."""
    try:
        yield
    except AirflowFailException as failed:
        if isinstance(failed.__cause__, InputError | RefusedError | ServiceError):
            raise as_error(str(failed)) from failed
        raise
