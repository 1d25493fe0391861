"""The filter tree: its JSON form, the check of every condition before a request, and its meaning on one item.

The JSON form is ``[op, field, value]``, ``["not", tree]`` and ``["and" | "or", tree, tree, ...]``. The logic is two-valued:
on a missing field gt, ge, lt, le, has, starts and ends are false, eq is true only against null, and ne is the plain opposite
of eq. ``["eq", field, null]`` is true for null, the empty text and the empty list.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from connector_kit.errors import InputError, Problem
from connector_kit.manifest import ConceptSpec, FieldSpec
from connector_kit.types import mismatch, spoken_type

MAX_DEPTH = 50
ORDER = {"lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge}
TEXT_PARTS: dict[str, Callable[[str, str], bool]] = {
    "has": lambda text, part: part in text,
    "starts": str.startswith,
    "ends": str.endswith,
}
_EVERYWHERE = ("eq", "ne", "in")
OPS = (*_EVERYWHERE, *ORDER, *TEXT_PARTS)
OPS_BY_TYPE = {
    "text": (*_EVERYWHERE, *TEXT_PARTS),
    "number": (*_EVERYWHERE, *ORDER),
    "datetime": (*_EVERYWHERE, *ORDER),
    "boolean": _EVERYWHERE,
}
SPOKEN_OPS = {
    "eq": "is", "ne": "is not", "in": "is one of", "lt": "is less than or before", "le": "is at most",
    "gt": "is greater than or after", "ge": "is at least", "has": "contains", "starts": "starts with", "ends": "ends with",
}  # fmt: skip

# A datetime's far ends: a whole day that would pass them cannot be turned into two instants.
_NO_DATE = "is too far away; write a date between 0002-01-01 and 9998-12-31"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One condition on one field. Its value is masked when printed: it may be a phone number or a text."""

    op: str
    field: str
    value: Any

    def __repr__(self) -> str:
        return f"Comparison({self.op!r}, {self.field!r}, ***)"


@dataclass(frozen=True, slots=True)
class Combination:
    """Conditions of which all (``and``) or at least one (``or``) must hold."""

    op: str
    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """A condition that must not hold."""

    part: Filter


Filter = Comparison | Combination | Negation
Predicate = Callable[[Any], bool]


def parse_filter(tree: object, concept: ConceptSpec) -> Filter:
    """Read the JSON form; ISO 8601 texts for datetime fields become datetimes or whole days.

    Raises:
        InputError: with the path of every part that is not a filter on this concept.
    """
    problems: list[Problem] = []
    parsed = _parse(tree, concept, "filter", problems, MAX_DEPTH)
    if problems or parsed is None:
        raise InputError("The filter cannot be used.", problems=problems)
    return parsed


def _parse(tree: object, concept: ConceptSpec, path: str, problems: list[Problem], depth: int) -> Filter | None:
    if depth == 0:
        problems.append(Problem(path, f"is nested deeper than {MAX_DEPTH} levels; split it into several reads"))
        return None
    if not isinstance(tree, list | tuple) or not tree or not isinstance(tree[0], str):
        problems.append(Problem(path, 'is not a condition; write it like ["eq", "status", "failed"]'))
        return None
    op, *rest = tree
    if op in ("and", "or", "not"):
        if not rest or (op == "not" and len(rest) > 1):
            problems.append(
                Problem(path, f"{op} takes {'exactly one condition' if op == 'not' else 'one condition or more'}")
            )
            return None
        parts = [_parse(part, concept, f"{path}[{n}]", problems, depth - 1) for n, part in enumerate(rest, start=1)]
        known = tuple(part for part in parts if part is not None)
        if len(known) < len(parts):
            return None
        return Negation(known[0]) if op == "not" else Combination(op, known)
    if op not in OPS:
        named = f"{op!r} is not" if speakable(op) else "the first part is not"
        problems.append(Problem(path, f"{named} an operator; use one of: and, or, not, {', '.join(OPS)}"))
        return None
    if len(rest) != 2 or not isinstance(rest[0], str):
        problems.append(Problem(path, f'{op} takes a field and a value, like ["{op}", "{concept.fields[0].id}", ...]'))
        return None
    name, value = rest
    field = concept.field(name)
    if field is not None and field.type.scalar == "datetime":
        value = [_instant(v) for v in value] if isinstance(value, list | tuple) else _instant(value)
    return Comparison(op, name if field is None else field.id, value)


def speakable(name: object) -> str:
    """Return a name that a person wrote if it can only be a name; a number or a text in its place is not repeated."""
    return name if isinstance(name, str) and re.fullmatch("[A-Za-z][A-Za-z_ ]{0,24}", name) else ""


def _instant(value: object) -> object:
    """Read an ISO 8601 text as a datetime, or as a date where it has no time; leave anything else to the type check."""
    if not isinstance(value, str):
        return value
    try:
        return datetime.fromisoformat(value) if "T" in value or " " in value else date.fromisoformat(value)
    except ValueError:
        return value


def prepare(tree: Filter, concept: ConceptSpec, zone: tzinfo) -> Filter:
    """Check every condition against the concept, and bring every datetime to UTC.

    A datetime without an offset is taken in ``zone``; a bare date means that whole day in ``zone``.

    Raises:
        InputError: with one problem for each condition that the concept does not support, named by its field.
    """
    problems: list[Problem] = []
    prepared = _prepare(tree, concept, zone, problems, MAX_DEPTH)
    if problems or prepared is None:
        raise InputError("The filter cannot be used.", problems=problems)
    return prepared


