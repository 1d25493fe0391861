"""Ask once more before something is changed, carry it out at most once, and say how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from starlette.responses import Response

from connector_kit import ConnectorError, ContractError, FieldSpec, OutcomeUnknownError
from connector_kit.connections import StoreError
from connector_kit.connections.sessions import mark
from connector_kit.hosts.ui import forms
from connector_kit.hosts.ui.confirmations import Confirmation, State
from connector_kit.hosts.ui.pages.connections import card
from connector_kit.hosts.ui.table import Cell, cell
from connector_kit.hosts.ui.told import told
from connector_kit.hosts.ui.trial import Failure, Trial, failed, trial
from connector_kit.hosts.ui.visit import Visit


@dataclass(frozen=True, slots=True)
class Entry:
    """One input as it will be used, and what was typed where that is something else."""

    cell: Cell
    typed: str = field(default="", repr=False)


def confirm(visit: Visit) -> Response:
    """Show a confirmation or its outcome; a POST carries it out, or looks for what became of it."""
    about = trial(visit)
    found = visit.site.confirmations.get(visit.places["confirmation"], about.place)
    if found is None:
        title = visit.say("This is not kept any more")
        return visit.page("failed.html", title=title, status=404, reason="confirmation")
    if not visit.posted:
        return _page(about, found)
    look = visit.form.get("do") == "look" and about.action.idempotency_key is not None
    if found.state in ("open", "unknown") and found.mark != mark(about.saved):
        # Over another account the key would be new, and even looking would act.
        return _page(about, found, "changed")
    if found.state == "open" and _asks_twice(about) and visit.form.get("sure") != "yes":
        return _page(about, found, "unsure")
    # A second click waits here until the first has ended, and then finds its result.
    with found.lock:
        if found.begin(visit.form.get("attempt", ""), look=look):
            _carry_out(about, found, "unknown" if look else "open")
    return visit.go("confirm", id=about.saved.id, act=about.action.id, confirmation=found.id)


def _carry_out(about: Trial, found: Confirmation, before: State) -> None:
    """Act, or, where the outcome was unknown ``before``, look for it and never act."""
    key = about.action.idempotency_key
    inputs = {**found.inputs, **({key: f"confirmation {found.id}"} if key else {})}
    try:
        result = about.look_for(inputs) if before == "unknown" else about.run(inputs)
    except (OutcomeUnknownError, ContractError) as exc:
        # An answer that breaks the contract is an answer: something was done.
        found.end("unknown", error=exc)
    except StoreError:
        found.end(before)
        raise
    except ConnectorError as exc:
        # All of these say that nothing was done now, so what was known before is still true.
        found.end(before, error=exc)
    except BaseException:
        found.end("unknown")
        raise
    else:
        found.end("done", result=result)


def _asks_twice(about: Trial) -> bool:
    return about.saved.environment == "production"


def _page(about: Trial, found: Confirmation, fault: str = "") -> Response:
    visit, state = about.visit, found.state
    failure = _failure(about, found.error) if state == "open" and found.error else None
    values: dict[str, Any] = {
        "about": about,
        "card": card(visit, about.saved),
        "found": found,
        "entries": _entries(about, found),
        "asks_twice": _asks_twice(about),
        "fault": fault,
        "failure": failure,
        "unknown": told(found.error.message) if state == "unknown" and found.error else None,
        "can_look": about.action.idempotency_key is not None,
    }
    bad = bool(fault or failure or state == "unknown")
    status = {"unsure": 422, "changed": 409}.get(fault, 200)
    return visit.page("confirm.html", title=_title(about, state), status=status, error=bad, state=state, **values)


def _failure(about: Trial, exc: ConnectorError) -> Failure:
    """Say why nothing was done; the fields that are to be changed are on another page."""
    failure = failed(about, exc)
    if not failure.faults:
        return failure
    faults = tuple(replace(fault, target="") for fault in failure.faults)
    return replace(failure, headline=about.visit.say("Something needs a change first"), faults=faults)


def _title(about: Trial, state: str) -> str:
    visit, action = about.visit, about.action.label
    titles = {
        "open": visit.say("{action}: please confirm", action=action),
        "running": visit.say("{action}: under way", action=action),
        "done": visit.say("{action}: done", action=action),
        "unknown": visit.say("{action}: not known how it ended", action=action),
    }
    return titles[state]


def _entries(about: Trial, found: Confirmation) -> list[Entry]:
    """Return the inputs as they will be used: as a dry run read them, where it says so."""
    used = found.preview.get("inputs")
    used = used if isinstance(used, dict) else {}
    given = [spec for spec in about.ordered if spec.id in found.inputs]
    return [_entry(about, spec, found.inputs[spec.id], used.get(spec.id)) for spec in given]


def _entry(about: Trial, spec: FieldSpec, typed: Any, used: Any) -> Entry:
    if forms.kind(spec) == "secret":
        return Entry(Cell(spec.label, "text", "••••"))
    shown = cell(about.visit, spec, typed if used is None else used)
    before = cell(about.visit, spec, typed).text
    return Entry(replace(shown, label=spec.label), before if before != shown.text else "")
