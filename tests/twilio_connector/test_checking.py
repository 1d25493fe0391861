"""The check of a connection says which thing is wrong, and never more than it knows."""

from __future__ import annotations

import errno
import logging
import socket
import ssl
from typing import Any

import httpx
import pytest

from connector_kit import (
    Checked,
    Connection,
    Connector,
    ConnectorError,
    CredentialsError,
    InputError,
    RateLimitedError,
    ServiceError,
    UnavailableError,
    load_connector,
    make_plugins,
)
from support import NOW, Wire
from twilio_connector import plugin
from twilio_sandbox import Account, Clock, Fault, Sandbox, SandboxTransport
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN, account

CHANGED = "it-was-changed-meanwhile"
KEY_SID, KEY_SECRET = f"SK{1:032x}", "sandbox-secret-of-the-key"
BY_TOKEN = Connection("auth_token", {"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN})
BY_KEY = Connection("api_key", {"account_sid": ACCOUNT_SID, "api_key_sid": KEY_SID, "api_key_secret": KEY_SECRET})


@pytest.fixture
def sandbox() -> Sandbox:
    """The demo account, with an API key."""
    sandbox = Sandbox(Clock(NOW))
    sandbox.store.add_account(account()).api_keys[KEY_SID] = KEY_SECRET
    return sandbox


@pytest.fixture
def demo(sandbox: Sandbox) -> Account:
    """The demo account itself, to be changed."""
    found = sandbox.store.account(ACCOUNT_SID)
    assert found is not None
    return found


def connector(transport: httpx.BaseTransport) -> Connector:
    """Load the connector with a wire of its own."""
    plugins = make_plugins([plugin, Wire(transport)], entry_point_group=None)
    return load_connector("twilio", plugins=plugins)


def checked(sandbox: Sandbox, connection: Connection = BY_TOKEN) -> Checked:
    """Try out a connection to the sandbox."""
    return connector(SandboxTransport(sandbox)).try_out(connection)


def test_good_credentials_tell_the_name_of_the_account(sandbox: Sandbox) -> None:
    assert checked(sandbox) == Checked("Sandbox")


def test_the_check_asks_for_one_message_and_for_the_account_and_is_done(sandbox: Sandbox) -> None:
    checked(sandbox)
    assert [(r.path.rpartition("/")[2], r.query) for r in sandbox.requests] == [
        ("Messages.json", {"PageSize": ["1"]}),
        (f"{ACCOUNT_SID}.json", {}),
    ]


def test_a_trial_account_is_fine_and_its_limits_are_said(sandbox: Sandbox, demo: Account) -> None:
    demo.type = "Trial"
    assert [notice.code for notice in checked(sandbox).notices] == ["trial"]


def test_a_standard_api_key_is_fine_although_it_cannot_read_the_account(sandbox: Sandbox) -> None:
    assert checked(sandbox, BY_KEY) == Checked()


@pytest.mark.parametrize(
    ("connection", "says"),
    [
        (BY_TOKEN, "the Account SID and Auth Token together. .*A new primary Auth Token"),
        (BY_KEY, "the Account SID, API Key SID and API Key Secret together. .*A key that was deleted"),
    ],
)
def test_a_wrong_secret_names_the_causes_and_claims_none(
    sandbox: Sandbox, demo: Account, connection: Connection, says: str
) -> None:
    demo.auth_token = demo.api_keys[KEY_SID] = CHANGED
    with pytest.raises(CredentialsError, match=says) as caught:
        checked(sandbox, connection)
    assert "suspended or closed" in caught.value.message
    assert caught.value.message.endswith("(HTTP 401, Twilio error 20003)")


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_an_account_that_is_not_active_is_named_as_such(status: str) -> None:
    """Twilio may answer 200 to the list, or 401 to all (see above); the first is only recorded in its documents."""

    def answer(request: httpx.Request) -> httpx.Response:
        listed = request.url.path.endswith("Messages.json")
        named = {
            "sid": ACCOUNT_SID,
            "friendly_name": "Acme",
            "status": status,
            "type": "Full",
            "auth_token": AUTH_TOKEN,
        }
        return httpx.Response(200, json={"messages": []} if listed else named)

    with pytest.raises(CredentialsError, match=f'reports the account "Acme" as {status}') as caught:
        connector(httpx.MockTransport(answer)).try_out(BY_TOKEN)
    assert AUTH_TOKEN not in repr(caught.value) + str(caught.value.to_json())


def test_test_credentials_are_told_apart(sandbox: Sandbox, demo: Account) -> None:
    demo.test = True
    found = checked(sandbox)
    assert found.test_only
    assert [notice.code for notice in found.notices] == ["test_credentials"]


def test_a_restricted_key_that_may_not_read_is_not_rejected(sandbox: Sandbox) -> None:
    """It may be meant for sending only, so it can be saved without the check."""
    sandbox.faults.plant(Fault("error", status=403, code=70051, message="Authorization failed"))
    with pytest.raises(ServiceError, match=r"permission to read messages.*HTTP 403, Twilio error 70051"):
        checked(sandbox, BY_KEY)


def test_an_account_that_twilio_does_not_know_is_told_apart_from_a_wrong_secret(sandbox: Sandbox) -> None:
    other = Connection("auth_token", {"account_sid": f"AC{9:032x}", "auth_token": AUTH_TOKEN})
    sandbox.faults.plant(Fault("error", status=404, code=20404, message="not found"))
    with pytest.raises(CredentialsError, match="does not know this Account SID") as caught:
        checked(sandbox, other)
    assert [problem.path for problem in caught.value.problems] == ["account_sid"]


class Regions(httpx.BaseTransport):
    """Twilio's hosts, each region a sandbox of its own."""

    def __init__(self, **homes: Sandbox) -> None:
        self.homes = homes
        self.asked: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.host)
        region = request.url.host.removesuffix(".twilio.com").rpartition(".")[2].replace("api", "us1")
        return SandboxTransport(self.homes.get(region, Sandbox(Clock(NOW)))).handle_request(request)


@pytest.mark.parametrize(("asked_in", "home"), [(None, "ie1"), ("ie1", "us1"), ("us1", "au1")])
def test_credentials_of_another_region_are_found_there(sandbox: Sandbox, asked_in: str | None, home: str) -> None:
    regions = Regions(**{home: sandbox})
    values = {**BY_TOKEN.values, **({} if asked_in is None else {"region": asked_in})}
    with pytest.raises(CredentialsError, match=f"they work in the region {home}") as caught:
        connector(regions).try_out(Connection("auth_token", values))
    assert [(problem.path, problem.suggestion) for problem in caught.value.problems] == [("region", home)]
    assert connector(regions).try_out(Connection("auth_token", {**values, "region": home})) == Checked("Sandbox")


def test_credentials_for_a_stand_in_are_not_tried_at_twilio(sandbox: Sandbox, demo: Account) -> None:
    demo.auth_token = CHANGED
    regions = Regions(us1=sandbox)
    stand_in = Connection("auth_token", BY_TOKEN.values, base_url="http://127.0.0.1:1")
    with pytest.raises(CredentialsError):
        connector(regions).try_out(stand_in)
    assert regions.asked == ["127.0.0.1"]


@pytest.mark.parametrize(
    ("fault", "error", "says"),
    [
        (Fault("rate_limited", retry_after="3"), RateLimitedError, "busy"),
        (Fault("server_error", status=503), UnavailableError, "HTTP 503"),
        (Fault("garbled"), UnavailableError, "guest network"),
        (Fault("garbled", status=302), UnavailableError, "guest network"),
        (Fault("truncated"), UnavailableError, "did not come from Twilio"),
        (Fault("drop_before"), UnavailableError, "broke before the answer came"),
        (Fault("slow", seconds=7), UnavailableError, "took too long"),
        (Fault("error", status=418, message="I'm a teapot"), ServiceError, "teapot"),
    ],
)
def test_what_says_nothing_about_the_credentials_is_no_rejection_and_is_asked_once(
    sandbox: Sandbox, fault: Fault, error: type[ConnectorError], says: str
) -> None:
    sandbox.faults.plant(fault)
    with pytest.raises(error, match=says) as caught:
        checked(sandbox)
    assert not isinstance(caught.value, CredentialsError)
    assert len(sandbox.requests) == 1


@pytest.mark.parametrize(
    ("cause", "says"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "address was not found"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"), "was refused"),
        (ssl.SSLCertVerificationError("self-signed certificate"), "shows a certificate of its own"),
        (ssl.SSLError("wrong version number"), "secure connection failed"),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), "Check the network"),
    ],
)
def test_what_keeps_a_connection_from_opening_is_said_in_a_sentence_of_its_own(cause: OSError, says: str) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        message = "foreign words"
        raise httpx.ConnectError(message, request=request) from cause

    with pytest.raises(UnavailableError, match=says) as caught:
        connector(httpx.MockTransport(fail)).try_out(BY_TOKEN)
    assert "foreign words" not in str(caught.value)


