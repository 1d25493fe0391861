"""A person who tries saved connections to the sandbox through the pages, without a browser."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, tzinfo
from typing import Any

import httpx
from pydantic import SecretStr

import connector_kit as kit
from connector_kit.connections import SavedConnection
from connector_kit.connections.saving import Wanted, save
from connector_kit.hosts.ui.confirmations import Confirmations
from support import BODY, NOW, Wire
from twilio_connector import plugin
from twilio_connector.policy import Policy
from twilio_sandbox import Clock, Sandbox, SandboxTransport
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN, OWN_NUMBER, account
from ui_visitor import Visitor, fields

SEND = {"f-sender_number": OWN_NUMBER, "f-recipient_number": "+1 (212) 555-0123", "f-message_body": BODY}


class Person(Visitor):
    """A person with saved connections to the sandbox: Production, and Test. ``seen`` are all answers so far."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self.sandbox = Sandbox(Clock(NOW))
        self.sandbox.store.add_account(account())
        self.wire = Wire(SandboxTransport(self.sandbox), self.sandbox.clock)
        plugins = kit.make_plugins([plugin, Policy(), self.wire], entry_point_group=None)

        def load(zone: tzinfo) -> Mapping[str, kit.Connector]:
            clock = self.sandbox.clock
            return {
                "twilio": kit.load_connector(
                    "twilio", plugins=plugins, timezone=zone, now=clock.now, sleep=self.wire.wait
                )
            }

        super().__init__(environ, load(UTC), confirmations=Confirmations(lambda: self.seconds), load=load)
        self.seen: list[httpx.Response] = []
        self.enter()
        self.production, self.test = self.save("live"), self.save("trial", environment="test")
        self.sandbox.requests.clear()

    def save(self, name: str, *, environment: Any = "production", **options: Any) -> SavedConnection:
        values = {"account_sid": ACCOUNT_SID, "auth_token": SecretStr(AUTH_TOKEN), **options}
        wanted = Wanted("auth_token", environment, name, values)
        twilio = self.site.connectors["twilio"]
        return save(self.site.book, twilio, wanted, check=False, now=self.sandbox.clock.now).connections[0]

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self._kept(super().get(path, **headers))

    def post(self, path: str, form: dict[str, str] | None = None, **headers: str) -> httpx.Response:
        return self._kept(super().post(path, form, **headers))

    def follow(self, response: httpx.Response) -> httpx.Response:
        return self._kept(super().follow(response))

    def _kept(self, response: httpx.Response) -> httpx.Response:
        self.seen.append(response)
        return response

    @property
    def creates(self) -> list[dict[str, list[str]]]:
        return [request.form for request in self.sandbox.requests if request.method == "POST"]

    def reading(self, saved: SavedConnection | None = None) -> str:
        return f"/connections/{(saved or self.production).id}/try/read_sms_messages"

    def sending(self, saved: SavedConnection | None = None) -> str:
        return f"/connections/{(saved or self.production).id}/try/send_sms_message"

    def read(self, *conditions: tuple[str, str, str], **more: str) -> httpx.Response:
        """Build these conditions one after the other, as a person does, and read."""
        form = fields(self.get(self.reading()))
        for number, (field, op, value) in enumerate(conditions):
            form = fields(self.post(self.reading(), {**form, "add": field, "do": "add"}))
            form |= {f"c{number}-op": op, f"c{number}-value": value}
        return self.post(self.reading(), {**form, "do": "read", **more})

    def confirmation(self, saved: SavedConnection | None = None, **changes: str) -> tuple[str, httpx.Response]:
        """Fill in a send and go on; return the path of the confirmation, and its page."""
        page = self.get(self.sending(saved))
        went = self.post(self.sending(saved), {**fields(page), **SEND, "do": "confirm", **changes})
        return went.headers["location"].removeprefix(self.site.access.prefix), self.follow(went)
