"""Check what a person filled in, ask the service about it, and save it; or check a saved connection again."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from connector_kit.checks import checked_connection, cleaned
from connector_kit.connections import (
    ENVIRONMENTS,
    LONGEST_NAME,
    DuplicateNameError,
    Environment,
    SavedConnection,
    Secrets,
    StaleError,
    StoreError,
)
from connector_kit.connections.book import ConnectionBook
from connector_kit.connector import Connector
from connector_kit.errors import CredentialsError, InputError, Problem
from connector_kit.manifest import ConnectionMethodSpec, FieldSpec
from connector_kit.values import Checked, Connection

# What a person must know after an error other than CredentialsError, before anything else.
NOT_REJECTED = "Your values were not rejected."
NOT_SAVED = "Nothing was saved."
# Between visible characters they join: families of emoji, and words of Persian and of languages of India.
_JOINERS = re.compile("(?<=\\S)[\u200c\u200d](?=\\S)")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person filled in. A sensitive field that is absent keeps the value that is saved."""

    method: str
    environment: Environment
    name: str
    values: Mapping[str, Any] = field(repr=False)
    base_url: str | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """What was saved: one connection, or one for each environment; and what the check learned, if the service was asked."""

    connections: tuple[SavedConnection, ...]
    checked: Checked | None = None


def save(
    book: ConnectionBook,
    connector: Connector,
    wanted: Wanted,
    *,
    now: Callable[[], datetime],
    existing: SavedConnection | None = None,
    check: bool = True,
    both: bool = False,
) -> Saved:
    """Save a new connection, or the changes to an existing one, once the service has accepted it.

    Args:
        book: where it is saved.
        connector: whose connection it is.
        wanted: what was filled in.
        now: the clock.
        existing: the connection that is changed, as the person saw it.
        check: whether the service is asked; a mere change of name never asks.
        both: whether a new connection is saved for test and production alike.

    Raises:
        InputError: with a problem for each field, or for ``name``; nothing was saved.
        CredentialsError: the service said no, and nothing was saved.
        StaleError: somebody else changed the connection meanwhile.
        ConnectorError: anything else says nothing about the values; they can be saved with ``check`` off.
    """
    if both and existing is not None:
        raise InputError(f"A saved connection is changed in its own environment alone. {NOT_SAVED}")
    environments = ENVIRONMENTS if both else (wanted.environment,)
    method, name, values = _filled_in(connector, wanted)
    typed = any(field.type.scalar == "sensitive" and field.id in values for field in method.fields)
    if existing is not None:
        _still_so(book, existing)
        values = _with_kept_secrets(book, connector.manifest.connection_fields(method), existing, values, wanted)
    connection = _checked(connector, Connection(method.id, values, name=name, base_url=wanted.base_url), method)
    _check_free(book, connector, name, environments, existing)
    if existing is not None and not typed and _only_renamed(existing, connection):
        return Saved((book.put(replace(existing, name=name)),))
    checked = _tried_out(connector, connection, environments) if check else None
    made = _made(connector, connection, existing, checked, now())
    if existing is None or typed:
        made = replace(made, secret_at=now())
    # Always those that were checked, also where they are the ones that were saved before.
    secrets = {name: value for name, value in connection.values.items() if isinstance(value, SecretStr)}
    return Saved(_put(book, made, secrets, environments), checked)


def recheck(
    book: ConnectionBook, connector: Connector, saved: SavedConnection, *, now: Callable[[], datetime]
) -> SavedConnection:
    """Ask the service about a saved connection and keep what it said; of one that cannot be written, only return it.

    Raises:
        ConnectorError: if the service could not be asked; the status stays as it was.
    """
    try:
        checked = _tried_out(connector, book.connection(saved), (saved.environment,))
        found = _learned(saved, checked, now())
    except CredentialsError as exc:
        found = replace(saved, status="attention", detail=exc.message, checked_at=now())
    return found if saved.read_only else book.put(found)


def _filled_in(connector: Connector, wanted: Wanted) -> tuple[ConnectionMethodSpec, str, dict[str, Any]]:
    method = connector.manifest.method(wanted.method)
    if method is None:
        known = ", ".join(m.id for m in connector.manifest.connection)
        raise InputError(f"{connector.manifest.name} cannot be connected by {wanted.method!r}. It has: {known}.")
    values = {name: cleaned(value) for name, value in wanted.values.items()}
    return method, " ".join(wanted.name.split()), {k: v for k, v in values.items() if v not in ("", None)}


def _still_so(book: ConnectionBook, existing: SavedConnection) -> None:
    if existing.read_only:
        raise StoreError(f"The connection {existing.name!r} cannot be changed here: it comes from {existing.source}.")
    if book.get(existing.id).rev != existing.rev:
        raise StaleError("The connection was changed in another window or program meanwhile. Nothing was overwritten.")