def test_a_connection_that_is_really_refused_is_told_as_such() -> None:
    """The causes above are where httpx really puts them."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(UnavailableError, match="was refused"):
            load_connector("twilio").try_out(Connection("auth_token", BY_TOKEN.values, base_url=closed))


@pytest.mark.parametrize("fault", [Fault("server_error"), Fault("garbled"), Fault("error", status=401, code=20003)])
def test_nothing_that_goes_wrong_with_the_account_undoes_a_good_answer(sandbox: Sandbox, fault: Fault) -> None:
    class SecondFails(SandboxTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if not request.url.path.endswith("Messages.json"):
                sandbox.faults.plant(fault)
            return super().handle_request(request)

    assert connector(SecondFails(sandbox)).try_out(BY_TOKEN) == Checked()


def test_the_token_in_twilios_account_answer_is_kept_nowhere(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    found = checked(sandbox)
    assert AUTH_TOKEN not in repr(found) + repr(found.account) + caplog.text


@pytest.mark.parametrize(
    ("method", "values", "path", "says", "clear"),
    [
        ("auth_token", {"account_sid": KEY_SID}, "account_sid", "This starts with SK, so it is an API key SID", False),
        ("auth_token", {"account_sid": f"MG{1:032x}"}, "account_sid", "SID of another Twilio resource", False),
        ("auth_token", {"account_sid": "0123456789abcdef" * 2}, "account_sid", "looks like an Auth Token", True),
        ("auth_token", {"account_sid": "AC123"}, "account_sid", "must be AC followed by 32 characters", False),
        ("auth_token", {"auth_token": ACCOUNT_SID}, "auth_token", "This is a SID, not the Auth Token", False),
        ("auth_token", {"auth_token": "tiny"}, "auth_token", "too short", False),
        ("auth_token", {"auth_token": "two words in a token"}, "auth_token", "holds a space", False),
        (
            "api_key",
            {"api_key_sid": ACCOUNT_SID},
            "api_key_sid",
            "This starts with AC, so it is the Account SID",
            False,
        ),
        ("api_key", {"api_key_secret": KEY_SID}, "api_key_secret", "This is a SID, not the secret", False),
    ],
)
def test_a_value_in_the_wrong_field_is_recognised(
    sandbox: Sandbox, method: str, values: dict[str, Any], path: str, says: str, clear: bool
) -> None:
    good = BY_KEY if method == "api_key" else BY_TOKEN
    with pytest.raises(InputError) as caught:
        checked(sandbox, Connection(method, {**good.values, **values}))
    found = {problem.path: problem for problem in caught.value.problems}
    assert says in found[path].message
    assert found[path].clear is clear
    assert not any(str(value) in str(caught.value) for value in values.values())
    assert sandbox.requests == []


@pytest.mark.parametrize(
    "around", ["{}", "  {}\n", "\N{NO-BREAK SPACE}{}\u200b", '"{}"', "\u201c {} \u201d", "'{}'", "`{}`", "\ufeff{}"]
)
def test_what_comes_along_with_a_pasted_value_is_taken_off(sandbox: Sandbox, around: str) -> None:
    values = {name: around.format(value) for name, value in BY_TOKEN.values.items()}
    assert checked(sandbox, Connection("auth_token", values)) == Checked("Sandbox")
