"""What a run must not lose, change or do once more when it goes on: answers, facts, and calls that were left out."""

from __future__ import annotations

import contextlib
import threading
from datetime import datetime
from typing import Any

import pytest

from connector_kit.english import check
from connector_kit.english import program as p
from connector_kit.english.problems import Question
from connector_kit.english.running import steps
from connector_kit.english.running.outcomes import Done, Failed, Outcome, Waiting
from connector_kit.english.running.run_journal import RunBusyError
from connector_kit.errors import ConnectorError, InputError
from connector_kit.journal import LEASE, JournalError
from english_programs import (
    ABOVE,
    HERE,
    Runs,
    add,
    ask,
    assign,
    call,
    combine,
    compare,
    convert,
    define,
    each,
    get,
    program,
    read,
    read_one,
    ref,
    say,
    send,
    use,
    when,
    where,
)
from support import NOW, RECIPIENT, stored
from twilio_sandbox import Fault, Sandbox
from twilio_sandbox.seed import ACCOUNT_SID, OPTED_OUT, OWN_NUMBER

# An owner whose process is gone for as long as anybody looks.
GONE = datetime(2000, 1, 1, tzinfo=NOW.tzinfo)


def bodies(sandbox: Sandbox) -> list[str]:
    """Return what was sent, in order."""
    return [message.body for message in sandbox.store.all(ACCOUNT_SID)][::-1]


def killed(runs: Runs, run_id: str) -> None:
    """Leave the run as a process does that is killed at once."""
    runs.journal.claim(run_id, owner="elsewhere:1:x", now=GONE)


def waits_for(outcome: Outcome) -> str:
    assert isinstance(outcome, Waiting), outcome
    return outcome.question.about


# -- an answer is for one question ------------------------------------------------------------------------------------------

LOOP = program(
    define("names", ["a", "b", "c"]),
    each("name", "names", ask("Send it?", "yes", "no", name="go"),
         when(compare("eq", ref("go"), "yes"), send(RECIPIENT, ref("name")))),
)  # fmt: skip


def test_the_answer_to_an_attempt_that_was_killed_at_once_is_still_for_one_question(
    runs: Runs, sandbox: Sandbox
) -> None:
    run_id = runs.start(LOOP)
    runs.go(LOOP, run_id)
    killed(runs, run_id)
    assert waits_for(runs.go(LOOP, run_id, answers={"go": "yes"})) == "go"
    assert bodies(sandbox) == ["a"]


