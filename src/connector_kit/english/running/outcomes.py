"""How a run ends, or where it stands: done, waiting for an answer, or failed at a step from which it can go on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from connector_kit.english.problems import Question, StepError
from connector_kit.english.program import Place
from connector_kit.errors import ConnectorError, ContractError, OutcomeUnknownError
from connector_kit.values import Notice


@dataclass(frozen=True, slots=True)
class Sent:
    """A mutation that was carried out; ``step`` is its path, such as ``5.2[7].1``."""

    step: str
    action: str
    line: int
    output: Any = field(default=None, repr=False)

    def to_json(self) -> dict[str, Any]:
        """Return the form in which every host shows it."""
        return {"step": self.step, "action": self.action, "line": self.line, "output": self.output}


@dataclass(frozen=True, slots=True)
class Planned:
    """A mutation that a dry run left out: what it would have done, and the connector's preview where it makes one."""

    step: str
    line: int
    sentence: str = field(repr=False)
    preview: Any = field(default=None, repr=False)

    def to_json(self) -> dict[str, Any]:
        """Return the form in which every host shows it."""
        return {"step": self.step, "line": self.line, "sentence": self.sentence, "preview": self.preview}


@dataclass(frozen=True, slots=True)
class Told:
    """What a run has said, noticed and done so far. ``planned`` is filled by dry runs only."""

    said: tuple[str, ...] = field(default=(), repr=False)
    notices: tuple[Notice, ...] = ()
    sends: tuple[Sent, ...] = ()
    planned: tuple[Planned, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the form in which every host shows it."""
        return {
            "said": list(self.said),
            "notices": [{"code": notice.code, "message": notice.message} for notice in self.notices],
            "sends": [sent.to_json() for sent in self.sends],
            **({"planned": [planned.to_json() for planned in self.planned]} if self.planned else {}),
        }


@dataclass(frozen=True, slots=True)
class Done(Told):
    """The automation came to its end, or to a ``stop``."""

    status = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting(Told):
    """The run waits for an answer; ``following`` are the questions that can be answered with it at once.

    ``step`` is the path of the waiting step, empty before the first.
    """

    status = "waiting"
    question: Question = field(repr=False)  # it says what was looked for, and so numbers
    step: str = ""
    following: tuple[Question, ...] = field(default=(), repr=False)

    def to_json(self) -> dict[str, Any]:
        """Add the question to the common form."""
        questions = [question.to_json() for question in self.following]
        return {**Told.to_json(self), "question": self.question.to_json(), "step": self.step, "following": questions}


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed(Told):
    """A step could not be done. To resume tries it again, or looks again for a mutation of which nobody knows how it ended.

    ``call`` is whether the step is a call of an action, which a resumed run can leave out.
    """

    status = "failed"
    error: ConnectorError
    step: str
    place: Place
    mutation: bool = False
    call: bool = False

    @property
    def unknown(self) -> bool:
        """Whether the step may have been carried out. It is not repeated."""
        return self.mutation and isinstance(self.error, OutcomeUnknownError | ContractError)

    @property
    def kind(self) -> str:
        """A stable slug: unknown, that of a problem in the text, or that of the error."""
        return (
            "unknown"
            if self.unknown
            else self.error.found.kind
            if isinstance(self.error, StepError)
            else self.error.code
        )

    def to_json(self) -> dict[str, Any]:
        """Add the error and its place to the common form."""
        where = {"kind": self.kind, "step": self.step, "line": self.place.line, "column": self.place.column}
        return {**Told.to_json(self), "error": {**self.error.to_json(), **where, "call": self.call}}


Outcome = Done | Waiting | Failed
