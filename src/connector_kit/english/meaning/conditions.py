"""Turn the conditions of whose and of if into canonical ones, and check that their operators and values make sense."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from connector_kit.english.meaning.catalogue import Entry
from connector_kit.english.meaning.clauses import Group, groups_of, join, joined, operator_of, values_condition
from connector_kit.english.meaning.fitting import check_kind, check_literal, label_of
from connector_kit.english.meaning.kinds import UNKNOWN, Kind, field_names
from connector_kit.english.meaning.references import kind_of_node, value_of
from connector_kit.english.meaning.scope import Scope
from connector_kit.english.messages import did_you_mean, listed, shown
from connector_kit.english.names import nearest, spelled
from connector_kit.english.problems import EnglishError, Problem
from connector_kit.english.program import Compare, Condition, Items, Value
from connector_kit.english.reading import tree
from connector_kit.fields import FieldSpec

_SPOKEN = {
    "eq": "is", "ne": "is not", "in": "is one of", "has": "contains", "gt": "is greater than", "ge": "is at least",
    "lt": "is less than", "le": "is at most", "starts": "starts with", "ends": "ends with",
}  # fmt: skip
_OF_DATES = {**_SPOKEN, "gt": "is after", "ge": "is on or after", "lt": "is before", "le": "is on or before"}
_ORDER = ("gt", "ge", "lt", "le")
_EVERYWHERE = ("eq", "ne", "in")
# starts with and ends with are for if only.
_IN_FILTERS = {
    "text": (*_EVERYWHERE, "has"), "number": (*_EVERYWHERE, *_ORDER), "datetime": (*_EVERYWHERE, *_ORDER),
    "boolean": _EVERYWHERE, "record": _EVERYWHERE,
}  # fmt: skip
_IN_BRANCHES = {**_IN_FILTERS, "text": (*_EVERYWHERE, "has", "starts", "ends"), "date": (*_EVERYWHERE, *_ORDER)}
_OF_LISTS = ("eq", "ne", "has")
_EMPTY = ("is empty", "is not empty")
_Checked = Callable[[tree.Single, Kind], None]


def filter_of(scope: Scope, conditions: tree.Conditions, entry: Entry) -> Condition:
    """Return the filter that whose asks of an action.

    Raises:
        EnglishError: for an unknown field, an operator that the field does not take, or what can mean two things.
    """
    groups = groups_of(conditions)
    return joined(groups, [_filter(scope, group, entry) for group in groups])


def condition_of(scope: Scope, conditions: tree.Conditions) -> Condition:
    """Return the condition of an if.

    Raises:
        EnglishError: for what cannot be compared so, or can mean two things.
    """
    groups = groups_of(conditions)
    return joined(groups, [_branch(scope, group) for group in groups])


def shortcut_filter(scope: Scope, field: FieldSpec, value: tree.Single, entry: Entry) -> Condition:
    """Return the filter that a preposition and its value ask for."""
    kind = entry.kind_of(field)
    found, found_kind = value_of(scope, value, kind)
    _check_field(scope, field, value, found_kind, kind)
    return Compare("eq", field.id, found, value.place)


def _filter(scope: Scope, group: Group, entry: Entry) -> Condition:
    field = _field_of(group.left, entry)
    kind = entry.kind_of(field)
    if group.kind != "unary":
        _check_operator(group, field.phrase, kind, _IN_FILTERS)

    def check(node: tree.Single, found: Kind) -> None:
        _check_field(scope, field, node, found, kind, whole=operator_of(group.op)[0] != "has")

    return _condition(scope, group, field.id, kind, check)


def _branch(scope: Scope, group: Group) -> Condition:
    # What is compared with a number and not known yet is asked for as a number.
    compared = kind_of_node(group.values[0]) if group.values else UNKNOWN
    left, kind = value_of(scope, group.left, compared)
    label = label_of(group.left)
    wanted = replace(kind, many=False) if kind.known else UNKNOWN
    if group.kind != "unary":
        _check_operator(group, label, kind, _IN_BRANCHES)

    def check(node: tree.Single, found: Kind) -> None:
        check_kind(scope, label, node, found, wanted, compared=True)

    return _condition(scope, group, left, wanted, check)


def _condition(scope: Scope, group: Group, left: str | Value, wanted: Kind, check: _Checked) -> Condition:
    """Return the condition of one thing and the values that it is compared with."""
    if group.kind == "unary":
        return Compare("ne" if "not" in group.op.text.split() else "eq", left, None, group.op.place)

    def leaf(op: str, nodes: Sequence[tree.Single]) -> Condition:
        if op == "in":
            return Compare(op, left, _list_value(scope, nodes, wanted, check), nodes[0].place)
        value, kind = value_of(scope, nodes[0], wanted)
        check(nodes[0], kind)
        return Compare(op, left, value, nodes[0].place)

    if group.kind == "between":
        return join("and", [leaf("ge", group.values[:1]), leaf("le", group.values[1:])])
    return values_condition(group, leaf)


def _list_value(scope: Scope, nodes: Sequence[tree.Single], wanted: Kind, check: _Checked) -> Value:
    """Return the values of a list; one that is written out alone is a list of one, and a name must stand for a list."""
    if len(nodes) == 1 and not isinstance(nodes[0], tree.Text | tree.Number | tree.Truth):
        many = replace(wanted, many=True)
        value, kind = value_of(scope, nodes[0], many)
        check_kind(scope, "is in", nodes[0], kind, many, compared=True)
        return value
    found = [value_of(scope, node, wanted) for node in nodes]
    for node, (_, kind) in zip(nodes, found, strict=True):
        check(node, kind)
    return Items(tuple(value for value, _ in found), nodes[0].place)


def _check_field(
    scope: Scope, field: FieldSpec, node: tree.Value, kind: Kind, wanted: Kind, *, whole: bool = True
) -> None:
    if check_kind(scope, field.phrase, node, kind, wanted, compared=True) and whole and field.literal is not None:
        check_literal(scope, field, node)


def _check_operator(group: Group, label: str, kind: Kind, allowed: Mapping[str, Sequence[str]]) -> None:
    """Raise if what is compared cannot be compared so."""
    op = operator_of(group.op)[0]
    in_filter = allowed is _IN_FILTERS
    known = (() if in_filter else _OF_LISTS) if kind.many else allowed.get(kind.name)
    if known is None or op in known:
        return
    spoken = _OF_DATES if kind.name in ("datetime", "date") else _SPOKEN
    takes = tuple(spoken[each] for each in known) or _EMPTY
    word = group.op.text
    message = f'{label} is {kind.spoken}, so "{word}" does not apply to it. It takes: {listed(takes)}.'
    if op in ("starts", "ends") and in_filter and kind.name == "text" and not kind.many:
        message = f'"{word}" is for if only, not for whose. In whose {label} takes: {listed(takes)}.'
    suggestions = tuple(f"{label} {each}" if each in _EMPTY else f"{label} {each} ..." for each in takes[:3])
    raise EnglishError([Problem("unsupported_operator", group.op.place, message, suggestions, group.op.end)])


def _field_of(left: tree.Single, entry: Entry) -> FieldSpec:
    match left:
        case tree.Bare():
            name = left.name.text
        case tree.NameRef() if len(left.path) == 1:
            name = left.path[0].text
        case tree.Text():
            name = spelled(left.value)
        case _:
            name = left.said
    found = entry.field(name)
    if found is None:
        raise EnglishError([_unknown_field(left, name, entry)])
    return found


def _unknown_field(left: tree.Single, name: str, entry: Entry) -> Problem:
    fields = () if entry.concept is None else entry.concept.fields
    near = nearest(name, field_names(fields))
    has = listed(field.phrase for field in fields)
    one = entry.result_of(one=True)
    offered = near or [field.phrase for field in fields[:3]]
    message = f"The {one} has no {shown(left.said, 60)}.{did_you_mean(near)} It has: {has}."
    return Problem("unknown_field", left.place, message, tuple(f"whose {each} is ..." for each in offered), left.end)
