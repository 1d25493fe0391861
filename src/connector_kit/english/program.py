"""A checked automation: its steps, values and conditions, each with its place in the text, and their canonical JSON form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands in the text: line and column from 1, columns counted in characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, number or truth value as it was written."""

    value: str | int | Decimal | bool
    place: Place

    def __repr__(self) -> str:
        return f"Literal({type(self.value).__name__}, {self.place})"


@dataclass(frozen=True, slots=True)
class Ref:
    """A fact, or a field of one: ``("sms message", "body")``; the names are those under which they are known, in lower case."""

    path: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Above:
    """The result of the nearest earlier step that has one."""

    place: Place


@dataclass(frozen=True, slots=True)
class Items:
    """A list of values."""

    items: tuple[Value, ...]
    place: Place


Value = Literal | Ref | Above | Items


@dataclass(frozen=True, slots=True)
class Compare:
    """One comparison. ``left`` is a field's id in a filter and a value elsewhere; ``right`` None stands for nothing there.

    ``op`` is one of eq, ne, gt, ge, lt, le, in, has, starts, ends: those of ``connector_kit.filters``.
    """

    op: str
    left: str | Value
    right: Value | None
    place: Place


@dataclass(frozen=True, slots=True)
class Not:
    """A condition that must not hold."""

    part: Condition


@dataclass(frozen=True, slots=True)
class Joined:
    """Conditions joined by ``and`` or by ``or``, in the order in which they were written, never nested in its like."""

    op: str
    parts: tuple[Condition, ...]


Condition = Compare | Not | Joined


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


def words(id_: str) -> str:
    """Return an id as the words by which a sentence calls it."""
    return id_.replace("_", " ")


def value_json(value: Value) -> Any:
    """Return a value in canonical form; numbers are whole or floating, as JSON has them."""
    if isinstance(value, Literal):
        number = value.value
        return (int(number) if number == int(number) else float(number)) if isinstance(number, Decimal) else number
    if isinstance(value, Above):
        return {"above": True}
    if isinstance(value, Items):
        return [value_json(item) for item in value.items]
    return {"ref": value.path[0] if len(value.path) == 1 else list(value.path)}


def condition_json(condition: Condition) -> list[Any]:
    """Return a condition in canonical form."""
    if isinstance(condition, Not):
        return ["not", condition_json(condition.part)]
    if isinstance(condition, Joined):
        return [condition.op, *(condition_json(part) for part in condition.parts)]
    left = words(condition.left) if isinstance(condition.left, str) else value_json(condition.left)
    return [condition.op, left, None if condition.right is None else value_json(condition.right)]


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
