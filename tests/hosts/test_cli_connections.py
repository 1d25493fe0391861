"""Connections at the terminal: the twin of the form, for people and for scripts, with the same sentences and exit codes."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from connector_kit.hosts.cli import main
from support import NOW, RECIPIENT
from twilio_sandbox import Account, Clock, Fault, Sandbox
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN, OWN_NUMBER, account
from twilio_sandbox.server import serving

WRONG = "not-the-token-of-it"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def sandbox() -> Sandbox:
    """An empty account on a clock that stands still."""
    sandbox = Sandbox(Clock(NOW))
    sandbox.store.add_account(account())
    return sandbox


@pytest.fixture
def demo(sandbox: Sandbox) -> Account:
    """The demo account itself, to be changed."""
    found = sandbox.store.account(ACCOUNT_SID)
    assert found is not None
    return found


@pytest.fixture
def address(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where the sandbox is."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("MY_TOKEN", AUTH_TOKEN)
    with serving(sandbox) as where:
        yield where


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command and return its exit code, its output and its complaints."""

    def command(*arguments: str) -> tuple[int, str, str]:
        code = main(list(arguments))
        captured = capsys.readouterr()
        assert AUTH_TOKEN not in captured.out + captured.err or "--show-secrets" in arguments
        return code, captured.out, captured.err

    return command


@pytest.fixture
def connect(run: Run, address: str) -> Run:
    """Save a connection to the sandbox."""

    def command(*arguments: str) -> tuple[int, str, str]:
        flags = ["--account-sid", ACCOUNT_SID, "--auth-token-env", "MY_TOKEN", "--base-url", address]
        return run("connect", "twilio", *flags, *arguments)

    return command


def send(*flags: str) -> list[str]:
    """Return the words of a send."""
    inputs = ["--sender-number", OWN_NUMBER, "--recipient-number", RECIPIENT, "--message-body", "hi"]
    return ["call", "twilio", "send-sms-message", *inputs, *flags]


def listed(run: Run) -> list[dict[str, Any]]:
    """Return the saved connections."""
    found: list[dict[str, Any]] = json.loads(run("connections", "list", "--json")[1])
    return found


def test_a_saved_connection_is_used_by_its_name_and_as_the_default(run: Run, connect: Run, sandbox: Sandbox) -> None:
    assert connect()[:2] == (0, "Saved 'default' in Production. Connected. Account: Sandbox.\n")
    for flags in ([], ["--connection", "default"], ["--connection", "DEFAULT", "--environment", "production"]):
        assert run(*send(*flags))[0] == 0
    assert sandbox.store.count(ACCOUNT_SID) == 3


