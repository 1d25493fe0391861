"""Try it: what a saved connection can do, and the page of each action by what it is: a read, or something that changes things."""

from __future__ import annotations

from starlette.responses import Response

from connector_kit.hosts.ui.pages import try_act, try_read
from connector_kit.hosts.ui.pages.connections import card
from connector_kit.hosts.ui.trial import trial
from connector_kit.hosts.ui.visit import Visit


def actions(visit: Visit) -> Response:
    """Show the actions of the connection's integration."""
    saved = visit.saved()
    manifest = visit.connector(saved.connector).manifest
    title = visit.say("Try “{name}”", name=saved.name)
    return visit.page("try.html", title=title, card=card(visit, saved), manifest=manifest)


def action(visit: Visit) -> Response:
    """Show or use the page of an action."""
    about = trial(visit)
    return try_act.act(about) if about.action.mutation else try_read.read(about)
