"""The flags of a connection: a saved one by its name, or its fields; a secret is never given on the command line itself."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from connector_kit import Connection, ConnectionMethodSpec, FieldSpec, InputError, Manifest
from connector_kit.connections import ENVIRONMENTS, Environment, NoConnectionError
from connector_kit.hosts.cli.parsing import typed

# The name under which a command opens its one connection.
DEFAULT_NAME = "default"


def add_connection_flags(parser: argparse.ArgumentParser, manifest: Manifest) -> None:
    """Add every flag that says which connection is used: a saved one, or one that is described by its fields."""
    group = parser.add_argument_group(
        "saved connection", "Without any flag of this and the next group, the default connection of Production is used."
    )
    group.add_argument("--connection", metavar="NAME", help="a saved connection; see: connector connections list")
    add_environment_flag(group)
    add_field_flags(parser, manifest)


def add_environment_flag(parser: Any) -> None:
    """Add the flag that says in which environment a saved connection is."""
    parser.add_argument(
        "--environment", choices=ENVIRONMENTS, help="where the saved connection is (default production)"
    )


def add_field_flags(parser: argparse.ArgumentParser, manifest: Manifest) -> None:
    """Add the flags of every field of every connection method."""
    group = parser.add_argument_group(
        "connection", "A secret comes from a file, from standard input or from an environment variable that you name."
    )
    group.add_argument("--method", choices=[m.id for m in manifest.connection], help="the way to connect")
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
    """Find or build the connection that the flags describe. Nothing else is looked at: no account is guessed.

    Raises:
        InputError: if there is no such saved connection, a secret has no source, or its source cannot be read.
        StoreError: if the saved connections cannot be read.
    """
    fields = described(manifest, given)
    if not fields:
        return _saved(manifest, given.connection, given.environment)
    if given.connection or given.environment:
        raise InputError(
            f"A saved connection has all its fields. Leave out --connection and --environment, or: {fields[0]}."
        )
    method = chosen_method(manifest, given)
    values = {field.id: given_value(field, given) for field in manifest.connection_fields(method)}
    missing = next((field for field in method.fields if values[field.id] is None and _is_secret(field)), None)
    if missing is not None:
        name = flag(missing.id)
        raise InputError(
            f"{method.label}: say where the {missing.label} comes from: {name}-file, {name}-env or {name}-stdin. "
            "Or use a saved connection: --connection NAME."
        )
    return Connection(method.id, {k: v for k, v in values.items() if v is not None}, base_url=given.base_url)


def described(manifest: Manifest, given: argparse.Namespace) -> list[str]:
    """Return the flags that were given and describe a connection by its fields."""
    names = ["method", "base_url"]
    for field in _connection_fields(manifest):
        names += [f"{field.id}_{source}" for source in ("file", "env", "stdin")] if _is_secret(field) else [field.id]
    return [flag(name) for name in names if getattr(given, name) not in (None, False)]


def chosen_method(manifest: Manifest, given: argparse.Namespace) -> ConnectionMethodSpec:
    """Return the way to connect; without a word the first one of the manifest."""
    return manifest.method(given.method or "") or manifest.connection[0]


def _saved(manifest: Manifest, name: str | None, environment: Environment | None) -> Connection:
    # Its cryptography is of no use to a run that brings its own credentials.
    from connector_kit.connections.book import open_book  # noqa: PLC0415 - see above

    with closing(open_book([manifest])) as book:
        try:
            saved = book.resolve(manifest.id, name, environment or "production")
        except NoConnectionError as exc:
            message = f"{exc.message} Save one: connector connect {manifest.id}. Or describe it by flags; see --help."
            raise NoConnectionError(message) from None
        return replace(book.connection(saved), name=DEFAULT_NAME)


def _is_secret(field: FieldSpec) -> bool:
    return field.type.scalar == "sensitive"


def given_value(field: FieldSpec, given: argparse.Namespace) -> Any:
    """Return the value that a flag gives a field, or None where no flag does.

    Raises:
        InputError: if the source of a secret cannot be read.
    """
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
        # A person who types it at a terminal would otherwise see it there.
        return SecretStr(getpass.getpass(f"{field.label}: ") if sys.stdin.isatty() else sys.stdin.readline())
    return None
