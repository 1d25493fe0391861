"""What each step of an automation does, against the sandbox and the toy connector."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connector_kit import ActionCall, Connector
from connector_kit.english import program as p
from connector_kit.english.problems import StepError
from connector_kit.english.running.calls import action_call
from connector_kit.english.running.evaluate import Evaluator
from connector_kit.english.running.facts import Facts
from connector_kit.english.running.outcomes import Done, Failed, Waiting
from english_programs import (
    ABOVE,
    HERE,
    STOP,
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
    find,
    get,
    program,
    read,
    read_one,
    ref,
    say,
    send,
    switch,
    use,
    value,
    when,
    where,
)
from support import NOW, RECIPIENT, Twilio, stored
from twilio_sandbox import Sandbox
from twilio_sandbox.seed import ACCOUNT_SID, OPTED_OUT, OWN_NUMBER


def said(runs: Runs, *steps: p.Step) -> list[str]:
    """Run steps that end well, and return what they said."""
    outcome = runs.go(program(*steps))
    assert isinstance(outcome, Done), outcome
    assert list(outcome.said) == runs.said
    return list(outcome.said)


def fault(runs: Runs, *steps: p.Step) -> StepError:
    """Run steps of which one cannot be done, and return the error."""
    outcome = runs.go(program(*steps))
    assert isinstance(outcome, Failed), outcome
    assert isinstance(outcome.error, StepError)
    assert outcome.kind == outcome.error.found.kind
    assert outcome.to_json()["error"]["kind"] == outcome.kind
    return outcome.error


# -- facts ------------------------------------------------------------------------------------------------------------------


def test_a_definition_copies_and_a_use_follows(runs: Runs) -> None:
    steps: list[p.Step] = [
        define("price", 5), define("copy", ref("price")), use(ref("price"), "cost"), assign("price", 6),
        say([ref("copy"), ref("cost")]),
    ]  # fmt: skip
    assert said(runs, *steps) == ["5, 6"]


def test_the_above_used_as_a_fact_stays_what_it_was(runs: Runs) -> None:
    """The published example: two dates, each used as a fact before the next is made."""
    steps: list[p.Step] = [
        convert("2022-03-01T15:00:00Z"), use(ABOVE, "start date"), convert("2022-03-03T15:00:00Z"), use(ABOVE, "end date"),
        say(ref("start date")), say(ref("end date")),
    ]  # fmt: skip
    assert said(runs, *steps) == ["2022-03-01 15:00:00 UTC", "2022-03-03 15:00:00 UTC"]


def test_the_above_is_the_result_of_the_nearest_step_that_has_one(runs: Runs) -> None:
    steps: list[p.Step] = [
        combine("a", "b"),
        define("x", 1),
        use(ref("x"), "y"),
        assign("x", 2),
        add(1, "x"),
        say("."),
        say(ABOVE),
    ]
    assert said(runs, *steps)[-1] == "ab"


def test_each_round_of_a_loop_begins_with_what_was_above_the_loop(runs: Runs) -> None:
    steps: list[p.Step] = [
        define("names", ["Ana", "Bob"]), combine("Dear", " "),
        each("name", "names", say(ABOVE), combine(ABOVE, ref("name")), say(ABOVE)), say(ABOVE),
    ]  # fmt: skip
    assert said(runs, *steps) == ["Dear ", "Dear Ana", "Dear ", "Dear Bob", "Dear Bob"]


def test_a_single_value_is_shown_when_it_stands_alone(runs: Runs) -> None:
    assert said(runs, define("cap", Decimal("0.050")), p.Show(("cap",), HERE)) == ["0.05"]


def test_numbers_are_added_exactly_and_lists_appended_to(runs: Runs) -> None:
    steps: list[p.Step] = [
        define("total", Decimal("0.1")), add(Decimal("0.2"), "total"), say(ref("total")),
        define("names", ["a"]), define("more", ["b", "c"]), add("d", "names"), add(ref("more"), "names"), say(ref("names")),
    ]  # fmt: skip
    assert said(runs, *steps) == ["0.3", "a, d, b, c"]


@pytest.mark.parametrize(
    ("start", "more", "says"),
    [("a", "b", "combine"), (1, "b", "add adds numbers"), (True, 1, "add adds numbers")],
)
def test_nothing_else_is_added(runs: Runs, start: Any, more: Any, says: str) -> None:
    error = fault(runs, define("x", start), add(more, "x"))
    assert error.found.kind == "type_mismatch"
    assert says in error.message


def test_a_number_is_not_added_to_a_date(runs: Runs) -> None:
    assert fault(runs, convert("today", "day"), add(1, "day")).found.kind == "type_mismatch"


def test_a_record_is_changed_by_field_and_only_with_a_value_of_its_type(runs: Runs, sandbox: Sandbox) -> None:
    stored(sandbox, 1)
    first: list[p.Step] = [read_one(), assign(("sms message", "body"), "new"), say(ref("sms message", "body"))]
    assert said(runs, *first) == ["new"]
    assert fault(runs, read_one(), assign(("sms message", "num media"), "x")).found.kind == "type_mismatch"
    assert fault(runs, read_one(), assign(("sms message", "colour"), "x")).found.kind == "unknown_field"
    assert "has no colour" in fault(runs, read_one(), say(ref("sms message", "colour"))).message


# -- convert and combine ----------------------------------------------------------------------------------------------------


def test_dates_are_made_by_the_injected_clock_in_the_zone_of_the_run(runs: Runs) -> None:
    runs.zone = ZoneInfo("America/New_York")
    steps: list[p.Step] = [convert("yesterday", "start"), say(ref("start")), convert("now", to="date"), say(ABOVE)]
    assert said(runs, *steps) == ["2026-03-09 00:00:00 -04:00", "2026-03-10"]


def test_what_is_no_date_is_told_with_what_can_be_written(runs: Runs) -> None:
    error = fault(runs, define("day", "next week"), convert(ref("day")))
    assert error.found.kind == "could_not_convert"
    assert error.message == (
        "Could not convert the day to a datetime. Write it like 2022-03-01T15:00:00Z, or now, today, yesterday, tomorrow, "
        "2 hours ago."
    )


def test_texts_numbers_and_dates_are_joined_with_nothing_between(runs: Runs) -> None:
    steps: list[p.Step] = [
        define("number", Decimal(4711)), convert("2022-03-01", "day"), convert("2022-03-01", "bare", "date"),
        combine("No. ", ref("number"), "", " on ", ref("day"), "/", ref("bare"), name="notice"), say(ref("notice")),
    ]  # fmt: skip
    assert said(runs, *steps) == ["No. 4711 on 2022-03-01 00:00:00 UTC/2022-03-01"]


@pytest.mark.parametrize("wrong", [True, ["a"]])
def test_other_values_are_not_joined(runs: Runs, wrong: Any) -> None:
    error = fault(runs, define("recipients", wrong), combine("a", ref("recipients")))
    assert error.found.kind == "type_mismatch"
    assert error.message.startswith("combine joins text, numbers and dates; the recipients is ")


def test_a_whole_record_is_not_joined(runs: Runs, sandbox: Sandbox) -> None:
    stored(sandbox, 1)
    assert fault(runs, read_one(), combine("a", ref("sms message"))).found.kind == "type_mismatch"


# -- branches and loops -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (compare("gt", ref("orders"), 10), "yes"),
        (compare("lt", ref("orders"), 10), "no"),
        (p.Not(compare("gt", ref("orders"), 10)), "no"),
        (p.Joined("and", (compare("gt", ref("orders"), 10), compare("le", ref("orders"), 12))), "yes"),
        (p.Joined("or", (compare("gt", ref("orders"), 100), compare("le", ref("orders"), 12))), "yes"),
        (p.Joined("and", (compare("gt", ref("orders"), 100), compare("gt", ref("orders"), "x"))), "no"),
        (compare("in", ref("orders"), [11, 12]), "yes"),
        (compare("eq", ref("orders"), None), "no"),
        (compare("eq", ref("nobody"), None), "yes"),
        (compare("ne", ref("nobody"), None), "no"),
    ],
)
def test_a_branch_is_taken_by_its_condition(runs: Runs, condition: p.Condition, expected: str) -> None:
    assert said(runs, define("orders", 12), when(condition, say("yes"), otherwise=(say("no"),))) == [expected]


def test_values_that_cannot_be_compared_are_a_fault_with_its_place(runs: Runs) -> None:
    error = fault(runs, define("orders", "12"), when(compare("gt", ref("orders"), 10), say("busy")))
    assert error.found.kind == "type_mismatch"
    assert error.message == "Is greater than or after does not go with text and a number."


def test_loops_are_nested_and_see_what_was_set_in_them(runs: Runs) -> None:
    steps: list[p.Step] = [
        define("counter", 0), define("rows", ["a", "b"]), define("columns", [1, 2, 3]),
        each("row", "rows", each("column", "columns", add(1, "counter"), combine(ref("row"), ref("column")), say(ABOVE))),
        say(ref("counter")),
    ]  # fmt: skip
    assert said(runs, *steps) == ["a1", "a2", "a3", "b1", "b2", "b3", "6"]
    paths = [path for path, _ in runs.told]
    assert paths == []  # nothing of this is worth telling


def test_a_stop_in_a_loop_ends_the_run(runs: Runs, sandbox: Sandbox) -> None:
    steps: list[p.Step] = [
        define("names", ["a", "b", "c"]),
        each("name", "names", say(ref("name")), when(compare("eq", ref("name"), "b"), STOP)), send(),
    ]  # fmt: skip
    assert said(runs, *steps) == ["a", "b"]
    assert sandbox.store.count(ACCOUNT_SID) == 0


def test_a_block_that_appends_to_its_list_does_not_process_what_it_appends(runs: Runs) -> None:
    steps: list[p.Step] = [define("names", ["a", "b"]), each("name", "names", add("c", "names")), say(ref("names"))]
    assert said(runs, *steps) == ["a, b, c, c"]


def test_what_is_no_list_is_not_processed(runs: Runs) -> None:
    error = fault(runs, define("name", "a"), each("letter", "name", say(ref("letter"))))
    assert (error.found.kind, error.message) == (
        "not_a_list", "The name is text, not a list, so there is nothing to process one by one.",
    )  # fmt: skip


def test_the_item_that_was_chosen_in_a_loop_stays_the_chosen_one(runs: Runs) -> None:
    steps: list[p.Step] = [
        define("names", ["a", "b", "c"]),
        each("name", "names", when(compare("eq", ref("name"), "b"), use(ref("name"), "chosen"))), say(ref("chosen")),
    ]  # fmt: skip
    assert said(runs, *steps) == ["b"]


# -- reads ------------------------------------------------------------------------------------------------------------------


def test_a_read_becomes_the_fact_of_its_result(runs: Runs, sandbox: Sandbox) -> None:
    stored(sandbox, 3)
    steps: list[p.Step] = [read(), each("sms message", "sms messages", say(ref("sms message", "body")))]
    assert said(runs, *steps) == ["message 2", "message 1", "message 0"]
    assert runs.told == [("1", "Read some SMS messages: found 3.")]


def test_a_named_read_is_known_by_its_name(runs: Runs, sandbox: Sandbox) -> None:
    stored(sandbox, 1)
    assert isinstance(runs.go(program(read(name="mail"), say(ref("sms messages")))), Waiting)
    assert isinstance(runs.go(program(read(name="mail"), each("m", "mail", say(ref("m", "body"))))), Done)


def test_a_filter_is_evaluated_with_the_facts_of_the_moment(runs: Runs, sandbox: Sandbox) -> None:
    stored(sandbox, 5)
    since = NOW - timedelta(minutes=3)
    steps: list[p.Step] = [
        convert(since.isoformat(), "start"), define("wanted", ["delivered", "sent"]), define("most", Decimal(2)),
        read(p.Joined("and", (where("ge", "date_sent", ref("start")), where("in", "status", ref("wanted")))), limit=ref("most")),
        each("sms message", "sms messages", say(ref("sms message", "body"))),
    ]  # fmt: skip
    assert said(runs, *steps) == ["message 4", "message 3"]


def test_a_singular_read_is_the_newest_and_says_so(runs: Runs, sandbox: Sandbox) -> None:
    """Those without a date sent come after all that have one, and are compared by the date created."""
    stored(sandbox, 3, change=lambda n: {"sent": None} if n == 2 else {})
    outcome = runs.go(program(read_one(), say(ref("sms message", "body"))))
    assert isinstance(outcome, Done)
    assert outcome.said == ("message 1",)
    assert [(notice.code, notice.message) for notice in outcome.notices] == [
        ("several", "More than one SMS message matches; I used the newest, sent 2026-03-10 11:58:00 UTC."),
    ]


def test_a_singular_read_of_one_match_has_no_notice(runs: Runs, sandbox: Sandbox) -> None:
    stored(sandbox, 1)
    outcome = runs.go(program(read_one()))
    assert isinstance(outcome, Done)
    assert outcome.notices == ()


def test_find_gives_not_found_and_goes_on(runs: Runs) -> None:
    steps: list[p.Step] = [
        read_one(where("eq", "sid", "SM1"), find=True), say(ref("sms message")), say(ref("sms message", "body")),
        when(compare("eq", ref("sms message"), None), say("missing")),
    ]  # fmt: skip
    assert said(runs, *steps) == ["Not Found", "Not Found", "missing"]


def test_any_other_singular_read_asks_and_says_what_was_looked_for(runs: Runs, sandbox: Sandbox) -> None:
    made = program(read_one(where("eq", "status", "failed")), say(ref("sms message", "body")))
    run_id = runs.start(made)
    outcome = runs.go(made, run_id)
    assert isinstance(outcome, Waiting)
    assert (outcome.question.kind, outcome.question.about) == ("no_match", "sms message")
    assert outcome.question.text == 'Please provide the sms message. No SMS message has status "failed".'
    assert outcome.question.choices == ("Try again", "Skip")
    assert isinstance(runs.go(made, run_id, answers={"sms message": "Try again"}), Waiting)
    stored(sandbox, 1, change=lambda _: {"status": "failed"})
    assert isinstance(runs.go(made, run_id, answers={"sms message": "try again"}), Done)
    assert runs.said == ["message 0"]


def test_a_singular_read_without_a_match_may_be_skipped(runs: Runs) -> None:
    made = program(read_one(where("eq", "status", "failed")), say(ref("sms message")))
    run_id = runs.start(made)
    runs.go(made, run_id)
    assert isinstance(runs.go(made, run_id, answers={"sms message": "Skip"}), Done)
    assert runs.said == ["Not Found"]


def test_what_was_looked_for_is_said_for_every_condition(runs: Runs) -> None:
    either = p.Joined("or", (where("has", "body", "x"), p.Not(where("in", "status", ["sent", "failed"]))))
    outcome = runs.go(program(read_one(p.Joined("and", (either, where("ne", "error_code", None))))))
    assert isinstance(outcome, Waiting)
    assert outcome.question.text == (
        'Please provide the sms message. No SMS message has body that contains "x" or not (status that is one of "sent" or '
        '"failed") and error code that is not empty.'
    )


def test_a_plural_read_without_a_match_is_an_empty_list(runs: Runs) -> None:
    steps: list[p.Step] = [read(), when(compare("eq", ref("sms messages"), None), say("empty"))]
    assert said(runs, *steps) == ["empty"]


# -- calls ------------------------------------------------------------------------------------------------------------------


def made_of(step: p.Call, connector: Connector, **facts: Any) -> ActionCall:
    known = Facts()
    for name, one in facts.items():
        known.define(name.replace("_", " "), one)
    return action_call(step, connector.manifest, Evaluator(known, UTC))


def test_a_call_is_the_one_that_another_host_would_make(twilio_account: Twilio) -> None:
    when_sent = datetime(2022, 3, 1, 15, tzinfo=UTC)
    step = read(
        p.Joined("and", (where("gt", "date_sent", ref("start")), where("in", "status", ["failed", "undelivered"]),
                         where("eq", "error_message", None))),
        limit=20, offset=Decimal(40),
    )  # fmt: skip
    tree = [
        "and", ["gt", "date_sent", "2022-03-01T15:00:00Z"], ["in", "status", ["failed", "undelivered"]],
        ["eq", "error_message", None],
    ]  # fmt: skip
    wanted = ActionCall("read_sms_messages", filter=twilio_account.filter(tree), limit=20, offset=40)
    assert made_of(step, twilio_account.connector, start=when_sent) == wanted


def test_the_inputs_of_a_call_are_plain_values_by_id(twilio_account: Twilio) -> None:
    step = send(ref("recipient"), inputs={"media_urls": ["https://example.com/a.png"]})
    found = made_of(step, twilio_account.connector, recipient=12125550123)
    assert found == ActionCall(
        "send_sms_message",
        {
            "sender_number": OWN_NUMBER,
            "recipient_number": "12125550123",
            "message_body": "Hello",
            "media_urls": ["https://example.com/a.png"],
        },
    )


def test_an_input_that_is_not_given_is_the_fact_of_its_name(runs: Runs, sandbox: Sandbox) -> None:
    step = call("send_sms_message", inputs={"sender_number": OWN_NUMBER, "message_body": "Hi"})
    said(runs, define("recipient number", RECIPIENT), step)
    assert [message.recipient for message in sandbox.store.all(ACCOUNT_SID)] == [RECIPIENT]


@pytest.mark.parametrize("limit", [Decimal("2.5"), "many", True])
def test_a_limit_is_a_whole_number(runs: Runs, limit: Any) -> None:
    assert fault(runs, read(limit=limit)).found.kind == "invalid_value"


def test_a_plain_date_is_no_datetime(runs: Runs) -> None:
    error = fault(runs, convert("today", "day", "date"), read(where("gt", "date_sent", ref("day"))))
    assert error.found.kind == "type_mismatch"
    assert "date sent needs a datetime" in error.message


def test_a_record_is_no_input(runs: Runs, sandbox: Sandbox) -> None:
    stored(sandbox, 1)
    assert fault(runs, read_one(), send(ref("sms message"))).found.kind == "type_mismatch"


def test_a_send_gives_its_answer_and_is_listed(runs: Runs, sandbox: Sandbox) -> None:
    outcome = runs.go(program(send(), say(ABOVE), say(ref("answer"))))
    assert isinstance(outcome, Done)
    (message,) = sandbox.store.all(ACCOUNT_SID)
    assert outcome.said == (message.sid, message.sid)
    assert [(sent.step, sent.action, sent.output) for sent in outcome.sends] == [("1", "send_sms_message", message.sid)]
    assert ("1", "Send an SMS message: done.") in runs.told


def test_a_send_that_is_asked_for_as_a_dry_run_is_none(runs: Runs, sandbox: Sandbox) -> None:
    outcome = runs.go(program(send(inputs={"dry_run": True})))
    assert isinstance(outcome, Done)
    assert outcome.sends == ()
    assert sandbox.store.count(ACCOUNT_SID) == 0


def test_calls_use_the_connection_of_the_run_until_the_automation_switches(runs: Runs) -> None:
    made = program(read(), switch("Support line"), read())
    assert isinstance(runs.go(made, runs.start(made, "Main")), Done)
    assert runs.opened == [("twilio", "Main"), ("twilio", "Support line")]


def test_what_the_service_refuses_fails_the_step_and_nothing_after_it_is_done(runs: Runs, sandbox: Sandbox) -> None:
    made = program(send(), send(OPTED_OUT), send())
    outcome = runs.go(made)
    assert isinstance(outcome, Failed)
    assert (outcome.step, outcome.kind, outcome.unknown) == ("2", "recipient", False)
    assert sandbox.store.count(ACCOUNT_SID) == 1


def test_the_toy_connector_runs_by_its_own_words(toy: Connector, tmp_path: Path) -> None:
    runs = Runs([toy], tmp_path / "runs.sqlite3")
    steps: list[p.Step] = [
        call("write_note", "toy", inputs={"note_text": "eggs", "stars": Decimal(3)}),
        call("read_notes", "toy", filter=where("gt", "stars", 1), result="notes"),
        each("note", "notes", combine(ref("note", "text"), " ", ref("note", "stars")), say(ABOVE)),
        call("read_notes", "toy", one=True, result="note"),
    ]  # fmt: skip
    outcome = runs.go(program(*steps))
    assert isinstance(outcome, Done)
    assert outcome.said == ("eggs 3", "milk 2")
    assert outcome.notices[0].message.startswith("More than one note matches; I used the newest, written 20")
    runs.journal.close()


# -- looking up -------------------------------------------------------------------------------------------------------------


def test_get_asks_for_what_is_missing_and_find_goes_on(runs: Runs, sandbox: Sandbox) -> None:
    stored(sandbox, 1)
    steps: list[p.Step] = [
        read_one(), get("sms message", "status"), say(ABOVE), find("sms message", "error message", name="reason"),
        say(ref("reason")), find("nobody"), say(ABOVE),
    ]  # fmt: skip
    assert said(runs, *steps) == ["delivered", "Not Found", "Not Found"]
    outcome = runs.go(program(read_one(), get("sms message", "error code")))
    assert isinstance(outcome, Waiting)
    assert (outcome.question.kind, outcome.question.type) == ("missing_value", "number")
    assert (outcome.question.about, outcome.question.text) == ("error code", "Please provide the error code.")


def test_the_choices_of_a_question_keep_their_type(runs: Runs) -> None:
    made = program(ask("How many?", 1, 2, name="count"), add(1, "count"), say(ref("count")))
    outcome = runs.go(made)
    assert isinstance(outcome, Waiting)
    assert outcome.question.choices == ("1", "2")
    assert said_with(runs, made, {"count": 2}) == ["3"]


def said_with(runs: Runs, made: p.Program, answers: dict[str, Any]) -> list[str]:
    outcome = runs.go(made, answers=answers)
    assert isinstance(outcome, Done), outcome
    return list(outcome.said)


def test_values_can_be_made_of_any_kind() -> None:
    assert value(["a", 1]) == p.Items((p.Literal("a", HERE), p.Literal(1, HERE)), HERE)
