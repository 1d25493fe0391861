"""Log which action ran on which connection and how it ended: never a number, a message body or a secret."""

from __future__ import annotations

import logging

from connector_kit.errors import ConnectorError
from connector_kit.hookspecs import hookimpl
from connector_kit.values import ActionCall, Result, Streamed

_log = logging.getLogger("connector_kit.audit")
# A host that configures no logging hears of a failure by its error, not by a line on its terminal.
_log.addHandler(logging.NullHandler())


@hookimpl
def connector_before(call: ActionCall) -> None:
    """Write down that the action is about to start."""
    _log.info("start action=%s connection=%r", call.action, call.connection)


@hookimpl
def connector_after(call: ActionCall, outcome: Result | Streamed | BaseException) -> None:
    """Write down how it ended: counts and codes only."""
    if isinstance(outcome, Result):
        count = len(outcome.output) if isinstance(outcome.output, list) else 1
        _log.info("done action=%s connection=%r items=%d", call.action, call.connection, count)
    elif isinstance(outcome, Streamed):
        _log.info("done action=%s connection=%r items=%d", call.action, call.connection, outcome.count)
    elif isinstance(outcome, ConnectorError):
        service = outcome.service
        _log.warning(
            "failed action=%s connection=%r error=%s service_code=%s request_id=%s",
            call.action,
            call.connection,
            outcome.code,
            service.code if service else None,
            service.request_id if service else None,
        )
    else:
        _log.error("failed action=%s connection=%r error=%s", call.action, call.connection, type(outcome).__name__)
