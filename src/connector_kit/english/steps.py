"""What a checked automation is made of: steps, values and conditions, each with its place in the text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
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


def words(id_: str) -> str:
    """Return an id as the words by which a sentence calls it."""
    return id_.replace("_", " ")


def mentioned(step: Step) -> set[str]:
    """Return the names of the facts that a step itself goes by, not those of the steps inside of it."""
    match step:
        case If():
            return set(_names(step.condition))
        case Each():
            return {step.over[0]}
        case Show() | LookUp():
            return {step.path[0]}
        case Add():
            return {step.name, *_names(step.value)}
        case _:
            return set(_names(step))


def _names(part: Any) -> Iterator[str]:
    if isinstance(part, Ref):
        yield part.path[0]
    elif isinstance(part, tuple):
        for one in part:
            yield from _names(one)
    elif is_dataclass(part):
        for each in fields(part):
            yield from _names(getattr(part, each.name))
