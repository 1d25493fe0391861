"""Say an action's inputs as the arguments of generated functions: named, typed and documented. Nothing here needs Airflow."""

from __future__ import annotations

import keyword
import re

from connector_kit import ActionSpec, FieldSpec, InputError, Manifest
from connector_kit.hosts.writing import INDENT, escaped, one_line

_WRITTEN = {"text": "str", "boolean": "bool", "datetime": "datetime", "list": "list"}
_PAGING = {
    "limit": "The most items to give back.",
    "offset": "How many items to skip first.",
}
_FILTER = (
    'Which items to give back, as a tree of conditions: ``["eq", field, value]``, ``["and", tree, ...]``, ``["or", tree, ...]``, '
    '``["not", tree]``; or as objects: ``{"field": ..., "op": ..., "value": ...}``, ``{"and": [...]}``. Operators: eq, ne, lt, le, gt, ge, '
    "in, has, starts, ends. Fields: {fields}. Datetimes are written in ISO 8601; a date is that whole day."
)
# What an attribute of an operator cannot be called, because Airflow's own operators have it; a test holds the list to them.
OWN = ("dry_run",)


def inputs(action: ActionSpec, *, dry_run: bool = True) -> list[FieldSpec]:
    """Return an action's inputs, required ones first. A method gives back an output, which a dry run does not have."""
    inputs = [field for field in action.inputs if dry_run or field.id != action.dry_run]
    return sorted(inputs, key=lambda field: not field.required)


def extras(action: ActionSpec) -> list[str]:
    """Return what a read takes beside its inputs."""
    return ["filter"] * action.filterable + list(_PAGING) * action.pageable


def names(action: ActionSpec, *, dry_run: bool = True) -> list[str]:
    """Return the names of all arguments."""
    return [*[name(field) for field in inputs(action, dry_run=dry_run)], *extras(action)]


def parameters(action: ActionSpec, *, dry_run: bool = True) -> list[str]:
    """Return the parameters of a function, each with its type and default."""
    written = [
        f"{name(field)}: {annotation(field, required=field.required)}{'' if field.required else ' = None'}"
        for field in inputs(action, dry_run=dry_run)
    ]
    kinds = {"filter": "list[Any] | dict[str, Any] | None", "limit": "int | None", "offset": "int | None"}
    return [*written, *(f"{name}: {kinds[name]} = None" for name in extras(action))]


def described(manifest: Manifest, action: ActionSpec, *, dry_run: bool = True) -> list[tuple[str, str]]:
    """Return what is said of each argument."""
    told = [(field.id, field.description) for field in inputs(action, dry_run=dry_run)]
    if action.filterable:
        fields = ", ".join(field.id for field in manifest.concept(action.output.type).fields)
        told.append(("filter", _FILTER.replace("{fields}", fields)))
    return told + list(_PAGING.items()) * action.pageable


def annotation(field: FieldSpec, *, required: bool) -> str:
    """Return the type of an argument."""
    if field.type.concept is not None or field.type.scalar == "sensitive":
        raise InputError(f"{field.phrase} cannot be an argument of an operator: it is a concept or a secret.")
    inner = field.type.inner if not field.required and field.type.inner is not None else field.type
    kind = written(str(inner), "int" if field.integer else "float")
    return kind if required else f"{kind} | None"


def written(type_: str, number: str = "float") -> str:
    """Write a type of the manifest as a Python annotation."""
    return re.sub("[a-z]+", lambda word: _WRITTEN.get(word[0], number), type_)


def name(item: FieldSpec | ActionSpec) -> str:
    """Return the name of an argument or a method, if Python can have it."""
    if keyword.iskeyword(item.id) or item.id in ("self", "kwargs"):
        raise InputError(f"{item.id!r} cannot be the name of an argument in Python. Rename it.")
    return item.id


def attribute(name: str) -> str:
    """Return the attribute of an operator that holds an input."""
    return f"{name}_" if name in OWN else name


def docstring(depth: int, text: str, told: list[tuple[str, str]], returns: str = "", *, one: bool = False) -> list[str]:
    """Write a docstring in Airflow's style; its ``:param`` lines are what agent toolsets read. ``one``: as one paragraph."""
    lines = [f":param {name}: {one_line(words)}" for name, words in told]
    if returns:
        lines.append(f":return: {one_line(returns)}")
    plain = " ".join(text.split())
    first, stop, rest = (plain, "", "") if one else plain.partition(". ")
    head = [f'"""{escaped(first)}{stop.rstrip()}', *["", one_line(rest)] * bool(rest), "", *lines, '"""']
    return [f"{INDENT * depth}{line}".rstrip() for line in head]
