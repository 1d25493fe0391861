"""Describe this host's addresses as an OpenAPI 3.1 document, with one operation for each action, out of the manifests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connector_kit import ActionSpec, Manifest
from connector_kit.hosts.http.examples import examples_of
from connector_kit.hosts.http.problems import FAMILIES, MEDIA_TYPE, REFUSALS
from connector_kit.hosts.http.reading import KEY_HEADER, NDJSON
from connector_kit.schemas import input_schema, output_schema

ACTION_PATH = "/v1/connections/{connection}/actions/"
_TITLE = "Connector"
_VERSION = "1.0.0"
_JSON = "application/json"
_TEXT = {"type": "string"}
_OBJECT = {"type": "object"}
# What any request may be answered with, and one for a saved connection.
_ANYWHERE = (401, 403, 421, 500, 503)
_OF_CONNECTIONS = (*_ANYWHERE, 404, 409)
_OF_ACTIONS = tuple({status for status, _ in REFUSALS.values()} | {status for _, status, _ in FAMILIES})


@dataclass(frozen=True, slots=True)
class Described:
    """What a document is about: manifests with those of their actions that may be called, and where the server is.

    Without ``names`` of connections it holds for any.
    """

    manifests: Sequence[tuple[Manifest, Sequence[ActionSpec]]]
    address: str
    names: Sequence[str] = ()


def document(described: Described) -> dict[str, Any]:
    """Return the document."""
    schemas: dict[str, Any] = {"problem": _problem_schema()}
    paths = {**_fixed_paths(), **_action_paths(described, schemas)}
    return {
        "openapi": "3.1.0",
        "info": {"title": _title(described), "version": _VERSION, "description": _description(described)},
        "servers": [{"url": described.address}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {str(status): _problem(status) for status in sorted(_OF_ACTIONS)},
            "parameters": {"connection": _connection_parameter(described)},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "Made by: connector serve token add NAME"}
            },
        },
    }


def _title(described: Described) -> str:
    return ", ".join(manifest.name for manifest, _ in described.manifests) or _TITLE


def _description(described: Described) -> str:
    told = [f"{manifest.name} {manifest.version}: {manifest.description}" for manifest, _ in described.manifests]
    return "\n\n".join(
        [*told, "Errors are problem documents (RFC 9457); `code` is the same as that of the other hosts."]
    )


def _connection_parameter(described: Described) -> dict[str, Any]:
    return {
        "name": "connection",
        "in": "path",
        "required": True,
        "description": "The name of a saved connection, or its id",
        "schema": {**_TEXT, "title": "Connection", **({"enum": list(described.names)} if described.names else {})},
    }


def _fixed_paths() -> dict[str, Any]:
    listed = {"type": "array", "items": _OBJECT}
    return {
        "/healthz": {"get": {**_read("health", "Tell that the server runs", "status", _TEXT, (421,)), "security": []}},
        "/v1/connectors": {
            "get": _read("listConnectors", "List the connectors and their actions", "connectors", listed)
        },
        "/v1/connections": {"get": _read("listConnections", "List the connections", "connections", listed)},
        "/v1/connections/{connection}": {
            "parameters": [{"$ref": "#/components/parameters/connection"}],
            "get": _read(
                "describeConnection", "Describe a connection and its actions", "actions", listed, _OF_CONNECTIONS
            ),
        },
        "/openapi.json": {"get": _read("describeServer", "Return this document", "openapi", _TEXT)},
        "/swagger.json": {"get": _read("describeServerForOldTools", "Return it as Swagger 2.0", "swagger", _TEXT)},
    }


def _read(
    id_: str, summary: str, name: str, schema: Mapping[str, Any], refused: Iterable[int] = _ANYWHERE
) -> dict[str, Any]:
    content = {**_OBJECT, "properties": {name: schema}, "required": [name]}
    return {
        "operationId": id_,
        "summary": summary,
        "tags": ["Looking around"],
        "responses": {
            "200": {"description": "What there is", "content": {_JSON: {"schema": content}}},
            **_refused(refused),
        },
    }


def _refused(statuses: Iterable[int]) -> dict[str, Any]:
    return {str(status): {"$ref": f"#/components/responses/{status}"} for status in sorted(statuses)}


def _action_paths(described: Described, schemas: dict[str, Any]) -> dict[str, Any]:
    """Return one operation for each action id; where two connectors have it, it takes and gives what either does."""
    operations: dict[str, list[dict[str, Any]]] = {}
    for manifest, actions in described.manifests:
        for action in actions:
            operations.setdefault(action.id, []).append(_operation(manifest, action, schemas))
    connection = [{"$ref": "#/components/parameters/connection"}]
    return {
        f"{ACTION_PATH}{id_}": {"parameters": connection, "post": _joined(found)} for id_, found in operations.items()
    }


def _operation(manifest: Manifest, action: ActionSpec, schemas: dict[str, Any]) -> dict[str, Any]:
    name = f"{manifest.id}_{action.id}"
    takes = _component(f"{name}_input", input_schema(action, manifest), manifest, schemas)
    gives = _component(f"{name}_result", output_schema(action, manifest), manifest, schemas)
    content: dict[str, Any] = {_JSON: {"schema": takes}}
    if examples := examples_of(action, manifest):
        content[_JSON]["examples"] = examples
    answers: dict[str, Any] = {_JSON: {"schema": gives}}
    if action.output.type.is_list:
        answers[NDJSON] = {
            "schema": {**_TEXT, "description": "One item a line; the last line has notices and more, or error"}
        }
    return {
        "operationId": action.id,
        "summary": action.label,
        "description": "\n\n".join(filter(None, (action.description, action.warning))),
        "tags": [manifest.name],
        **({"parameters": [_key_parameter()]} if action.idempotency_key else {}),
        "requestBody": {"required": any(field.required for field in action.inputs), "content": content},
        "responses": {
            "200": {"description": action.output.description, "content": answers},
            **_refused(_OF_ACTIONS),
        },
    }


def _key_parameter() -> dict[str, Any]:
    return {
        "name": KEY_HEADER,
        "in": "header",
        "required": False,
        "description": "A key of your own: however often the same request comes with the same key, it is carried out once",
        "schema": {**_TEXT, "title": "Idempotency key", "minLength": 1, "maxLength": 255, "pattern": "^[!#-~]+$"},
    }


def _joined(found: list[dict[str, Any]]) -> dict[str, Any]:
    first, *others = found
    for other in others:
        first["tags"] = list(dict.fromkeys([*first["tags"], *other["tags"]]))
        first["description"] = f"{first['description']}\n\n{other['description']}"
        first["requestBody"]["required"] &= other["requestBody"]["required"]
        _either(first["requestBody"]["content"][_JSON], other["requestBody"]["content"][_JSON])
        ours, theirs = (each["responses"]["200"]["content"] for each in (first, other))
        _either(ours[_JSON], theirs[_JSON])
        ours.update({type_: content for type_, content in theirs.items() if type_ != _JSON})
    return first


def _either(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    ours["schema"] = {"anyOf": [*ours["schema"].get("anyOf", [ours["schema"]]), theirs["schema"]]}
    for name, example in theirs.get("examples", {}).items():
        ours.setdefault("examples", {})[f"{name}_{len(ours['schema']['anyOf'])}"] = example


def _component(name: str, schema: dict[str, Any], manifest: Manifest, schemas: dict[str, Any]) -> dict[str, str]:
    """Put a schema and its definitions where the document keeps them, and return a reference to it."""
    plain = {key: value for key, value in schema.items() if key not in ("$schema", "$defs")}
    # A definition is one of this schema; another action's filter may be about another concept.
    names = {each: f"{name}_{each}" for each in schema.get("$defs", {})}
    for each, definition in schema.get("$defs", {}).items():
        _component(names[each], {**definition, "$defs": {}}, manifest, schemas)
        schemas[names[each]] = _moved(schemas[names[each]], names)
    schemas[name] = _moved(plain, names)
    return {"$ref": f"#/components/schemas/{name}"}


def _moved(part: Any, names: Mapping[str, str]) -> Any:
    if isinstance(part, dict):
        return {key: _reference(value, names) if key == "$ref" else _moved(value, names) for key, value in part.items()}
    return [_moved(each, names) for each in part] if isinstance(part, list) else part


def _reference(target: str, names: Mapping[str, str]) -> str:
    name = target.removeprefix("#/$defs/")
    return f"#/components/schemas/{names[name]}" if name in names else target


def _problem(status: int) -> dict[str, Any]:
    headers = {"retry-after": {"description": "Seconds to wait", "schema": {"type": "integer"}}}
    return {
        "description": "; ".join(dict.fromkeys(_titles(status))),
        **({"headers": headers} if status in (429, 503) else {}),
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/problem"}}},
    }


def _titles(status: int) -> Iterator[str]:
    yield from (title for each, title in REFUSALS.values() if each == status)
    yield from (title for _, each, title in FAMILIES if each == status)


def _problem_schema() -> dict[str, Any]:
    return {
        "title": "Problem",
        "description": "What is wrong, and what to do about it (RFC 9457)",
        "type": "object",
        "properties": {
            "type": {**_TEXT, "format": "uri"},
            "title": _TEXT,
            "status": {"type": "integer"},
            "detail": {**_TEXT, "description": "A sentence for a person, which says what to do"},
            "code": {**_TEXT, "description": "The kind of error, for programs"},
            "retryable": {"type": "boolean", "description": "Whether repeating the request cannot act twice"},
            "problems": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"path": _TEXT, "message": _TEXT},
                    "required": ["path", "message"],
                },
            },
            "service": {"type": "object", "description": "What the service itself said"},
            "retry_after": {"type": ["number", "null"]},
            "reason": _TEXT,
        },
        "required": ["type", "title", "status", "detail", "code", "retryable"],
    }
