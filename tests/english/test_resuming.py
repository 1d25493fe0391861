"""Runs that survive: questions, Ctrl-C, crashes and two hands on one run; what was done is never done again."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connector_kit import ActionCall, Connector, ConnectorError, InputError, OutcomeUnknownError, UnavailableError
from connector_kit.english import program as p
from connector_kit.english.problems import Question
from connector_kit.english.running.outcomes import Done, Failed, Waiting
from connector_kit.english.running.run_journal import NoRunError, RunBusyError
from connector_kit.english.running.runs import shown
from connector_kit.journal import LEASE
from english_programs import (
    ABOVE,
    HERE,
    Runs,
    add,
    ask,
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
    when,
    where,
)
from support import NOW, RECIPIENT, Twilio, stored
from twilio_sandbox import Fault, Sandbox
from twilio_sandbox.seed import ACCOUNT_SID, OPTED_OUT

NAMES = [f"+1212555{n:04d}" for n in range(1000, 1005)]


def recipients(sandbox: Sandbox) -> list[str]:
    """Return who got a message, in order."""
    return [message.recipient for message in sandbox.store.all(ACCOUNT_SID)][::-1]


def waiting(outcome: object) -> Question:
    assert isinstance(outcome, Waiting), outcome
    return outcome.question


# -- questions --------------------------------------------------------------------------------------------------------------


def test_a_question_in_the_middle_waits_and_the_answer_goes_on_there(runs: Runs, sandbox: Sandbox) -> None:
    made = program(
        send(NAMES[0]), ask("Send the reminder now?", "yes", "no"),
        when(compare("eq", ABOVE, "yes"), send(NAMES[1])), say("done"),
    )  # fmt: skip
    run_id = runs.start(made)
    question = waiting(runs.go(made, run_id))
    assert (question.kind, question.about, question.choices) == ("ask", "Send the reminder now?", ("yes", "no"))
    assert recipients(sandbox) == NAMES[:1]
    assert runs.journal.get(run_id).state == "waiting"
    outcome = runs.go(made, run_id, answers={"Send the reminder now?": "Yes"})
    assert isinstance(outcome, Done)
    assert recipients(sandbox) == NAMES[:2]
    assert [sent.step for sent in outcome.sends] == ["1", "3.1"]


def test_a_run_asked_again_without_an_answer_waits_again(runs: Runs, sandbox: Sandbox) -> None:
    made = program(send(), ask("Go on?", name="answer"), say(ref("answer")))
    run_id = runs.start(made)
    for _ in range(3):
        assert waiting(runs.go(made, run_id)).about == "answer"
    assert len(recipients(sandbox)) == 1
    runs.go(made, run_id, answers={"answer": "of course"})
    assert runs.said == ["of course"]


@pytest.mark.parametrize("answer", ["maybe", "", 5])
def test_an_answer_that_is_none_of_the_choices_changes_nothing(runs: Runs, answer: object) -> None:
    made = program(ask("Go on?", "yes", "no"))
    run_id = runs.start(made)
    runs.go(made, run_id)
    with pytest.raises(InputError) as caught:
        runs.go(made, run_id, answers={"Go on?": answer})
    assert [(problem.path, problem.message) for problem in caught.value.problems] == [
        ("Go on?", "choose one of: yes, no")
    ]
    assert waiting(runs.go(made, run_id)).about == "Go on?"


def test_what_is_asked_beforehand_is_asked_before_the_first_effect_and_all_at_once(
    runs: Runs, sandbox: Sandbox
) -> None:
    asked = [
        Question("missing_input", "sender number", HERE, "Please provide the sender number."),
        Question("unknown_name", "limit", HERE, "Please provide the limit.", "number"),
    ]
    made = program(send(), say(ref("limit")), say(ref("sender number")))
    run_id = runs.start(made)
    outcome = runs.go(made, run_id, questions=asked)
    assert waiting(outcome) == asked[0]
    assert isinstance(outcome, Waiting)
    assert (outcome.step, outcome.following) == ("", (asked[1],))
    assert recipients(sandbox) == []
    assert waiting(runs.go(made, run_id, questions=asked, answers={"sender number": 15005550006})) == asked[1]
    with pytest.raises(InputError) as caught:
        runs.go(made, run_id, questions=asked, answers={"limit": "many"})
    assert [problem.path for problem in caught.value.problems] == ["limit"]
    assert isinstance(runs.go(made, run_id, questions=asked, answers={"limit": "25"}), Done)
    assert runs.said == ["25", "15005550006"]
    assert len(recipients(sandbox)) == 1


def test_answers_given_beforehand_are_used_when_they_are_asked_for_also_after_a_question(runs: Runs) -> None:
    made = program(ask("First?", name="first"), ask("Second?", name="second"), say([ref("first"), ref("second")]))
    run_id = runs.start(made)
    assert waiting(runs.go(made, run_id, answers={"second": "b"})).about == "first"
    assert isinstance(runs.go(made, run_id, answers={"first": "a"}), Done)
    assert runs.said == ["a, b"]


def test_the_answer_to_a_question_is_for_that_one_alone(runs: Runs, sandbox: Sandbox) -> None:
    """In a loop each question is another one, although they have one name."""
    stored(sandbox, 2)
    made = program(
        read(),
        each("sms message", "sms messages", combine("Code ", ref("sms message", "error code")), say(ABOVE),
             say(ref("sms message", "error code"))),
    )  # fmt: skip
    run_id = runs.start(made)
    question = waiting(runs.go(made, run_id))
    assert (question.kind, question.about, question.type) == ("missing_value", "error code", "number")
    assert waiting(runs.go(made, run_id, answers={"error code": "30005"})).about == "error code"
    assert isinstance(runs.go(made, run_id, answers={"error code": 30006}), Done)
    # The answer became the field, so the next step did not ask again, and said aloud is everything once.
    assert runs.said == ["Code 30005", "30005", "Code 30006", "30006"]


def test_two_values_of_one_step_are_asked_one_after_the_other(runs: Runs, sandbox: Sandbox) -> None:
    stored(sandbox, 1)
    made = program(
        read_one(), combine(ref("sms message", "error code"), ": ", ref("sms message", "error message")), say(ABOVE)
    )
    run_id = runs.start(made)
    assert waiting(runs.go(made, run_id)).about == "error code"
    assert waiting(runs.go(made, run_id, answers={"error code": 1})).about == "error message"
    assert isinstance(runs.go(made, run_id, answers={"error message": "off"}), Done)
    assert runs.said == ["1: off"]


def test_a_missing_result_above_is_asked_for_by_its_name(runs: Runs) -> None:
    made = program(read_one(find=True), combine("a ", ABOVE), say(ABOVE))
    run_id = runs.start(made)
    assert waiting(runs.go(made, run_id)).about == "sms message"
    runs.go(made, run_id, answers={"sms message": "b"})
    assert runs.said == ["a b"]


def test_a_field_of_what_is_missing_as_a_whole_is_asked_for(runs: Runs) -> None:
    made = program(read_one(find=True), get("sms message", "body", name="text"), say(ref("text")))
    run_id = runs.start(made)
    assert waiting(runs.go(made, run_id)).about == "body"
    runs.go(made, run_id, answers={"body": "b"})
    assert runs.said == ["b"]


def test_a_fact_that_only_another_branch_makes_is_asked_for(runs: Runs) -> None:
    made = program(define("x", 1), when(compare("gt", ref("x"), 5), define("reason", "much")), say(ref("reason")))
    run_id = runs.start(made)
    question = waiting(runs.go(made, run_id))
    assert (question.kind, question.about, question.text) == ("unknown_name", "reason", "Please provide the reason.")
    assert isinstance(runs.go(made, run_id, answers={"reason": "little"}), Done)


def test_a_missing_input_is_asked_for_with_its_type_before_anything_is_sent(runs: Runs, sandbox: Sandbox) -> None:
    made = program(call("send_sms_message", inputs={"recipient_number": RECIPIENT, "message_body": "Hi"}))
    run_id = runs.start(made)
    question = waiting(runs.go(made, run_id))
    assert (question.kind, question.about, question.type) == ("missing_input", "sender number", "text")
    assert isinstance(runs.go(made, run_id, answers={"sender number": "+15005550006"}), Done)
    assert recipients(sandbox) == [RECIPIENT]


def test_an_answer_that_the_step_could_not_use_is_asked_for_again(runs: Runs, sandbox: Sandbox) -> None:
    made = program(call("send_sms_message", inputs={"recipient_number": RECIPIENT, "message_body": "Hi"}))
    run_id = runs.start(made)
    runs.go(made, run_id)
    outcome = runs.go(made, run_id, answers={"sender number": "my sister"})
    assert isinstance(outcome, Failed)
    assert outcome.kind == "service"
    assert waiting(runs.go(made, run_id)).about == "sender number"
    assert isinstance(runs.go(made, run_id, answers={"sender number": "+15005550006"}), Done)
    assert recipients(sandbox) == [RECIPIENT]


def test_an_answer_for_a_date_may_be_relative_and_does_not_move(runs: Runs) -> None:
    asked = [Question("unknown_name", "start date", HERE, "Please provide the start date.", "datetime")]
    made = program(say(ref("start date")), ask("Go on?"), say(ref("start date")))
    run_id = runs.start(made)
    runs.go(made, run_id, questions=asked, answers={"start date": "yesterday"})
    runs.now = lambda: NOW + timedelta(days=9)
    runs.go(made, run_id, questions=asked, answers={"Go on?": "y"})
    assert runs.said == ["2026-03-09 00:00:00 UTC"] * 2


# -- resuming ---------------------------------------------------------------------------------------------------------------


def test_dates_do_not_move_when_a_run_goes_on_later(runs: Runs) -> None:
    made = program(convert("2 hours ago", "start"), ask("Go on?"), say(ref("start")))
    run_id = runs.start(made)
    runs.go(made, run_id)
    runs.now = lambda: NOW + timedelta(days=3)
    runs.go(made, run_id, answers={"Go on?": "y"})
    assert runs.said == ["2026-03-10 10:00:00 UTC"]


def test_a_resumed_loop_goes_over_the_items_that_were_read(runs: Runs, sandbox: Sandbox) -> None:
    stored(sandbox, 2)
    made = program(read(), each("m", "sms messages", ask("Go on?"), say(ref("m", "body")), say(ref("m", "price"))))
    run_id = runs.start(made)
    runs.go(made, run_id)
    stored(sandbox, 3)
    before = len(sandbox.requests)
    runs.go(made, run_id, answers={"Go on?": "y"})
    assert isinstance(runs.go(made, run_id, answers={"Go on?": "y"}), Done)
    assert runs.said == ["message 1", "Not Found", "message 0", "Not Found"]
    assert len(sandbox.requests) == before


def test_ctrl_c_leaves_a_run_that_goes_on_where_it_was(runs: Runs, sandbox: Sandbox) -> None:
    made = program(define("names", list(NAMES)), each("name", "names", send(ref("name")), say(ref("name"))))
    run_id = runs.start(made)

    def interrupt(text: str) -> None:
        runs.said.append(text)
        if text == NAMES[2]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        runs.go(made, run_id, say=interrupt)
    assert runs.journal.get(run_id).state == "interrupted"
    assert recipients(sandbox) == NAMES[:3]
    outcome = runs.go(made, run_id)
    assert isinstance(outcome, Done)
    assert recipients(sandbox) == NAMES
    assert outcome.said == tuple(NAMES)


def test_ctrl_c_inside_of_a_send_does_not_repeat_it(
    runs: Runs, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = program(send(NAMES[0]), send(NAMES[1]))
    run_id = runs.start(made)
    original = sandbox.handle

    def interrupted(method: str, *given: Any) -> Any:
        answer = original(method, *given)
        if method == "POST":
            raise KeyboardInterrupt
        return answer

    with monkeypatch.context() as patched:
        patched.setattr(sandbox, "handle", interrupted)
        with pytest.raises(KeyboardInterrupt):
            runs.go(made, run_id)
    sandbox.clock.advance(LEASE.total_seconds())  # the send journal waits for whoever may be at work
    assert isinstance(runs.go(made, run_id), Done)
    assert recipients(sandbox) == NAMES[:2]


def test_a_step_that_failed_is_tried_again_and_what_stands_before_it_is_not(runs: Runs, sandbox: Sandbox) -> None:
    made = program(send(NAMES[0]), read(), send(NAMES[1]))
    run_id = runs.start(made)
    for _ in range(8):
        sandbox.faults.plant(Fault("drop_before", method="GET"))
    outcome = runs.go(made, run_id)
    assert isinstance(outcome, Failed)
    assert (outcome.step, outcome.kind, type(outcome.error)) == ("2", "unavailable", UnavailableError)
    assert runs.journal.get(run_id).state == "failed"
    sandbox.faults.clear()
    assert isinstance(runs.go(made, run_id), Done)
    assert recipients(sandbox) == NAMES[:2]


def test_a_send_of_unknown_outcome_stops_the_run_and_is_looked_for_never_repeated(runs: Runs, sandbox: Sandbox) -> None:
    made = program(send(NAMES[0]), send(NAMES[1]))
    run_id = runs.start(made)
    sandbox.faults.plant(Fault("drop_before", method="POST"))
    outcome = runs.go(made, run_id)
    assert isinstance(outcome, Failed)
    assert (outcome.kind, outcome.unknown, outcome.step) == ("unknown", True, "1")
    for _ in range(2):
        again = runs.go(made, run_id)
        assert isinstance(again, Failed)
        assert again.unknown
    assert recipients(sandbox) == []
    assert len([request for request in sandbox.requests if request.method == "POST"]) == 1


def test_a_call_that_cannot_be_done_is_left_out_on_demand(runs: Runs, sandbox: Sandbox) -> None:
    made = program(
        define("names", [NAMES[0], OPTED_OUT, NAMES[1]]), each("name", "names", send(ref("name")), say(ABOVE))
    )
    run_id = runs.start(made)
    outcome = runs.go(made, run_id)
    assert isinstance(outcome, Failed)
    assert outcome.step == "2[2].1"
    for wrong in ("2[1].1", "9"):
        with pytest.raises(InputError, match="is not it"):
            runs.go(made, run_id, skip=wrong)
    outcome = runs.go(made, run_id, skip="2[2].1")
    assert isinstance(outcome, Done)
    assert recipients(sandbox) == NAMES[:2]
    assert outcome.said[1] == "Not Found"
    assert [sent.step for sent in outcome.sends] == ["2[1].1", "2[3].1"]


def test_a_call_whose_inputs_cannot_be_used_is_left_out_too(runs: Runs) -> None:
    made = program(read(limit="many"), each("m", "sms messages", say(ref("m", "body"))), say("done"))
    run_id = runs.start(made)
    assert isinstance(runs.go(made, run_id), Failed)
    assert isinstance(runs.go(made, run_id, skip="1"), Done)
    assert runs.said == ["done"]


def test_only_a_call_can_be_left_out(runs: Runs) -> None:
    made = program(define("x", "a"), add(1, "x"))
    run_id = runs.start(made)
    runs.go(made, run_id)
    with pytest.raises(InputError, match="is not it"):
        runs.go(made, run_id, skip="2")


def test_a_finished_run_does_nothing_and_tells_again_what_it_did(runs: Runs, sandbox: Sandbox) -> None:
    stored(sandbox, 2)
    made = program(read_one(), send(), say("done"))
    run_id = runs.start(made)
    first = runs.go(made, run_id)
    again = runs.go(made, run_id)
    assert again == first
    assert len([request for request in sandbox.requests if request.method == "POST"]) == 1
    assert runs.said == ["done"]


def test_what_reads_found_is_forgotten_when_the_run_is_done(runs: Runs, sandbox: Sandbox) -> None:
    stored(sandbox, 2)
    made = program(read(), send(), ask("Go on?"))
    run_id = runs.start(made)
    runs.go(made, run_id)
    assert [record.kind for record in runs.journal.records(run_id)] == ["opened", "read", "sent"]
    runs.go(made, run_id, answers={"Go on?": "y"})
    assert [record.kind for record in runs.journal.records(run_id)] == ["opened", "sent", "answer"]


def test_a_changed_automation_is_a_new_run(runs: Runs) -> None:
    made = program(ask("Go on?"))
    run_id = runs.start(made)
    runs.go(made, run_id)
    with pytest.raises(InputError, match="was changed since this run began"):
        runs.go(program(ask("Really?")), run_id, answers={"Go on?": "y"})
    assert runs.journal.get(run_id).state == "waiting"


def test_two_runs_of_one_automation_both_send(runs: Runs, sandbox: Sandbox) -> None:
    made = program(send(NAMES[0]))
    runs.go(made)
    runs.go(made)
    assert recipients(sandbox) == [NAMES[0]] * 2


def test_a_run_that_somebody_is_at_work_on_is_left_alone(runs: Runs, sandbox: Sandbox) -> None:
    made = program(say("first"), send())
    run_id = runs.start(made)
    inner: list[BaseException] = []

    def meanwhile(_text: str) -> None:
        for act in (lambda: runs.go(made, run_id), lambda: runs.journal.remove(run_id, now=NOW)):
            with pytest.raises(RunBusyError) as caught:
                act()
            inner.append(caught.value)

    assert isinstance(runs.go(made, run_id, say=meanwhile), Done)
    assert "is being carried out by another process" in str(inner[0])
    assert len(recipients(sandbox)) == 1


def test_who_lost_a_run_does_nothing_more(runs: Runs, sandbox: Sandbox) -> None:
    """As after a laptop slept for longer than the lease."""
    made = program(say("first"), send(NAMES[0]), send(NAMES[1]))
    run_id = runs.start(made)

    def taken(_text: str) -> None:
        runs.journal.claim(run_id, owner="another:1:x", now=NOW + LEASE)

    with pytest.raises(RunBusyError):
        runs.go(made, run_id, say=taken)
    assert recipients(sandbox) == []
    assert runs.journal.get(run_id).owner == "another:1:x"


def test_a_bug_comes_through_and_the_run_can_go_on(runs: Runs, sandbox: Sandbox) -> None:
    made = program(send(), say("x"))
    run_id = runs.start(made)

    def broken(_text: str) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        runs.go(made, run_id, say=broken)
    run = runs.journal.get(run_id)
    assert (run.state, run.detail) == ("interrupted", '{"kind": "ZeroDivisionError", "step": "2"}')
    assert isinstance(runs.go(made, run_id), Done)
    assert len(recipients(sandbox)) == 1


def test_an_unknown_run_is_told_as_such(runs: Runs) -> None:
    with pytest.raises(NoRunError, match="There is no run 'abcd-efgh'"):
        runs.go(program(say("x")), "abcd-efgh")


def test_an_answer_that_is_no_value_is_refused(runs: Runs) -> None:
    with pytest.raises(InputError) as caught:
        runs.go(program(say("x")), answers={"x": {"a": 1}})
    assert caught.value.problems[0].path == "x"


def test_a_finished_run_shows_what_it_sent_and_no_answer_of_a_list(runs: Runs) -> None:
    made = program(send(), say("hello"))
    run_id = runs.start(made, "Main")
    runs.go(made, run_id)
    found = shown(runs.journal, run_id, NOW)
    assert (found["state"], found["connection"], found["zone"], found["sends"]) == ("done", "Main", "UTC", ["1"])
    assert found["program"] == made.text
    assert found["detail"]["said"] == ["hello"]


# -- mutations without a key ------------------------------------------------------------------------------------------------


@dataclasses.dataclass
class Broken:
    """The toy connector's write, which can be told how to end; it counts how often it was carried out."""

    connector: Connector
    fault: BaseException | None = None
    count: int = 0


