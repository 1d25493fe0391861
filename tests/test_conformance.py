"""The kit's conformance suite, run on both connectors of this repository."""

from __future__ import annotations

import pytest

import toy_connector
from connector_kit import ActionCall, Connection, Plugins, make_plugins
from connector_kit.testing import ConnectorConformance
from support import NOW, RECIPIENT, Wire, stored
from twilio_connector import plugin
from twilio_sandbox import Clock, Sandbox, SandboxTransport
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN, OWN_NUMBER, account


class TestToy(ConnectorConformance):
    """The toy connector: no network, sixty lines."""

    @pytest.fixture
    def connector_id(self) -> str:
        return "toy"

    @pytest.fixture
    def plugins(self) -> Plugins:
        return make_plugins([toy_connector], entry_point_group=None)

    @pytest.fixture
    def connection(self) -> Connection:
        return Connection("notebook", {"owner": "Ana", "pin": "1234"})

    @pytest.fixture
    def calls(self) -> list[ActionCall]:
        return [ActionCall("read_notes"), ActionCall("write_note", {"note_text": "eggs", "stars": 3})]


class TestTwilio(ConnectorConformance):
    """The Twilio connector, on the sandbox."""

    @pytest.fixture
    def connector_id(self) -> str:
        return "twilio"

    @pytest.fixture
    def plugins(self) -> Plugins:
        sandbox = Sandbox(Clock(NOW))
        sandbox.store.add_account(account())
        stored(sandbox, 5)
        return make_plugins([plugin, Wire(SandboxTransport(sandbox))], entry_point_group=None)

    @pytest.fixture
    def connection(self) -> Connection:
        return Connection("auth_token", {"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN})

    @pytest.fixture
    def calls(self) -> list[ActionCall]:
        inputs = {"sender_number": OWN_NUMBER, "recipient_number": RECIPIENT, "message_body": "Hello"}
        return [ActionCall("read_sms_messages"), ActionCall("send_sms_message", inputs)]
