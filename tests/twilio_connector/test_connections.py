"""How a connection can be made, and what its options allow: API keys, regions, default country, policies."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connector_kit import (
    ActionCall,
    Connection,
    Connector,
    CredentialsError,
    InputError,
    Journal,
    OutcomeUnknownError,
    RecipientError,
    RefusedError,
    hookimpl,
    load_connector,
    make_plugins,
)
from connector_kit.connector import Settings
from connector_kit.journal.sqlite import SQLiteJournal
from support import BODY, NOW, RECIPIENT, Wire
from twilio_connector import plugin
from twilio_connector.environment import tls
from twilio_connector.policy import Policy
from twilio_sandbox import Clock, Fault, Sandbox, SandboxTransport
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN, OPTED_OUT, OWN_NUMBER, account

KEY_SID, KEY_SECRET = f"SK{1:032x}", "sandbox-secret-of-the-key"


@pytest.fixture
def sandbox() -> Sandbox:
    """The demo account with an API key."""
    sandbox = Sandbox(Clock(NOW))
    sandbox.store.add_account(account()).api_keys[KEY_SID] = KEY_SECRET
    return sandbox


def opened(
    sandbox: Sandbox,
    method: str = "auth_token",
    journal: Journal | None = None,
    extra: Sequence[object] = (),
    **values: Any,
) -> Connector:
    """Open a connection, with the policy that comes with the connector."""
    wire = Wire(SandboxTransport(sandbox), sandbox.clock)
    plugins = make_plugins([plugin, Policy(), wire, *extra], entry_point_group=None)
    remembering: Settings = {} if journal is None else {"journal": journal}
    connector = load_connector("twilio", plugins=plugins, **remembering)
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


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """An environment without proxies and certificates, and no certificates in memory."""
    for name in (
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "SSLKEYLOGFILE",
    ):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    tls.cache_clear()
    yield monkeypatch
    tls.cache_clear()


def open_really() -> None:
    """Open a connection with the client that a host gets, and close it."""
    with load_connector("twilio", plugins=make_plugins([plugin], entry_point_group=None)) as connector:
        connector.open({"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALL_PROXY", "socks5://user:hush@proxy.example"),
        ("ALL_PROXY", "socks://user:hush@proxy.example"),
        ("all_proxy", "ftp://user:hush@proxy.example"),
        ("HTTPS_PROXY", "http://user:hush@proxy:abc"),
        ("HTTPS_PROXY", "http://user:hush@proxy:99999"),
        ("https_proxy", "http://user:hush@a..b:8080"),
        ("HTTP_PROXY", "user:hush@"),
        ("NO_PROXY", "[::hush"),
        ("SSL_CERT_FILE", "/hush/none.pem"),
        ("SSL_CERT_FILE", __file__),
        ("SSLKEYLOGFILE", "/hush/none.log"),
    ],
)
def test_an_environment_that_spoils_the_connection_is_named_and_its_value_kept_secret(
    environment: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """The address of a proxy may hold a password, so neither the sentence nor an error behind it repeats it."""
    environment.setenv(name, value)
    with pytest.raises(InputError, match=f"The environment variable {name} ") as caught:
        open_really()
    assert caught.value.__context__ is None
    assert "hush" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTPS_PROXY", "http://user:hush@proxy.example:8080"),
        ("HTTPS_PROXY", "proxy.example:8080"),
        ("ALL_PROXY", "https://[::1]:8080"),
        ("NO_PROXY", "localhost,127.0.0.1,::1,.example.com"),
        ("SSL_CERT_DIR", str(Path(__file__).parent)),
    ],
)
def test_proxies_and_certificates_of_the_environment_are_used(
    environment: pytest.MonkeyPatch, name: str, value: str
) -> None:
    environment.setenv(name, value)
    open_really()


def test_a_proxy_that_is_switched_off_spoils_nothing(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HTTPS_PROXY", "socks://proxy.example")
    environment.setenv("NO_PROXY", "*")
    open_really()


HOSTS = st.text("aA1.-_[]:%xn", max_size=80) | st.from_regex(r"xn--[a-z0-9-]{0,9}(\.example)?", fullmatch=True)


@given(HOSTS)
@example("xn--i-7iq.ws")  # a name that Python's own rules take and httpx's do not
def test_an_address_is_refused_when_it_is_opened_or_can_be_looked_up(host: str) -> None:
    """Never an error of another library, and never one that comes only when something is sent."""
    address = f"https://{host}"
    asked: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.raw_host)
        return httpx.Response(200, json={"messages": [], "next_page_uri": None})

    plugins = make_plugins([plugin, Wire(httpx.MockTransport(answer))], entry_point_group=None)
    connector = load_connector("twilio", plugins=plugins)
    values = {"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN}
    try:
        connector.open(Connection("auth_token", values, base_url=address))
    except InputError as refused:
        assert [problem.path for problem in refused.problems] == ["base_url"]  # noqa: PT017 - to be opened is right, too
        return
    connector.check()
    assert asked[0].decode("ascii").encode("idna")


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
        (Decimal("2125550123.0"), "US"),
        ("2125550123.0", "US"),
        ("\u202a+1 212\u00a0555\u20110123\u202c", None),
        ("+1 212 555 0123", None),
    ],
)
def test_a_number_is_understood_as_people_write_it(sandbox: Sandbox, written: Any, country: str | None) -> None:
    options: dict[str, Any] = {} if country is None else {"default_country": country}
    send(opened(sandbox, **options), recipient_number=written)
    assert sandbox.store.all(ACCOUNT_SID)[0].recipient == RECIPIENT


@pytest.mark.parametrize(
    "number", [1.5, 0, -1, -1.0, 2.0**53, 1e300, 10**400, pytest.param(10**5000, id="beyond text"), float("inf"), float("nan"), True,
               Decimal("1.5"), Decimal("NaN"), Decimal("sNaN"), Decimal("1e999999")]
)  # fmt: skip
def test_a_number_that_is_not_the_digits_somebody_wrote_is_refused(sandbox: Sandbox, number: Any) -> None:
    with pytest.raises(InputError, match="recipient_number: give text, not"):
        send(opened(sandbox), recipient_number=number)
    assert sandbox.requests == []


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


def test_what_was_sent_before_takes_no_place_under_the_cap(sandbox: Sandbox, tmp_path: Path) -> None:
    """Or a capped file could never be finished: each start would spend its cap on what the one before has sent."""
    for start in range(4):
        connector = opened(sandbox, journal=SQLiteJournal(tmp_path / "journal.sqlite3"), send_cap=2)
        for row in range(6):
            with suppress(RefusedError):
                send(connector, recipient_number=f"+1212555{row:04d}", idempotency_key=f"row {row}")
        connector.close()
        assert sandbox.store.count(ACCOUNT_SID) == min(2 * start + 2, 6)


def test_a_policy_is_not_asked_about_what_was_sent_before(sandbox: Sandbox, tmp_path: Path) -> None:
    """It would answer that nothing was sent, about a message that was."""
    journal = SQLiteJournal(tmp_path / "journal.sqlite3")
    sid = send(opened(sandbox, journal=journal), idempotency_key="order 1")
    stricter = opened(sandbox, journal=journal, allowed_countries=["NL"])
    assert send(stricter, idempotency_key="order 1") == sid
    with pytest.raises(RefusedError):
        send(stricter, idempotency_key="order 2")
    journal.close()


def test_a_policy_is_not_asked_about_what_was_broken_off(sandbox: Sandbox, tmp_path: Path) -> None:
    """Whoever was sending was killed, and the policy got stricter: the message may have been sent, so it is looked for."""

    class Killed(BaseException):
        """Stands for kill -9."""

    class Killing(SandboxTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            super().handle_request(request)
            raise Killed

    journal = SQLiteJournal(tmp_path / "journal.sqlite3")
    connector = load_connector(
        "twilio",
        plugins=make_plugins([plugin, Wire(Killing(sandbox), sandbox.clock)], entry_point_group=None),
        journal=journal,
        now=sandbox.clock.now,
    )
    connector.open({"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN})
    with pytest.raises(Killed):
        send(connector, idempotency_key="order 1")
    sandbox.clock.advance(120)
    stricter = opened(sandbox, journal=journal, allowed_countries=["NL"])
    assert send(stricter, idempotency_key="order 1") == sandbox.store.all(ACCOUNT_SID)[0].sid
    assert sandbox.store.count(ACCOUNT_SID) == 1
    journal.close()


def test_a_send_that_certainly_failed_gives_its_place_under_the_cap_back(sandbox: Sandbox) -> None:
    connector = opened(sandbox, send_cap=1)
    with pytest.raises(RecipientError):
        send(connector, recipient_number=OPTED_OUT)
    send(connector)
    with pytest.raises(RefusedError, match="may send 1 messages"):
        send(connector)


def test_a_send_whose_end_is_unknown_keeps_its_place_under_the_cap(sandbox: Sandbox) -> None:
    connector = opened(sandbox, send_cap=1)
    sandbox.faults.plant(Fault("drop_before", method="POST"))
    with pytest.raises(OutcomeUnknownError):
        send(connector)
    with pytest.raises(RefusedError, match="may send 1 messages"):
        send(connector)


def test_a_refusal_by_another_policy_frees_no_place_under_the_cap(sandbox: Sandbox) -> None:
    class OfficeHours:
        open = True

        @hookimpl
        def connector_before(self) -> None:
            if not self.open:
                raise RefusedError("Closed.")

    hours = OfficeHours()
    connector = opened(sandbox, extra=[hours], send_cap=1)
    send(connector)
    hours.open = False
    with pytest.raises(RefusedError, match="Closed"):
        send(connector)
    hours.open = True
    with pytest.raises(RefusedError, match="may send 1 messages"):
        send(connector)


def test_sends_at_the_same_time_do_not_go_over_the_cap(sandbox: Sandbox) -> None:
    """Each waits before its request until all have been let through or refused."""
    asked = threading.Barrier(8, timeout=10)

    class Together:
        @hookimpl(wrapper=True)
        def connector_before(self) -> Any:
            try:
                return (yield)
            finally:
                asked.wait()

    connector = opened(sandbox, extra=[Together()], send_cap=3)

    def one(number: int) -> bool:
        try:
            send(connector, recipient_number=f"+1212555{number:04d}")
        except RefusedError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(8))) == 3
    assert sandbox.store.count(ACCOUNT_SID) == 3


def test_the_installed_connector_brings_its_policy() -> None:
    assert "twilio-policy" in dict(make_plugins().describe())
