"""A checked automation: its steps, each with its place in the text, and their canonical JSON form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from connector_kit.english.operands import (
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
    condition_json,
    value_json,
    words,
)  # fmt: skip

# Steps and what they are made of are always needed together.
__all__ = [
    "Above", "Add", "Ask", "Call", "Combine", "Compare", "Condition", "Convert", "Define", "Each", "If", "Items", "Joined",
    "Literal", "LookUp", "Not", "Place", "Program", "Ref", "Say", "Set", "Show", "Step", "Stop", "Switch", "Use", "Value",
    "words",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Define:
    """``the NAME is VALUE``."""

    name: str
    value: Value
    place: Place


@dataclass(frozen=True, slots=True)
class Use:
    """``use VALUE as the NAME``: NAME follows later changes of what VALUE refers to."""

    value: Value
    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class Set:
    """``set the PATH to VALUE``."""

    path: tuple[str, ...]
    value: Value
    place: Place


@dataclass(frozen=True, slots=True)
class Convert:
    """``convert VALUE to a TYPE [as the NAME]``."""

    value: Value
    type: str
    name: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Combine:
    """``combine VALUE, VALUE and VALUE [as the NAME]``."""

    values: tuple[Value, ...]
    name: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Add:
    """``add VALUE to the NAME``."""

    value: Value
    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class Say:
    """``say VALUE``."""

    value: Value
    place: Place


@dataclass(frozen=True, slots=True)
class Show:
    """``the PATH`` alone on a line."""

    path: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Stop:
    """``stop``."""

    place: Place


@dataclass(frozen=True, slots=True)
class Switch:
    """``switch BOOK to "connection"``: ``connector`` is the id of the connector that the book is."""

    connector: str
    book: str
    connection: str
    place: Place


@dataclass(frozen=True, slots=True)
class LookUp:
    """``get`` or ``find`` of a fact or a field; ``find`` goes on where there is nothing."""

    find: bool
    path: tuple[str, ...]
    name: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Ask:
    """``ask "TEXT"`` with its choices."""

    text: str
    choices: tuple[Value, ...]
    name: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class If:
    """``if CONDITION then`` ... ``else`` ...."""

    condition: Condition
    then: tuple[Step, ...]
    otherwise: tuple[Step, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Each:
    """``process each NAME as follows``: over the fact ``over``."""

    name: str
    over: tuple[str, ...]
    steps: tuple[Step, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an action. ``inputs`` are by input id; ``result`` is the name of the fact that its result becomes.

    ``one`` is a singular read, ``find`` whether its verb was find; ``book`` is how the connector was named, if it was.
    """

    connector: str
    action: str
    inputs: tuple[tuple[str, Value], ...]
    filter: Condition | None
    limit: Value | None
    offset: Value | None
    one: bool
    find: bool
    book: str | None
    name: str | None
    result: str
    place: Place


Step = Define | Use | Set | Convert | Combine | Add | Say | Show | Stop | Switch | LookUp | Ask | If | Each | Call


@dataclass(frozen=True, slots=True)
class Program:
    """A whole automation, resolved against the connectors: every name and type is known, or asked for by a question."""

    steps: tuple[Step, ...]
    text: str = field(repr=False)

    def to_json(self) -> list[dict[str, Any]]:
        """Return the canonical form, which says the same for every way of writing the same automation."""
        return [step_json(step) for step in self.steps]

    def all_steps(self) -> Iterator[Step]:
        """Yield every step, those of blocks too, in the order of the text."""
        yield from _all(self.steps)


def _all(steps: tuple[Step, ...]) -> Iterator[Step]:
    for step in steps:
        yield step
        if isinstance(step, If):
            yield from _all(step.then)
            yield from _all(step.otherwise)
        elif isinstance(step, Each):
            yield from _all(step.steps)


def _path(path: tuple[str, ...]) -> Any:
    return path[0] if len(path) == 1 else list(path)


def step_json(step: Step) -> dict[str, Any]:  # noqa: C901, PLR0912 - one case for each kind of step
    """Return a step in canonical form."""
    name = getattr(step, "name", None)
    named = {} if name is None else {"as": name}
    match step:
        case Define():
            return {"define": step.name, "value": value_json(step.value)}
        case Use():
            return {"use": value_json(step.value), "as": step.name}
        case Set():
            return {"set": _path(step.path), "to": value_json(step.value)}
        case Convert():
            return {"convert": value_json(step.value), "to": step.type, **named}
        case Combine():
            return {"combine": [value_json(value) for value in step.values], **named}
        case Add():
            return {"add": value_json(step.value), "to": step.name}
        case Say():
            return {"say": value_json(step.value)}
        case Show():
            return {"show": _path(step.path)}
        case Stop():
            return {"stop": True}
        case Switch():
            return {"switch": step.book, "to": step.connection}
        case LookUp():
            return {"find" if step.find else "get": _path(step.path), **named}
        case Ask():
            choices = {"choices": [value_json(choice) for choice in step.choices]} if step.choices else {}
            return {"ask": step.text, **choices, **named}
        case If():
            otherwise = {"else": [step_json(each) for each in step.otherwise]} if step.otherwise else {}
            condition = condition_json(step.condition)
            return {"if": condition, "then": [step_json(each) for each in step.then], **otherwise}
        case Each():
            return {"each": step.name, "over": _path(step.over), "do": [step_json(each) for each in step.steps]}
        case Call():
            return _call_json(step, named)


def _call_json(step: Call, named: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "inputs": {words(name): value_json(value) for name, value in step.inputs} or None,
        "filter": None if step.filter is None else condition_json(step.filter),
        "limit": None if step.limit is None else value_json(step.limit),
        "offset": None if step.offset is None else value_json(step.offset),
        "one": step.one or None,
        "book": step.book,
    }
    return {"call": step.action, **{key: value for key, value in found.items() if value is not None}, **named}
