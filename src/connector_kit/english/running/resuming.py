"""Where an attempt takes a run up: the answers that came since, the step that is left out, and what was asked beforehand."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from connector_kit.english.problems import Question
from connector_kit.english.program import Place
from connector_kit.english.running.answers import SKIP, typed
from connector_kit.english.running.facts import Facts
from connector_kit.english.running.recorded import dumped, loaded
from connector_kit.english.running.track import Track
from connector_kit.errors import InputError, Problem
from connector_kit.manifest import ConceptSpec


@dataclass(slots=True)
class Resuming:
    """Takes a run up. ``answers`` are those that nobody asked for yet, by name."""

    track: Track
    now: Callable[[], datetime]
    zone: tzinfo
    answers: dict[str, Any]

    def answered(self) -> None:
        """Record the answer to the question that the run waits for, if it was given; it is the answer to that one alone.

        Raises:
            InputError: if it cannot be used.
        """
        detail = json.loads(self.track.run.detail)
        if self.track.run.state != "waiting" or detail["question"]["about"] not in self.answers:
            return
        question = question_of(detail["question"])
        value = typed(question, self.answers.pop(question.about), self.now, self.zone)
        if question.kind != "no_match":
            self.track.write(detail["step"], "answer", value, detail["name"])
        elif value == SKIP:
            self.track.write(detail["step"], "read", [None, []])

    def skip(self, path: str | None) -> None:
        """Leave out the call at which the run failed.

        Raises:
            InputError: if it did not fail there.
        """
        if path is None:
            return
        detail = json.loads(self.track.run.detail)
        if self.track.run.state != "failed" or detail.get("step") != path or not detail.get("call"):
            raise InputError(f"Only the call at which the run failed can be skipped, and {path} is not it.")
        self.track.write(path, "skipped", [None, []])

    def asked_before(self, questions: Sequence[Question], facts: Facts) -> tuple[Question, ...]:
        """Make facts of the answers to what checking found; return the questions that are still open.

        Raises:
            InputError: with every answer that cannot be used.
        """
        still_open: list[Question] = []
        problems: list[Problem] = []
        for question in questions:
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
        value = typed(question, self.answers[question.about], self.now, self.zone)
        self.track.write("", "answer", value, question.about)
        return value


def question_of(document: Mapping[str, Any]) -> Question:
    """Read a question from its JSON form."""
    place = Place(document["line"], document["column"])
    choices = tuple(document["choices"])
    return Question(document["kind"], document["about"], place, document["text"], document["type"], choices)


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