def _with_kept_secrets(
    book: ConnectionBook,
    fields: tuple[FieldSpec, ...],
    existing: SavedConnection,
    values: dict[str, Any],
    wanted: Wanted,
) -> dict[str, Any]:
    """Add the saved secrets that were not typed anew, and none where they would go to another account or place."""
    blank = [f for f in fields if f.type.scalar == "sensitive" and f.id not in values]
    if not blank:
        return values
    changed = [f.label for f in fields if f.identity and values.get(f.id) != existing.public.get(f.id)]
    if wanted.method != existing.method or wanted.base_url != existing.base_url:
        changed.append("way to connect")
    if not changed:
        kept = book.store_of(existing).secrets(existing)
        return {**{f.id: kept[f.id] for f in blank if f.id in kept}, **values}
    if needed := [f for f in blank if f.required]:
        fault = f"is needed again, because the {changed[0]} was changed"
        raise InputError(NOT_SAVED, problems=[Problem(f.id, fault) for f in needed])
    return values


def _name_problem(name: str, method: ConnectionMethodSpec) -> Problem | None:
    if not name:
        return Problem("name", "is empty; write a name by which automations find the connection")
    if len(name) > LONGEST_NAME:
        return Problem("name", f"is too long; write at most {LONGEST_NAME} characters")
    if not _JOINERS.sub("", name).isprintable():
        return Problem("name", "holds a character that cannot be seen; type it again")
    if any(re.search(hint.match, name) for field in method.fields for hint in field.hints if hint.clear):
        # Names are shown everywhere.
        fault = "looks like a secret, so the field was cleared. Write a name of your own"
        return Problem("name", fault, clear=True)
    return None


def _check_free(
    book: ConnectionBook,
    connector: Connector,
    name: str,
    environments: tuple[Environment, ...],
    existing: SavedConnection | None,
) -> None:
    for environment in environments:
        other = book.find(connector.manifest.id, name, environment)
        if other is not None and (existing is None or other.id != existing.id):
            raise DuplicateNameError(other.name, environment)


def _checked(connector: Connector, connection: Connection, method: ConnectionMethodSpec) -> Connection:
    """Hold name and values against the manifest; a form says what to change beside each field, so its own sentence is short."""
    problem = _name_problem(connection.name, method)
    problems = [] if problem is None else [problem]
    try:
        checked = checked_connection(connector.manifest, connection)
    except InputError as exc:
        raise InputError(NOT_SAVED, problems=[*problems, *exc.problems]) from None
    if problems:
        raise InputError(NOT_SAVED, problems=problems)
    return checked


def _only_renamed(existing: SavedConnection, connection: Connection) -> bool:
    public = {name: value for name, value in connection.values.items() if not isinstance(value, SecretStr)}
    return (existing.method, existing.base_url, dict(existing.public)) == (
        connection.method,
        connection.base_url,
        public,
    )


def _tried_out(connector: Connector, connection: Connection, environments: tuple[Environment, ...]) -> Checked:
    checked = connector.try_out(connection)
    if checked.test_only and "production" in environments:
        raise CredentialsError(
            "These are test credentials, with which nothing is done for real, so they cannot be used in Production. "
            "Enter those of the real account, or save the connection in Test."
        )
    return checked


def _made(
    connector: Connector,
    connection: Connection,
    existing: SavedConnection | None,
    checked: Checked | None,
    now: datetime,
) -> SavedConnection:
    manifest = connector.manifest
    public = {name: value for name, value in connection.values.items() if not isinstance(value, SecretStr)}
    basis = existing or SavedConnection("", manifest.id, connection.method, "test", connection.name, public)
    made = replace(
        basis,
        method=connection.method,
        name=connection.name,
        public=public,
        base_url=connection.base_url,
        version=manifest.version,
    )
    if checked is None:
        return replace(made, status="unchecked", detail=None, account=None, checked_at=None)
    return _learned(made, checked, now)


def _learned(saved: SavedConnection, checked: Checked, now: datetime) -> SavedConnection:
    detail = " ".join(notice.message for notice in checked.notices) or None
    return replace(saved, status="connected", detail=detail, account=checked.account, checked_at=now)


def _put(
    book: ConnectionBook, made: SavedConnection, secrets: Secrets, environments: tuple[Environment, ...]
) -> tuple[SavedConnection, ...]:
    """Save for every environment, or for none."""
    done: list[SavedConnection] = []
    try:
        for environment in environments:
            one = made if made.rev else replace(made, id=uuid.uuid4().hex, environment=environment)
            done.append(book.put(one, secrets))
    except BaseException:
        # Also at Ctrl-C: nothing half is left.
        for one in done if not made.rev else ():
            book.delete(one.id)
        raise
    return tuple(done)
