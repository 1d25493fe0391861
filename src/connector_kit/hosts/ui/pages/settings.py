"""Settings: the language and the time zone of the pages, for as long as the server runs."""

from __future__ import annotations

from starlette.responses import Response

from connector_kit.hosts.ui.language import languages
from connector_kit.hosts.ui.site import Message
from connector_kit.hosts.ui.times import zone, zone_names
from connector_kit.hosts.ui.visit import Visit, chosen_language

# The pages that the button in the foot of a page may lead back to; others need more than their name.
_BACK = ("connections", "explore")


def settings(visit: Visit) -> Response:
    """Show the choices, or take them."""
    if visit.posted:
        return _chosen(visit)
    return visit.page(
        "settings.html",
        title=visit.say("Settings"),
        languages=languages().values(),
        zones=zone_names(),
        chosen=visit.site.preferences,
    )


def _chosen(visit: Visit) -> Response:
    preferences = visit.site.preferences
    if "language" in visit.form:
        preferences.language = visit.form["language"] if visit.form["language"] in languages() else None
    if "zone" in visit.form:
        preferences.zone = zone(visit.form["zone"])
    # In the language that was just chosen, else in that of this visit.
    said = chosen_language(visit.site, "") if preferences.language else visit.language
    back = visit.form.get("back", "")
    return visit.go(back if back in _BACK else "settings", Message(said.say("Your settings were saved.")))
