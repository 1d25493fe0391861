"""The filter of a read as rows of a form: a field, an operator that its type has, and a value; from text to the kit's filter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from connector_kit import Combination, ConceptSpec, FieldSpec, Filter, InputError, Problem, parse_filter
from connector_kit.filters import OPS_BY_TYPE, prepare
from connector_kit.hosts.ui import forms

MOST = 20
# What people choose instead of comparing with nothing.
EMPTY, FILLED = "empty", "filled"
_EXACT = ("eq", "ne", "in")


@dataclass(frozen=True, slots=True)
class Row:
    """One condition as it stands in the form."""

    spec_id: str
    op: str = ""
    value: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Built:
    """The conditions that were understood, joined, and the problem of each row that was not."""

    tree: Filter | None
    problems: Mapping[int, Problem]


def rows(posted: Mapping[str, str], concept: ConceptSpec) -> list[Row]:
    """Read the rows of a posted form, in their order; what names no field is left out."""
    found = [
        Row(posted[f"c{n}-field"], posted.get(f"c{n}-op", ""), posted.get(f"c{n}-value", ""))
        for n in range(MOST)
        if f"c{n}-field" in posted
    ]
    return [row for row in found if row.spec_id in (spec.id for spec in fields(concept))]


def fields(concept: ConceptSpec) -> list[FieldSpec]:
    """Return the fields that a condition can be about."""
    return [spec for spec in concept.fields if ops(spec)]


def ops(spec: FieldSpec) -> tuple[str, ...]:
    """Return the operators of a field, the one that is shown first in front."""
    if spec.is_list:
        return ("has", EMPTY, FILLED)
    compared = OPS_BY_TYPE.get(spec.type.scalar, ())
    # A text that must be there can still be empty.
    may_be_empty = bool(compared) and (spec.type.is_optional or spec.type.scalar == "text")
    return (*compared, EMPTY, FILLED) if may_be_empty else compared


def built(given: Sequence[Row], concept: ConceptSpec, zone: ZoneInfo, *, joined: str, blank: str) -> Built:
    """Turn rows into a filter, one by one, so that each problem stays with its row.

    Args:
        given: the rows.
        concept: whose fields they name.
        zone: in which days and times without an offset are taken.
        joined: ``and`` if all must hold, ``or`` if one is enough.
        blank: what to say about a value that is missing.
    """
    parts: list[Filter] = []
    problems: dict[int, Problem] = {}
    for number, row in enumerate(given):
        try:
            parts.append(_condition(row, concept, zone, blank))
        except InputError as exc:
            problems[number] = exc.problems[0] if exc.problems else Problem(row.spec_id, exc.message)
    if not parts:
        return Built(None, problems)
    return Built(parts[0] if len(parts) == 1 else Combination(joined, tuple(parts)), problems)


def _condition(row: Row, concept: ConceptSpec, zone: ZoneInfo, blank: str) -> Filter:
    spec = concept.field(row.spec_id)
    if spec is None or row.op not in ops(spec):
        raise InputError(blank, problems=[Problem(row.spec_id, blank)])
    if row.op in (EMPTY, FILLED):
        tree: list[Any] = ["eq" if row.op == EMPTY else "ne", spec.id, None]
    elif not row.value.strip():
        raise InputError(blank, problems=[Problem(row.spec_id, blank)])
    elif row.op == "in":
        tree = ["in", spec.id, [_value(spec, "in", item, zone) for item in items(row.value)]]
    else:
        tree = [row.op, spec.id, _value(spec, row.op, row.value, zone)]
    return prepare(parse_filter(tree, concept), concept, zone)


def _value(spec: FieldSpec, op: str, text: str, zone: ZoneInfo) -> Any:
    # Blanks around a whole value came along from where it was copied; in a part of a text they can be meant.
    if spec.type.scalar == "text":
        return text.strip() if op in _EXACT else text
    # Not a moment yet: the filter tells a day from a time of day.
    return text.strip() if spec.type.scalar == "datetime" else forms.value(spec, text, zone)


def items(text: str) -> list[str]:
    """Part a list: one to a line, or, on a single line, by commas."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    parts = lines[0].split(",") if len(lines) == 1 else lines
    return [part.strip() for part in parts if part.strip()]


def without(given: Iterable[Row], number: str) -> list[Row]:
    """Return the rows but for the one with this number."""
    return [row for n, row in enumerate(given) if str(n) != number]
