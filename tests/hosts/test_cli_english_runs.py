"""``connector english runs``: what is listed and shown of runs, how they go on, and how they are forgotten."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from connector_kit.english import default_runs
from connector_kit.hosts.cli import NEEDS_ANSWER
from english_command import FIRST, MANY, SECOND, SEND, THIRD, English
from support import NOW
from twilio_sandbox import Fault
from twilio_sandbox.seed import OPTED_OUT, OWN_NUMBER

FAILING = SEND.format(FIRST, "one") + SEND.format(OPTED_OUT, "two") + 'say "three"\n'
ASKING = SEND.format(FIRST, "one") + 'say "first"\nask "Go on?"\n  the choices are "yes", "no"\nsay the above\n'


@pytest.fixture
def yes(english: English) -> str:
    """A file of answers."""
    return english.file("Go on?: yes\n", "yes.yaml")


def test_runs_are_listed_with_how_they_stand_and_nothing_of_what_they_hold(english: English) -> None:
    assert english("runs", "list") == (0, "", "There are no runs. Start one: connector english run FILE\n")
    english("run", english.file(MANY))
    english("run", english.file(ASKING), "--timezone", "Asia/Tokyo")
    code, out, _ = english("runs", "list")
    assert code == 0
    rows = [line.split() for line in out.splitlines()[-2:]]
    assert sorted((row[1], row[2], row[5]) for row in rows) == [
        ("done", "2026-03-10", "production"),
        ("waiting", "2026-03-10", "production"),
    ]
    document = english.json("runs", "list")[1]
    assert {each["state"] for each in document["runs"]} == {"done", "waiting"}
    assert "program" not in document["runs"][0]
    assert FIRST not in out + str(document)


def test_a_waiting_run_shows_its_question_and_goes_on_with_the_answer(english: English, yes: str) -> None:
    assert english("run", english.file(ASKING))[1] == "first\n"
    run_id = english.only_run()
    _, out, _ = english("runs", "show", run_id)
    assert out.startswith(
        f"Run {run_id}: waiting\nStarted 2026-03-10 12:00 UTC in Production with the default connection"
    )
    assert f"\n  {SEND.format(FIRST, 'one')}" in out
    assert "Done in step 1.\n" in out
    assert 'line 3, column 1: Go on?\n  ask "Go on?"\n  ^\n' in out
    assert out.endswith(f"Go on: connector english runs resume {run_id} --answers FILE\n")
    assert english("runs", "resume", run_id)[0] == NEEDS_ANSWER
    code, out, err = english("runs", "resume", run_id, "--answers", yes)
    assert (code, out) == (0, "yes\n"), err
    assert english.texted == [FIRST]


def test_a_run_that_is_done_tells_again_what_it_said_and_sent(english: English, yes: str) -> None:
    english("run", english.file(ASKING), "--answers", yes)
    run_id = english.only_run()
    code, out, err = english("runs", "resume", run_id)
    assert (code, out) == (0, "first\nyes\n")
    assert "Done in line 1: send sms message: SM" in err
    shown = english("runs", "show", run_id)[1]
    assert "Said: first\nSaid: yes\n" in shown
    assert "Done in line 1: send sms message: SM" in shown
    assert english.json("runs", "show", run_id)[1]["detail"]["said"] == ["first", "yes"]
    assert english.texted == [FIRST]


def test_a_failed_run_tries_its_step_again_or_leaves_it_out(english: English) -> None:
    english("run", english.file(FAILING))
    run_id = english.only_run()
    shown = english("runs", "show", run_id)[1]
    assert "line 2, column 1: Could not send the message to +1********99." in shown
    assert shown.endswith(f"Go on: connector english runs resume {run_id}\n")
    assert english("runs", "resume", run_id)[0] == 12
    code, _, err = english("runs", "resume", run_id, "--skip", "1")
    assert (code, "Only the call at which the run failed can be skipped" in err) == (2, True)
    assert english("runs", "resume", run_id, "--skip", "2")[:2] == (0, "three\n")
    assert english.texted == [FIRST]


def test_a_step_is_left_out_once_and_a_later_failure_is_told(english: English) -> None:
    english("run", english.file(FAILING + SEND.format(OPTED_OUT, "four")))
    run_id = english.only_run()
    code, document = english.json("runs", "resume", run_id, "--skip", "2")
    assert (code, document["error"]["step"], document["said"]) == (12, "4", ["three"])


def test_a_lost_send_is_looked_for_and_never_sent_again(english: English, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twilio_connector.lookup.LOOKS", (0.0,))
    english.sandbox.faults.plant(Fault("drop_before", method="POST"))
    english("run", english.file(SEND.format(FIRST, "one") + SEND.format(SECOND, "two")))
    run_id = english.only_run()
    creates = sum(request.method == "POST" for request in english.sandbox.requests)
    assert english.json("runs", "resume", run_id)[1]["error"]["kind"] == "unknown"
    assert sum(request.method == "POST" for request in english.sandbox.requests) == creates
    assert english("runs", "resume", run_id, "--skip", "1")[0] == 0
    assert english.texted == [SECOND]


def test_a_run_of_one_object_each_for_programs(english: English, yes: str) -> None:
    _, document = english.json("run", english.file(ASKING))
    run_id = document["run"]
    assert (document["status"], document["question"]["choices"]) == ("waiting", ["yes", "no"])
    assert english.json("runs", "show", run_id)[1]["state"] == "waiting"
    code, document = english.json("runs", "resume", run_id, "--answers", yes)
    assert (code, document["run"], document["status"], document["said"]) == (0, run_id, "done", ["first", "yes"])
    assert english.json("runs", "remove", run_id) == (0, {"run": run_id, "removed": True})


def test_what_is_not_done_is_forgotten_only_on_demand(
    english: English, yes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    english("run", english.file(ASKING))
    run_id = english.only_run()
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    code, _, err = english("runs", "remove", run_id)
    assert (code, f"The run {run_id} waits for an answer." in err, "--yes" in err) == (2, True, True)
    english("runs", "resume", run_id, "--answers", yes)
    assert english("runs", "remove", run_id) == (0, f"Removed the run {run_id}. What it sent stays sent.\n", "")
    assert english.json("runs", "list")[1] == {"runs": []}


@pytest.mark.parametrize("words", [["show"], ["resume"], ["remove"], ["remove", "--yes"]])
def test_a_run_that_is_not_there_is_told_as_such(english: English, words: list[str]) -> None:
    code, out, err = english("runs", *words, "nnnn-nnnn")
    assert (code, out) == (2, "")
    assert "There is no run 'nnnn-nnnn'" in err
    assert english.json("runs", *words, "nnnn-nnnn")[1]["error"]["code"] == "no_run"


def test_a_run_that_somebody_is_at_work_on_is_left_alone(english: English, yes: str) -> None:
    english("run", english.file(ASKING))
    run_id = english.only_run()
    journal = default_runs()
    journal.claim(run_id, owner="elsewhere:1:1:1", now=NOW)
    assert english.json("runs", "resume", run_id, "--answers", yes)[1]["error"]["code"] == "run_busy"
    code, _, err = english("run", english.file(ASKING))
    assert (code, "of this automation is under way" in err) == (2, True)
    assert "Wait until it ends, or stop it first.\n" in err
    journal.close()


def test_an_automation_whose_words_are_gone_points_at_them(english: English, monkeypatch: pytest.MonkeyPatch) -> None:
    english("run", english.file(ASKING))
    monkeypatch.setenv("CONNECTOR_KIT_DISABLED_PLUGINS", "twilio")
    code, _, err = english("runs", "resume", english.only_run())
    assert (code, err.startswith("line 1, column 1: I don't know how to send"), "\n  ^^^^\n" in err) == (2, True, True)


def test_a_journal_of_runs_that_cannot_be_used_has_its_exit_code(
    english: English, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CONNECTOR_KIT_RUNS", "runs.sqlite3")
    assert english("runs", "list")[0] == 13
    broken = tmp_path / "broken.sqlite3"
    broken.write_bytes(b"no database" * 100)
    broken.chmod(0o600)
    monkeypatch.setenv("CONNECTOR_KIT_RUNS", str(broken))
    assert english("run", english.file(SEND.format(THIRD, OWN_NUMBER)))[0] == 13
    assert english.texted == []
