"""Automations at a terminal: questions, Ctrl-C and the end of the input; and a process that is killed in the middle of its sends."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter

import pytest

from connector_kit.hosts.cli import NEEDS_ANSWER
from english_command import FIRST, SEND, English, connect, ended
from english_kills import Deadly
from support import RECIPIENT
from twilio_sandbox.seed import ACCOUNT_SID, OWN_NUMBER, account
from twilio_sandbox.server import serving

ASKING = SEND.format(FIRST, "one") + 'ask "Go on?"\n  the choices are "yes", "no"\nsay the above\n'


def test_a_person_is_asked_for_what_is_missing_before_anything_is_done(english: English) -> None:
    text = f'send an SMS message from "{OWN_NUMBER}" saying "Hi"\nthe total is 1\nadd the count to the total\nsay the total\n'
    child = english.terminal("run", english.file(text))
    child.expect(r"line 1, column 1: Please provide the recipient number\..*\r\n.*\r\n  \^\r\nrecipient number: ")
    child.sendline("")
    child.expect("recipient number: ")
    child.sendline(RECIPIENT)
    child.expect("count: ")
    assert english.texted == []
    child.sendline("three")
    child.expect("Please give a number, such as 25 or 0.05")
    child.expect("count: ")
    child.sendline("3")
    child.expect("\r\n4\r\n")
    child.expect("is done.")
    assert ended(child) == 0
    assert english.texted == [RECIPIENT]


@pytest.mark.parametrize("answer", ["2", "NO", "no"])
def test_choices_are_shown_and_taken_by_number_or_word(english: English, answer: str) -> None:
    child = english.terminal("run", english.file(ASKING))
    child.expect(r"line 2: Go on\?\r\n  1. yes\r\n  2. no\r\nYour choice: ")
    child.sendline("maybe")
    child.expect("Please choose one of: yes, no")
    child.expect("Your choice: ")
    child.sendline(answer)
    child.expect("\r\nno\r\n")
    assert ended(child) == 0
    assert english.texted == [FIRST]


def test_several_values_are_separated_by_commas(english: English) -> None:
    child = english.terminal("run", english.file("process each customer as follows\n  say the customer\n"), "--dry-run")
    child.expect("customers, several separated by commas: ")
    child.sendline("Ana, Bo,")
    child.expect("\r\nAna\r\nBo\r\n")
    assert ended(child) == 0


def test_a_question_of_a_dry_run_is_asked_too_and_nothing_is_said_twice(english: English) -> None:
    child = english.terminal("run", english.file('say "once"\n' + ASKING), "--dry-run")
    child.expect("Your choice: ")
    child.sendline("1")
    child.expect("\r\nonce\r\nyes\r\nline 2: Send an SMS message: this would be done.")
    assert ended(child) == 0
    assert english.texted == []


@pytest.mark.parametrize(("how", "code"), [("sendintr", 130), ("sendeof", NEEDS_ANSWER)])
def test_who_leaves_a_question_is_told_how_to_go_on(english: English, how: str, code: int) -> None:
    child = english.terminal("run", english.file(ASKING))
    child.expect("Your choice: ")
    getattr(child, how)()
    run_id = english.only_run()
    child.expect(f"Go on: connector english runs resume {run_id}")
    assert ended(child) == code
    child = english.terminal("runs", "resume", run_id)
    child.expect("Your choice: ")
    child.sendline("yes")
    child.expect("\r\nyes\r\n")
    assert ended(child) == 0
    assert english.texted == [FIRST]


def test_a_person_sees_the_line_at_which_a_run_failed_as_it_was_written(english: English) -> None:
    wrong = SEND.format("12125550101", "Hi")
    child = english.terminal("run", english.file(wrong))
    child.expect("line 1, column 1: The message was not sent: something needs a change.")
    child.expect_exact(wrong.strip())
    child.expect("Did you mean .12125550101 for recipient_number?")
    assert ended(child) == 2


def test_a_person_is_asked_before_a_run_is_forgotten_that_could_go_on(english: English) -> None:
    english("run", english.file(ASKING))
    run_id = english.only_run()
    for answer, left in (("no", 1), ("yes", 0)):
        child = english.terminal("runs", "remove", run_id)
        child.expect("Type yes to remove it: ")
        child.sendline(answer)
        assert ended(child) == (0 if answer == "yes" else 2)
        assert len(english.json("runs", "list")[1]["runs"]) == left


def test_nobody_is_asked_where_a_program_reads(english: English) -> None:
    child = english.terminal("run", english.file(ASKING), "--json")
    child.expect('"status": "waiting"')
    assert ended(child) == NEEDS_ANSWER


# -- interrupted and killed -------------------------------------------------------------------------------------------------


RECIPIENTS = [f"+1212555{n:04d}" for n in range(1000, 1006)]
PROGRAM = (
    f'the sender number is "{OWN_NUMBER}"\nthe recipients are {", ".join(f"{chr(34)}{each}{chr(34)}" for each in RECIPIENTS)}\n'
    'process each recipient as follows\n  combine "For " and the recipient as the notice\n'
    "  send an SMS message to the recipient saying the notice\n"
    'say "All sent."\n'
)


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)])
def test_a_run_that_is_stopped_in_the_middle_goes_on_and_each_recipient_gets_one_message(
    english: English, monkeypatch: pytest.MonkeyPatch, sent: signal.Signals, code: int
) -> None:
    sandbox = Deadly()
    sandbox.sent = sent
    sandbox.store.add_account(account())
    words = [sys.executable, "-m", "connector_kit.hosts.cli", "english"]
    with serving(sandbox) as address:
        connect(monkeypatch, address)
        flags = ["run", "-"]
        for recipient in RECIPIENTS[1::2]:
            sandbox.recipient = recipient
            with subprocess.Popen([*words, *flags], stdin=subprocess.PIPE, text=True) as child:  # noqa: S603 - our own command
                sandbox.victim = child.pid
                child.communicate(PROGRAM)
                assert child.returncode == code
            assert len(sandbox.store.all(ACCOUNT_SID)) == RECIPIENTS.index(recipient) + 1
            # Whoever starts it anew is told.
            file = english.file(PROGRAM)
            refused = english("run", file)
            assert (refused[0], "It did " in refused[2]) == (2, True)
            flags = ["runs", "resume", english.only_run()]
        assert english("runs", "resume", english.only_run())[:2] == (0, "All sent.\n")
        assert english("runs", "resume", english.only_run())[:2] == (0, "All sent.\n")
    texts = Counter((message.recipient, message.body) for message in sandbox.store.all(ACCOUNT_SID))
    assert texts == Counter((recipient, f"For {recipient}") for recipient in RECIPIENTS)
