"""Compare a concept model with the concept that the manifest declares: same fields, same order, same types."""

from __future__ import annotations

import types
import typing
from datetime import datetime
from decimal import Decimal

from connector_kit.errors import Problem
from connector_kit.manifest import ConceptSpec, FieldSpec
from connector_kit.types import Type
from connector_kit.values import Concept

_NAMES: dict[object, str] = {
    str: "text",
    bool: "boolean",
    int: "number",
    float: "number",
    Decimal: "number",
    datetime: "datetime",
}


def conformity_problems(model: type, concept: ConceptSpec) -> list[Problem]:
    """Say how a model differs from the concept; nothing means that its instances fit the contract."""
    if not issubclass(model, Concept):
        return [Problem("", f"{model.__name__} is not a Concept model")]
    names, declared = list(model.model_fields), [field.id for field in concept.fields]
    if names != declared:
        missing = [name for name in declared if name not in names]
        extra = [name for name in names if name not in declared]
        return [Problem("", f"{model.__name__} has other fields or another order (missing: {missing}, extra: {extra})")]
    return [
        Problem(field.id, f"is {field.type}{' (integer)' * field.integer} in the manifest, but {found} in the model")
        for field in concept.fields
        if (found := _described(model.model_fields[field.id].annotation)) != _expected(field)
    ]


def _expected(field: FieldSpec) -> str:
    return f"{field.type} (integer)" if field.integer else str(field.type)


def _described(annotation: object) -> str:
    arguments = typing.get_args(annotation)
    if typing.get_origin(annotation) is typing.Annotated:
        return _described(arguments[0])
    if typing.get_origin(annotation) in (types.UnionType, typing.Union) and type(None) in arguments:
        inner = _described(next(a for a in arguments if a is not type(None)))
        return str(Type("optional", Type(inner.removesuffix(" (integer)")))) + " (integer)" * inner.endswith(
            " (integer)"
        )
    if typing.get_origin(annotation) is list:
        return f"list[{_described(arguments[0])}]"
    name = _NAMES.get(annotation, repr(annotation))
    return f"{name} (integer)" if annotation is int else name
