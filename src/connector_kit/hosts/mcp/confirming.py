"""Ask the person at the client before something is changed, in both eras of the protocol."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal

from mcp import MCPError
from mcp.server.context import ServerRequestContext
from mcp_types import (
    CallToolRequestParams,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequiredResult,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from connector_kit import ActionSpec, RefusedError

Mode = Literal["auto", "never", "required"]
MODES: tuple[Mode, ...] = ("auto", "never", "required")
Context = ServerRequestContext[Any, Any]

_FORM = {
    "type": "object",
    "required": ["confirm"],
    "properties": {"confirm": {"type": "boolean", "title": "Yes, do it", "default": False}},
}
_KEY = "confirm"
# A person may take their time, but not for ever: what they saw would not be true any more.
OPEN_FOR = 600.0
_MOST_OPEN = 1000
# What steers the direction of a text or a terminal could make a person see something else than what is sent.
_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class DeclinedError(RefusedError):
    """The person who was asked did not say yes; nothing has happened."""

    code = "declined"


class Confirming:
    """The confirmations of one run of the server."""

    def __init__(self, mode: Mode = "auto", now: Callable[[], float] = time.monotonic) -> None:
        self.mode = mode
        self._now = now
        # By a token that the client gives back: what a person was asked about, and when. Each is good once.
        self._open: dict[str, tuple[str, float]] = {}

    async def confirm(
        self, ctx: Context, params: CallToolRequestParams, what: str, text: Callable[[], Awaitable[str]]
    ) -> InputRequiredResult | None:
        """Return None if it may be done, or what makes the client ask a person and call again.

        ``what`` stands for exactly what is to be done, and where; ``text`` makes what the person reads.

        Raises:
            DeclinedError: if the person said no, or nothing, or was asked about something else.
            RefusedError: if a confirmation is required and the client cannot ask.
        """
        if self.mode == "never":
            return None
        if not _can_ask(ctx):
            if self.mode == "required":
                raise RefusedError(
                    "This server changes nothing without a confirmation, and this client cannot ask a person for one. "
                    "Nothing was done. Use a client that supports elicitation, or start the server with --confirm auto."
                )
            return None
        if ctx.protocol_version not in MODERN_PROTOCOL_VERSIONS:
            _must_be_yes(await _asked(ctx, await text()))
            return None
        answer = (params.input_responses or {}).get(_KEY)
        if answer is None:
            form = ElicitRequestFormParams(message=await text(), requested_schema=_FORM)
            return InputRequiredResult(
                input_requests={_KEY: ElicitRequest(params=form)}, request_state=self._opened(what)
            )
        self._close(params.request_state or "", what)
        _must_be_yes(answer)
        return None

    def _opened(self, what: str) -> str:
        token = secrets.token_urlsafe(24)
        while len(self._open) >= _MOST_OPEN:
            self._open.pop(next(iter(self._open)))
        self._open[token] = what, self._now()
        return token

    def _close(self, token: str, what: str) -> None:
        """Use up a confirmation: a repeated request must not act a second time, nor a yes count for anything else."""
        asked, since = self._open.pop(token, ("", 0.0))
        if asked != what or self._now() - since > OPEN_FOR:
            raise DeclinedError(
                "This confirmation was used before, is too old, or was given for something else. Nothing was done now. "
                "If it is still wanted, call again to have the person asked anew."
            )


def _can_ask(ctx: Context) -> bool:
    capabilities = ctx.session.client_capabilities
    found = None if capabilities is None else capabilities.elicitation
    if found is None or (found.url is not None and found.form is None):
        return False
    return ctx.protocol_version in MODERN_PROTOCOL_VERSIONS or ctx.session.can_send_request


async def _asked(ctx: Context, text: str) -> ElicitResult | None:
    try:
        return await ctx.session.elicit_form(text, _FORM, related_request_id=ctx.request_id)
    except MCPError:
        return None  # the client could not ask after all


def _must_be_yes(answer: object) -> None:
    if isinstance(answer, ElicitResult) and answer.action == "accept" and (answer.content or {}).get(_KEY) is True:
        return
    raise DeclinedError(
        "The person who was asked did not confirm it. Nothing was done. Do not try again unless they ask for it."
    )


def question(action: ActionSpec, where: str, inputs: Mapping[str, Any], preview: Mapping[str, Any] | None) -> str:
    """Return what a person reads before an action: every input as it will be used, and the summary of the dry run."""
    used = {} if preview is None else preview.get("inputs", {})
    lines = [f"{action.label}? {where}"]
    for field in action.inputs:
        value = used.get(field.id) if used.get(field.id) is not None else inputs.get(field.id)
        if value is not None and field.id != action.dry_run:
            lines.append(f"{field.label}: {'****' if field.type.scalar == 'sensitive' else shown(value)}")
    if preview is not None and preview.get("summary"):
        lines.append(str(preview["summary"]))
    return "\n".join([*lines, *([action.warning] if action.warning else [])])


def shown(value: object) -> str:
    """Return a value in quotes and on one line, so that no text in it looks like a line of ours."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
