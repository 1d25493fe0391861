"""Automations as people write them, from the text to what happens at the service."""

from __future__ import annotations

from typing import Any

import pytest

from connector_kit import ActionCall, Connector
from connector_kit.english import check
from connector_kit.english.program import Call
from connector_kit.english.running.calls import action_call
from connector_kit.english.running.evaluate import Evaluator
from connector_kit.english.running.facts import Facts
from connector_kit.english.running.outcomes import Done, Outcome, Waiting
from english_programs import Runs
from support import NOW, RECIPIENT, Twilio, stored
from twilio_sandbox import Sandbox
from twilio_sandbox.seed import ACCOUNT_SID, OWN_NUMBER


def go(runs: Runs, text: str, **settings: Any) -> Outcome:
    """Check a text and run it."""
    checked = check(text, runs.connectors)
    return runs.go(checked.program, questions=checked.questions, **settings)


PUBLISHED = (
    'read some sms messages whose sender number is "+18004445555" and whose recipient number is "+18004446666"',
    """
convert "2022-03-01T15:00:00Z" to a datetime
use the above as the message date
read some sms messages whose date sent is the message date
""",
    """
convert "2022-03-01T15:00:00Z" to a datetime
use the above as the start date
convert "2022-03-03T15:00:00Z" to a datetime
use the above as the end date
read some sms messages whose date sent is after the start date and whose date sent is before the end date
""",
    f"""
send an SMS message where
  the sender number is "{OWN_NUMBER}"
  the recipient number is "{RECIPIENT}"
  the message body is "Hello from Kognitos!"
""",
)


def test_the_published_examples_run_unchanged(runs: Runs, sandbox: Sandbox) -> None:
    for text in PUBLISHED:
        assert isinstance(go(runs, text), Done)
    assert [message.body for message in sandbox.store.all(ACCOUNT_SID)] == ["Hello from Kognitos!"]


REMIND = f"""
# who gets a reminder
the counter is 0
convert "3 minutes ago" to a datetime as the start date
read some sms messages whose date sent is on or after the start date
process each sms message as follows
  if the sms message's body is "message 2" then
    use the sms message as the chosen one
  else
    add 1 to the counter
    combine "Again: ", the sms message's body, " of ", the sms message's date sent
    send an SMS message to the sms message's recipient number from "{OWN_NUMBER}" saying the above
say the counter
say the chosen one's body
ask "Send one more?"
  the choices are "yes", "no"
if the above is "no" then stop
send an SMS message to "{RECIPIENT}" from the sender number saying "Last"
"""


def test_a_whole_automation_asks_before_it_begins_and_in_the_middle(runs: Runs, sandbox: Sandbox) -> None:
    stored(sandbox, 4)
    checked = check(REMIND, runs.connectors)
    run_id = runs.start(checked.program)

    def carry_on(answers: dict[str, str]) -> Outcome:
        return runs.go(checked.program, run_id, questions=checked.questions, answers=answers)

    outcome = carry_on({})
    assert isinstance(outcome, Waiting)
    assert outcome.question.about == "sender number"
    assert sandbox.requests == []
    outcome = carry_on({"sender number": OWN_NUMBER})
    assert isinstance(outcome, Waiting)
    assert outcome.question.text == "Send one more?"
    assert runs.said == ["2", "message 2"]
    outcome = carry_on({"Send one more?": "yes"})
    assert isinstance(outcome, Done)
    assert [message.body for message in sandbox.store.all(ACCOUNT_SID)][:3] == [
        "Last",
        "Again: message 1 of 2026-03-10 11:57:00 UTC",
        "Again: message 3 of 2026-03-10 11:59:00 UTC",
    ]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            'read some sms messages whose status is in "failed", "undelivered" and whose error code > 30000 with\n  the limit is 20',
            {"filter": ["and", ["in", "status", ["failed", "undelivered"]], ["gt", "error_code", 30000]], "limit": 20},
        ),
        (
            'read the first 5 sms messages whose body does not contain "STOP" and whose error message is missing',
            {"filter": ["and", ["not", ["has", "body", "STOP"]], ["eq", "error_message", None]], "limit": 5},
        ),
        ("read some sms messages whose price is less than -$0.05", {"filter": ["lt", "price", -0.05]}),
    ],
)
def test_a_sentence_and_its_json_are_equal_calls(twilio_account: Twilio, text: str, wanted: dict[str, Any]) -> None:
    connector = twilio_account.connector
    (step,) = check(text, [connector]).program.steps
    assert isinstance(step, Call)
    found = action_call(step, connector.manifest, Evaluator(Facts(), NOW.tzinfo))  # type: ignore[arg-type]  # it is aware
    tree = twilio_account.filter(wanted.pop("filter"))
    assert connector.check_call(found) == connector.check_call(ActionCall("read_sms_messages", filter=tree, **wanted))


def test_a_list_that_is_not_known_is_asked_for_as_one(runs: Runs, sandbox: Sandbox) -> None:
    text = f'process each recipient as follows\n  send an SMS message to the recipient from "{OWN_NUMBER}" saying "Hi"'
    outcome = go(runs, text)
    assert isinstance(outcome, Waiting)
    assert outcome.question.type == "list[text]"
    assert isinstance(go(runs, text, answers={outcome.question.about: [RECIPIENT, "+12125550124"]}), Done)
    assert sandbox.store.count(ACCOUNT_SID) == 2


def test_the_examples_of_a_manifest_can_be_run(toy: Connector, runs: Runs) -> None:
    runs.connectors = [toy]
    assert isinstance(go(runs, "write a note", answers={"note text": "eggs"}), Done)
    assert isinstance(go(runs, "read some notes"), Done)
