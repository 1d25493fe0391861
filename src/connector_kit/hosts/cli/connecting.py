"""The flags of a connection; a secret comes from a file, standard input or a named variable, never from the command line."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from connector_kit import Connection, ConnectionMethodSpec, FieldSpec, InputError, Manifest
from connector_kit.hosts.cli.parsing import typed


def add_connection_flags(parser: argparse.ArgumentParser, manifest: Manifest) -> None:
    """Add every flag that says how to connect."""
    group = parser.add_argument_group(
        "connection", "A secret comes from a file, from standard input or from an environment variable that you name."
    )
    group.add_argument("--method", choices=[m.id for m in manifest.connection], default=manifest.connection[0].id)
    for field in _connection_fields(manifest):
        _add_connection_field(group, field)
    group.add_argument(
        "--base-url", metavar="URL", help="another address of the service: https, or http on this machine"
    )


def _connection_fields(manifest: Manifest) -> Iterable[FieldSpec]:
    """Return the fields of all connection methods, each id once."""
    fields = (field for method in manifest.connection for field in manifest.connection_fields(method))
    return {field.id: field for field in fields}.values()


def _add_connection_field(group: Any, field: FieldSpec) -> None:
    """Add the flag of a field, or the three flags that say where a secret comes from."""
    description = escaped(field.description)
    if field.type.scalar != "sensitive":
        group.add_argument(flag(field.id), metavar="TEXT", help=description)
        return
    sources = group.add_mutually_exclusive_group()
    sources.add_argument(
        f"{flag(field.id)}-file", type=Path, metavar="PATH", help=f"{description} Read from this file."
    )
    sources.add_argument(f"{flag(field.id)}-env", metavar="NAME", help="Read from this environment variable.")
    sources.add_argument(f"{flag(field.id)}-stdin", action="store_true", help="Read from standard input.")


def flag(id_: str) -> str:
    """Spell an id as a flag."""
    return f"--{id_.replace('_', '-')}"


def escaped(text: str) -> str:
    """Write a text for argparse's help, where % has a meaning."""
    return text.replace("%", "%%")


def connection(manifest: Manifest, given: argparse.Namespace) -> Connection:
    """Build the connection that the flags describe.

    Raises:
        InputError: if a secret has no source, or its source cannot be read.
    """
    method = manifest.method(given.method) or manifest.connection[0]
    values = {field.id: _connection_value(method, field, given) for field in manifest.connection_fields(method)}
    return Connection(method.id, {k: v for k, v in values.items() if v is not None}, base_url=given.base_url)


def _connection_value(method: ConnectionMethodSpec, field: FieldSpec, given: argparse.Namespace) -> Any:
    if field.type.scalar != "sensitive":
        value: str | None = getattr(given, field.id)
        return None if value is None else typed(field, value)
    path: Path | None = getattr(given, f"{field.id}_file")
    variable: str | None = getattr(given, f"{field.id}_env")
    if path is not None:
        try:
            return SecretStr(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError):
            raise InputError(f"The file for the {field.label} cannot be read.") from None
    if variable is not None:
        if variable not in os.environ:
            raise InputError(f"The environment variable that you named for the {field.label} is not set.")
        return SecretStr(os.environ[variable])
    if getattr(given, f"{field.id}_stdin"):
        return SecretStr(sys.stdin.readline())
    if not field.required:
        return None
    name = flag(field.id)
    raise InputError(
        f"{method.label}: say where the {field.label} comes from: {name}-file, {name}-env or {name}-stdin."
    )