@pytest.mark.parametrize("interrupted", [KeyboardInterrupt, ConnectorError("Away.")])
def test_who_repeats_the_command_that_was_interrupted_answers_nothing_new(
    runs: Runs, sandbox: Sandbox, interrupted: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = runs.start(LOOP)
    runs.go(LOOP, run_id)

    def broken(*_: object) -> Any:
        raise interrupted

    with monkeypatch.context() as patched:
        patched.setattr(runs.connectors[0], "run", broken)
        with contextlib.suppress(KeyboardInterrupt):
            assert isinstance(runs.go(LOOP, run_id, answers={"go": "yes"}), Failed)
    outcome = runs.go(LOOP, run_id, answers={"go": "yes"})
    assert waits_for(outcome) == "go"
    assert isinstance(outcome, Waiting)
    assert (outcome.step, bodies(sandbox)) == ("2[2].1", ["a"])


def test_an_interruption_before_the_first_step_leaves_the_question_open(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = runs.start(LOOP)
    runs.go(LOOP, run_id)

    def interrupt(*_: object) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(runs.journal, "records", interrupt)
        with pytest.raises(KeyboardInterrupt):
            runs.go(LOOP, run_id, answers={"go": "yes"})
    assert runs.journal.get(run_id).state == "waiting"
    assert waits_for(runs.go(LOOP, run_id)) == "go"


def test_an_answer_that_comes_later_is_for_one_question_and_one_from_the_start_for_all(
    runs: Runs, sandbox: Sandbox
) -> None:
    made = program(say("Hello"), ask("Begin?"), *LOOP.steps)
    run_id = runs.start(made)
    runs.go(made, run_id)
    assert waits_for(runs.go(made, run_id, answers={"Begin?": "y", "go": "yes"})) == "go"
    assert bodies(sandbox) == ["a"]
    run_id = runs.start(made)
    runs.go(made, run_id, answers={"go": "yes"})
    assert isinstance(runs.go(made, run_id, answers={"Begin?": "y"}), Done)
    assert bodies(sandbox) == ["a", "a", "b", "c"]


def test_what_is_asked_for_at_once_is_answered_once_and_each_answer_is_for_one_question(runs: Runs) -> None:
    asked = [Question("unknown_name", name, HERE, f"Please provide the {name}.") for name in ("first", "second")]
    made = program(say(ref("second")), ask("Which?", name="first"), ask("And now?", name="second"))
    run_id = runs.start(made)
    runs.go(made, run_id, questions=asked)
    assert waits_for(runs.go(made, run_id, questions=asked, answers={"first": "a", "second": "b"})) == "first"
    assert waits_for(runs.go(made, run_id, questions=asked, answers={"first": "c"})) == "second"


# -- wrong answers ----------------------------------------------------------------------------------------------------------

SENDER = Question("missing_input", "sender number", HERE, "Please provide the sender number. It is yours.")


def send_from(sender: p.Value, body: str) -> p.Call:
    inputs = {"sender_number": sender, "recipient_number": RECIPIENT, "message_body": body}
    return call("send_sms_message", inputs=inputs)


def test_a_wrong_answer_from_before_the_first_step_is_asked_for_again_where_it_could_not_be_used(
    runs: Runs, sandbox: Sandbox
) -> None:
    made = program(
        send(RECIPIENT, "first"), send_from(ref("sender number"), "second"), send_from(ref("sender number"), "third"),
        say(ref("sender number")),
    )  # fmt: skip
    run_id = runs.start(made)
    asked = {"questions": [SENDER]}
    outcome = runs.go(made, run_id, answers={"sender number": "my sister"}, **asked)
    assert isinstance(outcome, Failed)
    assert outcome.step == "2"
    outcome = runs.go(made, run_id, **asked)
    assert isinstance(outcome, Waiting)
    assert (outcome.question, outcome.step) == (SENDER, "2")
    assert isinstance(runs.go(made, run_id, answers={"sender number": "my brother"}, **asked), Failed)
    assert isinstance(runs.go(made, run_id, answers={"sender number": OWN_NUMBER}, **asked), Done)
    assert bodies(sandbox) == ["first", "second", "third"]
    assert runs.said == [OWN_NUMBER]


def test_a_call_that_is_left_out_asks_for_nothing_more(runs: Runs) -> None:
    made = program(send_from(ref("sender number"), "x"), say("done"))
    run_id = runs.start(made)
    runs.go(made, run_id, questions=[SENDER], answers={"sender number": "my sister"})
    assert isinstance(runs.go(made, run_id, questions=[SENDER], skip="1"), Done)


@pytest.mark.parametrize(
    "step",
    [
        convert(ref("x")), when(compare("gt", ref("x"), 5)), add(ref("x"), "count"), add(1, "x"), read(limit=ref("x")),
        each("y", "x"), get("x", "body"),
    ],
)  # fmt: skip
def test_every_step_asks_again_for_the_answer_that_it_could_not_use(runs: Runs, step: p.Step) -> None:
    asked = {"questions": [Question("unknown_name", "x", HERE, "Please provide the x.")]}
    made = program(define("count", 0), step)
    run_id = runs.start(made)
    assert isinstance(runs.go(made, run_id, answers={"x": "next week"}, **asked), Failed)
    assert waits_for(runs.go(made, run_id, **asked)) == "x"


def test_a_wrong_answer_from_the_start_is_not_tried_for_ever(runs: Runs) -> None:
    made = program(say("x"), ask("Go on?", "yes", "no"), say("y"))
    run_id = runs.start(made)
    assert isinstance(runs.go(made, run_id, answers={"Go on?": "perhaps"}), Failed)
    assert waits_for(runs.go(made, run_id)) == "Go on?"
    assert isinstance(runs.go(made, run_id, answers={"Go on?": "yes"}), Done)


def test_of_a_record_that_is_not_there_the_field_is_asked_for(runs: Runs) -> None:
    """A person can type a text, and no message."""
    made = program(
        define("x", 1), when(compare("gt", ref("x"), 5), read_one()), use(ref("sms message", "body"), "text"),
        combine(ref("text"), " of ", ref("sms message", "status")), say(ABOVE),
    )  # fmt: skip
    run_id = runs.start(made)
    assert waits_for(runs.go(made, run_id)) == "body"
    assert waits_for(runs.go(made, run_id, answers={"body": "Hi"})) == "status"
    assert isinstance(runs.go(made, run_id, answers={"status": "failed"}), Done)
    assert runs.said == ["Hi of failed"]


# -- calls that are left out ------------------------------------------------------------------------------------------------


def test_a_call_can_be_left_out_also_after_an_attempt_to_do_so_was_killed(runs: Runs, sandbox: Sandbox) -> None:
    made = program(send(OPTED_OUT), say("done"))
    run_id = runs.start(made)
    runs.go(made, run_id)
    killed(runs, run_id)
    assert isinstance(runs.go(made, run_id, skip="1"), Done)
    assert bodies(sandbox) == []


def test_what_was_done_meanwhile_is_not_left_out(runs: Runs, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    made = program(send(), say("done"))
    run_id = runs.start(made)
    sandbox.faults.plant(Fault("error", method="POST", code=30002))
    assert isinstance(runs.go(made, run_id), Failed)
    with monkeypatch.context() as patched:
        patched.setattr(runs.journal, "leave", lambda *_, **__: None)
        runs.go(made, run_id)
    runs.now = lambda: NOW + LEASE
    with pytest.raises(InputError, match="is not it"):
        runs.go(made, run_id, skip="1")
    outcome = runs.go(made, run_id)
    assert isinstance(outcome, Done)
    assert len(outcome.sends) == len(bodies(sandbox)) == 1


def test_what_was_answered_for_a_call_that_is_left_out_stays_known(runs: Runs, sandbox: Sandbox) -> None:
    steps = [call("send_sms_message", inputs={"recipient_number": RECIPIENT, "message_body": body}) for body in "ab"]
    made = program(*steps)
    run_id = runs.start(made)
    runs.go(made, run_id)
    sandbox.faults.plant(Fault("drop_before", method="POST"))
    outcome = runs.go(made, run_id, answers={"sender number": OWN_NUMBER})
    assert isinstance(outcome, Failed)
    assert outcome.unknown
    assert isinstance(runs.go(made, run_id, skip="1"), Done)
    assert bodies(sandbox) == ["b"]


# -- runs that are done -----------------------------------------------------------------------------------------------------


def test_a_run_that_is_done_does_nothing_more_also_after_an_attempt_to_resume_it_was_killed(
    runs: Runs, sandbox: Sandbox
) -> None:
    """What it read is forgotten, so it would read anew, and send to whoever is found now."""
    made = program(read(), each("m", "sms messages", send(ref("m", "recipient number"), "Hello")))
    run_id = runs.start(made)
    stored(sandbox, 1)
    done = runs.go(made, run_id)
    stored(sandbox, 2, change=lambda _: {"recipient": "+12125550199"})
    killed(runs, run_id)
    assert runs.go(made, run_id) == done
    assert bodies(sandbox).count("Hello") == 1


# -- two hands on one run ---------------------------------------------------------------------------------------------------


def test_who_lost_a_run_after_a_send_sends_no_more(runs: Runs, sandbox: Sandbox) -> None:
    """As after a laptop slept: its message would come on top of what somebody decided meanwhile, such as to leave it out."""
    made = program(send(RECIPIENT, "a"), say("first"), send(RECIPIENT, "b"))
    run_id = runs.start(made)

    def taken(_text: str) -> None:
        runs.journal.claim(run_id, owner="another:1:x", now=NOW + LEASE)

    with pytest.raises(RunBusyError):
        runs.go(made, run_id, say=taken)
    assert bodies(sandbox) == ["a"]


def test_a_step_that_failed_leaves_the_run_failed_also_if_the_answers_to_it_cannot_be_forgotten(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = program(call("send_sms_message", inputs={"message_body": "x"}))
    run_id = runs.start(made)
    runs.go(made, run_id)
    runs.go(made, run_id, answers={"sender number": OWN_NUMBER})

    def full(*_: object, **__: object) -> None:
        raise JournalError("The disk is full.")

    monkeypatch.setattr(runs.journal, "forget", full)
    with pytest.raises(JournalError):
        runs.go(made, run_id, answers={"recipient number": "my sister"})
    assert runs.journal.get(run_id).state == "failed"


def test_a_run_leaves_no_thread_behind(runs: Runs) -> None:
    """A host that carries out hundreds of short runs would collect them."""
    before = set(threading.enumerate())
    for _ in range(3):
        runs.go(program(say("x")))
    for thread in set(threading.enumerate()) - before:
        thread.join(timeout=5)
        assert not thread.is_alive()


# -- facts ------------------------------------------------------------------------------------------------------------------


def test_the_above_is_a_copy_of_a_list_that_was_looked_up(runs: Runs) -> None:
    made = program(define("names", ["a"]), get("names"), add("b", "names"), say(ABOVE), say(ref("names")))
    runs.go(made)
    assert runs.said == ["a", "a, b"]


def test_a_list_that_is_the_item_of_a_loop_is_a_fact_of_its_own(runs: Runs) -> None:
    made = program(
        define("names", ["a", "b"]), define("lists", [ref("names"), ref("names")]),
        each("one", "lists", add("c", "one"), say(ref("one"))), say(ref("lists")),
    )  # fmt: skip
    runs.go(made)
    assert runs.said == ["a, b, c", "a, b, c", "a, b, a, b"]


@pytest.mark.parametrize("text", ["half of an emoji: \ud83d", "nothing: \x00", "\u2028" * 3000])
def test_any_text_can_be_an_answer_and_comes_back_as_it_was(runs: Runs, text: str) -> None:
    made = program(ask("Which?", name="x"), ask("Go on?"), say(ref("x")))
    run_id = runs.start(made)
    runs.go(made, run_id)
    runs.go(made, run_id, answers={"x": text})
    outcome = runs.go(made, run_id, answers={"Go on?": "y"})
    assert isinstance(outcome, Done)
    assert outcome.said == (text,)


def test_a_text_with_half_of_a_character_is_no_automation(runs: Runs) -> None:
    with pytest.raises(InputError, match="half of a character"):
        runs.start(check('say "\ud83d"', runs.connectors).program)


def test_that_a_key_of_the_automation_was_used_before_is_told(runs: Runs, sandbox: Sandbox) -> None:
    made = program(send(inputs={"idempotency_key": "march"}))
    assert "repeated" not in [notice.code for notice in runs.go(made).notices]
    assert [notice.code for notice in runs.go(made).notices] == ["repeated"]
    assert len(bodies(sandbox)) == 1


# -- privacy ----------------------------------------------------------------------------------------------------------------


def test_no_object_of_a_run_shows_what_was_read_said_or_answered(
    runs: Runs, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(sandbox, 2, change=lambda _: {"body": "milk"})
    made = program(
        ask("Which?", name="which"), read(), each("m", "sms messages", combine("milk ", ref("m", "body"), name="t")),
        assign("which", ref("t")), say(ref("t")),
    )  # fmt: skip
    shown: list[str] = []
    original = steps.Steps._do

    def looked_at(self: steps.Steps, step: p.Step, path: str) -> None:
        run = self.run
        shown.extend(map(repr, (self, run, run.evaluator, run.evaluator.facts, run.track, run.answers, run.told())))
        original(self, step, path)

    monkeypatch.setattr(steps.Steps, "_do", looked_at)
    shown.append(repr(runs.go(made, answers={"Which?": "milk", "which": "milk"})))
    assert len(shown) > 7
    assert [text for text in shown if "milk" in text] == []


def test_a_number_that_was_looked_for_is_not_shown_with_the_outcome(runs: Runs) -> None:
    outcome = runs.go(program(read_one(where("eq", "recipient_number", RECIPIENT))))
    assert isinstance(outcome, Waiting)
    assert RECIPIENT in outcome.question.text
    assert RECIPIENT not in repr(outcome)


def test_what_a_message_says_is_not_in_the_error_of_a_convert(runs: Runs, sandbox: Sandbox) -> None:
    stored(sandbox, 1, change=lambda _: {"body": "milk"})
    outcome = runs.go(program(read_one(), convert(ref("sms message", "body"))))
    assert isinstance(outcome, Failed)
    assert outcome.error.message.startswith("Could not convert the sms message's body to a datetime.")
