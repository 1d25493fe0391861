"""Many sends from a file: checked whole before the first, each at most once, resumable after anything."""

from __future__ import annotations

import csv
import errno
import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import pytest

from connector_kit import many
from connector_kit.hosts.cli import main
from connector_kit.hosts.cli.results import write_result
from connector_kit.many import RowResult
from support import NOW
from twilio_sandbox import Clock, Fault, Sandbox
from twilio_sandbox.answer import Answer
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN, OPTED_OUT, OWN_NUMBER, account
from twilio_sandbox.server import serving

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def sandbox() -> Sandbox:
    """An empty account."""
    sandbox = Sandbox(Clock(NOW))
    sandbox.store.add_account(account())
    return sandbox


@pytest.fixture
def run(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Run]:
    """Run the command against the sandbox, with a journal of its own."""
    monkeypatch.setenv("MY_TOKEN", AUTH_TOKEN)
    monkeypatch.setenv("CONNECTOR_KIT_JOURNAL", str(tmp_path / "journal.sqlite3"))
    monkeypatch.setattr("twilio_connector.lookup.LOOKS", (0.0, 0.05))
    with serving(sandbox) as address:

        def command(*arguments: str) -> tuple[int, str, str]:
            connection = ["--account-sid", ACCOUNT_SID, "--auth-token-env", "MY_TOKEN", "--base-url", address]
            code = main(["send-many", "twilio", *arguments, *connection])
            captured = capsys.readouterr()
            return code, captured.out, captured.err

        yield command


def file(tmp_path: Path, *recipients: str, header: str = "sender number,Recipient_Number,message_body") -> str:
    """Write a file with a row for each recipient."""
    path = tmp_path / "messages.csv"
    path.write_text("\n".join([header, *(f"{OWN_NUMBER},{r},Hello" for r in recipients)]), encoding="utf-8-sig")
    return str(path)


def results(tmp_path: Path) -> list[dict[str, str]]:
    """Read the file of results."""
    with (tmp_path / "messages.results.csv").open(encoding="utf-8") as stream:
        return sorted(csv.DictReader(stream), key=lambda row: int(row["line"]))


@contextmanager
def reader_gone() -> Iterator[int]:
    """A pipe whose reader has ended."""
    out, into = os.pipe()
    os.close(out)
    yield into
    os.close(into)


def numbers(count: int) -> list[str]:
    """Return that many recipients."""
    return [f"+1212555{n:04d}" for n in range(1000, 1000 + count)]


