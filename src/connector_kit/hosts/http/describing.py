"""Describe connectors and saved connections to clients: what can be called, and never a secret or an account."""

from __future__ import annotations

from typing import Any

from connector_kit import ActionSpec, Manifest
from connector_kit.connections import SavedConnection
from connector_kit.schemas import input_schema
from connector_kit.tokens import Token


def connector_json(manifest: Manifest, token: Token) -> dict[str, Any]:
    """Describe a connector and the actions that a token may call."""
    return {
        "id": manifest.id,
        "name": manifest.name,
        "version": manifest.version,
        "description": manifest.description,
        "actions": [_action_json(action) for action in allowed(manifest, token)],
    }


def connection_json(saved: SavedConnection) -> dict[str, Any]:
    """Describe a saved connection; its id goes on meaning this one when it gets another name."""
    return {
        "id": saved.id,
        "name": saved.name,
        "connector": saved.connector,
        "environment": saved.environment,
        "default": saved.is_default,
        "status": saved.status,
    }


def callable_json(saved: SavedConnection, manifest: Manifest, token: Token) -> dict[str, Any]:
    """Describe a saved connection with its actions, and what each of them takes."""
    actions = [
        {**_action_json(action), "input_schema": input_schema(action, manifest)} for action in allowed(manifest, token)
    ]
    return {**connection_json(saved), "actions": actions}


def allowed(manifest: Manifest, token: Token) -> list[ActionSpec]:
    """Return the actions that a token may call."""
    return [action for action in manifest.actions if token.allows(action)]


def _action_json(action: ActionSpec) -> dict[str, Any]:
    return {
        "id": action.id,
        "label": action.label,
        "description": action.description,
        "mutation": action.mutation,
        "warning": action.warning,
        "output": {"type": str(action.output.type), "description": action.output.description},
    }
