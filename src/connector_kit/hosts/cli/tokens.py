"""``connector serve token``: make, list and remove the tokens that let other programs in."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing

from connector_kit import InputError, load_connectors
from connector_kit.connections import Environment
from connector_kit.connections.book import open_book
from connector_kit.hosts.cli.printing import print_json, print_table, say, tell
from connector_kit.tokens import TokenFile, default_token_file, new_token


def _file(given: argparse.Namespace) -> TokenFile:
    return TokenFile(given.tokens or default_token_file())


def _add(given: argparse.Namespace) -> int:
    if bool(given.connection) == given.all_connections:
        raise InputError("Say what the token may use: --connection NAME, once or several times, or --all-connections.")
    environment: Environment = given.environment or "production"
    _check_names(given.connection or (), environment)
    secret, token = new_token(
        given.name,
        environment=environment,
        connections=tuple(given.connection) if given.connection else None,
        read_only=given.read_only,
    )
    file = _file(given)
    file.add(token)
    if given.json:
        return print_json({"name": token.name, "token": secret})
    say(secret)
    tell(f"This is the token {token.name!r}. It is shown this once; {file.path} holds only its digest.")
    return 0


def _check_names(names: Iterable[str], environment: Environment) -> None:
    """Refuse a name that nothing has: a token for it would open nothing, and nobody would know why."""
    manifests = [connector.manifest for connector in load_connectors().values()]
    with closing(open_book(manifests)) as book:
        for name in names:
            if not any(book.find(manifest.id, name, environment) for manifest in manifests):
                where = f"called {name!r} in {environment.title()}"
                raise InputError(f"There is no connection {where}. See: connector connections list")


def _list(given: argparse.Namespace) -> int:
    tokens = _file(given).tokens()
    if given.json:
        return print_json([token.model_dump(mode="json", exclude={"sha256"}) for token in tokens])
    rows = [
        [
            token.name,
            token.environment,
            "all" if token.connections is None else "\n".join(token.connections),
            "reads only" if token.read_only else "all",
        ]
        for token in tokens
    ]
    return print_table(["token", "environment", "connections", "actions"], rows)


def _remove(given: argparse.Namespace) -> int:
    _file(given).remove(given.name)
    if given.json:
        return print_json({"removed": given.name})
    say(f"Removed {given.name!r}. It opens nothing any more.")
    return 0


COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {"add": _add, "list": _list, "remove": _remove}
