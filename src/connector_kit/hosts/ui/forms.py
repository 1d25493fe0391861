"""Turn what a form posts into values of the manifest's types, and faults of those values back into words beside the fields."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from connector_kit import FieldSpec, Problem

Kind = Literal["text", "secret", "number", "boolean", "datetime", "lines", "long"]
_ONE_LINE = 200  # characters that may stand in a field of one line
PREFIX = "f-"  # keeps the names of a manifest's fields apart from those of the form itself
_WHOLE = re.compile(r"[+-]?\d{1,30}")
_DECIMAL = re.compile(r"[+-]?(\d{1,30}\.\d{0,30}|\.\d{1,30})")
_TRUTHS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Shown:
    """One field as the page shows it. ``value`` is never that of a secret; ``note`` says whether one is kept."""

    id: str
    label: str
    kind: Kind
    required: bool
    value: str = field(default="", repr=False)
    help: str = ""
    note: str = ""
    error: str = ""
    suggestion: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Fault:
    """One line of the summary above a form: the id of the element it leads to (empty: none), and the sentence."""

    target: str
    sentence: str


def kind(spec: FieldSpec) -> Kind:
    """Return which control a field gets."""
    if spec.type.scalar == "sensitive":
        return "secret"
    if spec.is_list:
        return "lines"
    if spec.type.scalar == "text" and (spec.max_length or 0) > _ONE_LINE:
        return "long"
    scalar = spec.type.scalar
    return scalar if scalar in ("number", "boolean", "datetime") else "text"  # type: ignore[return-value]  # mypy does not narrow by in


def read(fields: Iterable[FieldSpec], posted: Mapping[str, str], zone: ZoneInfo) -> dict[str, Any]:
    """Return the values that were posted, by field, secrets wrapped; a field that was left blank is not among them.

    What does not fit its type stays text, so that the check of the values says what to write.
    """
    texts = [(spec, posted.get(PREFIX + spec.id, "")) for spec in fields]
    return {spec.id: value(spec, text, zone) for spec, text in texts if text.strip()}


def value(spec: FieldSpec, text: str, zone: ZoneInfo) -> Any:
    """Return what a text stands for in a field; a datetime without an offset is taken in ``zone``."""
    match kind(spec):
        case "secret":
            return SecretStr(text)
        case "lines":
            return [line.strip() for line in text.splitlines() if line.strip()]
        case "number":
            return _number(text.strip())
        case "boolean":
            return _TRUTHS.get(text.strip(), text)
        case "datetime":
            return _moment(text.strip(), zone)
        case _:
            return text


def text(spec: FieldSpec, given: Any, zone: ZoneInfo) -> str:
    """Return how a value stands in its field; the reverse of ``value``, and empty for a secret."""
    if given is None or isinstance(given, SecretStr) or kind(spec) == "secret":
        return ""
    if isinstance(given, list | tuple):
        return "\n".join(str(item) for item in given)
    if isinstance(given, bool):
        return str(given).lower()
    if isinstance(given, datetime):
        try:
            return given.astimezone(zone).strftime("%Y-%m-%dT%H:%M")
        except OverflowError:
            return given.isoformat()  # at the edge of the calendar another zone has no such day
    return str(given)


def shown(
    fields: Iterable[FieldSpec],
    values: Mapping[str, Any],
    zone: ZoneInfo,
    *,
    problems: Iterable[Problem] = (),
    notes: Mapping[str, str] | None = None,
) -> list[Shown]:
    """Return the fields as the page shows them: what was given, and for each the first fault that was found."""
    found: dict[str, Problem] = {}
    for problem in problems:
        found.setdefault(field_of(problem), problem)
    return [_shown(spec, values.get(spec.id), zone, found.get(spec.id), notes or {}) for spec in fields]


def _shown(spec: FieldSpec, given: Any, zone: ZoneInfo, problem: Problem | None, notes: Mapping[str, str]) -> Shown:
    emptied = problem is not None and problem.clear
    return Shown(
        id=PREFIX + spec.id,
        label=spec.label,
        kind=kind(spec),
        required=spec.required,
        value="" if emptied else text(spec, given, zone),
        help=spec.help or spec.description,
        note=notes.get(spec.id, ""),
        error="" if problem is None else problem.sentence(spec.label),
        suggestion="" if problem is None or emptied else problem.suggestion or "",
    )


def field_of(problem: Problem) -> str:
    """Return the id of the field that a problem is about: its path without the place inside the value."""
    return re.split(r"[.\[]", problem.path, maxsplit=1)[0]


def faults(problems: Iterable[Problem], fields: Iterable[FieldSpec], own: Mapping[str, str]) -> list[Fault]:
    """Return the summary's lines, one for each element; ``own`` are the labels of the form's own controls by their id."""
    labels = {spec.id: (PREFIX + spec.id, spec.label) for spec in fields}
    labels |= {id_: (id_, label) for id_, label in own.items()}
    lines: dict[str, Fault] = {}
    for problem in problems:
        target, label = labels.get(field_of(problem), ("", problem.path))
        lines.setdefault(target or problem.path, Fault(target, problem.sentence(label)))
    return list(lines.values())


def without(secrets: Mapping[str, SecretStr], problems: Collection[Problem]) -> dict[str, SecretStr]:
    """Return the secrets that have no fault of their own."""
    faulty = {field_of(problem) for problem in problems}
    return {id_: secret for id_, secret in secrets.items() if id_ not in faulty}


def number(text: str) -> object:
    """Return the number that a text stands for, None for a blank one, and the text itself if it is no number."""
    return _number(text.strip()) if text.strip() else None


def _number(text: str) -> object:
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text


def _moment(text: str, zone: ZoneInfo) -> object:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
