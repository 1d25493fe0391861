"""What a singular read comes to: the newest of several matches with a notice, or nothing, and what was looked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from connector_kit.english.running.values import Record, plain, text_of
from connector_kit.filters import SPOKEN_OPS, Combination, Comparison, Filter
from connector_kit.manifest import ActionSpec, ConceptSpec
from connector_kit.values import Notice


def newest(items: Sequence[Record], concept: ConceptSpec) -> tuple[Record, str | None]:
    """Return the newest of some records and the field by which it is; of equal ones the first.

    One that lacks the first of the fields comes after all that have it, and is compared with its like by the next.
    """
    fields = age_fields(concept)
    best, best_rank = items[0], _rank(items[0], fields)
    for item in items[1:]:
        if (rank := _rank(item, fields)) > best_rank:
            best, best_rank = item, rank
    return best, next((name for name in fields if best.values[name] is not None), None)


def age_fields(concept: ConceptSpec) -> tuple[str, ...]:
    """Return the ids of the fields by which newest is decided: those that the manifest names, or else the first datetime."""
    named: Sequence[str] = getattr(concept, "newest_by", ())
    return tuple(named) or tuple(field.id for field in concept.fields if field.type.scalar == "datetime")[:1]


def _rank(item: Record, fields: tuple[str, ...]) -> tuple[int, datetime | None]:
    for rank, name in enumerate(fields):
        found: datetime | None = item.values[name]
        if found is not None:
            return -rank, found
    return -len(fields), None


def several(item: Record, by: str | None, thing: str, zone: tzinfo) -> Notice:
    """Say that a choice was made."""
    field = None if by is None else item.concept.field(by)
    when = "" if field is None else f", {field.phrase.removeprefix('date ')} {text_of(item.values[field.id], zone)}"
    chosen = "the newest" if when else "the first"
    return Notice("several", f"More than one {thing} matches; I used {chosen}{when}.")


def nothing_matches(wanted: Filter | None, concept: ConceptSpec, thing: str, zone: tzinfo) -> str:
    """Say what was looked for and not found."""
    if wanted is None:
        return f"There is no {thing}."
    if isinstance(wanted, Comparison) and wanted.op == "eq" and wanted.value is not None:
        return f"No {thing} has {_phrase(wanted.field, concept)} {_shown(wanted.value, zone)}."
    return f"No {thing} has {said(wanted, concept, zone)}."


def said(wanted: Filter, concept: ConceptSpec, zone: tzinfo) -> str:
    """Say a filter in words."""
    if isinstance(wanted, Comparison):
        name = _phrase(wanted.field, concept)
        if wanted.value is None:
            return f"{name} that {SPOKEN_OPS[wanted.op]} empty"
        return f"{name} that {SPOKEN_OPS[wanted.op]} {_shown(wanted.value, zone)}"
    if isinstance(wanted, Combination):
        return f" {wanted.op} ".join(said(part, concept, zone) for part in wanted.parts)
    return f"not ({said(wanted.part, concept, zone)})"


def _phrase(name: str, concept: ConceptSpec) -> str:
    field = concept.field(name)
    return name if field is None else field.phrase


def _shown(value: Any, zone: tzinfo) -> str:
    if isinstance(value, list | tuple):
        return " or ".join(_shown(one, zone) for one in value)
    return f'"{value}"' if isinstance(value, str) else text_of(plain(value), zone)


def spelled(name: str, action: ActionSpec) -> str:
    """Spell the words of a name as the action's phrase does: ``SMS message``."""
    as_written = {
        word.lower(): word for word in action.phrase.replace("*", "").replace("(", "").replace(")", "").split()
    }
    return " ".join(as_written.get(word, word) for word in name.split())
