"""What a tool gives back: the one JSON form of a result or error, and a text from which an agent can go on."""

from __future__ import annotations

import json
from typing import Any

from mcp_types import CallToolResult, TextContent

from connector_kit import ConnectorError, ContractError, OutcomeUnknownError
from connector_kit.hosts.mcp.tools import UNTRUSTED

# Under which the result's ``_meta`` names the parts that hold texts of other people.
UNTRUSTED_KEY = "connector-kit/untrusted"


def succeeded(document: dict[str, Any], untrusted: list[str]) -> CallToolResult:
    """Return a result; ``untrusted`` names its parts that hold texts of other people.

    They are never read as anything but data: they stand in a block of their own, as JSON, so that no text can end it.
    """
    blocks = [TextContent(text=UNTRUSTED)] if untrusted else []
    meta = {UNTRUSTED_KEY: untrusted} if untrusted else None
    blocks.append(TextContent(text=_json(document), _meta=meta))
    return CallToolResult(content=[*blocks], structured_content=document, _meta=meta)


def failed(exc: ConnectorError, more: dict[str, Any] | None = None) -> CallToolResult:
    """Return an error as a result, so that the agent sees it; ``more`` is added to its JSON form."""
    lines = [str(exc)]
    # Whoever gave a value may see it corrected, and the agent did.
    lines += [
        f"Did you mean {p.suggestion} for {p.path}? Ask the user." for p in exc.problems if p.suggestion is not None
    ]
    document = {**exc.to_json(), **(more or {})}
    lines += [f"Write: {text}" for text in document.get("suggestions", ()) if text not in lines[0]]
    lines.append(_what_next(exc))
    return _error("\n".join(lines), document)


def internal(exc: BaseException, *, mutation: bool) -> CallToolResult:
    """Return a bug as a result: its type and nothing else of it."""
    told = f"Something is wrong inside of the server ({type(exc).__name__})."
    if mutation:
        told += " What was asked for may or may not have been done: look before it is asked for again."
    return _error(told, {"code": "internal", "message": told, "retryable": False})


def _what_next(exc: ConnectorError) -> str:
    if isinstance(exc, OutcomeUnknownError | ContractError):
        return f"[{exc.code}] It may have been done. Do not repeat it; look first."
    if exc.retryable:
        wait = getattr(exc, "retry_after", None)
        return f"[{exc.code}] It may be repeated{'' if wait is None else f' in {wait:g} seconds'}: nothing was done."
    return f"[{exc.code}] Repeating it unchanged does not help."


def _error(text: str, document: dict[str, Any]) -> CallToolResult:
    return CallToolResult(content=[TextContent(text=text)], structured_content=document, is_error=True)


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False)
