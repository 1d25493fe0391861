"""Bind the manifest's actions to their handlers: the connector's side of the hooks."""

from __future__ import annotations

from pathlib import Path

from connector_kit import ActionSpec, Connection, Handler, Manifest, hookimpl
from twilio_connector.actions import read_sms_messages, send_sms_message
from twilio_connector.opening import open_session
from twilio_connector.session import TwilioSession

ID = "twilio"
_HANDLERS: dict[str, Handler] = {handler.__name__: handler for handler in (read_sms_messages, send_sms_message)}


@hookimpl
def connector_manifest() -> Path:
    """Point to connector.yaml: beside this file in a wheel, at the repository's root in an editable install."""
    packaged = Path(__file__).with_name("connector.yaml")
    return packaged if packaged.exists() else Path(__file__).parents[2] / "connector.yaml"


@hookimpl
def connector_open(manifest: Manifest, connection: Connection) -> TwilioSession | None:
    """Open a session for the account; nothing is sent."""
    return open_session(connection) if manifest.id == ID else None


@hookimpl
def connector_bind(manifest: Manifest, action: ActionSpec) -> Handler | None:
    """Find the handler that has the action's id for its name."""
    return _HANDLERS.get(action.id) if manifest.id == ID else None