def test_every_row_is_sent_once_and_has_its_line_in_the_results(run: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    code, out, _ = run(file(tmp_path, *numbers(25)))
    assert code == 0
    assert out.startswith("25 done, 0 refused, 0 unknown.")
    assert sorted(m.recipient for m in sandbox.store.all(ACCOUNT_SID)) == numbers(25)
    assert {row["output"] for row in results(tmp_path)} == {m.sid for m in sandbox.store.all(ACCOUNT_SID)}


def test_the_same_file_again_sends_nothing_and_says_how_to(run: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    path = file(tmp_path, *numbers(3))
    run(path)
    code, out, _ = run(path)
    assert code == 0
    assert "3 were done before by this run" in out
    assert sandbox.store.count(ACCOUNT_SID) == 3
    run(path, "--run", "once more")
    assert sandbox.store.count(ACCOUNT_SID) == 6


def test_a_faulty_row_is_named_by_its_line_and_does_not_stop_the_rest(
    run: Run, sandbox: Sandbox, tmp_path: Path
) -> None:
    code, out, err = run(file(tmp_path, "+12125550123", "5551234", "my sister"))
    assert code == 7
    assert out.startswith("1 done, 2 refused, 0 unknown.")
    assert "line 3, recipient_number: has no country code" in err
    assert "line 4, recipient_number: is not a phone number" in err
    assert [row["state"] for row in results(tmp_path)] == ["done", "refused", "refused"]
    assert sandbox.store.count(ACCOUNT_SID) == 1


def test_faulty_rows_stop_a_dry_run_and_a_file_without_a_good_row(run: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    for recipients, flags in ((["+12125550123", "5551234"], ["--dry-run"]), (["5551234"], [])):
        code, _, err = run(file(tmp_path, *recipients), *flags)
        assert (code, f"1 of {len(recipients)} rows need a change. Nothing was sent now." in err) == (2, True)
    assert sandbox.requests == []


def test_the_whole_file_is_checked_before_the_first_message_is_sent(
    run: Run, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    handle, run_many = sandbox.handle, many.run_many

    def asked(*request: Any) -> Answer:
        order.append("asked")
        return handle(*request)

    def begun(*work: Any, **settings: Any) -> Any:
        order.append("checked")
        return run_many(*work, **settings)

    monkeypatch.setattr(sandbox, "handle", asked)
    monkeypatch.setattr("connector_kit.hosts.cli.send_many.run_many", begun)
    run(file(tmp_path, *numbers(3)))
    assert order == ["checked", "asked", "asked", "asked"]


def test_a_refused_row_does_not_stop_the_others(run: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    code, out, _ = run(file(tmp_path, "+12125550123", OPTED_OUT, "+12125550124"))
    assert code == 7
    assert out.startswith("2 done, 1 refused, 0 unknown.")
    assert [(row["state"], row["error"]) for row in results(tmp_path)] == [
        ("done", ""),
        ("refused", "recipient"),
        ("done", ""),
    ]


def test_a_lost_row_is_unknown_and_is_not_sent_by_the_next_run(run: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    path = file(tmp_path, "+12125550123", "+12125550124")
    sandbox.faults.plant(Fault("drop_before", method="POST"))
    code, out, _ = run(path, "--at-once", "1", "--json")
    assert code == 10
    assert json.loads(out)["unknown"] == 1
    assert run(path)[0] == 10
    assert sandbox.store.count(ACCOUNT_SID) == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "has no rows"),
        ("sender_number,recipient_number,message_body\n", "has no rows"),
        ("sender_number,colour\na,b\n", "a column that Send an SMS message does not take"),
        ("sender_number,recipient_number,message_body\n+15005550006,+12125550123,Hi,lost\n", "line 2, extra_cells"),
        ("sender_number,recipient_number\n+15005550006,+12125550123\n", "line 2, message_body: is missing"),
        ("recipient_number,Recipient Number\n+12125550123,+12125550124\n", "two columns for recipient_number"),
        ("message_body,message_body\na,b\n", "two columns for message_body"),
        ('sender_number,recipient_number,message_body\n+15005550006,+12125550123,"Hi\n', "cannot be read as CSV"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused(
    run: Run, sandbox: Sandbox, tmp_path: Path, content: str, says: str
) -> None:
    path = tmp_path / "messages.csv"
    path.write_text(content, encoding="utf-8")
    code, _, err = run(str(path))
    assert (code, says in err) == (2, True)
    assert sandbox.requests == []
    assert run(str(tmp_path / "none.csv"))[0] == 2


def test_a_dry_run_checks_the_file_only(run: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    code, out, _ = run(file(tmp_path, *numbers(2)), "--dry-run")
    assert (code, out) == (0, "2 rows are fine. Nothing was sent now.\n")
    assert sandbox.requests == []


def test_a_dry_run_prints_json_for_programs(run: Run, tmp_path: Path) -> None:
    assert json.loads(run(file(tmp_path, *numbers(2)), "--dry-run", "--json")[1]) == {"rows": 2, "done": 0}


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--results", "/nowhere/results.csv"], "results.csv cannot be written"),
        (["--at-once", "0"], "At least one at a time"),
        (["--per-second", "0"], "above 0"),
        (["--per-second", "-1"], "above 0"),
        (["--per-second", "1e-320"], "above 0"),
    ],
)
def test_a_setting_that_cannot_be_meant_sends_nothing(
    run: Run, sandbox: Sandbox, tmp_path: Path, flags: list[str], says: str
) -> None:
    (tmp_path / "messages.results.csv").write_text("how it ended last time", encoding="utf-8")
    code, _, err = run(file(tmp_path, *numbers(2)), *flags)
    assert (code, says in err) == (2, True)
    assert sandbox.requests == []
    assert (tmp_path / "messages.results.csv").read_text(encoding="utf-8") == "how it ended last time"


def test_correcting_a_line_sends_that_line_alone(run: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    """Also in a file that was saved again with other line ends and another order of columns."""
    code, out, _ = run(file(tmp_path, *numbers(3), "5551234"))
    path = tmp_path / "messages.csv"
    assert (code, f"Run: {path}" in out) == (7, True)
    rows = [f"Hello,{number},{OWN_NUMBER}" for number in [*numbers(3), "+12125550123"]]
    path.write_bytes("\r\n".join(["message_body,recipient_number,sender_number", *rows]).encode())
    code, out, _ = run(str(path))
    assert (code, out.startswith("1 done, 0 refused, 0 unknown, 3 done before.")) == (0, True)
    assert sorted(m.recipient for m in sandbox.store.all(ACCOUNT_SID)) == ["+12125550123", *numbers(3)]


def test_rows_that_were_added_on_top_are_sent_and_the_others_are_not_sent_again(
    run: Run, sandbox: Sandbox, tmp_path: Path
) -> None:
    run(file(tmp_path, *numbers(3)), "--run", "April")
    code, out, _ = run(file(tmp_path, "+12125550123", *reversed(numbers(3))), "--run", "April")
    assert (code, out.startswith("1 done, 0 refused, 0 unknown, 3 done before.")) == (0, True)
    assert Counter(m.recipient for m in sandbox.store.all(ACCOUNT_SID)) == Counter(["+12125550123", *numbers(3)])


def test_rows_that_say_the_same_twice_on_purpose_are_sent_twice_and_not_more(
    run: Run, sandbox: Sandbox, tmp_path: Path
) -> None:
    path = file(tmp_path, "+12125550123", "+12125550123")
    run(path)
    run(path)
    assert sandbox.store.count(ACCOUNT_SID) == 2


def test_a_number_that_was_only_written_in_another_way_is_not_sent_to_again(
    run: Run, sandbox: Sandbox, tmp_path: Path
) -> None:
    run(file(tmp_path, "+12125550123"))
    run(file(tmp_path, "+1 (212) 555-0123"))
    assert sandbox.store.count(ACCOUNT_SID) == 1


def test_rows_from_a_pipe_need_the_name_of_a_run_and_are_read_once(run: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    content = Path(file(tmp_path, *numbers(2))).read_bytes()
    named = ["--run", "April", "--results", str(tmp_path / "messages.results.csv")]
    for flags, expected in (([], 2), (named[:2], 2), (named, 0), (named, 0)):
        out, into = os.pipe()
        os.write(into, content)
        os.close(into)
        code, _, err = run(f"/dev/fd/{out}", *flags)
        os.close(out)
        assert (code, "Name the run with --run" in err) == (expected, expected == 2)
    assert sandbox.store.count(ACCOUNT_SID) == 2


def test_what_was_sent_is_no_fault_although_it_could_not_be_sent_today(
    run: Run, sandbox: Sandbox, tmp_path: Path
) -> None:
    run(file(tmp_path, *numbers(2)))
    stricter = ["--allowed-countries", '["NL"]']
    for flags in ([], ["--dry-run"]):
        assert run(file(tmp_path, *numbers(2)), *stricter, *flags)[0] == 0
    code, out, err = run(file(tmp_path, *numbers(3)), *stricter)
    assert code == 7
    assert out.startswith("0 done, 1 refused, 0 unknown, 2 done before.")
    assert "line 4" in err
    assert sandbox.store.count(ACCOUNT_SID) == 2


def test_a_row_is_named_by_the_line_on_which_it_starts(run: Run, tmp_path: Path) -> None:
    """As an editor counts: also blank lines, and those within a quoted cell."""
    rows = ["sender_number,recipient_number,message_body", "", f'{OWN_NUMBER},+12125550123,"one\ntwo\r\nthree"', ""]
    (tmp_path / "messages.csv").write_bytes("\n".join([*rows, f"{OWN_NUMBER},5551234,Hello"]).encode())
    code, _, err = run(str(tmp_path / "messages.csv"))
    assert (code, "line 7, recipient_number: has no country code" in err) == (7, True)
    assert [(row["line"], row["state"]) for row in results(tmp_path)] == [("3", "done"), ("7", "refused")]


def test_a_cell_of_brackets_is_a_fault_like_any_other(run: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    rows = [f"{OWN_NUMBER},+12125550123,Hello,{'[' * 100_000}", f"{OWN_NUMBER},+12125550124,Hello,"]
    header = "sender_number,recipient_number,message_body,media_urls"
    (tmp_path / "messages.csv").write_text("\n".join([header, *rows]), encoding="utf-8")
    code, _, err = run(str(tmp_path / "messages.csv"))
    assert (code, "line 2, media_urls: give a list" in err) == (7, True)
    assert sandbox.store.count(ACCOUNT_SID) == 1


@pytest.mark.parametrize("kind", ["same", "symbolic", "hard"])
def test_results_never_overwrite_the_file_itself(run: Run, sandbox: Sandbox, tmp_path: Path, kind: str) -> None:
    path = Path(file(tmp_path, *numbers(2)))
    content = path.read_bytes()
    other = tmp_path / "other.csv"
    if kind == "symbolic":
        other.symlink_to(path)
    elif kind == "hard":
        other.hardlink_to(path)
    code, _, err = run(str(path), "--results", str(path if kind == "same" else other))
    assert (code, "would overwrite the file itself" in err) == (2, True)
    assert path.read_bytes() == content
    assert sandbox.requests == []


def test_results_on_a_full_disk_stop_the_run_and_the_next_one_goes_on(
    run: Run, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []

    def full(stream: TextIO, line: int, result: RowResult) -> None:
        written.append(line)
        if len(written) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        write_result(stream, line, result)

    with monkeypatch.context() as patch:
        patch.setattr("connector_kit.hosts.cli.send_many.write_result", full)
        code, _, err = run(file(tmp_path, *numbers(30)), "--at-once", "1")
    assert code == 14
    assert "cannot be written any more (No space left on device), so the run was stopped: 2 done" in err
    assert f"Run: {tmp_path / 'messages.csv'}\nThe journal knows them" in err
    assert sandbox.store.count(ACCOUNT_SID) < 30
    assert run(file(tmp_path, *numbers(30)))[0] == 0
    assert sorted(m.recipient for m in sandbox.store.all(ACCOUNT_SID)) == numbers(30)


def test_a_disk_that_is_full_from_the_beginning_sends_nothing(run: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    code, _, err = run(file(tmp_path, *numbers(2)), "--results", "/dev/full")
    assert (code, "full cannot be written" in err, sandbox.requests) == (2, True, [])


@pytest.mark.parametrize("recipients", [["+12125550123"], ["+12125550123", "5551234"]], ids=["all done", "one refused"])
@pytest.mark.parametrize("output", ["full", "closed"])
def test_a_summary_that_cannot_be_printed_goes_to_standard_error_and_hides_no_refusal(
    sandbox: Sandbox, tmp_path: Path, recipients: list[str], output: str
) -> None:
    with serving(sandbox) as address, reader_gone() as closed, Path("/dev/full").open("w", encoding="utf-8") as full:
        connection = ["--account-sid", ACCOUNT_SID, "--auth-token-env", "MY_TOKEN", "--base-url", address]
        command = [sys.executable, "-m", "connector_kit.hosts.cli", "send-many", "twilio", file(tmp_path, *recipients)]
        ended = subprocess.run(  # noqa: S603 - our own command
            [*command, *connection],
            env={**os.environ, "MY_TOKEN": AUTH_TOKEN, "PYTHONUNBUFFERED": ""},
            stdout=full if output == "full" else closed,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    refused = len(recipients) - 1
    # A reader that has seen enough is no fault of the run, and a full disk is, but neither hides that a row was refused.
    assert ended.returncode == (7 if refused else 14 if output == "full" else 0)
    assert f"1 done, {refused} refused, 0 unknown" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "Exception ignored" not in ended.stderr


def test_nothing_is_sent_after_an_interrupt_and_the_next_run_goes_on(
    run: Run, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C while the first row is under way and the others wait for their turn."""
    handle, main_thread = sandbox.handle, threading.main_thread().ident
    assert main_thread is not None

    def interrupting(*request: Any) -> Answer:
        signal.pthread_kill(main_thread, signal.SIGINT)
        return handle(*request)

    with monkeypatch.context() as patch:
        patch.setattr(sandbox, "handle", interrupting)
        code, _, err = run(file(tmp_path, *numbers(5)), "--per-second", "2")
    assert code == 130
    assert f"Run: {tmp_path / 'messages.csv'}\nStart the same command again to go on." in err
    assert sandbox.store.count(ACCOUNT_SID) == 1
    assert run(file(tmp_path, *numbers(5)))[0] == 0
    assert sorted(m.recipient for m in sandbox.store.all(ACCOUNT_SID)) == numbers(5)
