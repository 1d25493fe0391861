"""The page of an action that changes something: fill it in, see what it would do, and go on to the page that asks once more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import JSONResponse, Response

from connector_kit import ConnectorError, InputError
from connector_kit.connections import StoreError
from connector_kit.connections.sessions import mark
from connector_kit.hosts.ui import forms
from connector_kit.hosts.ui.drafts import Drafts
from connector_kit.hosts.ui.pages.connections import card
from connector_kit.hosts.ui.trial import Failure, Trial, failed, trial
from connector_kit.hosts.ui.visit import Visit


@dataclass(frozen=True, slots=True)
class State:
    """What stands in the form, and what is said about it."""

    draft: str
    inputs: Mapping[str, Any] = field(repr=False)
    failure: Failure | None = None
    preview: str = field(default="", repr=False)


def act(about: Trial) -> Response:
    """Show the form, preview what it would do, or make a confirmation of it."""
    visit = about.visit
    if not visit.posted:
        return _page(about, _first(about))
    inputs, draft = about.entered(), visit.form.get("draft", "")
    if "use" in visit.form:
        inputs |= _suggested(about)
    elif visit.form.get("do") != "preview":
        try:
            shown = dry_run(about, inputs)
        except ConnectorError as exc:
            return _page(about, State(draft, inputs, failed(about, exc)))
        made = visit.site.confirmations.make(draft, about.place, mark(about.saved), inputs, shown)
        return visit.go("confirm", id=about.saved.id, act=about.action.id, confirmation=made.id)
    return _page(about, _previewed(about, draft, inputs))


def preview(visit: Visit) -> Response:
    """Answer the script that asks while a person types: one line about what the action would do."""
    about = trial(visit)
    try:
        return JSONResponse({"text": _line(dry_run(about, about.entered()))})
    except StoreError:
        raise
    except ConnectorError as exc:
        return JSONResponse({"text": _awaited(about, exc)})


def dry_run(about: Trial, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what the action would do, as far as the connector can tell; nothing is done.

    Raises:
        ConnectorError: if it would not be done, such as InputError with everything that is wrong.
    """
    about.validate(inputs)
    if about.action.dry_run is None:
        return {}
    return about.run({**inputs, about.action.dry_run: True}).preview or {}


def _first(about: Trial) -> State:
    """Return the empty form, or one filled in as an earlier confirmation was."""
    site = about.visit.site
    before = site.confirmations.get(about.visit.query.get("from", ""), about.place)
    if before is None:
        return State(Drafts.new_id(), {})
    return State(Drafts.new_id(), before.inputs, preview=_line(before.preview))


def _suggested(about: Trial) -> dict[str, Any]:
    """Return the value that was suggested for a field, and taken."""
    id_, _, value = about.visit.form["use"].partition("=")
    return {spec.id: forms.value(spec, value, about.visit.zone) for spec in about.fields if spec.id == id_}


def _previewed(about: Trial, draft: str, inputs: Mapping[str, Any]) -> State:
    try:
        return State(draft, inputs, preview=_line(dry_run(about, inputs)))
    except ConnectorError as exc:
        return State(draft, inputs, failed(about, exc))


def _line(shown: Mapping[str, Any]) -> str:
    """Return what a preview says in one line: its own summary, or its plain facts."""
    if isinstance(summary := shown.get("summary"), str):
        return summary
    facts = {name: value for name, value in shown.items() if isinstance(value, str | int | float) and name != "note"}
    return ", ".join(f"{name.replace('_', ' ')}: {value}" for name, value in facts.items())


def _awaited(about: Trial, exc: ConnectorError) -> str:
    """Say quietly what a preview waits for; a person who is still typing has made no mistake."""
    if not isinstance(exc, InputError):
        return exc.message
    waiting = {forms.field_of(problem) for problem in exc.problems}
    labels = [spec.label for spec in about.ordered if spec.id in waiting]
    return about.visit.say("A preview needs: {fields}", fields=", ".join(labels)) if labels else exc.message


def _page(about: Trial, state: State) -> Response:
    visit, failure = about.visit, state.failure
    shown = forms.shown(about.ordered, state.inputs, visit.zone, problems=failure.problems if failure else ())
    options = shown[about.required :]
    alone = failure is not None and len(failure.faults) == 1 and failure.faults[0].target
    return visit.page(
        "try_act.html",
        title=about.action.label,
        status=failure.status if failure else 200,
        about=about,
        card=card(visit, about.saved),
        fields=shown[: about.required],
        options=options,
        options_open=any(option.value or option.error for option in options),
        draft=state.draft,
        failure=failure,
        preview=state.preview,
        focus=(alone or "summary") if failure else "preview" if visit.posted else "",
    )
