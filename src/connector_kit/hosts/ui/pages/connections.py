"""Connections: the list of what is saved, and what can be done with each: check, make the default, delete."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from starlette.responses import Response

from connector_kit import ConnectorError, InputError, Manifest
from connector_kit.connections import (
    ENVIRONMENTS,
    Environment,
    NoConnectionError,
    SavedConnection,
    StaleError,
    Status,
    StoreError,
    masked,
)
from connector_kit.connections.saving import recheck
from connector_kit.hosts.ui.site import Message
from connector_kit.hosts.ui.told import Told, told
from connector_kit.hosts.ui.visit import Visit

# Symbols, so that a status does not depend on seeing its colour.
SYMBOLS: dict[Status, str] = {"connected": "✓", "attention": "✕", "unchecked": "?"}


@dataclass(frozen=True, slots=True)
class Card:
    """One connection as the list shows it."""

    saved: SavedConnection
    service: str
    version: str
    method: str
    identity: tuple[str, ...]
    symbol: str
    word: str
    checked: str
    detail: Told | None
    installed: bool


@dataclass(frozen=True, slots=True)
class Group:
    """The connections of an environment. ``missing`` names the services whose connections here have no default."""

    environment: Environment
    label: str
    cards: tuple[Card, ...]
    missing: tuple[str, ...]


def connections(visit: Visit) -> Response:
    """Show the list."""
    saved = visit.site.book.list()
    groups = [_group(visit, environment, saved) for environment in ENVIRONMENTS]
    connectors = [connector.manifest for connector in visit.site.connectors.values()]
    return visit.page(
        "connections.html",
        title=visit.say("Connections"),
        groups=[group for group in groups if group.cards],
        connectors=connectors,
    )


def delete(visit: Visit) -> Response:
    """Ask whether a connection may be deleted, or delete it."""
    try:
        saved = visit.saved()
        if saved.read_only:
            return read_only(visit)
        if not visit.posted:
            title = visit.say("Delete “{name}”?", name=saved.name)
            return visit.page("delete.html", title=title, card=card(visit, saved))
        visit.site.book.delete(saved.id)
        visit.site.sessions.end(saved.id)
    except NoConnectionError:
        if not visit.posted:
            raise
        # A second click, or another window was faster; what was wanted is done.
        return visit.go("connections", Message(visit.say("The connection is deleted already.")))
    text = visit.say("“{name}” was deleted.", name=saved.name)
    service = card(visit, saved).service
    warning = visit.say(
        "Its credentials still work at {service}. Revoke them there if nobody needs them any more.", service=service
    )
    return visit.go("connections", Message(text, (warning,)))


def check(visit: Visit) -> Response:
    """Ask the service again whether a connection works."""
    saved = visit.saved()
    try:
        now = recheck(visit.site.book, visit.connector(saved.connector), saved, now=visit.site.now)
    except StaleError:
        text = visit.say("“{name}” was changed in another window meanwhile. Check it again.", name=saved.name)
        return visit.go("connections", Message(text, tone="notice"))
    except (StoreError, InputError):
        raise
    except ConnectorError as exc:
        text = visit.say("“{name}” could not be checked. Its status was left as it was.", name=saved.name)
        return visit.go("connections", Message(text, tuple(str(exc).splitlines()), "notice"))
    if now.status == "connected":
        text = visit.say("“{name}” is connected.", name=saved.name)
        return visit.go("connections", Message(text))
    text = visit.say("“{name}” needs attention.", name=saved.name)
    # The steps stand with the connection itself.
    return visit.go("connections", Message(text, told(now.detail or "").sentences, "bad"))


def make_default(visit: Visit) -> Response:
    """Make a connection the one that automations get when they name none."""
    saved = visit.saved()
    if saved.read_only:
        return read_only(visit)
    visit.site.book.set_default(saved.id)
    text = visit.say(
        "“{name}” is now the default in {environment}.", name=saved.name, environment=label(visit, saved.environment)
    )
    return visit.go("connections", Message(text))


def label(visit: Visit, environment: Environment) -> str:
    """Return how a person reads an environment."""
    return visit.say("Production") if environment == "production" else visit.say("Test")


def card(visit: Visit, saved: SavedConnection) -> Card:
    """Return a connection as the list shows it."""
    connector = visit.site.connectors.get(saved.connector)
    manifest = connector.manifest if connector else None
    method = manifest.method(saved.method) if manifest else None
    words: dict[Status, str] = {
        "connected": visit.say("Connected"),
        "attention": visit.say("Needs attention"),
        "unchecked": visit.say("Not checked"),
    }
    return Card(
        saved=saved,
        service=manifest.name if manifest else saved.connector,
        version=saved.version or (manifest.version if manifest else ""),
        method=method.label if method else saved.method,
        identity=tuple(_identity(manifest, saved)) if manifest else (),
        symbol=SYMBOLS[saved.status],
        word=words[saved.status],
        checked=visit.say("Checked {time}", time=visit.when(saved.checked_at)) if saved.checked_at else "",
        detail=told(saved.detail) if saved.detail else None,
        installed=method is not None,
    )


def _identity(manifest: Manifest, saved: SavedConnection) -> Iterator[str]:
    """Yield the values that say whose account it is, masked: enough to recognize it, too little to copy it from a screen."""
    method = manifest.method(saved.method)
    for spec in manifest.connection_fields(method) if method else ():
        value = saved.public.get(spec.id)
        if spec.identity and spec.type.scalar != "sensitive" and value:
            yield masked(str(value))


def _group(visit: Visit, environment: Environment, every: list[SavedConnection]) -> Group:
    here = [saved for saved in every if saved.environment == environment]
    cards = tuple(card(visit, saved) for saved in here)
    with_default = {saved.connector for saved in here if saved.is_default}
    missing = {card.saved.connector: card.service for card in cards if card.saved.connector not in with_default}
    return Group(environment, label(visit, environment), cards, tuple(missing.values()))


def read_only(visit: Visit) -> Response:
    """Refuse to change a connection that is kept where these pages cannot write."""
    return visit.page("failed.html", title=visit.say("This cannot be changed here"), status=403, reason="read_only")
