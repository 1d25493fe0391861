"""Derive JSON Schemas from a manifest, and check values against them. Hosts and editors get these; running calls does not need them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from connector_kit.errors import Problem
from connector_kit.filters import OPS_BY_TYPE
from connector_kit.manifest import ActionSpec, ConceptSpec, ConnectionMethodSpec, FieldSpec, Manifest
from connector_kit.types import concept_name, json_schema, parse_instant

DRAFT_2020_12 = "https://json-schema.org/draft/2020-12/schema"
DRAFT_07 = "http://json-schema.org/draft-07/schema#"

formats = FormatChecker(formats=())


@formats.checks("date-time", raises=ValueError)
def _is_instant(value: object) -> bool:
    """Hold ``date-time`` to what the models take; jsonschema checks it only with a package that is not installed."""
    return not isinstance(value, str) or isinstance(parse_instant(value), datetime)


def manifest_schema() -> dict[str, Any]:
    """Return the schema of a connector.yaml, for editors and for ``connector validate``."""
    return {"$schema": DRAFT_2020_12, **Manifest.model_json_schema(), "title": "connector.yaml"}


def connection_schema(method: ConnectionMethodSpec, manifest: Manifest) -> dict[str, Any]:
    """Return the schema of a connection method's fields: draft-07, which form libraries understand."""
    fields = manifest.connection_fields(method)
    schema = _object(fields)
    for order, field in enumerate(fields):
        schema["properties"][field.id] |= _form_keywords(field, order)
    return {"$schema": DRAFT_07, "title": method.label, "description": method.description, **schema}


def _form_keywords(field: FieldSpec, order: int) -> dict[str, Any]:
    """Return what JSON Schema has no word for, and a form of another program may want to know."""
    hints = [hint.model_dump() for hint in field.hints]
    keywords = {
        "x-help": field.help, "x-advice": field.advice, "x-hints": hints or None, "x-identity": field.identity or None,
    }  # fmt: skip
    return {"x-order": order, **{name: value for name, value in keywords.items() if value is not None}}


def concept_schema(concept: ConceptSpec) -> dict[str, Any]:
    """Return the schema of a concept's JSON form; every field is present, null where it may be."""
    schema = {
        "$schema": DRAFT_2020_12,
        "title": concept.label,
        "description": concept.description,
        **_object(concept.fields),
    }
    return {**schema, "required": [field.id for field in concept.fields], "additionalProperties": True}


def input_schema(action: ActionSpec, manifest: Manifest) -> dict[str, Any]:
    """Return the schema of what an action takes: its inputs, and a filter and paging where it has them."""
    schema = {
        "$schema": DRAFT_2020_12,
        "title": action.label,
        "description": action.description,
        **_object(action.inputs),
    }
    spoken = action.output.type.scalar
    if action.filterable:
        concept = manifest.concept(action.output.type)
        schema["properties"]["filter"] = {"$ref": "#/$defs/filter"}
        schema["$defs"] = {"filter": _filter_schema(concept)}
    if action.pageable:
        schema["properties"]["limit"] = {
            "type": ["integer", "null"],
            "minimum": 0,
            "description": f"The most {spoken} items to give back; without it the host's own cap applies",
        }
        schema["properties"]["offset"] = {
            "type": "integer",
            "minimum": 0,
            "default": 0,
            "description": f"How many {spoken} items to skip first",
        }
    return schema


def output_schema(action: ActionSpec, manifest: Manifest) -> dict[str, Any]:
    """Return the schema of how an action ends: what ``Result.to_json`` or ``ConnectorError.to_json`` gives back.

    A dry run has no output, but a preview.
    """
    type_ = action.output.type
    output = json_schema(type_)
    if action.dry_run:
        output = {"anyOf": [output, {"type": "null"}]}
    properties: dict[str, Any] = {
        "output": {"description": action.output.description, **output},
        "notices": _array_of(_record("code", "message"), "What is worth knowing about it"),
        "more": {
            "type": ["boolean", "null"],
            "description": "Whether there is more than was given back; null: not looked",
        },
        **(
            {"preview": {"type": "object", "description": "In a dry run: what would be done"}} if action.dry_run else {}
        ),
        "code": {"type": "string", "description": "In an error: of which kind it is"},
        "message": {"type": "string", "description": "In an error: what happened and what to do"},
        "retryable": {"type": "boolean", "description": "In an error: whether repeating it cannot act twice"},
        "problems": _array_of(_record("path", "message"), "In an error: what to change, and where"),
    }
    concepts: dict[str, Any] = {}
    if type_.concept:
        concept = concept_schema(manifest.concept(type_))
        concepts = {"$defs": {concept_name(type_): {key: concept[key] for key in concept if key != "$schema"}}}
    ends = [{"required": ["output", "notices", "more"]}, {"required": ["code", "message", "retryable"]}]
    title = {"$schema": DRAFT_2020_12, "title": action.label}
    return {**title, "type": "object", "properties": properties, "anyOf": ends, **concepts}


