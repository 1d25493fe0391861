"""Every program of the corpus, in English and as JSON calls made by an interpreter of the canonical form: equal calls, equal results."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest

from connector_kit import ActionCall, ConnectorError
from connector_kit.english import check
from connector_kit.english.running.outcomes import Done, Failed, Waiting
from english_canon import ANSWER, Canon, StoppedError
from english_programs import Runs
from english_support import OWN_CASES, SHARED_CASES, cases
from support import NOW, Twilio, stored, twilio
from twilio_sandbox import Clock, Sandbox
from twilio_sandbox.seed import account

PROGRAMS = [
    (f"{path.stem}-{case['id']}", case["program"], case["expect"]["program"])
    for path in (SHARED_CASES, OWN_CASES)
    for case in cases(path)
    if "program" in case["expect"] and '"call":' in json.dumps(case["expect"])
]


def existing(text: str) -> str:
    """Give made-up numbers an area code, without which nobody sends to them, and made-up messages the SIDs of stored ones."""
    text = re.sub(r"\bSM([1-3])\b", lambda sid: f"SM{sid[1]:0>32}", text)
    return re.sub(r"\+1555(\d{4})\b", r"+1212555\1", text)


def place() -> Twilio:
    """A sandbox that knows the messages and owns the numbers of the corpus."""
    sandbox = Sandbox(Clock(NOW))
    numbers = set(re.findall(r"\+\d{8,}", existing(json.dumps([program for _, program, _ in PROGRAMS]))))
    sandbox.store.add_account(dataclasses.replace(account(), numbers=account().numbers | numbers))
    stored(sandbox, 3, change=lambda n: {"status": "failed", "error_code": 30003 + n, "body": f"HELP {n} refund"})
    return twilio(sandbox)


@dataclasses.dataclass
class Trace:
    """The calls that a connector was asked for, in the form in which they are checked, and what came of each."""

    made: list[tuple[ActionCall, object]] = dataclasses.field(default_factory=list)

    def watch(self, at: Twilio) -> None:
        """Write down every call of a connector from now on."""
        run = at.connector.run

        def watched(call: ActionCall, **settings: Any) -> Any:
            plain = {name: value for name, value in call.inputs.items() if name != "idempotency_key"}
            checked = at.connector.check_call(dataclasses.replace(call, inputs=plain))
            try:
                result = run(call, **settings)
            except ConnectorError as error:
                self.made.append((checked, error.to_json()))
                raise
            self.made.append((checked, result.to_json()))
            return result

        at.connector.run = watched  # type: ignore[method-assign]  # the one path that every host takes


@pytest.fixture(params=[pytest.param(program[1:], id=program[0]) for program in PROGRAMS])
def written(request: pytest.FixtureRequest) -> tuple[str, list[dict[str, Any]]]:
    """A program as it is typed, and in canonical form."""
    text, canonical = request.param
    return existing(text), json.loads(existing(json.dumps(canonical)))


def test_english_and_json_make_equal_calls_with_equal_results(
    written: tuple[str, list[dict[str, Any]]], tmp_path: Path
) -> None:
    text, canonical = written
    english, as_json = place(), place()
    traces = Trace(), Trace()
    traces[0].watch(english)
    traces[1].watch(as_json)
    runs = Runs([english.connector], tmp_path / "runs.sqlite3")
    program = check(text, [english.connector]).program
    run_id = runs.start(program)
    outcome = runs.go(program, run_id)
    while isinstance(outcome, Waiting):
        question = outcome.question
        answer = question.choices[0] if question.choices and question.kind == "ask" else ANSWER
        outcome = runs.go(program, run_id, answers={question.about: "Skip" if question.kind == "no_match" else answer})
    runs.journal.close()
    error: ConnectorError | None = None
    try:
        Canon(as_json).steps(canonical)
    except StoppedError:
        pass
    except ConnectorError as exc:
        error = exc
    assert isinstance(outcome, Done if error is None else Failed), outcome
    assert traces[0].made or "if " in text or error is not None
    assert traces[0].made == traces[1].made
    assert [request.form for request in english.sandbox.requests] == [
        request.form for request in as_json.sandbox.requests
    ]


def test_every_program_of_the_corpus_that_calls_something_is_tried() -> None:
    assert len(PROGRAMS) >= 40
