"""What stands in the form of a read beside the action's own inputs: conditions, and how much of what is found is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from connector_kit import ConceptSpec, FieldSpec, Problem
from connector_kit.hosts.ui import conditions, forms
from connector_kit.hosts.ui.conditions import Row
from connector_kit.hosts.ui.visit import Visit

FIRST_LIMIT = 50


@dataclass(frozen=True, slots=True)
class Paging:
    """How many items at most, and how many are left out before them; texts where they are no numbers, None for all."""

    limit: object = None
    offset: object = None

    @classmethod
    def first(cls) -> Paging:
        """Return what the form starts with."""
        return cls(FIRST_LIMIT)

    @classmethod
    def posted(cls, form: Mapping[str, str]) -> Paging:
        """Read what was posted."""
        return cls(forms.number(form.get("f-limit", "")), forms.number(form.get("f-offset", "")))

    def values(self) -> dict[str, object]:
        """Return what a call takes."""
        return {"limit": self.limit, "offset": 0 if self.offset is None else self.offset}

    def turned(self, wish: str) -> Paging:
        """Return the page after or before this one, if that is the wish."""
        step = {"next": 1, "previous": -1}.get(wish, 0)
        if not step or not isinstance(self.limit, int):
            return self
        offset = self.offset if isinstance(self.offset, int) else 0
        return Paging(self.limit, max(0, offset + step * self.limit))


@dataclass(frozen=True, slots=True)
class Choice:
    """An entry of a list to choose from."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A condition as the page shows it."""

    id: str
    spec: FieldSpec
    kind: str
    ops: tuple[Choice, ...]
    op: str
    value: str = field(repr=False)
    error: str = ""


def paging(visit: Visit) -> tuple[FieldSpec, ...]:
    """Return the fields of the paging, in the reader's words."""
    how_many = visit.say("At most")
    skipped = visit.say("Leave out the first")
    number = {"type": "optional[number]", "integer": True}
    return (
        FieldSpec.model_validate({**number, "id": "limit", "label": how_many, "description": visit.say("Blank: all, up to 10,000.")}),
        FieldSpec.model_validate({**number, "id": "offset", "label": skipped, "description": visit.say("To go on where a read stopped.")}),
    )  # fmt: skip


def joins(visit: Visit) -> tuple[Choice, ...]:
    """Return how conditions can be joined."""
    return Choice("and", visit.say("All conditions must hold")), Choice("or", visit.say("One of them is enough"))


def spoken_ops(visit: Visit) -> dict[str, str]:
    """Return the operators in the reader's words; in English they are the kit's own."""
    return {
        "eq": visit.say("is"),
        "ne": visit.say("is not"),
        "in": visit.say("is one of"),
        "lt": visit.say("is less than or before"),
        "le": visit.say("is at most"),
        "gt": visit.say("is greater than or after"),
        "ge": visit.say("is at least"),
        "has": visit.say("contains"),
        "starts": visit.say("starts with"),
        "ends": visit.say("ends with"),
        conditions.EMPTY: visit.say("is empty"),
        conditions.FILLED: visit.say("is not empty"),
    }


def shown_rows(
    visit: Visit, rows: Sequence[Row], concept: ConceptSpec, problems: Mapping[int, Problem]
) -> list[ShownRow]:
    """Return the conditions as the page shows them."""
    spoken = spoken_ops(visit)
    shown = []
    for number, row in enumerate(rows):
        spec = concept.field(row.spec_id)
        if spec is None:
            continue
        ops = tuple(Choice(op, spoken[op]) for op in conditions.ops(spec))
        problem = problems.get(number)
        error = problem.sentence(spec.label) if problem else ""
        kind = "lines" if row.op == "in" else forms.kind(spec)
        shown.append(ShownRow(f"c{number}", spec, kind, ops, row.op, row.value, error))
    return shown
