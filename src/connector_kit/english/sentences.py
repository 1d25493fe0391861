"""Write any call of an action as an automation that a person can read and run again: it is read as the same call."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from connector_kit.connector import Connector
from connector_kit.english.formatter import quoted
from connector_kit.english.meaning.catalogue import Catalogue, Entry
from connector_kit.english.sayable import NotSayableError, conjuncts
from connector_kit.fields import FieldSpec
from connector_kit.filters import Combination, Comparison, Filter, Negation
from connector_kit.manifest import Manifest
from connector_kit.values import DEFAULT_CONNECTION, ActionCall

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_OPS = {"eq": "is", "ne": "is not", "in": "is in", "has": "contains", "gt": "is greater than", "lt": "is less than",
        "ge": "is at least", "le": "is at most"}  # fmt: skip
_OF_DATES = {**_OPS, "gt": "is after", "lt": "is before", "ge": "is on or after", "le": "is on or before"}
# Words that cannot stand in a name; with underscores between them they can.
_RESERVED = frozenset(
    "the an a some is are and or whose where with then else if as above".split()  # noqa: SIM905 - a list of words reads best as one
)


@dataclass(slots=True)
class _Lines:
    """The lines that come before the sentence, and the names of what they make."""

    lines: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()

    def moment(self, instant: datetime) -> str:
        """Return the name of a datetime, made by a line of its own."""
        offset = instant.utcoffset()
        if offset is not None and offset % timedelta(minutes=1):
            instant = instant.astimezone(UTC)
        text = quoted(instant.isoformat())
        return self._named(text, "date", f"convert {text} to a datetime as the ")

    def fact(self, text: str) -> str:
        """Return the name of a text that cannot stand where it is needed."""
        return self._named(text, "text", f"use {text} as the ")

    def _named(self, text: str, noun: str, line: str) -> str:
        if text not in self.names:
            count = len(self.names)
            ordinal = _ORDINALS[count] if count < len(_ORDINALS) else f"x{count + 1}"
            name = f"{ordinal} {noun}"
            while name in self.taken:
                name = f"other {name}"
            self.names[text] = name
            self.lines.append(line + name)
        return f"the {self.names[text]}"


def to_english(call: ActionCall, connector: Connector | Manifest) -> str:
    """Return the automation that makes a call. What the call leaves at its default is left out.

    Datetimes take a line of their own, and so does a connection that is not the default one. It is read as the same call:
    inputs, paging, and a filter that means the same.

    Raises:
        NotSayableError: if the language has no words for it: a filter whose and and or are nested in each other deeper than
            an and of ors, starts or ends in a filter, an empty list, a number that is not finite, an unknown input.
    """
    manifest = connector if isinstance(connector, Manifest) else connector.manifest
    entry = next((each for each in Catalogue([manifest]).entries if each.action.id == call.action), None)
    if entry is None:
        raise NotSayableError(f"{manifest.name} has no action of this name, so there is no sentence for it.")
    before = _Lines(taken=frozenset(spec.phrase for spec in entry.action.inputs))
    clauses = [] if call.filter is None else [_conjunct(part, entry, before) for part in conjuncts(call.filter)]
    block = [f"the {_said(spec.id)} {_value(call.inputs[spec.id], spec, before)}" for spec in _given(call, entry)]
    block += [
        f"the {name} is {value}"
        for name, value in (("limit", call.limit), ("offset", call.offset or None))
        if value is not None
    ]
    sentence = entry.calling
    if any(or_ for _, or_ in clauses) and len(clauses) > 1:
        # Conditions in lines of their own are joined by and, whatever joins them inside.
        block = [*(clause for clause, _ in clauses), *block]
    elif clauses:
        sentence += " " + " and ".join(clause for clause, _ in clauses)
    if block:
        sentence = "\n  ".join([f"{sentence} {'with' if entry.is_list else 'where'}", *block])
    switch = (
        [] if call.connection == DEFAULT_CONNECTION else [f"switch {_said(manifest.id)} to {quoted(call.connection)}"]
    )
    return "\n".join([*switch, *before.lines, sentence]) + "\n"


def _given(call: ActionCall, entry: Entry) -> Iterable[FieldSpec]:
    specs = {spec.id: spec for spec in entry.action.inputs}
    if unknown := [name for name in call.inputs if name not in specs]:
        raise NotSayableError(f"{entry.action.label} has no input named {unknown[0]!r}.")
    return (spec for spec in entry.action.inputs if call.inputs.get(spec.id) is not None)


def _said(id_: str) -> str:
    words = id_.split("_")
    plain = all(word[:1].isalpha() and word not in _RESERVED for word in words)
    return " ".join(words) if plain else id_


def _value(value: Any, spec: FieldSpec, before: _Lines) -> str:
    """Return ``is VALUE`` or ``are VALUES``."""
    if isinstance(value, list | tuple):
        if not value:
            raise NotSayableError(f"The {spec.phrase} is an empty list, for which there are no words.")
        verb = "are" if len(value) > 1 else "is"
        return f"{verb} {', '.join(_single(each, spec, before) for each in value)}"
    return f"is {_single(value, spec, before)}"


def _single(value: Any, spec: FieldSpec, before: _Lines) -> str:
    if spec.type.scalar == "text" and isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        value = _number(value, spec)
    if isinstance(value, str):
        literal = spec.literal is None or re.fullmatch(spec.literal.match, value) is not None
        return quoted(value) if literal else before.fact(quoted(value))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return before.moment(value)
    if isinstance(value, int | float | Decimal):
        return _number(value, spec)
    raise NotSayableError(f"The {spec.phrase} has a value for which there are no words.")


def _number(value: float | Decimal, spec: FieldSpec) -> str:
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not exact.is_finite():
        raise NotSayableError(f"The {spec.phrase} is a number that is not finite, for which there are no words.")
    return format(exact, "f")


def _conjunct(part: Filter, entry: Entry, before: _Lines) -> tuple[str, bool]:
    """Return one of the conditions that all must hold, and whether it has or in it."""
    if isinstance(part, Combination) and part.op == "or":
        return " or ".join(_clause(each, entry, before) for each in part.parts), True
    return _clause(part, entry, before), False


def _clause(part: Filter, entry: Entry, before: _Lines) -> str:
    match part:
        case Comparison():
            return _comparison(part, entry, before)
        case Negation(part=Comparison() as leaf):
            return _comparison(leaf, entry, before, negated=True)
        case Combination(parts=(Comparison() as low, Comparison() as high)):
            spec = _field(low.field, entry)
            ends = f"{_operand(low.value, spec, before)} and {_operand(high.value, spec, before)}"
            return f"whose {_said(spec.id)} is between {ends}"
        case _:
            raise NotSayableError("The filter has a part for which there are no words.")


def _comparison(leaf: Comparison, entry: Entry, before: _Lines, *, negated: bool = False) -> str:
    spec = _field(leaf.field, entry)
    start = f"whose {_said(spec.id)}"
    if leaf.value is None:
        return f"{start} is {'not ' if leaf.op == 'ne' else ''}empty"
    words = (_OF_DATES if spec.type.scalar == "datetime" else _OPS).get(leaf.op)
    if words is None:
        raise NotSayableError(f"There are no words for {leaf.op} on the {spec.phrase} in the filter of an action.")
    if negated:
        words = "does not contain" if leaf.op == "has" else words.replace("is ", "is not ", 1)
    return f"{start} {words} {_operand(leaf.value, spec, before)}"


def _operand(value: Any, spec: FieldSpec, before: _Lines) -> str:
    return _value(value, spec, before).partition(" ")[2]


def _field(name: str, entry: Entry) -> FieldSpec:
    spec = None if entry.concept is None else entry.concept.field(name)
    if spec is None:
        raise NotSayableError(f"{entry.action.label} gives back nothing that has a field named {name!r}.")
    return spec
