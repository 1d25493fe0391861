"""Find out what the values of a step are: literals, facts, their fields, the above; and whether they fit where they stand."""

from __future__ import annotations

from connector_kit.english.meaning.kinds import UNKNOWN, Kind, field_names, kind_of_literal, list_of
from connector_kit.english.meaning.moments import names_a_moment
from connector_kit.english.meaning.scope import Scope
from connector_kit.english.messages import did_you_mean, listed, shown, unquoted
from connector_kit.english.names import candidates, nearest
from connector_kit.english.problems import EnglishError, Problem
from connector_kit.english.program import Above, Items, Literal, Ref, Value
from connector_kit.english.reading import tree

_MOST_NAMES = 12


def value_of(scope: Scope, node: tree.Value, wanted: Kind = UNKNOWN) -> tuple[Value, Kind]:
    """Return a value and what is known of it. ``wanted`` is what belongs there; what has to be asked is asked as that.

    Raises:
        EnglishError: for words without quotes, an ambiguous name, an unknown field, or the above where there is none.
    """
    match node:
        case tree.Several():
            found = [value_of(scope, each, wanted.item) for each in node.values]
            return Items(tuple(value for value, _ in found), node.place), list_of(kind for _, kind in found)
        case tree.Bare():
            raise EnglishError([_unquoted(scope, node, wanted)])
        case tree.AboveRef():
            if scope.above is None:
                message = (
                    "The above needs a step before it that has a result: "
                    "convert, combine, ask, get, find, or the call of an action."
                )
                raise EnglishError([Problem("nothing_above", node.place, message, (), node.end)])
            return Above(node.place), scope.above
        case tree.NameRef():
            path, kind = path_of(scope, node, wanted)
            return Ref(path, node.place), kind
        case _:
            return Literal(node.value, node.place), kind_of_literal(node.value)


def kind_of_node(node: tree.Value) -> Kind:
    """Return the kind of what is written out in the automation itself; of anything else, nothing is known."""
    return kind_of_literal(node.value) if isinstance(node, tree.Text | tree.Number | tree.Truth) else UNKNOWN


def _unquoted(scope: Scope, node: tree.Bare, wanted: Kind) -> Problem:
    meant = candidates(node.name.text, scope.names())
    problem = unquoted(node.place, node.said, node.end, meant[0] if meant else None)
    if meant or wanted.name not in ("datetime", "number"):
        return problem
    said = shown(node.said, 60)
    if wanted.name == "number":
        message = f"{said} is not a number. Write digits, such as 25, or the {said} if it is the name of something."
        return Problem("invalid_value", problem.place, message, ("25", f"the {said}"), problem.end)
    example = node.name.text if names_a_moment(node.name.text) else "2022-03-01T15:00:00Z"
    write = f'convert "{example}" to a datetime as the start date'
    message = (
        f"{said} is words without quotes, and a datetime belongs here. Write on the line above: {write}. "
        f"Then write the start date here, or the {said} if that is the name of something."
    )
    return Problem(problem.kind, problem.place, message, (write, f"the {said}"), problem.end)


def path_of(scope: Scope, node: tree.NameRef, wanted: Kind = UNKNOWN) -> tuple[tuple[str, ...], Kind]:
    """Return the fact and the fields that a reference names, under the names by which they are known, and their kind.

    Raises:
        EnglishError: for an ambiguous name or an unknown field.
    """
    owner, *fields = node.path
    name = scope.found(owner.text, node.place, owner.end)
    if name is None:
        name = owner.text
        scope.ask(name, node.place, UNKNOWN if fields else wanted)
    kind = scope.kind(name)
    path = [name]
    for field in fields:
        spec = None if kind.many else kind.field(field.text)
        if spec is not None:
            path.append(spec.phrase)
            kind = kind.of_field(spec)
            continue
        if kind.many:
            scope.fault("type_mismatch", node, _list_has_no_fields(path, field.text))
            kind = UNKNOWN
        elif kind.known:
            raise EnglishError([_unknown_field(path, field, kind)])
        path.append(field.text)
    return tuple(path), kind


def _list_has_no_fields(path: list[str], field: str) -> str:
    spoken = "'s ".join(path)
    return f"The {spoken} is a list, so it has no {shown(field)} of its own. Use process each to go through its items."


def _unknown_field(path: list[str], field: tree.Name, kind: Kind) -> Problem:
    spoken = "'s ".join(path)
    if kind.concept is None:
        message = f"The {spoken} is {kind.spoken}, so it has no {shown(field.said)}. Write: the {spoken}"
        return Problem("unknown_field", field.place, message, (f"the {spoken}",), field.end)
    names = field_names(kind.concept.fields)
    near = nearest(field.text, names)
    offered = near or names[:3]
    has = listed([spec.phrase for spec in kind.concept.fields][:_MOST_NAMES])
    message = f"The {spoken} has no {shown(field.said)}.{did_you_mean(near)} It has: {has}."
    return Problem(
        "unknown_field", field.place, message, tuple(f"the {spoken}'s {name}" for name in offered), field.end
    )
