"""The command line: what it prints, its exit codes, and where secrets may come from."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connector_kit import ConnectorError
from connector_kit.hosts.cli import EXIT_CODES, NEEDS_ANSWER, main
from connector_kit.schemas import schemas, to_text
from support import NOW, RECIPIENT, ROOT, stored
from twilio_sandbox import Clock, Fault, Sandbox
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN, OWN_NUMBER, account
from twilio_sandbox.server import serving

SEND = [
    "call",
    "twilio",
    "send-sms-message",
    "--sender-number",
    OWN_NUMBER,
    "--recipient-number",
    RECIPIENT,
    "--message-body",
    "hi",
]
READ = ["call", "twilio", "read-sms-messages"]


@pytest.fixture
def sandbox() -> Sandbox:
    """An empty account on a clock that stands still."""
    sandbox = Sandbox(Clock(NOW))
    sandbox.store.add_account(account())
    return sandbox


@pytest.fixture
def connection(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The flags that connect to the sandbox on a socket."""
    monkeypatch.setenv("MY_TOKEN", AUTH_TOKEN)
    monkeypatch.setenv("COLUMNS", "200")
    with serving(sandbox) as address:
        yield ["--account-sid", ACCOUNT_SID, "--auth-token-env", "MY_TOKEN", "--base-url", address]


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command and return its exit code, its output and its complaints."""

    def command(*arguments: str) -> tuple[int, str, str]:
        code = main(list(arguments))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command


def test_list_names_the_installed_connectors(run: Run) -> None:
    assert "Twilio" in run("list")[1]
    assert json.loads(run("list", "--json")[1]) == [{"id": "twilio", "name": "Twilio", "version": "2.0.1"}]


def test_show_tells_how_to_connect_and_what_can_be_done(run: Run) -> None:
    code, out, _ = run("show", "twilio")
    assert code == 0
    assert all(
        text in out
        for text in (
            "Auth Token",
            "Read some SMS messages",
            "changes something or costs money",
            "send an SMS message where",
            "date_sent",
        )
    )
    shown = json.loads(run("show", "twilio", "--json")[1])
    assert shown["actions"][0]["output"]["type"] == "list[twilio sms message]"


def test_plugins_lists_who_implements_what(run: Run) -> None:
    described = {each["plugin"]: each["hooks"] for each in json.loads(run("plugins", "--json")[1])}
    assert sorted(described["twilio"]) == ["connector_bind", "connector_manifest", "connector_open"]
    assert "connector_after" in run("plugins")[1]


def test_validate_accepts_ours_and_reports_every_fault_of_another(run: Run, tmp_path: Path) -> None:
    assert run("validate", str(ROOT / "connector.yaml"))[:2] == (
        0,
        "connector.yaml is a valid manifest: Twilio 2.0.1.\n",
    )
    assert json.loads(run("validate", str(ROOT / "connector.yaml"), "--json")[1])["valid"] is True
    faulty = tmp_path / "faulty.yaml"
    faulty.write_text("id: Toy\nname: Toy\ncolour: red\n", encoding="utf-8")
    code, _, err = run("validate", str(faulty))
    assert code == 3
    assert "- id: 'Toy' is not an id" in err
    assert "- version: is required" in err
    assert "- colour: is not known here; allowed: id, name, version" in err


def test_schema_prints_and_writes_what_is_checked_in(run: Run, tmp_path: Path) -> None:
    from connector_kit import load_manifest

    expected = schemas(load_manifest(ROOT / "connector.yaml"))
    assert json.loads(run("schema", "twilio", "--json")[1]) == list(expected)
    assert run("schema", "twilio", "send_sms_message")[1] == to_text(expected["send_sms_message"])
    assert run("schema", "twilio", "nonsense")[0] == 2
    assert run("schema", "twilio", "--write", str(tmp_path))[0] == 0
    assert (tmp_path / "manifest.schema.json").read_text(encoding="utf-8") == to_text(expected["manifest"])


def test_send_prints_the_sid_alone_and_says_the_rest_beside(run: Run, sandbox: Sandbox, connection: list[str]) -> None:
    """So that a script can take the SID."""
    code, out, err = run(*SEND, *connection)
    assert (code, out) == (0, f"{sandbox.store.all(ACCOUNT_SID)[0].sid}\n")
    assert "not yet delivered" in err


def test_send_prints_one_json_object_for_programs(run: Run, connection: list[str]) -> None:
    document = json.loads(run(*SEND, *connection, "--json")[1])
    assert set(document) == {"output", "notices", "more"}
    assert document["notices"][0]["code"] == "queued"


def test_read_prints_a_table_for_people(run: Run, sandbox: Sandbox, connection: list[str]) -> None:
    stored(sandbox, 3, change=lambda n: {"body": f"[red]text {n}"})
    code, out, err = run(*READ, *connection)
    assert code == 0
    assert out.count(RECIPIENT) == 3
    assert "[red]text 2" in out
    assert "2026-03-10 11:59" in out
    assert err == "3 found.\n"


def test_read_shows_dates_in_the_timezone_asked_for(run: Run, sandbox: Sandbox, connection: list[str]) -> None:
    stored(sandbox, 1)
    assert "2026-03-10 07:59" in run(*READ, *connection, "--timezone", "America/New_York")[1]
    assert run(*READ, *connection, "--timezone", "Mars/Olympus")[0] == 2


def test_read_shows_the_fields_asked_for(run: Run, sandbox: Sandbox, connection: list[str]) -> None:
    sid = stored(sandbox, 1)[0].sid
    assert sid in run(*READ, *connection, "--fields", "sid, status")[1]
    code, _, err = run(*READ, *connection, "--fields", "colour")
    assert (code, "There is no such field to show" in err) == (2, True)


def test_a_whole_phone_number_is_shown_on_a_narrow_terminal(
    run: Run, sandbox: Sandbox, connection: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    stored(sandbox, 1, change=lambda _: {"body": "a long text " * 9})
    out = run(*READ, *connection)[1]
    assert RECIPIENT in out
    assert OWN_NUMBER in out
    assert "a long" in out


def test_read_takes_filter_limit_and_offset(run: Run, sandbox: Sandbox, connection: list[str]) -> None:
    expected = stored(sandbox, 9)
    flags = ["--filter", '["has", "body", "message"]', "--limit", "2", "--offset", "3", "--json"]
    found = json.loads(run(*READ, *connection, *flags)[1])["output"]
    assert [message["sid"] for message in found] == [message.sid for message in expected[3:5]]


@pytest.mark.parametrize("name", ["send_sms_message", "send-sms-message"])
def test_an_action_is_called_by_its_id_with_either_dash(run: Run, connection: list[str], name: str) -> None:
    assert run(*SEND[:2], name, *SEND[3:], *connection)[0] == 0


def test_the_help_of_an_action_comes_from_the_manifest(run: Run) -> None:
    code, out, _ = run("call", "twilio", "send-sms-message", "--help")
    assert code == 0
    assert "--sender-number TEXT" in out
    assert "The Twilio phone number to send the" in out
    assert "--auth-token-file PATH" in out
    assert "--auth-token TEXT" not in out
    assert "--limit" not in out


def test_a_secret_comes_from_a_file(run: Run, connection: list[str], tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text(f"{AUTH_TOKEN}\n", encoding="utf-8")
    assert run(*READ, *connection[:2], "--auth-token-file", str(secret), *connection[4:])[0] == 0
    assert run(*READ, *connection[:2], "--auth-token-file", str(tmp_path / "none"), *connection[4:])[0] == 2


def test_a_secret_comes_from_standard_input(run: Run, connection: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{AUTH_TOKEN}\nmore"))
    assert run(*READ, *connection[:2], "--auth-token-stdin", *connection[4:])[0] == 0


def test_a_secret_never_comes_from_the_command_line_or_an_unnamed_variable(
    run: Run, connection: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", AUTH_TOKEN)
    code, _, err = run(*READ, *connection[:2], *connection[4:])
    assert (code, "say where the Auth Token comes from: --auth-token-file" in err) == (2, True)
    assert run(*READ, *connection[:2], "--auth-token", AUTH_TOKEN, *connection[4:])[0] == 2
    assert run(*READ, *connection[:2], "--auth-token-env", "NOT_SET", *connection[4:])[0] == 2


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault("error", status=401, code=20003), 5),
        (Fault("error", status=400, code=21606), 7),
        (Fault("error", status=400, code=21610), 12),
        (Fault("rate_limited", retry_after="999"), 8),
        (Fault("drop_before", method="POST"), 10),
    ],
)
def test_every_family_of_errors_has_its_exit_code(
    run: Run, sandbox: Sandbox, connection: list[str], monkeypatch: pytest.MonkeyPatch, fault: Fault, code: int
) -> None:
    monkeypatch.setattr("twilio_connector.lookup.LOOKS", (0.0,))
    sandbox.faults.plant(Fault(**vars(fault)))
    assert run(*SEND, *connection)[0] == code
    sandbox.faults.plant(Fault(**{**vars(fault), "times": 1}))
    code_again, out, err = run(*SEND, *connection, "--json")
    assert (code_again, err) == (code, "")
    assert set(json.loads(out)["error"]) >= {"code", "message", "retryable"}


def test_a_broken_contract_has_its_exit_code(run: Run, sandbox: Sandbox, connection: list[str]) -> None:
    stored(sandbox, 1)
    sandbox.faults.plant(Fault("null", field="num_media"))
    assert run(*READ, *connection)[0] == 11


def test_no_two_families_share_an_exit_code_and_every_error_has_one() -> None:
    codes = [NEEDS_ANSWER, *(code for _, code in EXIT_CODES)]
    assert len(set(codes)) == len(codes)

    def families(kind: type[Any]) -> Iterator[type[Any]]:
        for child in kind.__subclasses__():
            yield child
            yield from families(child)

    def room(kind: type[Any]) -> str:
        return kind.__module__.removeprefix("connector_kit.hosts.").partition(".")[0]

    # What another host raises, it answers itself.
    told_here = [
        e for e in families(ConnectorError) if room(e) == "cli" or not e.__module__.startswith("connector_kit.hosts.")
    ]
    assert all(any(issubclass(error, kind) for kind, _ in EXIT_CODES) for error in told_here)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "The following arguments are required: COMMAND"),
        (["dance"], "invalid choice"),
        (["call"], "Say first which connector and which action"),
        (["call", "twilio", "send-sms-mesage"], "Did you mean send_sms_message?"),
        (["call", "telex", "send"], "There is no connector 'telex'"),
        ([*READ, "--limit", "x"], "--limit: invalid int value"),
        ([*READ, "--filter", "{"], "The filter is not JSON at character 2"),
        ([*READ, "--filter", '{"status": 1}'], "is not a condition"),
        ([*SEND, "--limit", "2"], "an argument that this command does not know"),
        (["list", "extra"], "an argument that this command does not know"),
        ([*SEND, "--auth-token-env", "PATH"], "account_sid: is missing"),
        (
            [*READ, "--account-sid", f"SK{1:032x}", "--auth-token-env", "PATH"],
            "This starts with SK, so it is an API key SID",
        ),
    ],
)
def test_a_wrong_command_is_told_what_to_change(run: Run, arguments: list[str], says: str) -> None:
    code, _, err = run(*arguments)
    assert code == 2
    assert says in err


def test_an_unreachable_service_is_unavailable(
    run: Run, connection: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    code, _, err = run(*READ, *connection[:4], "--base-url", "http://127.0.0.1:1")
    assert (code, "no connection to Twilio could be opened" in err) == (9, True)


def test_interrupting_ends_without_a_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("connector_kit.hosts.cli.command.load_connectors", interrupted)
    assert run("list") == (130, "", "Interrupted.\n")


def test_a_reader_that_has_seen_enough_ends_the_output_quietly(connection: list[str], sandbox: Sandbox) -> None:
    """As in: connector call ... | head."""
    stored(sandbox, 500)
    command = [sys.executable, "-m", "connector_kit.hosts.cli", *READ, *connection, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # noqa: S603 - our own command
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(1)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=30) == 0


def test_a_message_cannot_steer_the_terminal(run: Run, sandbox: Sandbox, connection: list[str]) -> None:
    stored(sandbox, 1, change=lambda _: {"body": "\x1b]0;owned\x07\x9b31m red"})
    out = run(*READ, *connection)[1]
    assert "owned" in out
    assert not any(char in out for char in "\x1b\x07\x9b")


def test_interrupting_a_send_says_that_it_may_have_been_sent(
    run: Run, connection: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("connector_kit.connector.Connector.run", interrupted)
    code, _, err = run(*SEND, *connection)
    assert (code, "Look before you repeat it" in err) == (10, True)
    assert run(*READ, *connection)[0] == 130


@pytest.mark.parametrize("typed_by_a_person", [True, False])
def test_a_corrected_number_is_shown_to_the_person_who_typed_it_and_to_no_log(
    run: Run, connection: list[str], monkeypatch: pytest.MonkeyPatch, typed_by_a_person: bool
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: typed_by_a_person)
    wrong = ["12125550123" if argument == RECIPIENT else argument for argument in SEND]
    code, _, err = run(*wrong, *connection)
    assert code == 2
    assert ("Did you mean +12125550123 for recipient_number?" in err) is typed_by_a_person
    assert ("2125550123" in err) is typed_by_a_person


@pytest.mark.parametrize("flags", [[], ["--json"]])
@pytest.mark.parametrize("output", ["full", "closed"])
def test_the_sid_of_a_send_is_not_lost_with_the_output(
    sandbox: Sandbox, connection: list[str], output: str, flags: list[str]
) -> None:
    """Whoever does not see it sends again."""
    out, into = os.pipe()
    os.close(out)
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        ended = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "connector_kit.hosts.cli", *SEND, *connection, *flags],
            env={**os.environ, "PYTHONUNBUFFERED": ""},  # what is left in the buffer fails once more at the end
            stdout=full if output == "full" else into,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    os.close(into)
    sid = sandbox.store.all(ACCOUNT_SID)[0].sid
    assert ended.returncode == 14
    assert f"It was carried out, so do not repeat it. The result is: {sid}\n" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "Exception ignored" not in ended.stderr


def test_no_standard_output_at_all_is_said_on_standard_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a service that has none, where Python prints into nothing without a word."""
    monkeypatch.setattr(sys, "stdout", None)
    for command in (["list"], ["list", "--json"], ["show", "twilio"], ["validate", str(ROOT / "connector.yaml")]):
        assert main(command) == 14
        assert "The output could not be written" in capsys.readouterr().err


class Narrow(io.TextIOWrapper):
    """An output that knows the characters of Western Europe only."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="cp1252")

    def text(self) -> str:
        """Return what arrived."""
        self.flush()
        arrived = self.buffer
        assert isinstance(arrived, io.BytesIO)
        return arrived.getvalue().decode("cp1252")


def test_a_character_that_the_output_cannot_show_is_escaped_in_json_and_replaced_elsewhere(
    sandbox: Sandbox, connection: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(sandbox, 1, change=lambda _: {"body": "café 🙂"})
    emoji = ["café 🙂" if argument == "hi" else argument for argument in SEND]
    for command, says in (
        ([*emoji, "--dry-run", "true"], '"Body": "caf\\u00e9 \\ud83d\\ude42"'),
        ([*READ, "--json"], '"body": "caf\\u00e9 \\ud83d\\ude42"'),
        (READ, "café ?"),
    ):
        monkeypatch.setattr(sys, "stdout", narrow := Narrow())
        assert main([*command, *connection]) == 0
        assert says in narrow.text()


def test_an_error_is_told_and_keeps_its_exit_code_where_the_output_is_gone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["call", "telex", "send", "--json"]) == 2
    assert "There is no connector 'telex'" in capsys.readouterr().err