@pytest.fixture
def toys(toy: Connector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Runs, Broken]]:
    broken = Broken(toy)
    original: Callable[..., Any] = toy.run

    def run(call: ActionCall, **given: Any) -> Any:
        if call.action == "write_note":
            broken.count += 1
            if broken.fault is not None:
                raise broken.fault
        return original(call, **given)

    monkeypatch.setattr(toy, "run", run)
    runs = Runs([toy], tmp_path / "runs.sqlite3")
    yield runs, broken
    runs.journal.close()


WRITE = call("write_note", "toy", inputs={"note_text": "eggs"})


@pytest.mark.parametrize("fault", [KeyboardInterrupt(), OutcomeUnknownError("Lost."), ZeroDivisionError()])
def test_what_has_no_key_and_may_have_been_done_is_never_done_again(
    toys: tuple[Runs, Broken], fault: BaseException
) -> None:
    runs, broken = toys
    made, broken.fault = program(WRITE, say("done")), fault
    run_id = runs.start(made)
    with suppress(KeyboardInterrupt, ZeroDivisionError):
        runs.go(made, run_id)
    broken.fault = None
    for _ in range(2):
        outcome = runs.go(made, run_id)
        assert isinstance(outcome, Failed)
        assert outcome.unknown
    assert broken.count == 1
    assert isinstance(runs.go(made, run_id, skip="1"), Done)
    assert broken.count == 1