def _array_of(items: dict[str, Any], description: str) -> dict[str, Any]:
    return {"type": "array", "items": items, "description": description}


def _record(*names: str) -> dict[str, Any]:
    return {"type": "object", "required": list(names), "properties": {name: {"type": "string"} for name in names}}


def schemas(manifest: Manifest) -> dict[str, dict[str, Any]]:
    """Return every schema of a connector by its name: manifest, connections, action inputs, concepts."""
    return {
        "manifest": manifest_schema(),
        **{f"connection_{method.id}": connection_schema(method, manifest) for method in manifest.connection},
        **{action.id: input_schema(action, manifest) for action in manifest.actions},
        **{concept.id: concept_schema(concept) for concept in manifest.concepts},
    }


def to_text(schema: dict[str, Any]) -> str:
    """Write a schema as it stands in a file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def check(value: object, schema: dict[str, Any]) -> list[Problem]:
    """Say how a JSON value does not fit a schema, without repeating the value."""
    found = Draft202012Validator(schema, format_checker=formats).iter_errors(value)
    return [
        Problem(
            error.json_path.removeprefix("$").lstrip("."), f"does not fit {error.validator}: {error.validator_value}"
        )
        for error in found
    ]


def _object(fields: Iterable[FieldSpec]) -> dict[str, Any]:
    fields = tuple(fields)
    return {
        "type": "object",
        "properties": {field.id: _field(field) for field in fields},
        "required": [field.id for field in fields if field.required],
        "additionalProperties": False,
    }


def _field(field: FieldSpec) -> dict[str, Any]:
    schema = {"title": field.label, "description": field.description, **json_schema(field.type)}
    if field.integer:
        schema["type"] = json.loads(json.dumps(schema["type"]).replace("number", "integer"))
    rules = {
        "minLength": field.min_length if field.min_length is not None else (1 if field.pattern else None),
        "maxLength": field.max_length,
        "pattern": None if field.pattern is None else f"^(?:{field.pattern})$",
    }
    return {**schema, **{name: rule for name, rule in rules.items() if rule is not None}}


def _filter_schema(concept: ConceptSpec) -> dict[str, Any]:
    """Return the schema of the filter tree: ``[op, field, value]``, ``["not", tree]``, ``["and" | "or", tree, ...]``."""
    by_type: dict[str, list[FieldSpec]] = {}
    for field in concept.fields:
        by_type.setdefault(field.type.scalar, []).append(field)
    tree = {"$ref": "#/$defs/filter"}
    return {
        "description": f"Which {concept.label} items to give back, as a tree of conditions",
        "anyOf": [
            *(_condition(scalar, fields) for scalar, fields in by_type.items() if scalar in OPS_BY_TYPE),
            _array([{"const": "not"}, tree]),
            {"type": "array", "prefixItems": [{"enum": ["and", "or"]}], "items": tree, "minItems": 2},
        ],
    }


def _condition(scalar: str, fields: list[FieldSpec]) -> dict[str, Any]:
    value = json_schema(fields[0].type.inner or fields[0].type)
    if scalar == "datetime":
        value = {"type": "string", "description": "ISO 8601: a date-time, or a date for that whole day"}
    names = {"enum": [field.id for field in fields]}
    compared = [op for op in OPS_BY_TYPE[scalar] if op != "in"]
    return {
        "anyOf": [
            _array([{"enum": compared}, names, value]),
            _array([{"enum": ["eq", "ne"]}, names, {"type": "null"}]),
            _array([{"const": "in"}, names, {"type": "array", "items": value}]),
        ]
    }


def _array(items: list[dict[str, Any]]) -> dict[str, Any]:
    # Not "items": false, which programs trip over that take every schema for an object.
    return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
