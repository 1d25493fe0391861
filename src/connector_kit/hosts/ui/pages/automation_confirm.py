"""Ask once more before an automation runs that changes something, and begin its run once, however often that is confirmed."""

from __future__ import annotations

from starlette.responses import Response

from connector_kit import ConnectorError, Result
from connector_kit.english import Program, Unfinished
from connector_kit.english import check as checked
from connector_kit.hosts.ui.automating import (
    Account,
    Choice,
    accounts,
    automations,
    begin,
    choices,
    chosen,
    manifests,
    marked,
    mutations,
)
from connector_kit.hosts.ui.carrying_on import carry_on, soon
from connector_kit.hosts.ui.confirmations import Confirmation
from connector_kit.hosts.ui.site import Message
from connector_kit.hosts.ui.told import told
from connector_kit.hosts.ui.visit import Visit

# Where the confirmations of automations are kept among those of single actions.
PLACE = ("automations", "run")


def made(visit: Visit, draft: str, program: Program, choice: Choice) -> Response:
    """Go on to the confirmation of a program, or, where it changes nothing, to its run.

    Raises:
        NoConnectionError: if one is missing that it may use.
        JournalError: if the journal of runs cannot be used.
    """
    desk, with_ = automations(visit), begin(visit, choice)
    desk.check_connections(program.text, with_)
    steps = desk.explain(program.text, with_)
    mark = marked(accounts(visit, program, choice))
    inputs = {"text": program.text, "connection": choice.id, "zone": visit.zone.key}
    found = visit.site.confirmations.make(draft, PLACE, mark, inputs, {"steps": steps})
    if found.result is None and not mutations(program, manifests(visit)):
        with found.lock:
            _begin(visit, found, choice, "0")
        return _go(visit, found, again=False)
    return _go(visit, found, again=found.result is not None)


def confirm(visit: Visit) -> Response:
    """Show a confirmation; a POST begins the run."""
    found = visit.site.confirmations.get(visit.places["confirmation"], PLACE)
    if found is None:
        title = visit.say("This is not kept any more")
        return visit.page("failed.html", title=title, status=404, reason="confirmation")
    if found.result is not None:
        return _go(visit, found, again=not visit.posted)
    choice = chosen(found.inputs["connection"], choices(visit))
    program = checked(found.inputs["text"], manifests(visit)).program
    used = [] if choice is None else accounts(visit, program, choice)
    if choice is None or found.mark != marked(used):
        return _page(visit, found, used, fault="changed")
    if not visit.posted:
        return _page(visit, found, used, choice)
    if choice.environment == "production" and visit.form.get("sure") != "yes":
        return _page(visit, found, used, choice, fault="unsure")
    # A second click waits here until the first has begun the run, and then finds it.
    with found.lock:
        before = None if found.result is not None else _before(visit, found, choice)
        if before is not None and before.may_have_acted and visit.form.get("anew") != before.run.id:
            return _page(visit, found, used, choice, fault="anew")
        _begin(visit, found, choice, visit.form.get("attempt", ""))
    return _go(visit, found, again=False)


def _before(visit: Visit, found: Confirmation, choice: Choice) -> Unfinished | None:
    """Return the run that a new one would repeat."""
    return automations(visit).unfinished(found.inputs["text"], begin(visit, choice))


def _begin(visit: Visit, found: Confirmation, choice: Choice, attempt: str) -> None:
    """Write the run down and begin to carry it out, if this is the page's turn."""
    if not found.begin(attempt, look=False):
        return
    try:
        id_ = automations(visit).start(found.inputs["text"], begin(visit, choice))
    except ConnectorError as exc:
        found.end("open", error=exc)
    except BaseException:
        found.end("open")
        raise
    else:
        # Before it runs: whatever happens now, this confirmation has had its run.
        found.end("done", result=Result(id_))
        soon(carry_on(visit, id_))


def _go(visit: Visit, found: Confirmation, *, again: bool) -> Response:
    if found.result is None:
        return visit.go("automation_confirm", confirmation=found.id)
    before = visit.say("This was run already. It was not run again: this is how it stands.")
    return visit.go("run", Message(before, tone="notice") if again else None, run=str(found.result.output))


def _page(
    visit: Visit, found: Confirmation, used: list[Account], choice: Choice | None = None, *, fault: str = ""
) -> Response:
    program = checked(found.inputs["text"], manifests(visit)).program
    return visit.page(
        "automation_confirm.html",
        title=visit.say("Run this automation?"),
        status={"unsure": 422, "anew": 422, "changed": 409}.get(fault, 200),
        found=found,
        used=used,
        choice=choice,
        steps_said=found.preview["steps"],
        warnings=[action.warning for action in mutations(program, manifests(visit)) if action.warning],
        asks_twice=choice is not None and choice.environment == "production",
        before=None if choice is None else _before(visit, found, choice),
        fault=fault,
        failure=told(str(found.error)) if found.error else None,
    )
