"""What is known of a value before anything runs: text, a number, a datetime, a list of these, one of a concept, or nothing at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from connector_kit.manifest import ConceptSpec, FieldSpec, Manifest

_SPOKEN = {
    "text": "text", "number": "a number", "boolean": "a true-or-false value", "datetime": "a datetime", "date": "a date",
    "record": "a whole record",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value; ``many`` for a list of such values. ``concept`` is that of a record, and ``owner`` its manifest."""

    name: str
    many: bool = False
    concept: ConceptSpec | None = None
    owner: Manifest | None = None

    @property
    def known(self) -> bool:
        """Whether anything is known of it."""
        return self.many or self.name != "unknown"

    @property
    def spoken(self) -> str:
        """How a person would call it."""
        if self.many:
            return "a list"
        return _SPOKEN.get(self.name, "of a kind that is not known yet")

    @property
    def item(self) -> Kind:
        """The kind of one item of a list."""
        return replace(self, many=False)

    def field(self, name: str) -> FieldSpec | None:
        """Find a field of a record by its name or a synonym."""
        return None if self.concept is None else field_called(self.concept.fields, name)

    def of_field(self, field: FieldSpec) -> Kind:
        """Return the kind of a field of a record."""
        return UNKNOWN if self.owner is None else kind_of(field, self.owner)


UNKNOWN = Kind("unknown")
TEXT, NUMBER, TRUTH = Kind("text"), Kind("number"), Kind("boolean")
DATETIME, DATE = Kind("datetime"), Kind("date")


def kind_of(field: FieldSpec, owner: Manifest) -> Kind:
    """Return the kind of an input's or a field's values."""
    scalar = "text" if field.type.scalar == "sensitive" else field.type.scalar
    if field.type.concept is not None:
        return Kind("record", field.is_list, owner.concept(field.type), owner)
    return Kind(scalar, field.is_list)


def kind_of_literal(value: str | int | Decimal | bool) -> Kind:  # noqa: FBT001 - a truth value is one of three kinds here
    """Return the kind of a literal."""
    if isinstance(value, bool):
        return TRUTH
    return TEXT if isinstance(value, str) else NUMBER


def list_of(kinds: Iterable[Kind]) -> Kind:
    """Return the kind of a list with such items: theirs if they have one in common."""
    found = set(kinds)
    only = found.pop() if len(found) == 1 else UNKNOWN
    return Kind("unknown", many=True) if only.many else replace(only, many=True)


def either(one: Kind, other: Kind) -> Kind:
    """Return what is known of a value that is of one kind or of the other."""
    if one == other:
        return one
    return Kind("unknown", many=True) if one.many and other.many else UNKNOWN


def field_called(fields: Iterable[FieldSpec], name: str) -> FieldSpec | None:
    """Find a field by its name or a synonym; a name of its own goes before another one's synonym."""
    fields = tuple(fields)
    exact = next((field for field in fields if field.phrase == name), None)
    return exact or next((field for field in fields if name in field.synonyms), None)


def field_names(fields: Iterable[FieldSpec]) -> list[str]:
    """Return every name by which one of these fields may be called."""
    return [name for field in fields for name in (field.phrase, *field.synonyms)]
