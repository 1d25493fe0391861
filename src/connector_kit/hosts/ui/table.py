"""Show items as a table for people: the concept's overview, codes in plain words, times in the reader's zone; all fields below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from connector_kit import Concept, ConceptSpec, FieldSpec
from connector_kit.hosts.ui.csv_file import exact
from connector_kit.hosts.ui.visit import Visit

MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class Cell:
    """One value: what is read, and where that is something else than what is stored, the stored value ``raw``."""

    label: str
    kind: str
    text: str = field(repr=False)
    raw: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Line:
    """One item: the cells of the overview, and all of them."""

    overview: tuple[Cell, ...]
    every: tuple[Cell, ...]

    @property
    def has_more(self) -> bool:
        """Whether there are fields beside the overview."""
        return len(self.every) > len(self.overview)


@dataclass(frozen=True, slots=True)
class Table:
    """What is shown of a list; ``count`` is how many items there are, of which only the first have lines."""

    label: str
    columns: tuple[FieldSpec, ...]
    lines: tuple[Line, ...]
    count: int


def table(visit: Visit, items: Sequence[Concept], concept: ConceptSpec) -> Table:
    """Return the table of a list."""
    columns = columns_of(concept)
    lines = tuple(
        Line(
            tuple(cell(visit, spec, getattr(item, spec.id)) for spec in columns),
            tuple(cell(visit, spec, getattr(item, spec.id)) for spec in concept.fields),
        )
        for item in items[:MOST_ROWS]
    )
    return Table(concept.label, columns, lines, len(items))


def columns_of(concept: ConceptSpec) -> tuple[FieldSpec, ...]:
    """Return the fields that the manifest wants in a table; all where it wants none in particular."""
    chosen = tuple(spec for name in concept.overview if (spec := concept.field(name)))
    return chosen or concept.fields


def cell(visit: Visit, spec: FieldSpec, value: Any) -> Cell:
    """Return how a value is read."""
    if value is None or value in ("", [], ()):
        return Cell(spec.label, "none", "")
    if word := spec.words.get(str(value)):
        raw = str(value)
        return Cell(spec.label, "word", word, "" if raw == word else raw)
    if isinstance(value, datetime):
        return Cell(spec.label, "moment", visit.when(value), exact(value))
    if isinstance(value, bool):
        return Cell(spec.label, "text", visit.say("Yes") if value else visit.say("No"))
    if isinstance(value, list | tuple):
        return Cell(spec.label, "text", "\n".join(str(item) for item in value))
    return Cell(spec.label, "number" if isinstance(value, int | float | Decimal) else "text", exact(value))
