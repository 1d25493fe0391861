"""What the pages of automations have in common: over which connections one runs, what it may change, and how its runs stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby

from connector_kit import ActionSpec, Manifest
from connector_kit.connections import ENVIRONMENTS, Environment, SavedConnection, name_key
from connector_kit.connections.sessions import mark
from connector_kit.english import Automations, Begin, NoRunError, Program, Run
from connector_kit.english.explain import connections_used
from connector_kit.english.program import Call
from connector_kit.hosts.ui.pages.connections import Card, card, label
from connector_kit.hosts.ui.visit import NotFoundError, Visit


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the connections that an automation can be run over: those of a name, or the defaults (None), of an environment."""

    environment: Environment
    name: str | None
    label: str = ""

    @property
    def id(self) -> str:
        """How a form sends it; a name may hold anything, but an environment holds no colon."""
        return f"{self.environment}:{self.name or ''}"


@dataclass(frozen=True, slots=True)
class Account:
    """A connection that an automation may use, and what is saved under that name, if anything is."""

    connector: str
    name: str | None
    saved: SavedConnection | None
    card: Card | None


def automations(visit: Visit) -> Automations:
    """Return what checks, explains and runs automations.

    Raises:
        JournalError: if the journal of runs cannot be used.
    """
    site = visit.site
    return Automations(site.book, site.runs.journal, site.load, site.now)


def begin(visit: Visit, choice: Choice) -> Begin:
    """Return what a run is begun with."""
    return Begin(visit.site.now, visit.zone, choice.name, choice.environment)


def manifests(visit: Visit) -> list[Manifest]:
    """Return the manifests of what is installed."""
    return [connector.manifest for connector in visit.site.connectors.values()]


def choices(visit: Visit) -> list[Choice]:
    """Return every choice there is, Production first, the defaults of an environment before its names.

    Where nothing is saved there still is one: an automation need not call anything.
    """
    saved = visit.site.book.list()
    found: list[Choice] = []
    for environment in ENVIRONMENTS:
        here = [one for one in saved if one.environment == environment]
        if any(one.is_default for one in here):
            found.append(_default(visit, environment, [one for one in here if one.is_default]))
        for _, group in groupby(sorted(here, key=lambda one: name_key(one.name)), lambda one: name_key(one.name)):
            found.append(_named(visit, environment, list(group)))
    return found or [Choice("production", None, visit.say("No connection is saved yet"))]


def chosen(id_: str, among: Sequence[Choice]) -> Choice | None:
    """Return the choice that a form sent."""
    return next((choice for choice in among if choice.id == id_), None)


def mutations(program: Program, among: Iterable[Manifest]) -> list[ActionSpec]:
    """Return the actions that change something and that a program may carry out, each once."""
    by_id = {manifest.id: manifest for manifest in among}
    calls = [step for step in program.all_steps() if isinstance(step, Call)]
    found = [by_id[call.connector].action(call.action) for call in calls if call.connector in by_id]
    return list({action.id: action for action in found if action is not None and action.mutation}.values())


def accounts(visit: Visit, program: Program, choice: Choice) -> list[Account]:
    """Return every connection that a program may use, with what is saved under its name now."""
    used = connections_used(program, manifests(visit))
    return [_account(visit, connector, name or choice.name, choice.environment) for connector, name in used]


def marked(found: Iterable[Account]) -> object:
    """Return what decides where the sends of a run go: with another mark they may go from another account."""
    return [(one.connector, one.name, one.saved and (one.saved.id, mark(one.saved))) for one in found]


def found_run(visit: Visit, id_: str) -> Run:
    """Return a run.

    Raises:
        NotFoundError: if it is gone.
    """
    try:
        return visit.site.runs.journal.get(id_)
    except NoRunError:
        raise NotFoundError from None


def stamp(run: Run) -> str:
    """Return how a run stands, in a few letters: a form that was made when it stood otherwise does nothing."""
    stands = (run.updated.isoformat(), run.state, run.position, run.detail)
    return sha256(repr(stands).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _account(visit: Visit, connector: str, name: str | None, environment: Environment) -> Account:
    book = visit.site.book
    saved = book.default(connector, environment) if name is None else book.find(connector, name, environment)
    return Account(connector, name, saved, None if saved is None else card(visit, saved))


def _default(visit: Visit, environment: Environment, defaults: list[SavedConnection]) -> Choice:
    names = ", ".join(dict.fromkeys(one.name for one in defaults))
    said = visit.say(
        "{environment}: the default connection, “{name}”", environment=label(visit, environment), name=names
    )
    return Choice(environment, None, said)


def _named(visit: Visit, environment: Environment, group: list[SavedConnection]) -> Choice:
    connectors = visit.site.connectors
    services = [connectors[one.connector].manifest.name for one in group if one.connector in connectors]
    about = [*services, *(one.account for one in group if one.account)]
    said = visit.say("{environment}: {name}", environment=label(visit, environment), name=group[0].name)
    return Choice(environment, group[0].name, " · ".join([said, *about]))
