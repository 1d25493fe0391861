"""Tell whether a value fits the input, field or comparison where it stands, and if not, what to write instead."""

from __future__ import annotations

import re
from decimal import Decimal

from connector_kit.english import tree
from connector_kit.english.kinds import Kind
from connector_kit.english.messages import shown
from connector_kit.english.names import spelled
from connector_kit.english.scope import Scope
from connector_kit.fields import FieldSpec

_NEEDS = {"text": "text in quotes", "number": "a number", "boolean": "true or false", "datetime": "a datetime", "record": "a record"}


def fits(kind: Kind, wanted: Kind) -> bool:
    """Tell whether a value of one kind can stand where another is wanted, as far as both are known."""
    if not kind.known or not wanted.known:
        return True
    if kind.many != wanted.many:
        return False
    return "unknown" in (kind.name, wanted.name) or (kind.name == wanted.name and kind.concept == wanted.concept)


def check_kind(scope: Scope, label: str, node: tree.Value, kind: Kind, wanted: Kind) -> bool:
    """Take note if a value does not fit; ``label`` names what it belongs to. Lists are checked item by item where they are written out."""
    if isinstance(node, tree.Several) and wanted.many:
        return all(check_kind(scope, label, each, _kind_in_list(each, kind), wanted.item) for each in node.values)
    if fits(kind, wanted):
        return True
    scope.fault("type_mismatch", node, *_mismatch(label, node, kind, wanted))
    return False


def _kind_in_list(node: tree.Value, kind: Kind) -> Kind:
    literal = {tree.Text: "text", tree.Number: "number", tree.Truth: "boolean"}.get(type(node))
    return Kind(literal) if literal else Kind("unknown") if kind.name == "unknown" else kind.item


def _mismatch(label: str, node: tree.Value, kind: Kind, wanted: Kind) -> tuple[str, ...]:
    """Return the sentence and what to write instead."""
    said = shown(node.said, 60)
    if wanted.name == "datetime" and not wanted.many and not kind.many:
        text = node.value if isinstance(node, tree.Text) else "2022-03-01T15:00:00Z"
        lines = (f'convert "{shown(text, 60)}" to a datetime', "use the above as the start date", f"{label} is after the start date")
        spoken = f"{said} is {kind.spoken}"
        return f"{label} needs a datetime, but {spoken}. Write: {lines[0]} / {lines[1]} / ... {lines[2]}", "\n".join(lines[:2])
    if kind.many and not wanted.many:
        write = f"{label} is in {said}"
        return f"{label} needs one value, but {said} is a list. Use process each to go through it, or write: {write}", write
    if wanted.many:
        return f"{label} needs a list, but {said} is {kind.spoken}. Write values with commas between them: {said}, ...", f"{said}, ..."
    needs = _NEEDS.get(wanted.name, wanted.spoken)
    write = _rewritten(node, wanted)
    return f"{label} needs {needs}, but {said} is {kind.spoken}. Write it like {write}.", write


def _rewritten(node: tree.Value, wanted: Kind) -> str:
    if wanted.name == "text":
        return f'"{shown(node.said, 60)}"' if isinstance(node, tree.Number | tree.Truth) else '"hello"'
    if wanted.name == "number":
        number = node.value.strip() if isinstance(node, tree.Text) else ""
        return number if re.fullmatch(r"[-+]?[0-9]{1,30}(\.[0-9]{1,30})?", number) else "25"
    return "true" if wanted.name == "boolean" else "the NAME"


def check_literal(scope: Scope, field: FieldSpec, node: tree.Value) -> None:
    """Take note if a text or a number that stands in the automation itself is none that the field can have."""
    if isinstance(node, tree.Several):
        for each in node.values:
            check_literal(scope, field, each)
        return
    fault = None
    if isinstance(node, tree.Text):
        fault = _text_fault(field, node.value)
    elif isinstance(node, tree.Number) and isinstance(node.value, Decimal) and field.integer and node.value % 1:
        fault = "is not a whole number. Write it like 25"
    if fault is not None:
        scope.fault("invalid_value", node, f"{shown(node.said, 60)} {fault.rstrip('.')}.", *_written_in(fault))


def _text_fault(field: FieldSpec, text: str) -> str | None:
    for hint in field.hints:
        if re.search(hint.match, text):
            return f"cannot be the {field.phrase}. {hint.message}"
    if field.literal is not None and not re.fullmatch(field.literal.match, text):
        return field.literal.advice
    if field.min_length is not None and len(text) < field.min_length:
        return field.advice or f"is too short; write at least {field.min_length} characters"
    if field.max_length is not None and len(text) > field.max_length:
        return f"is too long: {len(text)} characters of at most {field.max_length}; shorten it"
    if field.pattern is not None and not re.fullmatch(field.pattern, text):
        return field.advice
    return None


def _written_in(advice: str) -> tuple[str, ...]:
    """Return the example that an advice gives in quotes."""
    found = re.search(r'Write it like ("[^"]*"|\S+)', advice)
    return (found[1],) if found else ()


def label_of(node: tree.Value) -> str:
    """Return how a sentence calls a value of the text: the name without its determiner, or the value itself."""
    if isinstance(node, tree.NameRef):
        return spelled("'s ".join(name.said for name in node.path)).replace('"', "")
    return shown(node.said, 60)
