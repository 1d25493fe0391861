"""``connector connect``: set up a connection at the terminal, asked for field by field, or given by flags from a script."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr

from connector_kit import (
    Connector,
    ConnectorError,
    CredentialsError,
    FieldSpec,
    InputError,
    load_connector,
)
from connector_kit.connections import FIRST_NAME, Environment, SavedConnection, StaleError, StoreError
from connector_kit.connections.book import ConnectionBook, open_book
from connector_kit.connections.saving import NOT_REJECTED, NOT_SAVED, Saved, Wanted, save
from connector_kit.hosts.cli.connecting import add_environment_flag, add_field_flags, chosen_method, given_value
from connector_kit.hosts.cli.parsing import Parser, typed
from connector_kit.hosts.cli.printing import print_json


def connect(options: argparse.Namespace) -> int:
    """Save a connection; ask for what is missing where a person sits at the terminal."""
    if not options.arguments or options.arguments[0].startswith("-"):
        raise InputError("Say first which connector: connector connect CONNECTOR ... See: connector list")
    name, *flags = options.arguments
    with load_connector(name) as connector, closing(open_book([connector.manifest])) as book:
        given = _parser(connector).parse_args(flags)
        asking = sys.stdin.isatty() and sys.stderr.isatty() and not given.json
        desk = _Desk(connector, book, given)
        saved = _Conversation(desk).run() if asking else desk.save(desk.wanted, check=desk.check)
    return _print(saved, as_json=given.json)


def _parser(connector: Connector) -> argparse.ArgumentParser:
    parser = Parser(
        prog=f"connector connect {connector.manifest.id}",
        description=f"Save a connection to {connector.manifest.name}, once it has been checked.",
        epilog="Exit codes: 0 saved, 2 a value needs a change, 5 not accepted, 9 could not be checked, 15 the store.",
        allow_abbrev=False,
    )
    parser.add_argument("--name", metavar="NAME", help=f"what automations call it (default: {FIRST_NAME})")
    add_environment_flag(parser)
    parser.add_argument("--both", action="store_true", help="save the same for production and test")
    parser.add_argument("--update", action="store_true", help="change the connection of that name")
    parser.add_argument("--without-check", action="store_true", help="save without asking the service")
    parser.add_argument("--json", action="store_true", help="print one JSON object, for programs; asks nothing")
    add_field_flags(parser, connector.manifest)
    return parser


class _Desk:
    """One connection on its way into the book: what the flags say, and how it is saved."""

    def __init__(self, connector: Connector, book: ConnectionBook, given: argparse.Namespace) -> None:
        self.connector, self.book = connector, book
        self.method = chosen_method(connector.manifest, given)
        self.both: bool = given.both
        self.check: bool = not given.without_check
        self.existing: SavedConnection | None = None
        environment: Environment = given.environment or "production"
        name: str = given.name or FIRST_NAME
        if given.update:
            self.existing = book.resolve(connector.manifest.id, name, environment)
            self.method = connector.manifest.method(given.method or self.existing.method) or self.method
        values = {field.id: given_value(field, given) for field in self.fields}
        values = {name: value for name, value in values.items() if value is not None}
        base_url: str | None = given.base_url
        if self.existing is not None:
            taken = {field.id for field in self.fields}
            values = {**{name: v for name, v in self.existing.public.items() if name in taken}, **values}
            base_url = base_url or self.existing.base_url
        self.wanted = Wanted(self.method.id, environment, name, values, base_url)

    @property
    def fields(self) -> tuple[FieldSpec, ...]:
        """Return everything that the connection can hold."""
        return self.connector.manifest.connection_fields(self.method)

    def save(self, wanted: Wanted, *, check: bool) -> Saved:
        """Save it."""
        return save(
            self.book, self.connector, wanted, now=_now, existing=self.existing, check=check, both=self.both
        )  # fmt: skip


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class _Conversation:
    """Ask a person for what is missing or wrong, until it is saved or they give up with Ctrl-C."""

    desk: _Desk

    def run(self) -> Saved:
        """Ask, check and save."""
        desk = self.desk
        _say(f"Connect {desk.connector.manifest.name} by {desk.method.label}. Stop with Ctrl-C; nothing is saved then.")
        if desk.method.help:
            _say(desk.method.help)
        missing = [
            f for f in desk.method.fields if f.required and f.id not in desk.wanted.values and desk.existing is None
        ]
        wanted, check = self._asked(desk.wanted, missing), desk.check
        while True:
            try:
                if check:
                    _say(f"Checking with {desk.connector.manifest.name} ...")
                return desk.save(wanted, check=check)
            except InputError as exc:
                wanted, check = self._corrected(wanted, exc), desk.check
            except CredentialsError as exc:
                _say(f"{exc.message} {NOT_SAVED}")
                named = [problem.path for problem in exc.problems]
                again = [field for field in desk.fields if field.id in named]
                wanted = self._asked(wanted, again or [f for f in desk.method.fields if f.required])
            except (StoreError, StaleError):
                raise
            except ConnectorError as exc:
                check = _try_again(exc)

    def _corrected(self, wanted: Wanted, exc: InputError) -> Wanted:
        """Ask anew for what has a problem; the rest stays as it was typed."""
        labels = {field.id: field.label for field in self.desk.fields} | {"name": "Name"}
        faulty = [problem.path for problem in exc.problems]
        if not faulty or any(path not in labels for path in faulty):
            raise exc
        for problem in exc.problems:
            _say(problem.sentence(labels[problem.path]))
        if "name" in faulty:
            wanted = replace(wanted, name=_ask("Name"))
        return self._asked(wanted, [field for field in self.desk.fields if field.id in faulty])

    @staticmethod
    def _asked(wanted: Wanted, fields: Iterable[FieldSpec]) -> Wanted:
        values = dict(wanted.values)
        for field in fields:
            values[field.id] = _ask_for(field)
        return replace(wanted, values=values)


def _ask_for(field: FieldSpec) -> Any:
    hint = f" ({field.help or field.description})"
    if field.type.scalar == "sensitive":
        try:
            return SecretStr(getpass.getpass(f"{field.label}{hint}, not shown: ", stream=sys.stderr))
        except EOFError:
            raise KeyboardInterrupt from None
    text = _ask(f"{field.label}{hint}")
    return typed(field, text) if text else None


def _ask(what: str) -> str:
    print(f"{what}: ", end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:
        raise KeyboardInterrupt
    return line.strip()


def _try_again(exc: ConnectorError) -> bool:
    """Let the person choose after an error that says nothing about the values; return whether to check again."""
    _say(f"{exc.message} {NOT_REJECTED} {NOT_SAVED}")
    while True:
        answer = _ask("Try again (t), or save without checking (s)").lower()
        if answer in ("t", "s"):
            return answer == "t"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _print(saved: Saved, *, as_json: bool) -> int:
    if as_json:
        return print_json({"connections": [_document(one) for one in saved.connections]})
    for one in saved.connections:
        state = "Connected." if one.status == "connected" else "Not checked."
        account = f" Account: {one.account}." if one.account else ""
        print(f"Saved {one.name!r} in {one.environment.title()}. {state}{account}")
    if detail := saved.connections[0].detail:
        print(detail)
    return 0


def _document(one: SavedConnection) -> dict[str, Any]:
    keys = ("id", "name", "environment", "status", "account", "detail", "is_default")
    return {key: getattr(one, key) for key in keys}
