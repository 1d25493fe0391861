"""``connector english run``: what is carried out, what is printed where, and that nobody is texted twice by starting anew."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from connector_kit.hosts.cli import NEEDS_ANSWER
from english_command import FIRST, MANY, SECOND, SEND, THIRD, English, connect
from support import RECIPIENT, stored
from twilio_sandbox import Fault
from twilio_sandbox.seed import OPTED_OUT, OWN_NUMBER

FAILING = SEND.format(FIRST, "one") + SEND.format(OPTED_OUT, "two") + SEND.format(THIRD, "three")
ASKING = SEND.format(FIRST, "one") + 'ask "Go on?"\n  the choices are "yes", "no"\n' + SEND.format(SECOND, "two")


def test_a_run_prints_what_it_says_and_tells_the_rest_beside(english: English) -> None:
    code, out, err = english("run", english.file(MANY))
    assert (code, out) == (0, "All sent.\n")
    assert english.texted == [FIRST, SECOND]
    run_id = english.only_run()
    lines = err.splitlines()
    assert lines[0] == f"Run {run_id}."
    assert lines[1:3] == ["3[1].1: Send an SMS message: done.", "3[2].1: Send an SMS message: done."]
    assert lines[-3].startswith("Done in line 4: send sms message: SM")
    assert lines[-1] == f"Run {run_id} is done."
    assert err.count("not yet delivered") == 1


def test_a_run_is_one_object_for_programs(english: English) -> None:
    code, document = english.json("run", english.file(MANY))
    assert code == 0
    assert {name: document[name] for name in ("run", "status", "said")} == {
        "run": english.only_run(),
        "status": "done",
        "said": ["All sent."],
    }
    assert [(sent["step"], sent["line"]) for sent in document["sends"]] == [("3[1].1", 4), ("3[2].1", 4)]


def test_a_dry_run_shows_what_would_be_sent_and_keeps_nothing(english: English) -> None:
    file = english.file(MANY)
    code, out, err = english("run", file, "--dry-run")
    assert code == 0
    assert out.startswith("All sent.\nline 4: Send an SMS message: this would be done.\n")
    assert f"  recipient number: {SECOND}\n  1 segment, GSM-7, 5 characters\n" in out
    assert "Send an SMS message: would be done." in err
    assert err.endswith("Dry run: nothing was sent or changed.\n")
    assert english.texted == []
    assert english.json("runs", "list")[1] == {"runs": []}
    code, document = english.json("run", file, "--dry-run")
    assert (code, document["status"], len(document["planned"])) == (0, "done", 2)
    assert "run" not in document


def test_a_named_connection_is_used_and_a_missing_one_is_found_before_anything_is_done(
    english: English, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(monkeypatch, os.environ["MY_URL"], "ACME", "")
    first = SEND.format(FIRST, "Hi")
    assert english("run", english.file(first), "--connection", "acme")[0] == 0
    for text, flags in (
        (first, ["--connection", "Acm"]),
        (first, ["--environment", "test"]),
        (first + 'switch twilio to "Acm"\n' + first, []),
    ):
        for dry in ([], ["--dry-run"]):
            code, _, err = english("run", english.file(text), *flags, *dry)
            assert (code, "has no" in err) == (2, True), err
    assert english.texted == [FIRST]
    assert len(english.json("runs", "list")[1]["runs"]) == 1


def test_dates_are_those_of_the_timezone_that_was_named(english: English) -> None:
    file = english.file('convert "today" to a datetime\nsay the above\n')
    assert english("run", file)[1] == "2026-03-10 00:00:00 UTC\n"
    assert english("run", file, "--timezone", "Asia/Tokyo")[1] == "2026-03-10 00:00:00 +09:00\n"
    code, _, err = english("run", file, "--timezone", "Tokio")
    assert (code, "Write it like Europe/Berlin" in err) == (2, True)


def test_what_a_message_holds_cannot_steer_the_terminal(english: English) -> None:
    stored(english.sandbox, 1, change=lambda _: {"body": "\x1b]0;owned\x07red\r\nnext"})
    out = english("run", english.file("get an sms message\nsay the sms message's body\n"))[1]
    assert out == "\ufffd]0;owned\ufffdred\nnext\n"


# -- questions where nobody can answer --------------------------------------------------------------------------------------


def test_a_question_stops_the_run_and_says_how_to_go_on(english: English) -> None:
    code, out, err = english("run", english.file(ASKING))
    assert (code, out) == (NEEDS_ANSWER, "")
    assert 'line 2, column 1: Go on?\n  ask "······"\n  ^\n  Choices: yes, no\n' in err
    assert '  Go on?: "..."\n' in err
    run_id = english.only_run()
    assert err.endswith(f"Run {run_id} waits. Go on: connector english runs resume {run_id} --answers FILE\n")
    assert english.texted == [FIRST]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.yaml", f"The Recipient_Number: {SECOND}\ncount: 3\ngo on?: yes\ncustomers: [Ana, 'Bo']\n"),
        ("a.json", json.dumps({"recipient number": SECOND, "count": 3, "Go on?": "YES", "customers": ["Ana", "Bo"]})),
        ("a.txt", f'{{recipient number: "{SECOND}", count: 3, "Go on?": yes, customers: [Ana, Bo]}}'),
    ],
)
def test_answers_come_from_a_file_as_they_are_written_there(english: English, name: str, content: str) -> None:
    """Also a number that begins with a plus, which YAML would take for an integer."""
    text = (
        f'send an SMS message from "{OWN_NUMBER}" saying "Hi"\nask "Go on?"\n  the choices are "yes", "no"\nsay the above\n'
        "set the total to 1\nadd the count to the total\nsay the total\nprocess each customer as follows\n  say the customer\n"
    ).replace("set the total to 1", "the total is 1")
    code, out, err = english("run", english.file(text), "--answers", english.file(content, name))
    assert (code, out) == (0, "yes\n4\nAna\nBo\n"), err
    assert english.texted == [SECOND]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("- a\n- b\n", "is no file of answers"),
        ("a: {b: secret-1}\n", "is no file of answers"),
        ("a: secret-1\na: secret-2\n", "line 1: one name stands twice"),
        ("a: [secret-1\n", "cannot be read: line 2"),
        ("a: \x00secret-1", "cannot be read"),
        (None, "cannot be read: No such file"),
    ],
)
def test_a_file_of_answers_that_makes_no_sense_is_refused_without_repeating_it(
    english: English, content: str | None, says: str
) -> None:
    answers = str(english.folder / "none") if content is None else english.file(content, "answers.yaml")
    code, _, err = english("run", english.file(MANY), "--answers", answers)
    assert code == 2
    assert says in err
    assert "secret" not in err
    assert english.texted == []


@pytest.mark.parametrize("answer", ["", "~", "twenty-secret"])
def test_an_answer_that_cannot_be_used_is_named_and_not_repeated(english: English, answer: str) -> None:
    file = english.file("the total is 1\nadd the count to the total\nsay the total\n")
    code, out, err = english("run", file, "--answers", english.file(f"count: {answer}\n", "a.yaml"))
    assert (code, out) == (2, "")
    assert "- count: give a" in err
    assert "secret" not in err


def test_a_dry_run_that_needs_an_answer_says_so_and_keeps_nothing(english: English) -> None:
    file = english.file(ASKING)
    assert english("run", file, "--dry-run")[0] == NEEDS_ANSWER
    assert english.json("run", file, "--dry-run")[1]["question"]["about"] == "Go on?"
    answers = english.file("Go on?: yes\n", "a.yaml")
    assert english("run", file, "--dry-run", "--answers", answers)[0] == 0
    assert english.json("runs", "list")[1] == {"runs": []}


# -- failures ---------------------------------------------------------------------------------------------------------------


def test_a_failure_shows_its_place_and_how_to_go_on_and_has_the_exit_code_of_its_family(english: English) -> None:
    code, out, err = english("run", english.file(FAILING))
    assert (code, out) == (12, "")
    assert "line 2, column 1: Could not send the message to +1********99. The recipient has opted out" in err
    assert "\n  ^\n" in err
    run_id = english.only_run()
    resume = f"connector english runs resume {run_id}"
    assert f"Run {run_id} stopped at step 2. What was done is not done again.\nTo try the step again: {resume}\n" in err
    assert err.endswith(f"To leave the step out: {resume} --skip 2\n")
    assert english.texted == [FIRST]


def test_a_wrong_answer_that_did_nothing_is_corrected_by_starting_anew(english: English) -> None:
    file = english.file(f'send an SMS message from "{OWN_NUMBER}" saying "Hi"\n')
    code, _, err = english("run", file, "--answers", english.file("recipient number: my sister\n", "a.yaml"))
    assert (code, "it can also be corrected and started anew" in err) == (2, True)
    assert english("run", file, "--answers", english.file(f"recipient number: {FIRST}\n", "a.yaml"))[0] == 0
    assert "started anew" not in english("run", english.file(FAILING))[2]
    assert english.texted == [FIRST, FIRST]


def test_no_number_or_text_goes_into_a_log_with_a_failure(english: English) -> None:
    """Where standard error is no terminal, it may be one."""
    err = english("run", english.file(FAILING))[2]
    assert "send an SMS message from" in err
    assert not any(personal in err for personal in (OPTED_OUT[1:], OWN_NUMBER[1:], FIRST[1:], "two"))


def test_a_failure_is_one_object_for_programs(english: English) -> None:
    code, document = english.json("run", english.file(FAILING))
    assert (code, document["status"]) == (12, "failed")
    error = document["error"]
    assert (error["kind"], error["line"], error["column"], error["step"], error["call"]) == (
        "recipient",
        2,
        1,
        "2",
        True,
    )
    assert len(document["sends"]) == 1


def test_a_step_that_meets_a_wrong_value_points_at_it(english: English) -> None:
    stored(english.sandbox, 1, change=lambda _: {"body": "no date"})
    file = english.file("get an sms message\nconvert the sms message's body to a datetime\n")
    code, _, err = english("run", file)
    assert code == 2
    assert "line 2, column 9: Could not convert" in err
    assert "--skip" not in err


@pytest.mark.parametrize(
    ("fault", "code"), [(Fault("error", status=401, code=20003), 5), (Fault("error", status=400, code=21606), 7)]
)
def test_every_family_of_errors_has_its_exit_code(english: English, fault: Fault, code: int) -> None:
    english.sandbox.faults.plant(fault)
    assert english("run", english.file(SEND.format(FIRST, "Hi")))[0] == code


def test_a_lost_send_stops_the_run_as_unknown(english: English, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twilio_connector.lookup.LOOKS", (0.0,))
    english.sandbox.faults.plant(Fault("drop_before", method="POST"))
    file = english.file(SEND.format(FIRST, "Hi"))
    code, _, err = english("run", file)
    assert code == 10
    assert "To look again what became of it; it is not sent again: connector english runs resume" in err
    code, _, err = english("run", file)
    assert (code, "It may have done what a new run would do again." in err) == (2, True)


# -- nobody is texted twice by starting anew --------------------------------------------------------------------------------


def test_what_has_sent_and_is_not_done_is_not_started_anew_but_on_demand(english: English) -> None:
    file = english.file(FAILING)
    english("run", file)
    run_id = english.only_run()
    code, out, err = english("run", file)
    assert (code, out) == (2, "")
    assert err == (
        f"The run {run_id} of this automation has failed. It did once what a new run would do again.\n"
        f"To go on with it: connector english runs resume {run_id}\nTo start a new run all the same: add --new\n"
    )
    code, document = english.json("run", file)
    error = document["error"]
    assert (code, error["code"], error["run"], error["state"], error["sends"]) == (
        2,
        "unfinished_run",
        run_id,
        "failed",
        1,
    )
    assert english.texted == [FIRST]
    assert english("run", file, "--new")[0] == 12
    assert english.texted == [FIRST, FIRST]


def test_a_corrected_automation_does_not_send_again_what_it_had_sent(english: English) -> None:
    english("run", english.file(FAILING))
    corrected = english.file(FAILING.replace(OPTED_OUT, SECOND))
    code, _, err = english("run", corrected)
    assert (code, "of an automation much like this one has failed. It did once" in err) == (2, True)
    assert "take out what was done, and add --new" in err
    assert english.texted == [FIRST]
    rest = "".join(FAILING.replace(OPTED_OUT, SECOND).splitlines(keepends=True)[1:])
    assert english("run", english.file(rest), "--new")[0] == 0
    assert english.texted == [FIRST, SECOND, THIRD]


def test_the_default_connection_is_the_same_by_its_name(english: English) -> None:
    file = english.file(ASKING)
    english("run", file)
    assert english("run", file, "--connection", "Main")[0] == 2


@pytest.mark.parametrize("after", ["another connection", "another text", "the run is done", "it is removed"])
def test_what_repeats_nothing_is_started(english: English, monkeypatch: pytest.MonkeyPatch, after: str) -> None:
    connect(monkeypatch, os.environ["MY_URL"], "ACME", "")
    first = english.file(ASKING)
    assert english("run", first)[0] == NEEDS_ANSWER
    run_id = english.only_run()
    flags, file = [], first
    match after:
        case "another connection":
            flags = ["--connection", "acme"]
        case "another text":
            file = english.file(SEND.format(THIRD, "Something else"))
        case "the run is done":
            assert english("runs", "resume", run_id, "--answers", english.file("Go on?: no\n", "a.yaml"))[0] == 0
        case _:
            english("runs", "remove", run_id, "--yes")
    code, _, err = english("run", file, *flags)
    assert code in (0, NEEDS_ANSWER), err


def test_a_run_that_did_nothing_is_mentioned_and_a_new_one_starts(english: English) -> None:
    file = english.file(f'send an SMS message from "{OWN_NUMBER}" saying "Hi"\n')
    assert english("run", file)[0] == NEEDS_ANSWER
    first = english.only_run()
    code, _, err = english("run", file)
    assert code == NEEDS_ANSWER
    assert f"The run {first} of this automation waits for an answer; it did nothing yet." in err
    assert len(english.json("runs", "list")[1]["runs"]) == 2


def test_an_automation_that_only_reads_is_started_as_often_as_one_likes(english: English) -> None:
    file = english.file('read some sms messages\nask "Go on?"\n')
    assert [english("run", file)[0] for _ in range(2)] == [NEEDS_ANSWER] * 2


# -- the output is gone -----------------------------------------------------------------------------------------------------


def test_a_run_goes_on_without_its_output_and_says_where_to_find_it(english: English) -> None:
    text = SEND.format(FIRST, "one") + 'say "half"\n' + SEND.format(SECOND, "two") + 'say "whole"\n'
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        words = [sys.executable, "-m", "connector_kit.hosts.cli", "english", "run", english.file(text)]
        ran = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, check=False)  # noqa: S603 - our own command
    assert ran.returncode == 14
    assert english.texted == [FIRST, SECOND]
    assert f"What it said: connector english runs show {english.only_run()}\n" in ran.stderr
    assert english("runs", "show", english.only_run())[1].count("Said: ") == 2


def test_a_reader_that_has_seen_enough_is_no_fault_of_what_only_says(english: English) -> None:
    out, into = os.pipe()
    os.close(out)
    words = [sys.executable, "-m", "connector_kit.hosts.cli", "english", "run", english.file('say "a"\n')]
    assert subprocess.run(words, stdout=into, check=False).returncode == 0  # noqa: S603 - our own command
    os.close(into)


def test_a_read_is_told_as_it_ends(english: English) -> None:
    stored(english.sandbox, 3)
    err = english("run", english.file(f'read some sms messages to "{RECIPIENT}"\n'))[2]
    assert "1: Read some SMS messages: found 3.\n" in err
    assert "looked at" not in err
