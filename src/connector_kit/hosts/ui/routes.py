"""Every page and the navigation: to add a page, write a function in ``pages`` and name it here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module

from starlette.responses import Response

from connector_kit.hosts.ui import pages
from connector_kit.hosts.ui.pages import confirm, connect, connections, explore, settings, try_act, try_it
from connector_kit.hosts.ui.visit import Map, NavigationItem, Visit


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its name, its path below the secret prefix, and the function that answers for it."""

    name: str
    path: str
    answer: Callable[[Visit], Response]
    methods: Sequence[str] = ("GET",)


def _later(module: str, function: str) -> Callable[[Visit], Response]:
    """Return a function of a module of pages that is loaded at its first visit: with it comes the language of automations."""

    def answer(visit: Visit) -> Response:
        found: Callable[[Visit], Response] = getattr(import_module(f"{pages.__name__}.{module}"), function)
        return found(visit)

    return answer


_GET_POST = ("GET", "POST")
_POST = ("POST",)

PAGES = (
    Page("explore", "/", explore.explore),
    Page("connect", "/connect/{connector}/{method}", connect.connect, _GET_POST),
    Page("schema", "/schema/{connector}/{method}.json", explore.schema),
    Page("connections", "/connections", connections.connections),
    Page("edit", "/connections/{id}/edit", connect.edit, _GET_POST),
    Page("delete", "/connections/{id}/delete", connections.delete, _GET_POST),
    Page("check", "/connections/{id}/check", connections.check, _POST),
    Page("default", "/connections/{id}/default", connections.make_default, _POST),
    Page("try", "/connections/{id}/try", try_it.actions),
    Page("action", "/connections/{id}/try/{act}", try_it.action, _GET_POST),
    Page("preview", "/connections/{id}/try/{act}/preview", try_act.preview, _POST),
    Page("confirm", "/connections/{id}/try/{act}/confirm/{confirmation}", confirm.confirm, _GET_POST),
    Page("automations", "/automations", _later("automation", "write"), _GET_POST),
    Page("look", "/automations/look", _later("automation", "look"), _POST),
    Page(
        "automation_confirm", "/automations/confirm/{confirmation}", _later("automation_confirm", "confirm"), _GET_POST
    ),
    Page("runs", "/automations/runs", _later("automation_runs", "runs")),
    Page("run", "/automations/runs/{run}", _later("automation_runs", "run"), _GET_POST),
    Page("progress", "/automations/runs/{run}/progress", _later("automation_runs", "progress")),
    Page("run_remove", "/automations/runs/{run}/remove", _later("automation_runs", "remove"), _GET_POST),
    Page("settings", "/settings", settings.settings, _GET_POST),
)

# The pages to which texts are sent that may be longer than any form.
LONG = ("automations", "look")

NAVIGATION = (
    NavigationItem("explore", "Explore integrations", covers=("connect",)),
    NavigationItem("connections", "Connections", covers=("edit", "delete", "try", "action", "confirm")),
    NavigationItem("automations", "Automations", covers=("automation_confirm", "runs", "run", "run_remove")),
    NavigationItem("settings", "Settings"),
)

MAP = Map({page.name: page.path for page in PAGES}, NAVIGATION)
