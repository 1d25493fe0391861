"""Many sends from a file: checked whole before the first, each at most once, resumable after anything."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connector_kit import many
from connector_kit.hosts.cli import main
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
    ],
)
def test_a_setting_that_cannot_be_meant_sends_nothing(
    run: Run, sandbox: Sandbox, tmp_path: Path, flags: list[str], says: str
) -> None:
    code, _, err = run(file(tmp_path, *numbers(2)), *flags)
    assert (code, says in err) == (2, True)
    assert sandbox.requests == []
