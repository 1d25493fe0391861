"""Lay a connector's connection out on Airflow's connection form, and read it back. Nothing here needs Airflow.

Airflow keeps one login, one password, and named extras. The account goes into the login and its secret into the password; what
other methods and the options need are extras, so one form serves every method, and what is filled in says which is meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from connector_kit import ConnectionMethodSpec, FieldSpec, InputError, Manifest
from connector_kit.schemas import connection_schema

# What Airflow's own schema of a form field knows, of what ours may hold (provider.yaml.schema.json, conn-fields).
_KEYWORDS = ("type", "items", "pattern", "minLength", "maxLength", "format")


class Filled(Protocol):
    """What is read of an Airflow connection."""

    login: str | None
    password: str | None
    host: str | None

    @property
    def extra_dejson(self) -> dict[str, Any]:
        """The extras."""


@dataclass(frozen=True, slots=True)
class Form:
    """Which field of the manifest stands where."""

    login: FieldSpec | None
    password: FieldSpec | None
    extras: tuple[FieldSpec, ...]

    @classmethod
    def of(cls, manifest: Manifest) -> Form:
        """Return the form of a connector."""
        first = manifest.connection[0].fields
        login = next((field for field in first if field.type.scalar == "text" and field.required), None)
        password = next((field for field in first if field.type.scalar == "sensitive"), None)
        every = {field.id: field for method in manifest.connection for field in manifest.connection_fields(method)}
        taken = [field.id for field in (login, password) if field is not None]
        return cls(login, password, tuple(field for field in every.values() if field.id not in taken))


def conn_fields(manifest: Manifest) -> dict[str, dict[str, Any]]:
    """Return the extras as Airflow wants them: label, description and JSON Schema of each, in the manifest's order."""
    known = {
        id_: schema
        for method in manifest.connection
        for id_, schema in connection_schema(method, manifest)["properties"].items()
    }
    return {
        field.id: {
            "label": field.label,
            "description": field.help or field.description,
            "schema": _schema(field, known[field.id]),
        }
        for field in Form.of(manifest).extras
    }


def _schema(field: FieldSpec, known: Mapping[str, Any]) -> dict[str, Any]:
    schema = {keyword: known[keyword] for keyword in _KEYWORDS if keyword in known}
    # Every extra may stay empty: which are needed depends on the method, and the hook says so.
    if isinstance(schema["type"], str):
        schema["type"] = [schema["type"], "null"]
    if field.type.scalar == "sensitive":
        schema["format"] = "password"
    return schema


def method_and_values(manifest: Manifest, filled: Filled) -> tuple[str, dict[str, Any]]:
    """Return which method of the connector a connection of Airflow means, and its values; what is empty is left out.

    Raises:
        InputError: if extras of two methods are filled in.
    """
    form = Form.of(manifest)
    values: dict[str, Any] = dict(filled.extra_dejson)
    values |= {
        field.id: value for field, value in ((form.login, filled.login), (form.password, filled.password)) if field
    }
    given = {
        name: kept for name, value in values.items() if (kept := _without_blank_lines(value)) not in (None, "", [])
    }
    # In an address every extra is a text.
    for field in form.extras:
        value = given.get(field.id)
        if field.type.scalar == "number" and isinstance(value, str) and value.isdecimal():
            given[field.id] = int(value)
    meant = _meant(manifest, given)
    if len(meant) > 1 and form.password is not None:
        # Airflow keeps a password for good once it was saved, even if its field is emptied: what stands beside it is meant.
        without = {name: value for name, value in given.items() if name != form.password.id}
        meant, given = _meant(manifest, without), without
    if len(meant) > 1:
        ways = ", or ".join(
            " and ".join(field.label for field in method.fields if field.id in _own(manifest, method))
            for method in meant
        )
        raise InputError(f"It is filled in for {len(meant)} ways to connect. Fill in {ways}, and empty the other.")
    return (meant or manifest.connection)[0].id, given


def _without_blank_lines(value: Any) -> Any:
    """Return a list without its empty lines: the form makes an item of each line, and of the one behind a last line break too."""
    return [item for item in value if item != ""] if isinstance(value, list) else value


def _meant(manifest: Manifest, given: Mapping[str, Any]) -> list[ConnectionMethodSpec]:
    return [method for method in manifest.connection if _own(manifest, method) & given.keys()]


def _own(manifest: Manifest, method: ConnectionMethodSpec) -> set[str]:
    """Return the fields by which a method is told from the others."""
    others = {field.id for other in manifest.connection if other is not method for field in other.fields}
    return {field.id for field in method.fields} - others
