"""The five hooks a plugin can implement, and the markers to do it with. Hooks bind and watch; they never act."""

from __future__ import annotations

from pathlib import Path

import pluggy

from connector_kit.manifest import ActionSpec, Manifest
from connector_kit.values import ActionCall, Connection, Handler, Result, Session, Streamed

PROJECT = "connector_kit"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def connector_manifest() -> Path:  # type: ignore[empty-body]  # a specification has no body
    """Return the location of one connector.yaml."""


@hookspec(firstresult=True)
def connector_open(manifest: Manifest, connection: Connection) -> Session | None:
    """Return an open session for this connection, or None if it is not yours."""


@hookspec(firstresult=True)
def connector_bind(manifest: Manifest, action: ActionSpec) -> Handler | None:
    """Return the handler that performs this action, or None if it is not yours. Do not perform it here."""


@hookspec
def connector_before(call: ActionCall, connection: Connection) -> None:
    """Look at a checked call and its connection before anything happens.

    Raise RefusedError to refuse it; anything else raised refuses too. A call whose key was acted on before is not asked about:
    it cannot act again.
    """


@hookspec
def connector_after(call: ActionCall, outcome: Result | Streamed | BaseException, connection: Connection) -> None:
    """Learn how the action ended on its connection; ``call`` is the same object as before it. Nothing done here changes the outcome."""
