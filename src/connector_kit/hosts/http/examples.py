"""Make JSON of the examples that a manifest gives in English, where all of their values are written out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connector_kit import ActionSpec, Manifest
from connector_kit.english import EnglishError, check
from connector_kit.english.program import Call, Compare, Condition, Items, Joined, Literal, Not, Value


class _NotWrittenOutError(Exception):
    """A value comes from elsewhere, such as an earlier step."""


def examples_of(action: ActionSpec, manifest: Manifest) -> dict[str, dict[str, Any]]:
    """Return the examples of an action as OpenAPI has them: by a short name, each with a summary and a value."""
    found = {}
    for number, example in enumerate(action.examples, start=1):
        for call in _calls(example.automation, action, manifest):
            try:
                found[f"example_{number}"] = {"summary": example.title, "value": _document(call)}
            except _NotWrittenOutError:
                continue
    return found


def _calls(automation: str, action: ActionSpec, manifest: Manifest) -> Iterator[Call]:
    try:
        steps = check(automation, [manifest]).program.all_steps()
    except EnglishError:
        return
    yield from (step for step in steps if isinstance(step, Call) and step.action == action.id)


def _document(call: Call) -> dict[str, Any]:
    document = {name: _value(value) for name, value in call.inputs}
    if call.filter is not None:
        document["filter"] = _tree(call.filter)
    for name, value in (("limit", call.limit), ("offset", call.offset)):
        if value is not None:
            document[name] = _value(value)
    return document


def _tree(condition: Condition) -> list[Any]:
    match condition:
        case Not():
            return ["not", _tree(condition.part)]
        case Joined():
            return [condition.op, *map(_tree, condition.parts)]
        case Compare():
            return [
                condition.op,
                _written(condition.left),
                None if condition.right is None else _value(condition.right),
            ]


def _written(left: str | Value) -> str:
    if not isinstance(left, str):
        raise _NotWrittenOutError
    return left


def _value(value: Value) -> Any:
    if isinstance(value, Items):
        return [_value(item) for item in value.items]
    if not isinstance(value, Literal):
        raise _NotWrittenOutError
    return value.value if isinstance(value.value, str | int | bool) else float(value.value)
