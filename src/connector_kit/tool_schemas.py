"""The JSON Schema of an action where it is a tool of a language model: only what the vendors of models understand.

It differs from ``schemas.input_schema`` in the filter, whose conditions are objects here: vendors take no arrays with a type for
each place. ``documents`` reads both forms.
"""

from __future__ import annotations

from typing import Any

from connector_kit.filters import OPS, OPS_BY_TYPE, SPOKEN_OPS
from connector_kit.manifest import ActionSpec, ConceptSpec, Manifest
from connector_kit.schemas import input_schema
from connector_kit.tool_texts import input_text

_JSON_TYPES = {"text": "string", "datetime": "string", "number": "number", "boolean": "boolean"}


def tool_schema(manifest: Manifest, action: ActionSpec) -> dict[str, Any]:
    """Return the schema of what a tool takes."""
    schema = input_schema(action, manifest)
    texts = {field.id: {"description": input_text(field)} for field in action.inputs}
    properties = {name: {**value, **texts.get(name, {})} for name, value in schema["properties"].items()}
    tool = {
        "type": "object",
        "properties": properties,
        "required": schema["required"],
        "additionalProperties": False,
    }
    if action.filterable:
        tool["$defs"] = {"filter": _filter(manifest.concept(action.output.type))}
    return tool


def _filter(concept: ConceptSpec) -> dict[str, Any]:
    """Return the schema of a filter of objects. Each alternative has a first key of its own, which some vendors ask for."""
    tree = {"$ref": "#/$defs/filter"}
    return {
        "description": f"Which {concept.label} items to give back: a condition, or conditions joined by and, or, not",
        "anyOf": [
            _condition(concept),
            _object({"and": {"type": "array", "items": tree, "minItems": 1, "description": "All of these hold"}}),
            _object(
                {"or": {"type": "array", "items": tree, "minItems": 1, "description": "At least one of these holds"}}
            ),
            _object({"not": tree}),
        ],
    }


def _condition(concept: ConceptSpec) -> dict[str, Any]:
    by_type: dict[str, list[str]] = {}
    for field in concept.fields:
        if field.type.scalar in OPS_BY_TYPE:
            by_type.setdefault(field.type.scalar, []).append(field.id)
    used = {op for scalar in by_type for op in OPS_BY_TYPE[scalar]}
    single = [{"type": name} for name in dict.fromkeys(_JSON_TYPES[scalar] for scalar in by_type)]
    fields = "; ".join(f"{scalar}: {', '.join(names)}" for scalar, names in by_type.items())
    allowed = "; ".join(f"{scalar}: {', '.join(OPS_BY_TYPE[scalar])}" for scalar in by_type)
    meanings = ", ".join(f"{op} {SPOKEN_OPS[op]}" for op in OPS if op in used)
    return _object({
        "field": {"enum": [name for names in by_type.values() for name in names], "type": "string", "description": fields},
        "op": {"enum": [op for op in OPS if op in used], "type": "string", "description": f"{meanings}. {allowed}"},
        "value": {
            "anyOf": [*single, {"type": "null"}, {"type": "array", "items": {"anyOf": single}}],
            "description": "A list for in; null, for eq and ne, for empty; a datetime in ISO 8601, or a date for that whole day",
        },
    })  # fmt: skip


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
