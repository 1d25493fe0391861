"""Say the OpenAPI document again as Swagger 2.0, for platforms that import nothing newer; what it cannot say is left open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

_LEFT_OUT = ("prefixItems", "writeOnly", "$schema", "examples", "pattern")


def swagger(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return an OpenAPI 3.1 document of ours as Swagger 2.0."""
    address = urlsplit(document["servers"][0]["url"])
    parts = document["components"]
    return {
        "swagger": "2.0",
        "info": document["info"],
        "host": address.netloc,
        "basePath": address.path or "/",
        "schemes": [address.scheme],
        "consumes": ["application/json"],
        "produces": ["application/json"],
        # Bearer tokens have no word of their own here: one types "Bearer " before the token.
        "securityDefinitions": {"bearer": {"type": "apiKey", "name": "Authorization", "in": "header"}},
        "security": document["security"],
        "paths": {path: _path(item, parts) for path, item in document["paths"].items()},
        "definitions": {name: _schema(schema) for name, schema in parts["schemas"].items()},
    }


def _path(item: Mapping[str, Any], parts: Mapping[str, Any]) -> dict[str, Any]:
    shared = [_parameter(parts["parameters"][each["$ref"].rpartition("/")[2]]) for each in item.get("parameters", ())]
    return {method: _operation(item[method], shared, parts) for method in ("get", "post") if method in item}


def _operation(operation: Mapping[str, Any], shared: list[dict[str, Any]], parts: Mapping[str, Any]) -> dict[str, Any]:
    kept = ("operationId", "summary", "description", "tags", "security")
    return {
        **{name: operation[name] for name in kept if name in operation},
        "parameters": [*shared, *map(_parameter, operation.get("parameters", ())), *_body(operation)],
        "responses": {status: _response(each, parts) for status, each in operation["responses"].items()},
    }


def _parameter(parameter: Mapping[str, Any]) -> dict[str, Any]:
    schema = _schema(parameter["schema"])
    title = schema.pop("title", None)
    encoded = {"x-ms-url-encoding": "single"} if parameter["in"] == "path" else {}
    return {**{k: v for k, v in parameter.items() if k != "schema"}, **schema, "x-ms-summary": title, **encoded}


def _body(operation: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if "requestBody" in operation:
        body = operation["requestBody"]
        yield {"name": "body", "in": "body", "required": body["required"], "schema": _content(body)}


def _response(response: Mapping[str, Any], parts: Mapping[str, Any]) -> dict[str, Any]:
    if "$ref" in response:
        response = parts["responses"][response["$ref"].rpartition("/")[2]]
    return {"description": response["description"], "schema": _content(response)}


def _content(holder: Mapping[str, Any]) -> Any:
    return _schema(next(iter(holder["content"].values()))["schema"])


def _schema(schema: Any) -> Any:
    """Say a schema in the words of Swagger; it may then allow more, never less."""
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": schema["$ref"].replace("#/components/schemas/", "#/definitions/")}
    if "anyOf" in schema:
        return _alternatives(schema)
    said = {name: _part(name, value) for name, value in schema.items() if name not in _LEFT_OUT}
    if not said.get("required", True):
        del said["required"]
    types = said.get("type")
    if isinstance(types, list):
        said |= {"type": next(type_ for type_ in types if type_ != "null"), "x-nullable": True}
    if "const" in said:
        said["enum"] = [said.pop("const")]
    if said.get("type") == "array" and not isinstance(said.get("items"), dict):
        said["items"] = {}
    if "title" in said:
        said["x-ms-summary"] = said["title"]
    return said


def _part(name: str, value: Any) -> Any:
    if name == "properties":
        return {each: _schema(schema) for each, schema in value.items()}
    return _schema(value) if name == "items" else value


def _alternatives(schema: Mapping[str, Any]) -> dict[str, Any]:
    around = {name: schema[name] for name in ("title", "description") if name in schema}
    others = [each for each in schema["anyOf"] if each != {"type": "null"}]
    if len(others) == 1:
        return {**_schema(others[0]), **around, "x-nullable": True}
    # A filter: a list that begins with a word. What stands in it, Swagger has no words for.
    lists = all(each.get("type") == "array" or "anyOf" in each for each in others)
    return {**around, **({"type": "array", "items": {}} if lists else {})}
