"""The values of an automation while it runs: records, exact numbers, what a value is called and how it is shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from typing import Any

from connector_kit.manifest import ConceptSpec, FieldSpec
from connector_kit.values import Concept

NOT_FOUND = "Not Found"
# Sums are exact: where this many digits would not hold one, it is an error and not a rounded number.
_EXACT = Context(prec=100_000, traps=[Inexact, InvalidOperation, Overflow])
_NUMBER = re.compile(r"[-+]?\d{1,1000}(\.\d{1,1000})?", re.ASCII)


@dataclass(frozen=True, slots=True, repr=False)
class Record:
    """One instance of a connector's concept: its values by field id, in the order of the concept."""

    connector: str
    concept: ConceptSpec
    values: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"Record({self.concept.id})"

    def field(self, name: str) -> FieldSpec | None:
        """Find a field by its id, its words or a synonym."""
        found = self.concept.field(name)
        return found or next((f for f in self.concept.fields if name.lower() in getattr(f, "synonyms", ())), None)

    def changed(self, field: FieldSpec, value: object) -> Record:
        """Return a record that differs in one field."""
        return Record(self.connector, self.concept, {**self.values, field.id: value})


def records(connector: str, concept: ConceptSpec, items: Iterable[Concept]) -> list[Record]:
    """Turn what a read found into records."""
    ids = [field.id for field in concept.fields]
    return [Record(connector, concept, {id_: plain(getattr(item, id_)) for id_ in ids}) for item in items]


def plain(value: Any) -> Any:
    """Give numbers an exact type and datetimes one zone; whole numbers are int, others Decimal."""
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, Decimal):
        whole = value.is_finite() and value.adjusted() < 1000 and value == value.to_integral_value()
        return int(value) if whole else value
    if isinstance(value, datetime) and value.utcoffset() is not None:
        return value.astimezone(UTC)
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


def number(text: str) -> int | Decimal | None:
    """Read a number in plain decimal; None if it is none."""
    stripped = text.strip()
    found: int | Decimal | None = plain(Decimal(stripped)) if _NUMBER.fullmatch(stripped) else None
    return found


def is_number(value: object) -> bool:
    """Tell whether a value is a number; true and false are none."""
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def added(one: int | Decimal, other: int | Decimal) -> int | Decimal:
    """Add exactly.

    Raises:
        decimal.DecimalException: if the sum has more digits than anybody means.
    """
    total = one + other if isinstance(one, int) and isinstance(other, int) else _EXACT.add(Decimal(one), Decimal(other))
    found: int | Decimal = plain(total)
    return found


def copied(value: Any) -> Any:
    """Return a value that later changes of a list do not reach; everything but lists never changes in place."""
    return [copied(item) for item in value] if isinstance(value, list) else value


def is_empty(value: object) -> bool:
    """Tell whether a value is missing, the empty text or an empty list."""
    return value is None or value in ("", [])


def kind(value: object) -> str:
    """Name a value's type the way a person would."""
    if value is None:
        return "missing"
    if isinstance(value, bool):
        return "true or false"
    kinds = {str: "text", int | Decimal: "a number", datetime: "a datetime", date: "a date", list: "a list"}
    return next((name for type_, name in kinds.items() if isinstance(value, type_)), "a whole record")


def text_of(value: object, zone: tzinfo) -> str:
    """Return the one text form of a value, as combine, say and show use it."""
    if value is None:
        return NOT_FOUND
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return _number_text(value)
    if isinstance(value, datetime):
        return _datetime_text(value, zone)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return ", ".join(text_of(item, zone) for item in value)
    if isinstance(value, Record):
        shown = ((field.phrase, value.values[field.id]) for field in value.concept.fields)
        return "; ".join(f"{name}: {text_of(one, zone)}" for name, one in shown if not is_empty(one))
    return str(value)


def _number_text(value: int | Decimal) -> str:
    if isinstance(value, int):
        # Not str: it refuses numbers of thousands of digits, which sums of long ones can be.
        return f"{Decimal(value):f}"
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _datetime_text(value: datetime, zone: tzinfo) -> str:
    utc = is_utc(zone)
    try:
        local = value.astimezone(UTC if utc else zone)
    except OverflowError:  # at the ends of the calendar
        local, utc = value.astimezone(UTC), True
    text = local.isoformat(sep=" ", timespec="seconds")
    if len(text) > len("2022-03-01 10:00:00 -05:00"):
        # The local times of long ago differ from UTC by seconds too, which no text that is read back can hold.
        return _datetime_text(value, UTC)
    return f"{text[:19]} {'UTC' if utc else text[19:]}"


def is_utc(zone: tzinfo) -> bool:
    """Tell whether a zone is UTC by name; London in winter is not."""
    return zone is UTC or str(zone) in ("UTC", "Etc/UTC")
