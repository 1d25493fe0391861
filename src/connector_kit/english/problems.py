"""What is wrong with an automation, and what it still has to ask: each with its place in the text and what to write instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from connector_kit.english.program import Place
from connector_kit.errors import InputError
from connector_kit.errors import Problem as Fault


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to change. ``kind`` is a stable slug, such as unknown_action; ``end`` is just past the last wrong character."""

    kind: str
    place: Place
    message: str
    suggestions: tuple[str, ...] = ()
    end: Place | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the form in which every host shows it."""
        return {
            "kind": self.kind,
            "line": self.place.line,
            "column": self.place.column,
            "message": self.message,
            "suggestions": list(self.suggestions),
        }


@dataclass(frozen=True, slots=True)
class Question:
    """Something that a person must say before the automation can go on; the answer becomes the fact ``about``.

    ``kind`` is missing_input, unknown_name, no_match, ask or missing_value. ``type`` is a type of the manifest's type language.
    """

    kind: str
    about: str
    place: Place
    text: str
    type: str = "text"
    choices: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the form in which every host shows it."""
        return {
            "kind": self.kind,
            "about": self.about,
            "line": self.place.line,
            "column": self.place.column,
            "text": self.text,
            "type": self.type,
            "choices": list(self.choices),
        }


class EnglishError(InputError):
    """An automation that cannot be read or makes no sense; ``found`` says what and where. Nothing was done."""

    code: ClassVar[str] = "english"

    def __init__(self, found: Sequence[Problem]) -> None:
        self.found = tuple(found)
        faults = [Fault(f"line {p.place.line}, column {p.place.column}", p.message) for p in found]
        super().__init__("The automation needs a change. Nothing was done.", problems=faults)

    def to_json(self) -> dict[str, Any]:
        """Add the kind and the place of the first problem to the common form."""
        return {**super().to_json(), **self.found[0].to_json()}


class StepError(InputError):
    """A step of a running automation that cannot be done with the values that it met; ``found`` says where and what to change.

    The step itself did nothing; what earlier steps did stays done.
    """

    code: ClassVar[str] = "step"

    def __init__(self, found: Problem) -> None:
        self.found = found
        super().__init__(found.message)

    def to_json(self) -> dict[str, Any]:
        """Add the kind and the place to the common form."""
        return {**super().to_json(), **self.found.to_json()}
