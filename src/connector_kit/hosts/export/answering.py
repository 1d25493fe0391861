"""Carry out the call of an exported tool, and say how it ended as a JSON object that the model reads and can correct itself from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from connector_kit import ActionCall, Connector, ConnectorError, InputError
from connector_kit.documents import call_from_json
from connector_kit.tool_texts import tool_name


def answer(
    connector: Connector, name: str, arguments: str | Mapping[str, Any], *, connection: str = "default"
) -> dict[str, Any]:
    """Carry out a tool call of a model over an open connection.

    ``arguments`` are an object, or its text, as some vendors send it. What goes wrong is no exception here: the model is to
    read it, as ``{"error": {"code", "message", "retryable", "problems"}}``. A result is ``{"output", "notices", "more"}``.
    """
    try:
        return connector.run(_call(connector, name, arguments, connection)).to_json()
    except ConnectorError as exc:
        return {"error": exc.to_json()}


def _call(connector: Connector, name: str, arguments: str | Mapping[str, Any], connection: str) -> ActionCall:
    names = {tool_name(connector.manifest, action): action.id for action in connector.manifest.actions}
    if name not in names:
        raise InputError(f"There is no tool of this name. There are: {', '.join(names)}.")
    return call_from_json(connector.manifest, names[name], _object(arguments), connection=connection)


def _object(arguments: str | Mapping[str, Any]) -> object:
    if not isinstance(arguments, str):
        return arguments
    try:
        # Models send nothing at all for a tool that needs nothing.
        return json.loads(arguments or "{}")
    except (ValueError, RecursionError):
        raise InputError("The arguments are not JSON. Write them as one JSON object.") from None
