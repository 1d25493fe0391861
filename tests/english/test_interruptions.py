"""A run that is interrupted anywhere, any number of times, ends as one that is not: the same is said, and sent once."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_kit import Connector
from connector_kit.english import Checked, check, explain
from connector_kit.english.problems import Question
from connector_kit.english.running.outcomes import Done, Failed, Outcome, Waiting
from connector_kit.english.running.run_journal import Left, Record
from connector_kit.english.running.run_sqlite import SQLiteRunJournal
from connector_kit.english.running.runner import run
from connector_kit.english.running.runs import Begin, start
from connector_kit.journal import LEASE, JournalError
from connector_kit.journal.sqlite import SQLiteJournal
from english_random import STORED, Automaton
from english_support import twilio_manifest
from support import NOW, stored, twilio
from twilio_sandbox import Clock, Fault, Sandbox
from twilio_sandbox.seed import ACCOUNT_SID, OWN_NUMBER, account

BODIES = ("alpha1", "beta2", "gamma0", "alpha1 beta2")
# What the service can do to a request without leaving anybody in doubt for ever.
FAULTS = (
    ("drop_after", "POST"), ("server_error_after", "POST"), ("rate_limited", "POST"), ("truncated", "POST"),
    ("drop_before", "GET"), ("server_error", "GET"),
)  # fmt: skip
# How many attempts meet trouble; the rest is left in peace.
TROUBLED = 40


class Killed(BaseException):
    """The process is gone: nothing that it still writes counts."""


class Place:
    """A service with its messages, the two journals, and somebody who answers questions and may make trouble."""

    def __init__(self, folder: Path, random: Random | None) -> None:
        self.folder, self.random, self.dead = folder, random, False
        self.said: list[str] = []
        self.sandbox = Sandbox(Clock(NOW))
        self.sandbox.store.add_account(account())
        stored(self.sandbox, len(BODIES), change=lambda n: {"body": BODIES[n], "recipient": STORED[n]})

    def sent(self) -> list[tuple[str, str]]:
        """Return what was sent, in order."""
        messages = self.sandbox.store.all(ACCOUNT_SID)
        return [(message.recipient, message.body) for message in messages[: -len(BODIES)]][::-1]

    def trouble(self, *more: BaseException) -> None:
        """Now and then, kill the process, press Ctrl-C, or raise something else."""
        if self.random is not None and self.random.random() < 0.05:
            kind = self.random.choice([Killed(), KeyboardInterrupt(), *more])
            self.dead = isinstance(kind, Killed)
            raise kind

    def carry_out(self, checked: Checked) -> Outcome:
        """Carry a new run out until it is done or fails for good, in as many attempts as that takes."""
        with closing(SQLiteRunJournal(self.folder / "runs.sqlite3")) as journal:
            run_id = start(journal, checked.program, Begin(lambda: NOW))
        answers: dict[str, Any] = {}
        for number in itertools.count():
            if number == TROUBLED:
                self.random = None
                self.sandbox.faults.clear()
            outcome = self._attempt(checked, run_id, answers)
            answers = {}
            if isinstance(outcome, Waiting):
                questions = [outcome.question] if outcome.step else [outcome.question, *outcome.following]
                answers = {question.about: answer_to(question, outcome.step) for question in questions}
            elif isinstance(outcome, Done) or (isinstance(outcome, Failed) and for_good(outcome)):
                return outcome
        raise AssertionError

    def _attempt(self, checked: Checked, run_id: str, answers: dict[str, Any]) -> Outcome | None:
        self.dead = False
        if self.random is not None and self.random.random() < 0.5:
            kind, method = self.random.choice(FAULTS)
            self.sandbox.faults.plant(Fault(kind, method=method))
        with closing(Fragile(self)) as journal, closing(SQLiteJournal(self.folder / "sends.sqlite3")) as sends:
            try:
                return run(
                    checked.program,
                    [self._connector(sends)],
                    now=self.sandbox.clock.now,
                    open_connection=lambda *_: "default",
                    journal=journal,
                    run_id=run_id,
                    questions=checked.questions,
                    answers=answers,
                    say=self.said.append,
                )
            except (Killed, KeyboardInterrupt, JournalError):
                return None
            finally:
                # Whoever was killed is taken for dead from now on.
                self.sandbox.clock.advance(LEASE.total_seconds())

    def _connector(self, sends: SQLiteJournal) -> Connector:
        connector = twilio(self.sandbox, journal=sends).connector
        original: Callable[..., Any] = connector.run

        def interrupted(*given: Any, **settings: Any) -> Any:
            self.trouble()
            result = original(*given, **settings)
            self.trouble()
            return result

        connector.run = interrupted  # type: ignore[method-assign]  # the points before and after the service acts
        return connector


class Fragile(SQLiteRunJournal):
    """A journal that may fail before and after it writes, and writes nothing any more for who was killed."""

    def __init__(self, place: Place) -> None:
        super().__init__(place.folder / "runs.sqlite3")
        self._place = place

    def record(self, id_: str, record: Record, **given: Any) -> None:
        self._between_troubles(lambda: super(Fragile, self).record(id_, record, **given))

    def forget(self, id_: str, path: str, name: str, **given: Any) -> None:
        self._between_troubles(lambda: super(Fragile, self).forget(id_, path, name, **given))

    def leave(self, id_: str, left: Left, **given: Any) -> None:
        self._between_troubles(lambda: super(Fragile, self).leave(id_, left, **given))

    def _between_troubles(self, write: Callable[[], None]) -> None:
        if not self._place.dead:
            self._place.trouble(JournalError("The disk is full."))
            write()
            self._place.trouble(JournalError("The disk is full."))


def for_good(failed: Failed) -> bool:
    """Tell whether the automation itself is at fault, and not the trouble."""
    return not (failed.unknown or failed.error.retryable or isinstance(failed.error, JournalError))


def answer_to(question: Question, step: str) -> Any:
    """Answer as the same person would every time, and to each question of its own."""
    number = sum(map(ord, f"{question.about} {step}"))
    if "Skip" in question.choices:
        return "Skip"
    if question.about == "sender number":
        return OWN_NUMBER
    if question.choices:
        return question.choices[number % len(question.choices)]
    if question.type == "number":
        return number % 7
    return ["delta1", f"delta{number % 5}"] if question.type == "list[text]" else f"delta{number % 11}"


def most(sentence: str) -> float:
    """Return how often something is sent at most, by the last sentence of an explanation."""
    if sentence.endswith("nothing is sent or changed."):
        return 0
    found = re.search(r"at most (once|[\d,]+)", sentence)
    if found is None:
        return float("inf")
    return 1 if found[1] == "once" else int(found[1].replace(",", ""))


@settings(max_examples=8)
@given(seed=st.integers(0, 2**32))
def test_an_interrupted_run_says_and_sends_what_one_in_peace_does(
    seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    chance = Random(seed)  # noqa: S311 - not for secrets
    checked = check(Automaton(chance).text(), [twilio_manifest()])
    peaceful = Place(tmp_path_factory.mktemp("peaceful"), None)
    troubled = Place(tmp_path_factory.mktemp("troubled"), chance)
    expected, found = peaceful.carry_out(checked), troubled.carry_out(checked)
    assert troubled.sent() == peaceful.sent()
    assert len(peaceful.sent()) <= most(explain(checked.program, [twilio_manifest()])[-1])
    assert found.said == expected.said
    assert [sent.step for sent in found.sends] == [sent.step for sent in expected.sends]
    assert peaceful.said == list(expected.said)
    assert type(found) is type(expected)
    if isinstance(expected, Failed) and isinstance(found, Failed):
        assert (found.step, found.kind) == (expected.step, expected.kind)
