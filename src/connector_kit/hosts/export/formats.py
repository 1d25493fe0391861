"""The actions of a connector as tools, in the form of each vendor: lists of JSON objects, ready to be handed to an SDK."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from connector_kit import ActionSpec, Manifest
from connector_kit.hosts.export.strict import strict
from connector_kit.schemas import DRAFT_2020_12
from connector_kit.tool_schemas import tool_schema
from connector_kit.tool_texts import tool_text


def _openai_responses(manifest: Manifest, action: ActionSpec) -> dict[str, Any]:
    text = tool_text(manifest, action)
    parameters = strict(tool_schema(manifest, action))
    return {
        "type": "function",
        "name": text.name,
        "description": text.description,
        "parameters": parameters,
        "strict": True,
    }


def _openai(manifest: Manifest, action: ActionSpec) -> dict[str, Any]:
    flat = _openai_responses(manifest, action)
    return {"type": flat.pop("type"), "function": flat}


def _anthropic(manifest: Manifest, action: ActionSpec) -> dict[str, Any]:
    text = tool_text(manifest, action)
    return {"name": text.name, "description": text.description, "input_schema": tool_schema(manifest, action)}


def _json_schema(manifest: Manifest, action: ActionSpec) -> dict[str, Any]:
    """Name the schema by the tool: this is how frameworks such as LangChain take a tool that is nothing but a schema."""
    text = tool_text(manifest, action)
    head = {"$schema": DRAFT_2020_12, "title": text.name, "description": text.description}
    return {**head, **tool_schema(manifest, action)}


_FORMS: dict[str, Callable[[Manifest, ActionSpec], dict[str, Any]]] = {
    "openai": _openai,
    "openai-responses": _openai_responses,
    "anthropic": _anthropic,
    "json-schema": _json_schema,
}
FORMATS = tuple(_FORMS)


def tools(manifests: Manifest | Iterable[Manifest], format_: str) -> list[dict[str, Any]]:
    """Return every action of one connector, or of several, as a tool in one of ``FORMATS``.

    Raises:
        ValueError: if there is no such format.
    """
    if format_ not in _FORMS:
        raise ValueError(f"There is no format {format_!r}. There are: {', '.join(FORMATS)}.")
    given = [manifests] if isinstance(manifests, Manifest) else list(manifests)
    return [_FORMS[format_](manifest, action) for manifest in given for action in manifest.actions]
