"""Make calls of the JSON documents that hosts are sent: one object of inputs, filter and paging, as the action's schema has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

from connector_kit.checks import checked_call
from connector_kit.errors import InputError, Problem
from connector_kit.fields import FieldSpec
from connector_kit.filters import MAX_DEPTH, Filter, parse_filter
from connector_kit.manifest import ActionSpec, ConceptSpec, Manifest
from connector_kit.types import parse_instant
from connector_kit.values import DEFAULT_CONNECTION, ActionCall

_PAGING = ("limit", "offset")
_JOINS = ("and", "or", "not")


def call_from_json(
    manifest: Manifest, action_id: str, document: object, *, connection: str = DEFAULT_CONNECTION
) -> ActionCall:
    """Return the call that a JSON document asks for; null is as if it were not there.

    What JSON cannot say is read here: datetimes, filters, whole numbers. Everything else is checked when the call is run.

    Raises:
        InputError: if it is no object, there is no such action, or a date or the filter cannot be read, with all of it at once.
    """
    action = manifest.action(action_id)
    if action is None:
        known = ", ".join(each.id for each in manifest.actions)
        raise InputError(f"{manifest.name} has no action {action_id!r}. It has: {known}.")
    if not isinstance(document, Mapping):
        raise InputError(f"{action.label}: give the inputs as one JSON object.")
    given = {name: value for name, value in document.items() if value is not None}
    problems: list[Problem] = []
    filter_ = _filter(manifest, action, given, problems)
    paging = {name: _whole(given.pop(name)) for name in _PAGING if action.pageable and name in given}
    inputs = _inputs(action, given, problems)
    call = ActionCall(action.id, inputs, filter=filter_, connection=connection, **paging)
    if problems:
        told = {problem.path for problem in problems}
        problems += [problem for problem in _others(manifest, call) if problem.path not in told]
        raise InputError(f"{action.label}: the request needs a change. Nothing was sent.", problems=problems)
    return call


def filter_from_json(tree: object, concept: ConceptSpec) -> Filter:
    """Read a filter whose parts are lists, as ``parse_filter`` has them, or objects, which language models write.

    As objects, a condition is ``{"field": ..., "op": ..., "value": ...}``, and conditions are joined as ``{"and": [...]}``,
    ``{"or": [...]}`` and ``{"not": ...}``.

    Raises:
        InputError: with the path of every part that is not a filter on this concept.
    """
    problems: list[Problem] = []
    lists = _lists(tree, concept, "filter", problems, MAX_DEPTH)
    if problems:
        raise InputError("The filter cannot be used.", problems=problems)
    return parse_filter(lists, concept)


def _lists(tree: object, concept: ConceptSpec, path: str, problems: list[Problem], depth: int) -> object:
    """Write what is an object as the list that says the same."""
    if depth == 0:
        return tree  # parse_filter says that it is nested too deep
    joined = _joined(tree)
    if joined is not None:
        op, parts = joined
        return [op, *(_lists(part, concept, f"{path}[{n}]", problems, depth - 1) for n, part in enumerate(parts, 1))]
    if not isinstance(tree, Mapping):
        return tree
    if set(tree) == {"field", "op", "value"} and tree["op"] not in _JOINS:
        return [tree["op"], tree["field"], tree["value"]]
    example = f'{{"field": "{concept.fields[0].id}", "op": "eq", "value": "..."}}'
    problems.append(Problem(path, f'is not a condition; write it like {example}, or join several: {{"and": [...]}}'))
    return tree


def _joined(tree: object) -> tuple[str, Sequence[object]] | None:
    if isinstance(tree, list | tuple) and tree and tree[0] in _JOINS:
        return tree[0], tree[1:]
    if isinstance(tree, Mapping) and len(tree) == 1:
        ((op, parts),) = tree.items()
        if op == "not":
            return op, [parts]
        if op in _JOINS and isinstance(parts, list | tuple):
            return op, parts
    return None


def _others(manifest: Manifest, call: ActionCall) -> tuple[Problem, ...]:
    """Return what else is wrong with a call, so that it is told with what could not be read."""
    try:
        checked_call(manifest, call, UTC)
    except InputError as exc:
        return exc.problems
    return ()


def _filter(manifest: Manifest, action: ActionSpec, given: dict[str, Any], problems: list[Problem]) -> Filter | None:
    if not action.filterable or "filter" not in given:
        return None
    try:
        return filter_from_json(given.pop("filter"), manifest.concept(action.output.type))
    except InputError as exc:
        problems.extend(exc.problems)
        return None


def _inputs(action: ActionSpec, given: Mapping[str, Any], problems: list[Problem]) -> dict[str, Any]:
    fields = {field.id: field for field in action.inputs}
    inputs = {}
    for name, value in given.items():
        try:
            inputs[name] = _value(fields.get(name), value)
        except ValueError as exc:
            problems.append(Problem(name, str(exc)))
    return inputs


def _value(field: FieldSpec | None, value: Any) -> Any:
    if field is None or field.type.scalar != "datetime" or not isinstance(value, str):
        return value
    return parse_instant(value)


def _whole(value: Any) -> Any:
    """JSON has one kind of number, so 5.0 is as whole as 5."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
