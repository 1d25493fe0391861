"""Where an attempt takes a run up: the answers that came since, the step that is left out, and what was asked beforehand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from connector_kit.english.problems import Question
from connector_kit.english.running.answers import SKIP, Given, question_of, typed
from connector_kit.english.running.evaluate import fields_of
from connector_kit.english.running.facts import Facts
from connector_kit.english.running.recorded import dumped, loaded
from connector_kit.english.running.track import Track
from connector_kit.errors import InputError, Problem, ServiceError
from connector_kit.manifest import ConceptSpec


@dataclass(slots=True, repr=False)
class Resuming:
    """Takes a run up; ``early`` are the questions of checking, by name."""

    track: Track
    now: Callable[[], datetime]
    zone: tzinfo
    answers: Given
    early: Mapping[str, Question]

    def answered(self) -> None:
        """Record the answer to the question that the run waits for, if it was given; it is the answer to that one alone.

        So it is also if it was given before, to an attempt that was broken off or failed later on, and is now given again.

        Raises:
            InputError: if it cannot be used.
        """
        detail = json.loads(self.track.run.detail)
        asked = last_asked(detail)
        if asked is None or asked["question"]["about"] not in self.answers:
            return
        question, step, name = question_of(asked["question"]), asked["step"], asked["name"]
        if self.track.run.state != "waiting" and self.track.find(step, name) is not None:
            again = self.track.find(detail.get("step", ""), question.about)
            if again is None or again.kind != "wrong":
                self.answers.forget(question.about)
            return
        value = typed(question, self.answers.look(question.about), self.now, self.zone)
        self.answers.forget(question.about)
        if question.kind != "no_match":
            self.track.write(step, "answer", value, name)
        elif value == SKIP:
            self.track.write(step, "read", [None, []])

    def skip(self, path: str | None) -> None:
        """Leave out the call at which the run failed.

        Raises:
            InputError: if it did not fail there.
        """
        if path is None:
            return
        # By the detail, not the state: an attempt that was to skip it and was killed left it as it was.
        detail, done = json.loads(self.track.run.detail), self.track.find(path)
        ended = done is not None and done.kind in ("read", "sent")
        if ended or detail.get("step") != path or not detail.get("call"):
            raise InputError(f"Only the call at which the run failed can be skipped, and {path} is not it.")
        self.track.write(path, "skipped", [None, []])
        for record in self.track.answered(path):
            if record.kind == "wrong":
                self.track.forget(path, record.name)

    def ask_again(self, path: str, used: Iterable[str], error: InputError | ServiceError) -> None:
        """Let the answers that a step could not use be asked for again when it is tried again; ``used`` are the facts of it.

        One that was given before the first step is asked for at this one: what was done with it before stays as it is.
        """
        for name in {record.name for record in self.track.answered(path)} | (set(used) & self.early.keys()):
            if name in self.early:
                self.track.write(path, "wrong", json.dumps(self.early[name].to_json()), name)
            else:
                self.track.forget(path, name)
            self.answers.forget(fields_of(name)[-1])
        for problem in error.problems:
            self.answers.forget(problem.path)

    def asked_before(self, facts: Facts) -> tuple[Question, ...]:
        """Make facts of the answers to what checking found; return the questions that are still open.

        Raises:
            InputError: with every answer that cannot be used.
        """
        still_open: list[Question] = []
        problems: list[Problem] = []
        for question in self.early.values():
            record = self.track.find("", question.about)
            if record is None and question.about not in self.answers:
                still_open.append(question)
                continue
            try:
                facts.define(question.about, self._value(question))
            except InputError as exc:
                problems.extend(exc.problems)
        if problems:
            raise InputError("Some answers cannot be used. Nothing was done now.", problems=problems)
        return tuple(still_open)

    def _value(self, question: Question) -> Any:
        record = self.track.find("", question.about)
        if record is not None:
            return self.track.value(record)
        value = typed(question, self.answers.look(question.about), self.now, self.zone)
        self.track.write("", "answer", value, question.about)
        if last_asked(json.loads(self.track.run.detail)) is not None:
            self.answers.forget(
                question.about
            )  # it was asked for together with the first one, and is the answer to that alone
        return value


def last_asked(detail: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the question that a run waits for, or the last one that was answered, with its step and name."""
    if "question" in detail:
        return {key: detail[key] for key in ("question", "step", "name")}
    return detail.get("asked")


def dumped_answers(answers: Mapping[str, Any]) -> str:
    """Write answers that nobody asked for yet.

    Raises:
        InputError: if one is not a value.
    """
    pairs = {}
    for name, value in answers.items():
        try:
            pairs[name] = dumped(value, packed=False)
        except TypeError:
            raise InputError(
                "Nothing was done.", problems=[Problem(name, "give one value, or a list of values")]
            ) from None
    return json.dumps(pairs)


def loaded_answers(stored: str) -> dict[str, Any]:
    """Read what ``dumped_answers`` wrote."""
    return {name: loaded(value, _no_concept) for name, value in json.loads(stored).items()}


def _no_concept(connector: str, concept: str) -> ConceptSpec:
    raise LookupError(connector, concept)
