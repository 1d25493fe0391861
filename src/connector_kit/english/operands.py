"""What steps are made of: places in the text, values and conditions, and their canonical JSON form."""

from __future__ import annotations

from dataclasses import dataclass
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
