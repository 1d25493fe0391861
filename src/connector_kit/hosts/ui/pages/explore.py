"""Explore integrations: every installed connector, what it can do, and the ways to connect it."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from connector_kit import Manifest
from connector_kit.hosts.ui.visit import NotFoundError, Visit


@dataclass(frozen=True, slots=True)
class Offer:
    """A connector as this page shows it, and how many connections to it are saved."""

    manifest: Manifest
    count: int


def explore(visit: Visit) -> Response:
    """Show the connectors, all or those that a search finds."""
    sought = visit.query.get("q", "").strip()[:100]
    saved = visit.site.book.list()
    offers = [
        Offer(connector.manifest, sum(connection.connector == connector.manifest.id for connection in saved))
        for connector in sorted(visit.site.connectors.values(), key=lambda found: found.manifest.name.casefold())
        if _is_found(connector.manifest, sought)
    ]
    return visit.page("explore.html", title=visit.say("Explore integrations"), offers=offers, sought=sought)


def schema(visit: Visit) -> Response:
    """Answer with the JSON Schema of a connection method, for other programs' forms."""
    # jsonschema is slow to import, and only this page needs it.
    from connector_kit.schemas import connection_schema, to_text  # noqa: PLC0415

    manifest = visit.connector().manifest
    method = manifest.method(visit.places["method"])
    if method is None:
        raise NotFoundError
    return Response(to_text(connection_schema(method, manifest)), media_type="application/schema+json")


def _is_found(manifest: Manifest, sought: str) -> bool:
    """Whether every word of a search occurs in what the page shows of a connector."""
    actions = (part for action in manifest.actions for part in (action.label, action.description))
    texts = " ".join([manifest.name, manifest.id, manifest.description, *actions]).casefold()
    return all(word in texts for word in sought.casefold().split())