def _prepare(tree: object, concept: ConceptSpec, zone: tzinfo, problems: list[Problem], depth: int) -> Filter | None:
    if depth == 0:
        problems.append(Problem("filter", f"is nested deeper than {MAX_DEPTH} levels; split it into several reads"))
        return None
    if isinstance(tree, Negation):
        part = _prepare(tree.part, concept, zone, problems, depth - 1)
        return None if part is None else Negation(part)
    if isinstance(tree, Combination):
        if tree.op not in ("and", "or") or not isinstance(tree.parts, tuple | list):
            problems.append(Problem("filter", "joins conditions by something other than and, or"))
            return None
        parts = [_prepare(part, concept, zone, problems, depth - 1) for part in tree.parts]
        known = tuple(part for part in parts if part is not None)
        return Combination(tree.op, known) if len(known) == len(parts) else None
    if not isinstance(tree, Comparison) or not isinstance(tree.field, str) or not isinstance(tree.op, str):
        problems.append(Problem("filter", "is not a filter; build it with parse_filter"))
        return None
    field = concept.field(tree.field)
    if field is None:
        names = ", ".join(f.phrase for f in concept.fields)
        problems.append(Problem(speakable(tree.field), f"{concept.label} has no such field; it has: {names}"))
        return None
    if fault := _fault(tree, field):
        problems.append(Problem(field.phrase, fault))
        return None
    try:
        return _resolve(Comparison(tree.op, field.id, tree.value), field, zone)
    except OverflowError:
        problems.append(Problem(field.phrase, _NO_DATE))
        return None


def _fault(condition: Comparison, field: FieldSpec) -> str | None:
    scalar, op, value = field.type.scalar, condition.op, condition.value
    allowed = OPS_BY_TYPE.get(scalar, ())
    if op not in allowed:
        spoken = ", ".join(f"{SPOKEN_OPS[name]} ({name})" for name in allowed)
        return f"is {scalar}, so {SPOKEN_OPS.get(op, op)} ({op}) does not apply; use one of: {spoken}"
    if op == "in":
        if not isinstance(value, list | tuple):
            return "is one of (in) needs a list of values"
        return next((fault for item in value if (fault := _value_fault(item, field))), None)
    if value is None and op in ("eq", "ne"):
        return None
    return _value_fault(value, field)


def _value_fault(value: object, field: FieldSpec) -> str | None:
    scalar = field.type.inner if field.type.inner is not None else field.type
    if scalar.name == "datetime" and isinstance(value, date) and not isinstance(value, datetime):
        return None
    fault = mismatch(scalar, value)
    if fault and scalar.name == "datetime":
        return f"needs a datetime, such as 2022-03-01T15:00:00Z, not {spoken_type(value)}"
    return f"is compared with a wrong value: {fault}" if fault else None


def _resolve(condition: Comparison, field: FieldSpec, zone: tzinfo) -> Filter:
    """Give numbers one exact type, datetimes one zone, and days their two ends."""
    op, value = condition.op, condition.value
    if value is None or field.type.scalar not in ("number", "datetime"):
        return Comparison(op, condition.field, tuple(value)) if op == "in" else condition
    if field.type.scalar == "number":
        return Comparison(op, condition.field, tuple(map(_exact, value)) if op == "in" else _exact(value))
    if op == "in":
        return Combination("or", tuple(_resolve(Comparison("eq", condition.field, v), field, zone) for v in value))
    if isinstance(value, datetime):
        aware = value if value.utcoffset() is not None else value.replace(tzinfo=zone)
        return Comparison(op, condition.field, aware.astimezone(UTC))
    start, end = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (value, value + timedelta(days=1)))
    begins, ended = Comparison("ge", condition.field, start), Comparison("lt", condition.field, end)
    if op == "eq":
        return Combination("and", (begins, ended))
    if op == "ne":
        return Negation(Combination("and", (begins, ended)))
    return {
        "ge": begins,
        "le": ended,
        "gt": Comparison("ge", condition.field, end),
        "lt": Comparison("lt", condition.field, start),
    }[op]


def _exact(number: object) -> object:
    """Compare 0.1 as the 0.1 that was written, not as its nearest double."""
    return Decimal(float.__repr__(number)) if isinstance(number, float) else number


def predicate(tree: Filter) -> Predicate:
    """Turn a prepared filter into a function that says whether one item passes."""
    if isinstance(tree, Negation):
        inner = predicate(tree.part)
        return lambda item: not inner(item)
    if isinstance(tree, Combination):
        parts = tuple(predicate(part) for part in tree.parts)
        if tree.op == "and":
            return lambda item: all(part(item) for part in parts)
        return lambda item: any(part(item) for part in parts)
    get, value = operator.attrgetter(tree.field), tree.value
    if tree.op in ORDER:
        compare = ORDER[tree.op]
        return lambda item: (found := get(item)) is not None and compare(found, value)
    if tree.op in TEXT_PARTS:
        holds = TEXT_PARTS[tree.op]
        return lambda item: (found := get(item)) is not None and holds(found, value)
    if tree.op == "in":
        return lambda item: (found := get(item)) is not None and found in value
    equal: Predicate = (
        (lambda item: get(item) in (None, "", [])) if value is None else lambda item: bool(get(item) == value)
    )
    return equal if tree.op == "eq" else lambda item: not equal(item)
