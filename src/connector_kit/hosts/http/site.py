"""What all requests of one run of the server share, and whom it lets see which connections."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from connector_kit import Connector
from connector_kit.connections import Environment, NoConnectionError, SavedConnection, name_key
from connector_kit.connections.book import ConnectionBook
from connector_kit.connections.sessions import Sessions
from connector_kit.hosts.http.problems import Refusal
from connector_kit.hosts.http.workers import Workers
from connector_kit.tokens import Token, TokenFile


@dataclass(frozen=True, slots=True)
class Site:
    """Everything a request may need; one per run. ``address`` is how clients reach the server.

    ``seconds`` is how long a request waits for its call, ``report`` is for whoever runs the server.
    """

    book: ConnectionBook
    connectors: Mapping[str, Connector]
    tokens: TokenFile
    environment: Environment
    address: str
    workers: Workers
    seconds: float
    report: Callable[[str], None]
    sessions: Sessions = field(default_factory=Sessions)

    def seen_by(self, token: Token) -> list[SavedConnection]:
        """Return the connections that a token may use.

        Raises:
            StoreError: if the saved connections cannot be read.
        """
        return [one for one in self.book.list() if token.admits(one) and one.connector in self.connectors]

    def connection(self, token: Token, wanted: str) -> SavedConnection:
        """Return the connection of an id or a name; one that a token may not use is like one that is not there.

        Raises:
            NoConnectionError: if there is none.
            Refusal: if two connectors have one of this name.
        """
        seen = self.seen_by(token)
        found = [one for one in seen if one.id == wanted] or [
            one for one in seen if name_key(one.name) == name_key(wanted)
        ]
        if not found:
            raise NoConnectionError(
                "There is no connection of that name or id that this token may use. GET /v1/connections lists them."
            )
        if len(found) > 1:
            message = (
                "Two connections have this name, of different connectors. Use the id; GET /v1/connections lists them."
            )
            raise Refusal("ambiguous", message)
        return found[0]

    def connectors_of(self, token: Token) -> list[Connector]:
        """Return the connectors of the connections that a token may use."""
        ids = {one.connector for one in self.seen_by(token)}
        return [connector for id_, connector in sorted(self.connectors.items()) if id_ in ids]
