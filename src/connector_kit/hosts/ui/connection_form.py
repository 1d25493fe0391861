"""The form of one connection, new or saved: what stands in it, and what it says when it could not be saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from pydantic import SecretStr
from starlette.responses import Response

from connector_kit import (
    ConnectionMethodSpec,
    Connector,
    ConnectorError,
    CredentialsError,
    FieldSpec,
    InputError,
    Problem,
)
from connector_kit.connections import ENVIRONMENTS, LONGEST_NAME, DuplicateNameError, Environment, SavedConnection
from connector_kit.hosts.ui import forms
from connector_kit.hosts.ui.told import Told, told
from connector_kit.hosts.ui.visit import Visit

UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class Entered:
    """What a person has entered so far. ``values`` holds no secrets; those are in ``secrets``."""

    name: str
    environment: str
    draft: str
    both: bool = False
    rev: int = 0
    check: bool = True
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    secrets: Mapping[str, SecretStr] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why it was not saved. ``marked`` are the problems beside the fields; ``retry`` offers to save without a check."""

    status: int
    headline: str
    told: Told | None = None
    marked: tuple[Problem, ...] = field(default=(), repr=False)
    tone: Literal["bad", "notice"] = "bad"
    retry: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """What the form is about: a connector, one of its methods, and the saved connection that is edited, if there is one."""

    connector: Connector
    method: ConnectionMethodSpec
    saved: SavedConnection | None = None

    @property
    def fields(self) -> tuple[FieldSpec, ...]:
        """Every field of the form that the manifest declares."""
        return self.connector.manifest.connection_fields(self.method)


def entered(visit: Visit, subject: Subject) -> Entered:
    """Read what was posted."""
    given = forms.read(subject.fields, visit.form, visit.zone)
    secrets = {id_: given for id_, given in given.items() if isinstance(given, SecretStr)}
    rev = visit.form.get("rev", "")
    return Entered(
        name=visit.form.get("name", ""),
        environment=visit.form.get("environment", ""),
        # A form without one must not find what another one left behind.
        draft=visit.form.get("draft") or visit.site.drafts.new_id(),
        both=visit.form.get("both") == "yes",
        rev=int(rev) if rev.isdecimal() and len(rev) < 10 else 0,
        check=visit.form.get("save") != UNCHECKED,
        values={id_: given for id_, given in given.items() if id_ not in secrets},
        secrets=secrets,
    )


def chosen_environment(name: str) -> Environment:
    """Return the environment of this name.

    Raises:
        InputError: if there is none.
    """
    found = next((environment for environment in ENVIRONMENTS if environment == name), None)
    if found is None:
        raise InputError("The connection was not saved.", problems=[Problem("environment", "is not chosen")])
    return found


def judged(visit: Visit, subject: Subject, exc: ConnectorError) -> Verdict:
    """Say why a connection was not saved."""
    service = subject.connector.manifest.name
    if isinstance(exc, InputError):
        headline = visit.say("Please change what is marked below")
        return Verdict(409 if isinstance(exc, DuplicateNameError) else 422, headline, marked=exc.problems)
    parts = told(exc.message)
    if isinstance(exc, CredentialsError):
        headline = visit.say("Nothing was saved")
        return Verdict(422, headline, parts, exc.problems or _suspects(visit, subject))
    headline = visit.say(
        "The check with {service} did not finish. Your values were not rejected. Nothing was saved yet.",
        service=service,
    )
    return Verdict(503, headline, parts, exc.problems, "notice", retry=True)


def _suspects(visit: Visit, subject: Subject) -> tuple[Problem, ...]:
    """Mark every field that could be the reason; the service does not say which."""
    sentence = visit.say("Check this value.")
    return tuple(Problem(spec.id, sentence) for spec in subject.method.fields if spec.required)


def page(visit: Visit, subject: Subject, given: Entered, verdict: Verdict | None = None) -> Response:
    """Answer with the form."""
    manifest, saved = subject.connector.manifest, subject.saved
    marked = verdict.marked if verdict else ()
    if any(problem.path == "name" and problem.clear for problem in marked):
        given = replace(given, name="")
    fields = forms.shown(
        subject.fields, given.values, visit.zone, problems=marked, notes=_notes(visit, subject, given.draft)
    )
    own = {"name": visit.say("Name"), "environment": visit.say("Environment")}
    faults = forms.faults(marked, subject.fields, own)
    count = len(subject.method.fields)
    return visit.page(
        "connection_form.html",
        title=_title(visit, subject),
        status=verdict.status if verdict else 200,
        manifest=manifest,
        method=subject.method,
        saved=saved,
        given=given,
        fields=fields[:count],
        options=fields[count:],
        options_open=any(shown.value or shown.error for shown in fields[count:]),
        verdict=verdict,
        faults=faults,
        focus=_focus(visit, verdict, faults),
        own_errors={fault.target: fault.sentence for fault in faults if fault.target in own},
        longest_name=LONGEST_NAME,
    )


def _title(visit: Visit, subject: Subject) -> str:
    if subject.saved is not None:
        return visit.say("Edit “{name}”", name=subject.saved.name)
    return visit.say("Connect {service}", service=subject.connector.manifest.name)


def _focus(visit: Visit, verdict: Verdict | None, faults: list[forms.Fault]) -> str:
    """Return the id of the element that the page puts the cursor into."""
    if verdict is None:
        return "" if visit.posted else "first"
    alone = len(faults) == 1 and faults[0].target and verdict.told is None
    return faults[0].target if alone else "summary"


def _notes(visit: Visit, subject: Subject, draft: str) -> dict[str, str]:
    """Say beside each secret whether one waits or is saved, since none is ever shown."""
    secrets = [spec.id for spec in subject.fields if spec.type.scalar == "sensitive"]
    notes = {}
    if subject.saved is not None and subject.saved.secret_at is not None:
        date = visit.when(subject.saved.secret_at)
        kept = visit.say("A value is saved ({date}). Leave this blank to keep it.", date=date)
        notes = dict.fromkeys(secrets, kept)
    waiting = visit.say("You have entered a value. It is not shown again; leave this blank to use it.")
    return notes | dict.fromkeys(visit.site.drafts.waiting(draft), waiting)
