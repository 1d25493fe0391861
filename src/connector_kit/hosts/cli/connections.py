"""``connector connections``: list, check, rename, remove and export saved connections, and change the key they are sealed with."""

from __future__ import annotations

import argparse
import json
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connector_kit import Connector, CredentialsError, InputError, load_connectors
from connector_kit.connections import SavedConnection, masked
from connector_kit.connections.book import ConnectionBook, open_book
from connector_kit.connections.environment import PREFIX
from connector_kit.connections.opening import default_store
from connector_kit.connections.saving import Wanted, recheck, save
from connector_kit.hosts.cli.connecting import add_environment_flag
from connector_kit.hosts.cli.parsing import Parser
from connector_kit.hosts.cli.printing import print_json, print_table

_WORDS = {"connected": "connected", "attention": "needs attention", "unchecked": "not checked"}


def connections(options: argparse.Namespace) -> int:
    """Do what the first word says."""
    given = _parser().parse_args(options.arguments)
    connectors = load_connectors()
    with closing(open_book(c.manifest for c in connectors.values())) as book:
        try:
            code: int = given.handler(_Desk(book, connectors, given))
        finally:
            for connector in connectors.values():
                connector.close()
    return code


@dataclass(frozen=True, slots=True)
class _Desk:
    """The book, the connectors whose connections are in it, and what was asked."""

    book: ConnectionBook
    connectors: dict[str, Connector]
    given: argparse.Namespace

    @property
    def connector(self) -> Connector:
        """Return the connector that was named."""
        name: str = self.given.connector
        if name not in self.connectors:
            raise InputError(f"There is no connector {name!r}. Installed: {', '.join(sorted(self.connectors))}.")
        return self.connectors[name]

    @property
    def saved(self) -> SavedConnection:
        """Return the connection that was named."""
        return self.book.resolve(self.given.connector, self.given.name, self.given.environment or "production")

    def account(self, saved: SavedConnection) -> str:
        """Return whose account it is: the service's name for it, and the identity, masked."""
        connector = self.connectors.get(saved.connector)
        method = connector.manifest.method(saved.method) if connector else None
        shown = [f.id for f in method.fields if f.identity and f.id in saved.public] if method else []
        identity = masked(str(saved.public[shown[0]])) if shown else ""
        return " ".join(filter(None, (saved.account, identity)))


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="connector connections", description="Look after saved connections.", allow_abbrev=False)
    parser.add_argument("--json", action="store_true", help="print one JSON object, for programs")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)

    def command(
        name: str, handler: Callable[[_Desk], int], help_: str, *, named: bool = True
    ) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help_, description=help_, allow_abbrev=False)
        added.set_defaults(handler=handler)
        added.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        if named:
            added.add_argument("connector", metavar="CONNECTOR")
            added.add_argument("name", metavar="NAME")
            add_environment_flag(added)
        return added

    command("list", _list, "List all saved connections.", named=False)
    command("check", _check, "Ask the service whether a connection works, and remember what it said.")
    command("rename", _rename, "Give a connection another name.").add_argument("new_name", metavar="NEW-NAME")
    removing = command("remove", _remove, "Forget a connection. Its credentials go on working at the service.")
    removing.add_argument("--yes", action="store_true", help="do not ask")
    command("default", _default, "Make a connection the default of its environment.")
    exporting = command("export-env", _export, "Print a connection as definitions of environment variables.")
    exporting.add_argument(
        "--show-secrets", action="store_true", help="print the secrets too; send them into a file or a vault"
    )
    command("rotate-key", _rotate, "Seal all saved secrets with a new key.", named=False)
    return parser


def _list(desk: _Desk) -> int:
    found = desk.book.list()
    if desk.given.json:
        return print_json([_document(desk, one) for one in found])
    if not found:
        print("There are no saved connections. Save one: connector connect CONNECTOR", file=sys.stderr)
        return 0
    headers = ["name", "environment", "connector", "account", "status", "checked (UTC)"]
    return print_table(headers, [_row(desk, one) for one in found])


def _row(desk: _Desk, one: SavedConnection) -> list[str]:
    """Return one row, in lines short enough for a narrow terminal; --json tells everything."""
    marks = ["default"] * one.is_default + [f"read-only, from {one.source}"] * one.read_only
    name = "\n".join([one.name, *(f"({mark})" for mark in marks)])
    checked = "" if one.checked_at is None else f"{one.checked_at:%Y-%m-%d}\n{one.checked_at:%H:%M}"
    account = desk.account(one).replace(" ", "\n")
    return [name, one.environment, f"{one.connector}\n{one.version}", account, _WORDS[one.status], checked]