def test_a_saved_connection_sends_a_file(run: Run, connect: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    connect("--name", "Acme")
    file = tmp_path / "messages.csv"
    file.write_text(f"sender_number,recipient_number,message_body\n{OWN_NUMBER},{RECIPIENT},hi\n", encoding="utf-8")
    assert run("send-many", "twilio", str(file), "--connection", "Acme")[0] == 0
    assert sandbox.store.count(ACCOUNT_SID) == 1


def test_nothing_falls_back_to_another_environment_or_name(run: Run, connect: Run, sandbox: Sandbox) -> None:
    connect("--environment", "test", "--name", "Acme")
    for flags, says in (
        ([], "has no default connection in Production"),
        (["--connection", "Acme"], "In Test there is one of that name, but none is used in its place"),
        (["--connection", "Acm", "--environment", "test"], "There are: 'Acme'"),
    ):
        code, _, err = run(*send(*flags))
        assert (code, says in err) == (2, True), err
    assert sandbox.store.count(ACCOUNT_SID) == 0
    assert run(*send("--connection", "Acme", "--environment", "test"))[0] == 0


def test_a_saved_connection_and_fields_of_another_are_not_mixed(run: Run, connect: Run, address: str) -> None:
    connect()
    code, _, err = run(*send("--connection", "default", "--base-url", address))
    assert (code, "Leave out --connection and --environment, or: --base-url" in err) == (2, True)


def test_without_any_connection_a_person_is_told_how_to_make_one(run: Run) -> None:
    code, _, err = run(*send())
    assert (code, "Save one: connector connect twilio" in err) == (2, True)


@pytest.mark.parametrize(
    ("fault", "flags", "code", "says"),
    [
        (None, ["--name", " "], 2, "name: is empty"),
        (None, ["--region", "Ireland"], 2, "region: is not a region"),
        (Fault("error", status=401, code=20003), [], 5, "did not accept the Account SID and Auth Token together"),
        (Fault("server_error"), [], 9, "HTTP 500"),
        (Fault("rate_limited"), [], 8, "busy"),
    ],
)
def test_a_script_learns_by_exit_code_why_nothing_was_saved(
    run: Run, connect: Run, sandbox: Sandbox, fault: Fault | None, flags: list[str], code: int, says: str
) -> None:
    if fault is not None:
        sandbox.faults.plant(fault)
    found, _, err = connect(*flags)
    assert (found, says in err) == (code, True), err
    assert listed(run) == []


def test_a_connection_can_be_saved_without_the_check(run: Run, connect: Run, sandbox: Sandbox) -> None:
    sandbox.faults.plant(Fault("server_error", times=99))
    assert connect("--without-check")[:2] == (0, "Saved 'default' in Production. Not checked.\n")
    assert [one["status"] for one in listed(run)] == ["unchecked"]


def test_a_new_token_is_put_into_a_saved_connection(
    run: Run, connect: Run, demo: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect()
    demo.auth_token = "the-new-token-of-today"  # noqa: S105 - opens nothing but a sandbox
    assert run("connections", "check", "twilio", "default")[0] == 5
    assert [one["status"] for one in listed(run)] == ["attention"]
    monkeypatch.setenv("NEW", demo.auth_token)
    assert run("connect", "twilio", "--update", "--auth-token-env", "NEW")[0] == 0
    assert run("connections", "check", "twilio", "default")[:2] == (0, "Connected. Account: Sandbox AC\u20260001.\n")


def test_both_environments_get_the_same_credentials(run: Run, connect: Run) -> None:
    connect("--both")
    assert [(one["environment"], one["is_default"]) for one in listed(run)] == [("production", True), ("test", True)]


def test_the_list_shows_whose_account_it_is_without_its_sid(
    run: Run, connect: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole also on a terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    connect("--name", "The support line of Acme")
    _, out, _ = run("connections", "list")
    wanted = ("support line", "(default)", "production", "twilio", "2.0.1", "Sandbox", "AC\u20260001", "connected")
    assert all(text in out for text in wanted), out
    assert "checked" in out
    assert ACCOUNT_SID not in out
    assert ACCOUNT_SID not in json.dumps(listed(run))


def test_an_empty_list_says_how_to_begin(run: Run) -> None:
    assert "connector connect CONNECTOR" in run("connections", "list")[2]


def test_rename_default_and_remove(run: Run, connect: Run, sandbox: Sandbox) -> None:
    connect("--name", "one")
    connect("--name", "two")
    assert connect("--name", "TWO")[0] == 2
    sandbox.requests.clear()
    assert "need the new one: 'three'" in run("connections", "rename", "twilio", "two", "three")[1]
    assert sandbox.requests == []
    assert run("connections", "default", "twilio", "three")[0] == 0
    assert [one["name"] for one in listed(run) if one["is_default"]] == ["three"]
    code, _, err = run("connections", "remove", "twilio", "three")
    assert (code, "--yes" in err) == (2, True)
    _, out, _ = run("connections", "remove", "twilio", "three", "--yes")
    assert "still work at the service itself. Production has no default connection now." in out
    assert [(one["name"], one["is_default"]) for one in listed(run)] == [("one", False)]


def test_an_exported_connection_works_from_the_environment_alone(
    run: Run, connect: Run, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect("--name", "Acme Support", "--default-country", "US")
    _, out, _ = run("connections", "export-env", "twilio", "Acme Support", "--show-secrets")
    run("connections", "remove", "twilio", "Acme Support", "--yes")
    monkeypatch.setenv("CONNECTOR_KIT_CONNECTIONS", str(tmp_path / "nothing.sqlite3"))
    for line in out.splitlines():
        name, _, value = line.partition("=")
        monkeypatch.setenv(name, value.strip("'"))
    assert [(one["name"], one["read_only"], one["source"]) for one in listed(run)] == [
        ("acme-support", True, "environment")
    ]
    assert run(*send("--connection", "acme-support"))[0] == 0
    assert sandbox.store.count(ACCOUNT_SID) == 1
    assert run("connections", "rename", "twilio", "acme-support", "x")[0] == 15


def test_an_export_holds_no_secret_unless_it_is_asked_for(run: Run, connect: Run) -> None:
    connect()
    _, out, err = run("connections", "export-env", "twilio", "default")
    assert "TWILIO_PRODUCTION_DEFAULT_AUTH_TOKEN=\n" in out
    assert "--show-secrets" in err


def test_the_key_can_be_changed(run: Run, connect: Run) -> None:
    connect("--both")
    assert "2 saved connections" in run("connections", "rotate-key")[1]
    assert run(*send())[0] == 0


@pytest.fixture
def transcript() -> io.StringIO:
    """What the terminal has shown."""
    return io.StringIO()


@pytest.fixture
def terminal(address: str, transcript: io.StringIO) -> Iterator[Callable[..., pexpect.spawn]]:
    """Start the command in a terminal of its own, at which the test sits."""
    started: list[pexpect.spawn] = []

    def start(*arguments: str) -> pexpect.spawn:
        words = ["-m", "connector_kit.hosts.cli", *arguments]
        child = pexpect.spawn(sys.executable, words, env=dict(os.environ), encoding="utf-8", timeout=20)
        child.logfile_read = transcript
        started.append(child)
        return child

    yield start
    for child in started:
        child.close(force=True)


def ended(child: pexpect.spawn) -> int:
    """Return the exit code once the command has ended."""
    child.expect(pexpect.EOF)
    child.close()
    code: int = child.exitstatus
    return code


def test_a_person_is_asked_field_by_field_and_the_token_is_never_shown(
    terminal: Callable[..., pexpect.spawn], address: str, run: Run, transcript: io.StringIO
) -> None:
    child = terminal("connect", "twilio", "--base-url", address)
    child.expect("first page of the Twilio Console")
    child.expect("Account SID .*starting with AC.*: ")
    child.sendline(f"SK{1:032x}")
    child.expect("Auth Token .*not shown: ")
    child.sendline(AUTH_TOKEN)
    child.expect("This starts with SK, so it is an API key SID")
    child.expect("Account SID .*: ")
    child.sendline(f'  "{ACCOUNT_SID}" ')
    child.expect("Saved 'default' in Production. Connected. Account: Sandbox.")
    assert ended(child) == 0
    assert "API key SID" in transcript.getvalue()
    assert AUTH_TOKEN not in transcript.getvalue()
    assert [one["status"] for one in listed(run)] == ["connected"]


def test_a_wrong_token_can_be_corrected_and_an_outage_waited_out_without_typing_again(
    terminal: Callable[..., pexpect.spawn], address: str, sandbox: Sandbox
) -> None:
    child = terminal("connect", "twilio", "--base-url", address, "--account-sid", ACCOUNT_SID)
    child.expect("Auth Token .*not shown: ")
    child.sendline(WRONG)
    child.expect("did not accept .* together.*Nothing was saved.")
    child.expect("Account SID .*: ")
    child.sendline(ACCOUNT_SID)
    child.expect("Auth Token .*not shown: ")
    sandbox.faults.plant(Fault("server_error", status=503))
    child.sendline(AUTH_TOKEN)
    child.expect(r"Your values were not rejected.*Try again \(t\), or save without checking \(s\): ")
    child.sendline("t")
    child.expect("Saved 'default' in Production. Connected.")
    assert ended(child) == 0


def test_ctrl_c_saves_nothing(terminal: Callable[..., pexpect.spawn], address: str, run: Run) -> None:
    child = terminal("connect", "twilio", "--base-url", address)
    child.expect("Account SID .*: ")
    child.sendintr()
    assert ended(child) == 130
    assert listed(run) == []


def test_a_person_is_asked_before_a_connection_is_removed(
    terminal: Callable[..., pexpect.spawn], connect: Run, run: Run
) -> None:
    connect("--name", "Acme")
    for answer, left in (("no", 1), ("yes", 0)):
        child = terminal("connections", "remove", "twilio", "Acme")
        child.expect("Remove 'Acme' in Production .*Type yes: ")
        child.sendline(answer)
        assert ended(child) == (0 if answer == "yes" else 2)
        assert len(listed(run)) == left


def test_an_export_says_what_it_will_be_called_and_what_it_collides_with(run: Run, connect: Run) -> None:
    connect("--name", "a b")
    connect("--name", "a-b", "--environment", "test")
    _, out, err = run("connections", "export-env", "twilio", "a b")
    assert "CONNECTOR_KIT_CONNECTION_A_B='default twilio auth_token production " in out
    assert "There it is called 'a-b'" in err
    assert "'a-b' of twilio in Test would be defined by the same variable, CONNECTOR_KIT_CONNECTION_A_B" in err


def test_both_is_not_dropped_without_a_word_when_a_connection_is_updated(run: Run, connect: Run) -> None:
    connect("--both")
    code, _, err = run("connect", "twilio", "--update", "--both", "--auth-token-env", "MY_TOKEN")
    assert (code, "in its own environment alone" in err) == (2, True)


def test_the_way_to_connect_can_be_changed(run: Run, connect: Run, demo: Account, address: str) -> None:
    demo.api_keys[f"SK{1:032x}"] = AUTH_TOKEN
    key = ["--method", "api_key", "--account-sid", ACCOUNT_SID, "--api-key-sid", f"SK{1:032x}"]
    assert run("connect", "twilio", *key, "--api-key-secret-env", "MY_TOKEN", "--base-url", address)[0] == 0
    changed = run("connect", "twilio", "--update", "--method", "auth_token", "--auth-token-env", "MY_TOKEN")
    assert changed[0] == 0
    assert [(one["method"], one["status"]) for one in listed(run)] == [("auth_token", "connected")]


def test_without_check_asks_nobody_at_a_terminal_either(
    terminal: Callable[..., pexpect.spawn], address: str, sandbox: Sandbox
) -> None:
    child = terminal("connect", "twilio", "--base-url", address, "--account-sid", ACCOUNT_SID, "--without-check")
    child.expect("Auth Token .*not shown: ")
    child.sendline(AUTH_TOKEN)
    child.expect("Saved 'default' in Production. Not checked.")
    assert ended(child) == 0
    assert sandbox.requests == []


def test_the_end_of_the_input_saves_nothing(
    terminal: Callable[..., pexpect.spawn], address: str, transcript: io.StringIO
) -> None:
    child = terminal("connect", "twilio", "--base-url", address, "--account-sid", ACCOUNT_SID)
    child.expect("Auth Token .*not shown: ")
    child.sendeof()
    assert ended(child) == 130
    assert "Traceback" not in transcript.getvalue()


def test_a_region_that_is_wrong_is_asked_for_and_nothing_else(
    terminal: Callable[..., pexpect.spawn], address: str
) -> None:
    child = terminal("connect", "twilio", "--base-url", address, "--account-sid", ACCOUNT_SID, "--region", "Ireland")
    child.expect("Auth Token .*not shown: ")
    child.sendline(AUTH_TOKEN)
    child.expect("Region is not a region")
    child.expect("Region .*: ")
    child.sendline("us1")
    child.expect("Saved 'default' in Production. Connected.")
    assert ended(child) == 0


def test_a_secret_that_is_typed_for_standard_input_is_not_shown(
    terminal: Callable[..., pexpect.spawn], address: str, transcript: io.StringIO
) -> None:
    child = terminal(
        "call", "twilio", "read-sms-messages", "--account-sid", ACCOUNT_SID, "--auth-token-stdin", "--base-url", address
    )
    child.expect("Auth Token: ")
    child.sendline(AUTH_TOKEN)
    assert ended(child) == 0
    assert AUTH_TOKEN not in transcript.getvalue()
