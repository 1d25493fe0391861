"""Tell whether a value fits the input, field or comparison where it stands, and if not, what to write instead."""

from __future__ import annotations

import re
from decimal import Decimal

from connector_kit.english.meaning.kinds import Kind
from connector_kit.english.meaning.moments import names_a_moment
from connector_kit.english.meaning.scope import Scope
from connector_kit.english.messages import shown
from connector_kit.english.names import spelled
from connector_kit.english.reading import tree
from connector_kit.fields import FieldSpec

_NEEDS = {"number": "a number", "boolean": "true or false", "datetime": "a datetime", "record": "a record"}


def fits(kind: Kind, wanted: Kind) -> bool:
    """Tell whether a value of one kind can stand where another is wanted, as far as both are known."""
    if not kind.known or not wanted.known:
        return True
    if kind.many != wanted.many:
        return False
    return "unknown" in (kind.name, wanted.name) or (kind.name == wanted.name and kind.concept == wanted.concept)


def check_kind(scope: Scope, label: str, node: tree.Value, kind: Kind, wanted: Kind, *, compared: bool = False) -> bool:
    """Take note if a value does not fit; ``label`` names what it belongs to, or what it is ``compared`` with.

    Lists are checked item by item where they are written out.
    """
    if isinstance(node, tree.Several) and wanted.many:
        items = [(each, _kind_in_list(each, kind)) for each in node.values]
        return all(check_kind(scope, label, each, found, wanted.item, compared=compared) for each, found in items)
    if fits(kind, wanted):
        return True
    scope.fault("type_mismatch", node, *_mismatch(label, node, kind, wanted, compared=compared))
    return False


def _kind_in_list(node: tree.Value, kind: Kind) -> Kind:
    literal = {tree.Text: "text", tree.Number: "number", tree.Truth: "boolean"}.get(type(node))
    return Kind(literal) if literal else Kind("unknown") if kind.name == "unknown" else kind.item


def _mismatch(label: str, node: tree.Value, kind: Kind, wanted: Kind, *, compared: bool) -> tuple[str, str]:
    """Return the sentence and what to write instead."""
    said = shown(node.said, 60)
    start = f"{label} needs"
    if kind.many and not wanted.many:
        write = f"{label} is in {said}" if compared else "process each ... as follows"
        return f"{start} one value, but {said} is a list. Write it for each of its items, or write: {write}", write
    if wanted.many:
        write = f"{said}, ..."
        return f"{start} a list, but {said} is {kind.spoken}. Write values with commas between them: {write}", write
    if wanted.name == "datetime":
        text = node.value if isinstance(node, tree.Text) and names_a_moment(node.value) else "2022-03-01T15:00:00Z"
        convert, use = f'convert "{text}" to a datetime', "use the above as the start date"
        then = f"{label} is after the start date" if compared else f"the {label} is the start date"
        message = f"{start} a datetime, but {said} is {kind.spoken}. Write: {convert} / {use} / ... {then}"
        return message, f"{convert}\n{use}"
    in_quotes = wanted.name == "text" and isinstance(node, tree.Number | tree.Truth)
    needs = "text in quotes" if in_quotes else _NEEDS.get(wanted.name, wanted.spoken)
    write = _rewritten(node, wanted)
    return f"{start} {needs}, but {said} is {kind.spoken}. Write it like {write}.", write


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
        hint = next((hint for hint in field.hints if re.search(hint.match, node.value)), None)
        if hint is not None:
            # What stands here may be a secret, so it is not repeated.
            scope.fault("invalid_value", node, f"The {field.phrase} cannot be that. {hint.message}")
            return
        fault = _text_fault(field, node.value)
    elif isinstance(node, tree.Number) and isinstance(node.value, Decimal) and field.integer and node.value % 1:
        fault = "is not a whole number. Write it like 25"
    if fault is not None:
        message, example = f"{shown(node.said, 60)} {fault.rstrip('.')}.", _written_in(fault)
        scope.fault("invalid_value", node, message, *example)


def _text_fault(field: FieldSpec, text: str) -> str | None:
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
