"""How a connection can be made, and what its options allow: API keys, regions, default country, policies."""

from __future__ import annotations

from typing import Any

import pytest

from connector_kit import (
    ActionCall,
    Connection,
    Connector,
    CredentialsError,
    InputError,
    RefusedError,
    load_connector,
    make_plugins,
)
from support import BODY, NOW, RECIPIENT, Wire
from twilio_connector import plugin
from twilio_connector.policy import Policy
from twilio_sandbox import Clock, Sandbox, SandboxTransport
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN, OWN_NUMBER, account

KEY_SID, KEY_SECRET = f"SK{1:032x}", "sandbox-secret-of-the-key"


@pytest.fixture
def sandbox() -> Sandbox:
    """The demo account with an API key."""
    sandbox = Sandbox(Clock(NOW))
    sandbox.store.add_account(account()).api_keys[KEY_SID] = KEY_SECRET
    return sandbox


def opened(sandbox: Sandbox, method: str = "auth_token", **values: Any) -> Connector:
    """Open a connection, with the policy that comes with the connector."""
    plugins = make_plugins([plugin, Policy(), Wire(SandboxTransport(sandbox), sandbox.clock)], entry_point_group=None)
    connector = load_connector("twilio", plugins=plugins)
    secrets = {
        "auth_token": {"auth_token": AUTH_TOKEN},
        "api_key": {"api_key_sid": KEY_SID, "api_key_secret": KEY_SECRET},
    }
    connector.open(Connection(method, {"account_sid": ACCOUNT_SID, **secrets[method], **values}))
    return connector


def send(connector: Connector, **changes: Any) -> Any:
    """Send a message."""
    inputs = {"sender_number": OWN_NUMBER, "recipient_number": RECIPIENT, "message_body": BODY}
    return connector.run(ActionCall("send_sms_message", inputs | changes)).output


def test_an_api_key_sends_reads_and_is_checked(sandbox: Sandbox) -> None:
    connector = opened(sandbox, "api_key")
    connector.check()
    sid = send(connector)
    assert [m.sid for m in connector.run(ActionCall("read_sms_messages")).output] == [sid]


def test_a_wrong_api_key_is_a_credentials_error(sandbox: Sandbox) -> None:
    with pytest.raises(CredentialsError):
        opened(sandbox, "api_key", api_key_secret="not-the-secret-of-it").check()


@pytest.mark.parametrize(
    ("method", "values", "path"),
    [
        ("api_key", {"api_key_sid": ACCOUNT_SID}, "api_key_sid"),
        ("api_key", {"account_sid": KEY_SID}, "account_sid"),
        ("api_key", {"api_key_secret": ""}, "api_key_secret"),
        ("auth_token", {"region": "Ireland"}, "region"),
        ("auth_token", {"region": "zz9"}, "region"),
        ("auth_token", {"default_country": "Netherlands"}, "default_country"),
        ("auth_token", {"send_cap": "many"}, "send_cap"),
        ("auth_token", {"allowed_recipients": "+15005550006"}, "allowed_recipients"),
    ],
)
def test_a_wrong_value_is_refused_by_name(sandbox: Sandbox, method: str, values: dict[str, Any], path: str) -> None:
    with pytest.raises(InputError) as caught:
        opened(sandbox, method, **values)
    assert [problem.path for problem in caught.value.problems] == [path]


def test_only_the_two_published_fields_are_asked_for_at_first(sandbox: Sandbox) -> None:
    manifest = opened(sandbox).manifest
    assert [field.id for field in manifest.connection[0].fields] == ["account_sid", "auth_token"]
    assert not any(field.required for field in manifest.connection_options)


def test_environment_variables_never_change_the_account_or_the_region(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ACCOUNT_SID", "AUTH_TOKEN", "REGION", "EDGE", "API_KEY", "API_SECRET"):
        monkeypatch.setenv(f"TWILIO_{name}", "ie1")
    connector = opened(sandbox)
    send(connector)
    assert sandbox.store.count(ACCOUNT_SID) == 1


@pytest.mark.parametrize(
    ("written", "country"),
    [
        ("+1 (212) 555-0123", None),
        ("001 212 555 0123", None),
        ("(212) 555-0123", "US"),
        ("212.555.0123", "US"),
        (2125550123, "US"),
        (2125550123.0, "US"),
        ("\u202a+1 212\u00a0555\u20110123\u202c", None),
        ("+1 212 555 0123", None),
    ],
)
def test_a_number_is_understood_as_people_write_it(sandbox: Sandbox, written: Any, country: str | None) -> None:
    options = {} if country is None else {"default_country": country}
    send(opened(sandbox, **options), recipient_number=written)
    assert sandbox.store.all(ACCOUNT_SID)[0].recipient == RECIPIENT


def test_only_allowed_recipients_are_sent_to(sandbox: Sandbox) -> None:
    connector = opened(sandbox, allowed_recipients=["+1 212 555 0123"])
    send(connector)
    with pytest.raises(RefusedError, match="not among the allowed recipients"):
        send(connector, recipient_number="+12125550124")
    assert sandbox.store.count(ACCOUNT_SID) == 1


def test_only_allowed_countries_are_sent_to(sandbox: Sandbox) -> None:
    connector = opened(sandbox, allowed_countries=["US", "nl"])
    send(connector)
    send(connector, recipient_number="+31612345678")
    with pytest.raises(RefusedError, match="country is not among"):
        send(connector, recipient_number="+442079460018")
    with pytest.raises(RefusedError, match="cannot be told"):
        send(connector, recipient_number="5551234")


def test_a_run_sends_no_more_than_its_cap(sandbox: Sandbox) -> None:
    connector = opened(sandbox, send_cap=2)
    send(connector)
    send(connector, dry_run=True)
    send(connector)
    with pytest.raises(RefusedError, match="may send 2 messages in one run"):
        send(connector)
    assert sandbox.store.count(ACCOUNT_SID) == 2
    send(opened(sandbox, send_cap=2))


def test_the_installed_connector_brings_its_policy() -> None:
    assert "twilio-policy" in dict(make_plugins().describe())
