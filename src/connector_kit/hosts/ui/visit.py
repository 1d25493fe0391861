"""One request for a page: what it asks for, in which language, and the answers a page can give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from connector_kit import Connector
from connector_kit.connections import SavedConnection
from connector_kit.hosts.ui.language import Language, languages, preferred
from connector_kit.hosts.ui.site import Message, Site
from connector_kit.hosts.ui.times import shown

FOLDER = Path(__file__).parent / "templates"


class NotFoundError(Exception):
    """There is no such page, connector or connection."""


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """An entry of the navigation: the page it leads to, its English label, and the pages that count as being there."""

    page: str
    label: str
    covers: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Map:
    """Where pages are: their paths below the secret prefix, with ``{places}``, by name; and the navigation."""

    paths: Mapping[str, str]
    navigation: Sequence[NavigationItem]


@dataclass(frozen=True, slots=True)
class Visit:
    """One request, as pages see it. ``form`` is what was posted, empty for a GET; ``places`` are the parts of the path."""

    site: Site
    map: Map
    name: str
    method: str
    places: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str]
    language: Language

    @property
    def posted(self) -> bool:
        """Whether a form was sent."""
        return self.method == "POST"

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which moments are shown and read."""
        return self.site.preferences.zone or self.site.home

    def say(self, text: str, /, **values: object) -> str:
        """Return one of our sentences in the reader's language. The catalogs are held complete by a test."""
        return self.language.say(text, **values)

    def when(self, moment: datetime | None) -> str:
        """Write a moment for the reader."""
        return "" if moment is None else shown(moment, self.zone, self.say("%d %b %Y, %H:%M"))

    def path(self, page: str, /, **places: str) -> str:
        """Return the path of a page; values that are no place of it become its query."""
        pattern = self.map.paths[page]
        inside = {name: quote(value, safe="") for name, value in places.items() if f"{{{name}}}" in pattern}
        query = {name: value for name, value in places.items() if name not in inside}
        return self.site.access.prefix + pattern.format(**inside) + (f"?{urlencode(query)}" if query else "")

    def page(self, template: str, /, *, title: str, status: int = 200, **values: Any) -> Response:
        """Answer with a page. ``title`` is its heading and, after "Error:" for a refused form, its title."""
        context = {"title": title, "error": status >= 400, **values}
        return HTMLResponse(self.part(template, **context), status)

    def part(self, template: str, /, **values: Any) -> str:
        """Return what a template makes of these values, such as the part of a page that a script puts in its place."""
        context = {"visit": self, "_": self.say, "path": self.path, **values}
        return environment().get_template(template).render(context)

    def go(self, page: str, message: Message | None = None, /, **places: str) -> Response:
        """Answer with the way to another page, where a message waits."""
        note = {} if message is None else {"message": self.site.messages.add(message)}
        return RedirectResponse(self.path(page, **places, **note), 303)

    def message(self) -> Message | None:
        """Return the message that waits for this page."""
        return self.site.messages.take(self.query.get("message"))

    def connector(self, id_: str | None = None) -> Connector:
        """Return the connector that the path, or ``id_``, names.

        Raises:
            NotFoundError: if it is not installed.
        """
        found = self.site.connectors.get(id_ or self.places["connector"])
        if found is None:
            raise NotFoundError
        return found

    def saved(self) -> SavedConnection:
        """Return the saved connection that the path names.

        Raises:
            NoConnectionError: if it is gone.
        """
        return self.site.book.get(self.places["id"])


def chosen_language(site: Site, accept_language: str) -> Language:
    """Return the language that the person chose, or the browser's."""
    return languages().get(site.preferences.language or "") or preferred(accept_language)


@cache
def environment() -> Environment:
    """Return the templates: everything put into them is escaped, and a name that is missing is an error."""
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
