"""Carry out one call: find its connection and action, see whether the token may, run it, and write down the result."""

from __future__ import annotations

import threading
import traceback
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from connector_kit import ActionCall, ActionSpec, Connector, ConnectorError, OutcomeUnknownError, Result
from connector_kit.connections import SavedConnection
from connector_kit.documents import call_from_json
from connector_kit.hosts.http.problems import Refusal, to_json
from connector_kit.hosts.http.reading import document_of, key_of, wants_stream, with_key
from connector_kit.hosts.http.site import Site
from connector_kit.hosts.http.streaming import LinesResponse, Reading
from connector_kit.tokens import Token

JSON = "application/json"


async def call_action(site: Site, request: Request) -> ASGIApp:
    """Answer a request for an action.

    Raises:
        ConnectorError: whatever is wrong with the request, or becomes of the call.
    """
    if request.url.query:
        # Ignored, it would be a limit or a filter that does not hold.
        raise Refusal("bad_request", "Inputs stand in the body, not behind a question mark. Nothing was done.")
    asked = _Asked(site, request, request.state.token, await document_of(request), key_of(request))
    return await site.workers.within(site.seconds, asked.answer, asked.late)


@dataclass(slots=True)
class _Asked:
    """One request for an action. ``answer`` runs in a thread, ``late`` says how it stands meanwhile."""

    site: Site
    request: Request
    token: Token
    document: Any
    key: str | None
    keyed: bool = False
    _reads: threading.Event = field(default_factory=threading.Event)

    def answer(self) -> ASGIApp:
        saved, connector, action = self._place()
        streamed = wants_stream(self.request, action)
        call = call_from_json(connector.manifest, action.id, with_key(action, self.document, self.key))
        self.keyed = call.inputs.get(action.idempotency_key or "") is not None
        if action.mutation:
            with self.site.workers.acting():
                return _result(self._acted(action, saved, connector, call))
        self._reads.set()
        if streamed:
            items = self.site.sessions.stream(self.site.book, connector, saved, call)
            reading = Reading(call, items, lambda exc: told(self.site, exc))
            return LinesResponse(reading, reading.first_lines(), self.site.workers)
        return _result(self._run(connector, saved, call))

    def _place(self) -> tuple[SavedConnection, Connector, ActionSpec]:
        """Find what the address names."""
        saved = self.site.connection(self.token, self.request.path_params["connection"])
        self.request.state.told["connection"] = saved.id
        connector = self.site.connectors[saved.connector]
        action = connector.manifest.action(self.request.path_params["action"])
        if action is None:
            known = ", ".join(each.id for each in connector.manifest.actions)
            raise Refusal("not_found", f"{connector.manifest.name} has no such action. It has: {known}.")
        self.request.state.told["action"] = action.id
        if not self.token.allows(action):
            raise Refusal("forbidden", f"This token may only read, so it may not call {action.id}. Nothing was done.")
        return saved, connector, action

    def _acted(self, action: ActionSpec, saved: SavedConnection, connector: Connector, call: ActionCall) -> Result:
        try:
            return self._run(connector, saved, call)
        except ConnectorError:
            raise
        except Exception as exc:  # noqa: BLE001 - see below
            # A bug may have come after the act. An answer that clients repeat by themselves would be one too many.
            self.site.report(_where(exc))
            message = (
                f"{action.label}: something broke while it was carried out, so it may have been done. This is a bug."
            )
            raise OutcomeUnknownError(f"{message} Look before you repeat it.") from None

    def _run(self, connector: Connector, saved: SavedConnection, call: ActionCall) -> Result:
        return self.site.sessions.run(self.site.book, connector, saved, call)

    def late(self) -> Refusal:
        """Say how the call stands when its client has waited long enough."""
        if self._reads.is_set():
            message = f"The read took more than {self.site.seconds:g} seconds. Ask for less with a limit or a filter, or for lines."
            return Refusal("timeout", message)
        again = (
            "Send the same request with the same key to learn how it ended; it will not be done twice."
            if self.keyed
            else "Look whether it was done before you repeat it."
        )
        return Refusal("under_way", f"It has not ended after {self.site.seconds:g} seconds and goes on. {again}")


def _result(result: Result) -> Response:
    return Response(to_json(result.to_json()), media_type=JSON)


def told(site: Site, exc: Exception) -> ConnectorError:
    """Return an error as it may be told to a client; a bug is told to whoever runs the server."""
    if isinstance(exc, ConnectorError):
        return exc
    site.report(_where(exc))
    return Refusal("bug", "Something broke in the server; nothing was changed. Whoever runs it finds it in its log.")


def _where(exc: Exception) -> str:
    # Not the message of the exception: it may repeat what was sent.
    return (
        f"A request failed with {type(exc).__name__}. This is a bug.\n{''.join(traceback.format_tb(exc.__traceback__))}"
    )