def test_what_has_no_key_and_was_not_done_is_tried_again(toys: tuple[Runs, Broken]) -> None:
    runs, broken = toys
    made, broken.fault = program(WRITE), UnavailableError("Away.")
    run_id = runs.start(made)
    outcome = runs.go(made, run_id)
    assert isinstance(outcome, Failed)
    assert not outcome.unknown
    broken.fault = None
    assert isinstance(runs.go(made, run_id), Done)
    assert broken.count == 2


# -- dry runs ---------------------------------------------------------------------------------------------------------------


def dry(runs: Runs, made: p.Program, **settings: Any) -> Any:
    return runs.go(made, "none", dry_run=True, **settings)


def test_a_dry_run_reads_and_sends_nothing_and_shows_what_would_be_sent(runs: Runs, sandbox: Sandbox) -> None:
    stored(sandbox, 2)
    made = program(
        read(where("eq", "status", "delivered")),
        each("m", "sms messages", send(NAMES[0], ref("m", "body")), say(ABOVE)),
    )  # fmt: skip
    outcome = dry(runs, made)
    assert isinstance(outcome, Done)
    assert sandbox.store.count(ACCOUNT_SID) == 2
    assert [request.method for request in sandbox.requests] == ["GET"]
    assert [(planned.step, planned.preview["request"]["Body"]) for planned in outcome.planned] == [
        ("2[1].1", "message 1"), ("2[2].1", "message 0"),
    ]  # fmt: skip
    assert (outcome.sends, outcome.said) == ((), ("(the answer of line 1)",) * 2)
    assert runs.journal.runs() == []
    assert outcome.to_json()["planned"][0]["sentence"] == "Send an SMS message: this would be done."


