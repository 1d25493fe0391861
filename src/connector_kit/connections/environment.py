"""Show connections that environment variables define, each naming the variables that hold its values.

``CONNECTOR_KIT_CONNECTION_ACME_SUPPORT="toy pin production owner=MY_OWNER pin=MY_PIN"`` is the connection ``acme-support``.
No other variable is ever looked at.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

from pydantic import SecretStr

from connector_kit.connections import (
    ENVIRONMENTS,
    NoConnectionError,
    SavedConnection,
    Secrets,
    StaleError,
    StoreError,
)
from connector_kit.manifest import FieldSpec, Manifest

PREFIX = "CONNECTOR_KIT_CONNECTION_"
FORM = "[default] CONNECTOR METHOD test|production FIELD=VARIABLE ..."
_ADDRESS = "base_url"
_END = re.compile(r"_*[A-Za-z0-9][A-Za-z0-9_]*")
_PAIR = re.compile(r"(?P<field>[a-z][a-z0-9_]*)=(?P<variable>[A-Za-z_][A-Za-z0-9_]*)")


@dataclass(frozen=True, slots=True)
class _Definition:
    """What one variable says: a connection without its values, and from which variable each value comes."""

    variable: str
    head: SavedConnection
    sources: Mapping[str, str] = field(repr=False)


class EnvironmentStore:
    """A store that reads the process's environment whenever it is asked, and never changes it.

    ``manifests`` tell which fields are sensitive; of a connector that is not among them, every value is taken for a secret.
    """

    name = "environment"
    read_only = True

    def __init__(self, manifests: Iterable[Manifest] = (), environ: Mapping[str, str] = os.environ) -> None:
        self._manifests = {manifest.id: manifest for manifest in manifests}
        self._environ = environ

    def get(self, id_: str) -> SavedConnection:
        """Return one connection."""
        return self._saved(self._definition(id_))

    def secrets(self, saved: SavedConnection) -> Secrets:
        """Read the variables of a connection; the error for one that is not set names it."""
        definition = self._definition(saved.id)
        for variable in definition.sources.values():
            if not self._environ.get(variable):
                raise StoreError(
                    f"The connection {saved.name!r} needs the environment variable {variable}, which is not set. Set it, or "
                    f"correct {definition.variable}."
                )
        if _addressed(self._saved(definition)) != _addressed(saved):
            raise StaleError(f"{definition.variable}, or a variable that it names, has changed. Look at it again.")
        shown = {_ADDRESS, *self._public_fields(definition.head)}
        return {
            name: SecretStr(self._environ[variable])
            for name, variable in definition.sources.items()
            if name not in shown
        }

    def put(self, saved: SavedConnection, secrets: Secrets | None = None) -> SavedConnection:
        """Refuse."""
        _refuse()

    def delete(self, id_: str) -> None:
        """Refuse."""
        _refuse()

    def set_default(self, id_: str) -> None:
        """Refuse."""
        _refuse()

    def check(self) -> None:
        """Look whether every definition can be read."""
        self._definitions()

    def close(self) -> None:
        """Do nothing."""

    def list(self) -> list[SavedConnection]:
        """Return all connections, also those whose values are not set yet."""
        saved = [self._saved(definition) for definition in self._definitions().values()]
        return sorted(saved, key=lambda one: one.sort_key)

    def _definitions(self) -> dict[str, _Definition]:
        found: dict[str, _Definition] = {}
        defaults: dict[tuple[str, str], str] = {}
        for variable in sorted(name for name in self._environ if name.startswith(PREFIX)):
            definition = _parsed(variable, self._environ[variable])
            head = definition.head
            if other := found.get(head.id):
                raise StoreError(f"{other.variable} and {variable} define a connection of the same name. Rename one.")
            found[head.id] = definition
            first = defaults.setdefault((head.connector, head.environment), variable) if head.is_default else variable
            if first != variable:
                raise StoreError(f"{first} and {variable} are both the default. Take the word default out of one.")
        return found

    def _definition(self, id_: str) -> _Definition:
        definition = self._definitions().get(id_)
        if definition is None:
            raise NoConnectionError("No environment variable defines this connection any more.")
        return definition

    def _saved(self, definition: _Definition) -> SavedConnection:
        values = {name: self._environ.get(variable) for name, variable in definition.sources.items()}
        public = {
            name: _typed(spec, value)
            for name, spec in self._public_fields(definition.head).items()
            if (value := values.get(name))
        }
        return replace(definition.head, public=public, base_url=values.get(_ADDRESS))

    def _public_fields(self, saved: SavedConnection) -> dict[str, FieldSpec]:
        manifest = self._manifests.get(saved.connector)
        method = manifest.method(saved.method) if manifest else None
        if manifest is None or method is None:
            return {}
        return {spec.id: spec for spec in manifest.connection_fields(method) if spec.type.scalar != "sensitive"}


def _addressed(saved: SavedConnection) -> tuple[object, ...]:
    """Return what decides where the secrets go."""
    return saved.connector, saved.method, saved.environment, dict(saved.public), saved.base_url


def _parsed(variable: str, text: str) -> _Definition:
    """Read a definition; its text is in no error, since somebody may have written a secret into it.

    The connection is called as a person writes the end of the variable's name: ACME_SUPPORT is acme-support.
    """
    try:
        words = shlex.split(text)
    except ValueError:
        words = []
    is_default = words[:1] == ["default"]
    words = words[is_default:]
    connector, method, environment = (*words[:3], "", "", "")[:3]
    pairs = words[3:]
    matches = [match for pair in pairs if (match := _PAIR.fullmatch(pair))]
    sources = {match["field"]: match["variable"] for match in matches}
    end = variable.removeprefix(PREFIX)
    if not _END.fullmatch(end) or environment not in ENVIRONMENTS or len(sources) != len(pairs):
        raise StoreError(
            f"{variable} does not define a connection. Write it as: {FORM}, with the name of a variable for each field, never "
            "its value."
        )
    name = "-".join(part for part in end.lower().split("_") if part)
    head = SavedConnection(
        f"env-{name}",
        connector,
        method,
        environment,
        name,
        {},
        is_default=is_default,
        source="environment",
        read_only=True,
    )
    return _Definition(variable, head, sources)


def _typed(spec: FieldSpec, text: str) -> Any:
    """Read numbers, booleans and lists as JSON; what does not fit is left to the check of the connection."""
    if spec.type.scalar in ("text", "datetime") and not spec.is_list:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _refuse() -> NoReturn:
    raise StoreError("This connection is defined by environment variables, so it is changed there.")
