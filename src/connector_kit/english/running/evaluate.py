"""Evaluate the values and conditions of a step; what is missing and needed is raised as such, before anything is done."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from connector_kit.english.problems import Problem, StepError
from connector_kit.english.program import (
    Above,
    Compare,
    Condition,
    Items,
    Joined,
    Literal,
    Not,
    Place,
    Ref,
    Value,
)
from connector_kit.english.running.comparing import NotComparableError, holds, is_nothing
from connector_kit.english.running.facts import Facts, FieldError
from connector_kit.english.running.values import Record, kind, plain
from connector_kit.filters import SPOKEN_OPS

# How the above is known among what was given for a step.
ABOVE = ("",)


class Missing(Exception):  # noqa: N818 - not an error but a question, which the runner answers or asks
    """Something that a step needs and that is not there."""

    def __init__(self, kind: str, path: tuple[str, ...], place: Place, type_: str = "text") -> None:
        super().__init__(kind)
        self.kind, self.path, self.place, self.type = kind, path, place, type_


@dataclass(slots=True, repr=False)
class Evaluator:
    """Evaluates against the facts of a run. ``given`` holds what was answered for the step at hand, by path."""

    facts: Facts
    zone: tzinfo
    given: dict[tuple[str, ...], Any] = field(default_factory=dict)

    def value(self, value: Value) -> Any:
        """Return a value; None if a fact has none.

        Raises:
            Missing: if there is no fact of a name.
            StepError: if a fact has no such field.
        """
        match value:
            case Literal():
                return plain(value.value)
            case Items():
                return [self.value(item) for item in value.items]
            case Above():
                return self.given.get(ABOVE, self.facts.above)
            case Ref():
                return self.fact(value.path, value.place)

    def fact(self, path: tuple[str, ...], place: Place, type_: str = "text") -> Any:
        """Return a fact or a field of one, as ``value`` does."""
        if path in self.given:
            return self.given[path]
        try:
            return self.facts.value(path)
        except KeyError:
            # Of something that is not there, the field is asked for: nobody can type a whole record.
            raise Missing("unknown_name", path, place, type_ if len(path) == 1 else "text") from None
        except FieldError as exc:
            raise unknown_field(exc, place) from None

    def needed(self, value: Value, type_: str | None = None) -> Any:
        """Return a value that must be there.

        Raises:
            Missing: if it is not.
            StepError: as ``value``.
        """
        found = self.fact(value.path, value.place, type_ or "text") if isinstance(value, Ref) else self.value(value)
        if found is None:
            path = value.path if isinstance(value, Ref) else ABOVE
            raise Missing("missing_value", path, value.place, type_ or self._type(path))
        return found

    def _type(self, path: tuple[str, ...]) -> str:
        """Return the type of a field of a record, which is known although the field is empty."""
        if len(path) > 1 and path[0] in self.facts:
            owner = self.facts.value(path[:-1])
            known = owner.field(path[-1]) if isinstance(owner, Record) else None
            if known is not None:
                return str(known.type.inner if known.type.is_optional else known.type)
        return "text"

    def condition(self, condition: Condition) -> bool:
        """Tell whether a condition holds; what the first parts decide, the others are not asked for.

        Raises:
            Missing, StepError: as ``value``; a StepError also for values that cannot be compared.
        """
        match condition:
            case Not():
                return not self.condition(condition.part)
            case Joined():
                parts = (self.condition(part) for part in condition.parts)
                return all(parts) if condition.op == "and" else any(parts)
            case Compare():
                return self._compare(condition)

    def _compare(self, compare: Compare) -> bool:
        if isinstance(compare.left, str):  # only filters name a field there, and those are evaluated by reads
            raise TypeError("a condition outside of a filter compares values")
        if compare.right is None:
            return is_nothing(compare.op, self._perhaps(compare.left))
        left, right = self.value(compare.left), self.value(compare.right)
        try:
            return holds(compare.op, left, right)
        except NotComparableError:
            says = f"{SPOKEN_OPS[compare.op]} does not go with {kind(left)} and {kind(right)}."
            raise StepError(Problem("type_mismatch", compare.place, says[0].upper() + says[1:])) from None

    def _perhaps(self, value: Value) -> Any:
        """Return a value that ``is missing`` asks about: a name without a fact is missing, and no question."""
        return None if isinstance(value, Ref) and value.path[0] not in self.facts else self.value(value)


def spoken(value: Value) -> str:
    """Name a value the way it was written, without repeating a text."""
    match value:
        case Ref():
            return f"the {chain(value.path)}"
        case Above():
            return "the above"
        case Items():
            return "this list"
        case Literal():
            return "this value"


def chain(path: tuple[str, ...]) -> str:
    """Write a path of fields as a person does: ``sms message's body``."""
    return "'s ".join(path)


def fields_of(name: str) -> tuple[str, ...]:
    """Read a path from what ``chain`` wrote."""
    return tuple(name.split("'s "))


def unknown_field(fault: FieldError, place: Place) -> StepError:
    """Say that a value has no such field, and which it has."""
    if isinstance(fault.owner, Record):
        names = ", ".join(field.phrase for field in fault.owner.concept.fields)
        message = f"{fault.owner.concept.label} has no {fault.name}. It has: {names}."
    else:
        message = f"Only a record has fields such as {fault.name}; this is {kind(fault.owner)}."
    return StepError(Problem("unknown_field", place, message))
