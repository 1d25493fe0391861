"""Bring a tool's JSON Schema into the strict form, in which a model of OpenAI cannot write anything that the schema forbids."""

from __future__ import annotations

from typing import Any

# Everything else is refused in strict mode, or not documented for it. What is lost is said in the description, and checked by us.
_KEPT = (
    "type", "description", "enum", "const", "pattern", "minimum", "maximum", "minItems", "maxItems", "$ref", "required",
    "additionalProperties",
)  # fmt: skip
_FORMATS = ("date-time",)


def strict(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a copy in which every property is required, and null where it may be left out."""
    copy: dict[str, Any] = {name: schema[name] for name in _KEPT if name in schema}
    if schema.get("format") in _FORMATS:
        copy["format"] = schema["format"]
    if lengths := _lengths(schema):
        copy["description"] = " ".join(text for text in (_sentence(schema.get("description", "")), lengths) if text)
    if "items" in schema:
        copy["items"] = strict(schema["items"])
    if "anyOf" in schema:
        copy["anyOf"] = [strict(one) for one in schema["anyOf"]]
    if "$defs" in schema:
        copy["$defs"] = {name: strict(one) for name, one in schema["$defs"].items()}
    if "properties" in schema:
        given = schema["required"]
        copy["properties"] = {
            name: strict(one) if name in given else _nullable(strict(one)) for name, one in schema["properties"].items()
        }
        copy |= {"required": list(schema["properties"]), "additionalProperties": False}
    return copy


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """Let a value be null, which stands for one that is left out."""
    if "type" not in schema or "enum" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return {**schema, "type": [*types, *(["null"] if "null" not in types else [])]}


def _lengths(schema: dict[str, Any]) -> str:
    most = schema.get("maxLength")
    return "" if most is None else f"At most {most} characters."


def _sentence(text: str) -> str:
    return text if not text or text.endswith(".") else f"{text}."
