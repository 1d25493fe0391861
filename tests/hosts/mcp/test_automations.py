"""Automations in English as tools: checked, asked for, confirmed as a whole, resumed by their id, and over one connection only."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from mcp import Client
from mcp_types import ElicitResult

from connector_kit.english import Begin, default_runs
from connector_kit.english import check as checked
from connector_kit.english.running.runs import start
from mcp_support import BOUND, YES, Place, error, output, text, toy_place, twilio_place
from support import NOW, stored
from twilio_sandbox import Fault
from twilio_sandbox.seed import OWN_NUMBER

CHECK, RUN = "check_automation", "run_automation"
FIRST, SECOND = "+12125550101", "+12125550102"
MANY = f"""\
the sender number is "{OWN_NUMBER}"
the recipients are "{FIRST}", "{SECOND}"
process each recipient as follows
  send an SMS message to the recipient saying "Hello"
say "All sent."
"""
ASKS = f'send an SMS message from "{OWN_NUMBER}" saying "Hello"'
READS = 'read some sms messages whose status is "delivered"\nsay "Done."'


@pytest.fixture
def required() -> Iterator[Place]:
    with twilio_place("required") as made:
        yield made


def run_of(place: Place, program: str, connection: str | None, environment: Any = "production") -> str:
    """Begin a run as another host would."""
    with closing(default_runs()) as journal:
        begin = Begin(lambda: NOW, connection=connection, environment=environment)
        return start(journal, checked(program, [place.desk.manifest]).program, begin)


def test_a_check_says_what_it_would_do_and_does_nothing(place: Place, era: str) -> None:
    document = output(place.call(CHECK, {"program": MANY}, era))
    assert (document["valid"], document["questions"]) == (True, [])
    assert document["explain"][-1] == "In all, Send an SMS message: at most 2 times."
    asking = output(place.call(CHECK, {"program": ASKS}, era))
    assert [question["about"] for question in asking["questions"]] == ["recipient number"]
    assert place.sandbox.requests == []


def test_what_cannot_be_read_is_told_with_its_place_and_what_to_write(place: Place, era: str) -> None:
    for tool in (CHECK, RUN):
        result = place.call(tool, {"program": "say hello\nread some sms mesages"}, era)
        document = error(result)
        assert document["code"] == "english"
        assert (document["line"], bool(document["suggestions"])) == (1, True)
        assert "line 1, column 5" in text(result)


def test_a_run_does_it_once_and_tells_everything(place: Place, era: str) -> None:
    document = output(place.call(RUN, {"program": MANY}, era))
    assert (document["status"], document["said"]) == ("done", ["All sent."])
    assert [one["step"] for one in document["sends"]] == ["3[1].1", "3[2].1"]
    assert place.sent == [(FIRST, "Hello"), (SECOND, "Hello")]
    again = output(place.call(RUN, {"run_id": document["run"]}, era))
    assert (again["status"], again["sends"]) == ("done", document["sends"])
    assert len(place.sent) == 2


def test_a_dry_run_shows_what_would_be_sent(required: Place, era: str) -> None:
    document = output(required.call(RUN, {"program": MANY, "dry_run": True}, era))
    assert (document["status"], len(document["planned"]), "run" in document) == ("done", 2, False)
    assert required.sent == []


def test_a_question_is_a_status_and_its_answer_goes_on_with_the_run(place: Place, era: str) -> None:
    place.answer = YES
    waiting = output(place.call(RUN, {"program": ASKS}, era))
    assert waiting["status"] == "needs_answer"
    question = waiting["question"]
    assert (question["about"], question["type"], question["choices"]) == ("recipient number", "text", [])
    assert (place.asked, place.sent) == ([], []), "it asks before it does anything, so there is nothing to confirm yet"
    answers = {"The recipient_number": FIRST}
    done = output(place.call(RUN, {"run_id": waiting["run"], "answers": answers}, era))
    assert (done["status"], done["run"], place.sent) == ("done", waiting["run"], [(FIRST, "Hello")])
    assert FIRST in place.asked[0]


def test_an_answer_that_cannot_be_used_is_told_and_the_run_goes_on_waiting(place: Place) -> None:
    waiting = output(place.call(RUN, {"program": ASKS}))
    result = place.call(RUN, {"run_id": waiting["run"], "answers": {"recipient number": [FIRST, SECOND]}})
    assert (error(result)["code"], error(result)["problems"][0]["path"]) == ("input", "recipient number")
    assert place.sent == []
    output(place.call(RUN, {"run_id": waiting["run"], "answers": {"recipient number": FIRST}}))
    assert place.sent == [(FIRST, "Hello")]


def test_what_it_says_may_be_the_text_of_others_and_is_marked(place: Place, era: str) -> None:
    stored(place.sandbox, 1)
    program = "read some sms messages\nprocess each sms message as follows\n  say the sms message's body"
    result = place.call(RUN, {"program": program}, era)
    assert output(result)["said"] == ["message 0"]
    assert result.meta is not None
    assert result.meta["connector-kit/untrusted"] == ["said"]


def test_a_person_confirms_the_whole_automation(place: Place, era: str) -> None:
    place.answer = YES
    output(place.call(RUN, {"program": MANY}, era))
    (asked,) = place.asked
    for words in ('"main" (Production)', "2 times", FIRST, SECOND, "1 segment", "at most 2 times", "costs money"):
        assert words in asked
    assert len(place.sent) == 2


def test_without_a_yes_no_step_is_done_and_no_run_is_left(place: Place, era: str) -> None:
    place.answer = ElicitResult(action="decline")
    assert error(place.call(RUN, {"program": MANY}, era))["code"] == "declined"
    assert place.sent == []
    with closing(default_runs()) as journal:
        assert list(journal.runs()) == []


def test_where_nobody_can_be_asked_only_what_reads_is_run(required: Place, era: str) -> None:
    assert error(required.call(RUN, {"program": MANY}, era))["code"] == "refused"
    assert output(required.call(RUN, {"program": READS}, era))["said"] == ["Done."]
    assert required.sent == []


def test_a_failed_step_is_an_error_and_the_run_goes_on_from_it(place: Place, era: str) -> None:
    place.sandbox.faults.plant(Fault("error", status=401, code=20003))
    result = place.call(RUN, {"program": MANY}, era)
    document = error(result)
    assert (document["code"], document["status"], document["step"]) == ("credentials", "failed", "3[1].1")
    done = output(place.call(RUN, {"run_id": document["run"]}, era))
    assert (done["status"], len(done["sends"])) == ("done", 2)


def test_a_step_can_be_left_out(place: Place) -> None:
    place.sandbox.faults.plant(Fault("error", status=400, code=21610))
    failed = error(place.call(RUN, {"program": MANY}))
    done = output(place.call(RUN, {"run_id": failed["run"], "skip": failed["step"]}))
    assert [one["step"] for one in done["sends"]] == ["3[2].1"]


def test_what_an_unfinished_run_did_is_not_done_anew_unless_it_is_wanted(place: Place, era: str) -> None:
    first = f'send an SMS message from "{OWN_NUMBER}" to "{FIRST}" saying "Hello"\n'
    place.sandbox.faults.plant(Fault("slow", method="POST"))  # the first send goes well
    place.sandbox.faults.plant(Fault("error", status=401, code=20003, method="POST"))
    failed = error(place.call(RUN, {"program": first + MANY}, era))
    assert (failed["code"], len(failed["sends"])) == ("credentials", 1)
    attempts = len(place.sent)
    refused = place.call(RUN, {"program": first + MANY}, era)
    assert (error(refused)["code"], error(refused)["run"]) == ("unfinished_run", failed["run"])
    assert len(place.sent) == attempts
    assert output(place.call(RUN, {"program": first + MANY, "new": True}, era))["status"] == "done"


def test_another_connection_is_out_of_reach(place: Place, era: str) -> None:
    """A server is started for one connection; no text that an agent was talked into may change that."""
    run_id = run_of(place, f'switch twilio to "other"\n{MANY}', "main")
    for tool, arguments in (
        (CHECK, {"program": f'switch twilio to "other"\n{MANY}'}),
        (RUN, {"program": f'switch twilio to "other"\n{MANY}'}),
        (RUN, {"run_id": run_id}),
    ):
        result = place.call(tool, arguments, era)
        assert error(result)["code"] == "refused"
        assert "'main' only" in text(result)
    assert place.sent == []


def test_a_switch_to_the_own_connection_changes_nothing(place: Place) -> None:
    output(place.call(RUN, {"program": f'switch twilio to "Main"\n{MANY}'}))
    assert len(place.sent) == 2


@pytest.mark.parametrize(
    ("connection", "environment"), [("other", "production"), (None, "production"), ("main", "test")]
)
def test_runs_of_other_connections_are_nobodys_business(
    place: Place, era: str, connection: str | None, environment: Any
) -> None:
    run_id = run_of(place, MANY, connection, environment)
    assert error(place.call(RUN, {"run_id": run_id}, era))["code"] == "no_run"
    assert place.sent == []


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        ({}, None),
        ({"program": MANY, "run_id": "2345-6789"}, None),
        ({"program": 5}, "program"),
        ({"program": MANY, "answers": []}, "answers"),
        ({"program": MANY, "colour": "red"}, "colour"),
        ({"run_id": "2345-6789", "dry_run": True}, "dry_run"),
    ],
)
def test_what_does_not_fit_together_is_refused(
    place: Place, era: str, arguments: dict[str, Any], path: str | None
) -> None:
    document = error(place.call(RUN, arguments, era))
    assert document["code"] == "input"
    assert [problem["path"] for problem in document.get("problems", [])] == ([] if path is None else [path])
    assert place.sent == []


def test_null_is_as_if_it_were_not_there(place: Place) -> None:
    arguments = {"program": READS, "run_id": None, "answers": None, "dry_run": None}
    assert output(place.call(RUN, arguments))["status"] == "done"


def test_a_run_tells_how_far_it_is(place: Place, era: str) -> None:
    output(place.call(RUN, {"program": MANY}, era))
    numbers = [number for number, _ in place.told]
    assert numbers == sorted(set(numbers))
    assert any("3[2].1" in str(message) for _, message in place.told)


def test_a_run_that_a_client_gave_up_goes_on_and_is_not_begun_again(place: Place, era: str) -> None:
    async def work(client: Client) -> Any:
        place.gate.opened.clear()
        calling = asyncio.create_task(client.call_tool(RUN, {"program": MANY}))
        await asyncio.to_thread(place.gate.reached.wait, BOUND)
        calling.cancel()
        await asyncio.wait([calling])
        place.gate.opened.set()
        return await client.call_tool(RUN, {"program": MANY})

    result = place.talk(era, work)
    assert result.is_error is False or error(result)["code"] == "unfinished_run"
    asyncio.run(place.desk.work.finish())
    assert place.sent == [(FIRST, "Hello"), (SECOND, "Hello")]


def test_the_toy_has_its_own_words(era: str) -> None:
    with toy_place() as toy:
        document = output(toy.call(RUN, {"program": 'jot a note saying "milk"\nread some notes'}, era))
        assert [one["action"] for one in document["sends"]] == ["write_note"]


def test_the_language_is_loaded_by_those_who_use_it() -> None:
    code = (
        "import sys, connector_kit.hosts.mcp.serving, connector_kit.hosts.mcp.stdio\n"
        "assert not {'lark', 'connector_kit.english', 'phonenumbers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - our own interpreter