def _document(desk: _Desk, one: SavedConnection) -> dict[str, Any]:
    keys = (
        "id",
        "connector",
        "method",
        "environment",
        "name",
        "is_default",
        "status",
        "detail",
        "version",
        "source",
        "read_only",
    )
    checked = None if one.checked_at is None else one.checked_at.isoformat()
    return {**{key: getattr(one, key) for key in keys}, "account": desk.account(one), "checked_at": checked}


def _check(desk: _Desk) -> int:
    found = recheck(desk.book, desk.connector, desk.saved, now=_now)
    if found.status == "attention":
        raise CredentialsError(found.detail or "The service did not accept the connection.")
    account = f" Account: {desk.account(found)}." if desk.account(found) else ""
    return _done(desk, found, f"Connected.{account} {found.detail or ''}".rstrip())


def _rename(desk: _Desk) -> int:
    saved, given = desk.saved, desk.given
    wanted = Wanted(saved.method, saved.environment, given.new_name, saved.public, saved.base_url)
    (renamed,) = save(desk.book, desk.connector, wanted, now=_now, existing=saved).connections
    return _done(
        desk, renamed, f"Renamed. Automations that use the name {saved.name!r} need the new one: {renamed.name!r}."
    )


def _remove(desk: _Desk) -> int:
    saved = desk.saved
    if not desk.given.yes:
        if not sys.stdin.isatty():
            raise InputError("Say --yes to remove a connection without being asked.")
        question = f"Remove {saved.name!r} in {saved.environment.title()} ({desk.account(saved)})? Type yes: "
        print(question, end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().lower() != "yes":
            raise InputError("Nothing was removed.")
    desk.book.delete(saved.id)
    left = f" {saved.environment.title()} has no default connection now." if saved.is_default else ""
    return _done(desk, saved, f"Removed {saved.name!r}. Its credentials still work at the service itself.{left}")


def _default(desk: _Desk) -> int:
    desk.book.set_default(desk.saved.id)
    return _done(desk, desk.saved, f"{desk.saved.name!r} is the default in {desk.saved.environment.title()} now.")


def _export(desk: _Desk) -> int:
    """Print what defines the same connection where there is no store: a definition, and the variables that it names."""
    saved = desk.saved
    opened = desk.book.connection(saved)
    stem = _stem(saved)
    values = {**({"base_url": saved.base_url} if saved.base_url else {}), **opened.values}
    names = {field: f"{saved.connector}_{saved.environment}_{stem}_{field}".upper() for field in values}
    definition = [
        *["default"] * saved.is_default,
        saved.connector,
        saved.method,
        saved.environment,
        *(f"{field}={name}" for field, name in names.items()),
    ]
    print(f"{PREFIX}{stem}={shlex.quote(' '.join(definition))}")
    for field, name in names.items():
        if field not in saved.public and field != "base_url":
            shown = opened.secret(field).get_secret_value() if desk.given.show_secrets else None
            print(f"{name}=" if shown is None else f"{name}={shlex.quote(shown)}")
        else:
            print(f"{name}={shlex.quote(_text(values[field]))}")
    for remark in _remarks(desk, saved, stem):
        print(remark, file=sys.stderr)
    return 0


def _stem(saved: SavedConnection) -> str:
    """Return a connection's name as a part of a variable's name."""
    return re.sub("[^A-Za-z0-9]+", "_", saved.name).strip("_").upper() or "CONNECTION"


def _remarks(desk: _Desk, saved: SavedConnection, stem: str) -> Iterator[str]:
    """Say what a person must know who uses the definitions."""
    name = stem.lower().replace("_", "-")
    if name != saved.name:
        yield f"There it is called {name!r}; automations that name it need that name."
    for other in desk.book.list():
        if other.id != saved.id and not other.read_only and _stem(other) == stem:
            yield (
                f"{other.name!r} of {other.connector} in {other.environment.title()} would be defined by the same variable, "
                f"{PREFIX}{stem}: do not put both into one environment."
            )
    if not desk.given.show_secrets:
        yield "The secrets are left empty; --show-secrets prints them too."


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _rotate(desk: _Desk) -> int:
    with closing(default_store()) as store:
        count = store.rotate()
    if desk.given.json:
        return print_json({"sealed_anew": count})
    print(f"The secrets of {count} saved connections are sealed with another key now.")
    return 0


def _done(desk: _Desk, saved: SavedConnection, sentence: str) -> int:
    if desk.given.json:
        return print_json(_document(desk, saved))
    print(sentence)
    return 0


def _now() -> datetime:
    return datetime.now(UTC)