def test_a_dry_run_finds_what_would_be_refused(runs: Runs, sandbox: Sandbox) -> None:
    outcome = dry(runs, program(send("my sister")))
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, ConnectorError)
    assert sandbox.requests == []


def test_a_dry_run_asks_like_a_run_and_takes_the_answers_at_once(runs: Runs) -> None:
    made = program(ask("Go on?"), say(ABOVE))
    assert waiting(dry(runs, made)).about == "Go on?"
    assert isinstance(dry(runs, made, answers={"Go on?": "y"}), Done)


def test_a_dry_run_of_an_action_that_has_none_is_checked_and_left_out(toys: tuple[Runs, Broken]) -> None:
    runs, broken = toys
    outcome = dry(runs, program(WRITE))
    assert isinstance(outcome, Done)
    assert (broken.count, [planned.preview for planned in outcome.planned]) == (0, [None])
    outcome = dry(runs, program(call("write_note", "toy", inputs={"note_text": 5})))
    assert isinstance(outcome, Failed)


# -- size -------------------------------------------------------------------------------------------------------------------


def test_a_loop_that_only_computes_records_nothing(runs: Runs, twilio_account: Twilio) -> None:
    made = program(
        define("numbers", [str(n) for n in range(10_000)]), define("found", []), define("count", 0),
        each("number", "numbers", add(1, "count"), add(ref("number"), "found"),
             when(compare("has", ref("number"), "9999"), combine("at ", ref("number")), say(ABOVE))),
        say(ref("count")), ask("Go on?"),
    )  # fmt: skip
    run_id = runs.start(made)
    waiting(runs.go(made, run_id))
    assert runs.said == ["at 9999", "10000"]
    assert list(runs.journal.records(run_id)) == []
    assert isinstance(runs.go(made, run_id, answers={"Go on?": "y"}), Done)
    assert runs.said == ["at 9999", "10000"]


def test_a_read_of_thousands_is_recorded_small(runs: Runs, sandbox: Sandbox) -> None:
    stored(sandbox, 3000)
    made = program(read(), ask("Go on?"), each("m", "sms messages", add(1, "n")), say(ref("n")))
    made = dataclasses.replace(made, steps=(define("n", 0), *made.steps))
    run_id = runs.start(made)
    runs.go(made, run_id)
    (record,) = (one for one in runs.journal.records(run_id) if one.kind == "read")
    assert len(record.value) < 200_000
    runs.go(made, run_id, answers={"Go on?": "y"})
    assert runs.said == ["3000"]
