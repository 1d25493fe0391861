"""What a run under way holds: its facts, its record, what it said and did, and the host that it talks to."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connector_kit.connector import Connector
from connector_kit.english.problems import Question
from connector_kit.english.running.answers import Given, question_of, typed
from connector_kit.english.running.evaluate import ABOVE, Evaluator, Missing, chain, fields_of
from connector_kit.english.running.facts import FieldError
from connector_kit.english.running.outcomes import Planned, Sent, Told
from connector_kit.english.running.track import Track
from connector_kit.values import Notice

# Opens the connection of a name, or the default one, of the connector of an id, or the very one of the id that it returned
# when the run used it first; returns the id under which it is open.
OpenConnection = Callable[[str, str | None, str | None], str]
# Where the records of opened connections stand; no step has this path.
CONNECTION = "connection"
# Under which the answer for a missing result above is recorded.
_THE_ABOVE = "the above"
# Told the path of a step and a sentence.
Progress = Callable[[str, str], None]


class Pause(Exception):  # noqa: N818 - not an error: the run waits
    """A question that only a person can answer; ``name`` is under which the answer will be recorded."""

    def __init__(self, question: Question, name: str) -> None:
        super().__init__(question.kind)
        self.question, self.name = question, name


@dataclass(frozen=True, slots=True)
class Host:
    """What the program that carries out a run provides."""

    connectors: Mapping[str, Connector]
    open_connection: OpenConnection
    now: Callable[[], datetime]
    progress: Progress
    say: Callable[[str], None]
    dry_run: bool = False


@dataclass(slots=True, repr=False)
class UnderWay:
    """A run under way."""

    host: Host
    track: Track
    evaluator: Evaluator
    answers: Given
    switched: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    sends: list[Sent] = field(default_factory=list)
    planned: list[Planned] = field(default_factory=list)

    def open(self, connector: str, name: str | None) -> str:
        """Open a connection and return the id under which it is open.

        A run keeps the accounts with which it began, also if the default changes before it goes on: a send that is looked for
        or tried again from another account would be a second one.
        """
        key = json.dumps([connector, name])
        record = self.track.find(CONNECTION, key)
        if record is not None:
            return self.host.open_connection(connector, name, self.track.value(record))
        opened = self.host.open_connection(connector, name, None)
        self.track.write(CONNECTION, "opened", opened, key)
        return opened

    def told(self) -> Told:
        """Return what was said and done so far."""
        return Told(tuple(self.said), tuple(self.notices), tuple(self.sends), tuple(self.planned))

    def say(self, text: str) -> None:
        """Say a text, aloud if no earlier attempt has."""
        self.said.append(text)
        if self.track.live:
            self.host.say(text)

    def progress(self, path: str, sentence: str) -> None:
        """Tell how the run goes, if it is new."""
        if self.track.live:
            self.host.progress(path, sentence)

    def answer(self, question: Question, path: str, name: str) -> Any:
        """Return the answer to a question: the recorded one, or one that was given beforehand.

        Raises:
            Pause: if there is none.
            InputError: if the one that was given cannot be used.
        """
        record = self.track.find(path, name)
        if record is not None and record.kind == "answer":
            return self.track.value(record)
        if question.about not in self.answers:
            raise Pause(question, name)
        value = typed(question, self.answers.take(question.about), self.host.now, self.evaluator.zone)
        self.track.write(path, "answer", value, name)
        return value

    def provide(self, missing: Missing, path: str) -> None:
        """Answer for what a step misses: the answer becomes the fact, or the field of the record that it is missing in.

        Raises:
            Pause, InputError: as ``answer``.
        """
        about = self.evaluator.facts.above_name if missing.path == ABOVE else missing.path[-1]
        question = Question(missing.kind, about, missing.place, f"Please provide the {about}.", missing.type)
        name = _THE_ABOVE if missing.path == ABOVE else chain(missing.path)
        self._given(name, self.answer(question, path, name))

    def take_up(self, path: str) -> None:
        """Make facts of what was answered for a step, also if it is left out, and ask again for what turned out to be wrong.

        Raises:
            Pause, InputError: as ``answer``.
        """
        for record in self.track.answered(path):
            value = self.track.value(record)
            if record.kind == "wrong":
                value = self.answer(question_of(json.loads(value)), path, record.name)
            if record.name:  # the answer to an ask step is its result
                self._given(record.name, value)

    def _given(self, name: str, value: object) -> None:
        path = ABOVE if name == _THE_ABOVE else fields_of(name)
        self.evaluator.given[path] = value
        if path == ABOVE:
            return
        try:
            self.evaluator.facts.change(path, value)
        except (FieldError, KeyError):
            return  # a field of something that is missing as a whole: the step at hand has the value, and nothing else
