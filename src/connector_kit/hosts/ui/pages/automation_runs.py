"""The pages of runs: all of them, one with what can be done about it, and the question before one is removed."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from connector_kit.english import NoRunError, Run, RunBusyError
from connector_kit.hosts.ui import questions, run_view
from connector_kit.hosts.ui.automating import found_run, stamp
from connector_kit.hosts.ui.carrying_on import carry_on, soon
from connector_kit.hosts.ui.site import Message
from connector_kit.hosts.ui.told import told
from connector_kit.hosts.ui.visit import Visit

MOST = 200  # runs on one page


def runs(visit: Visit) -> Response:
    """Show all runs, the newest first."""
    every = visit.site.runs.journal.runs()
    entries = [run_view.entry(visit, run) for run in every[:MOST]]
    return visit.page("runs.html", title=visit.say("Runs of automations"), entries=entries, count=len(every))


def run(visit: Visit) -> Response:
    """Show a run; a POST answers it, tries it again, leaves a step out, or stops it."""
    found = found_run(visit, visit.places["run"])
    if not visit.posted:
        return _page(visit, found)
    do, seen = visit.form.get("do"), visit.form.get("stands", "")
    if do == "stop":
        visit.site.runs.stop(found.id)
        soon(visit.site.runs.attempt(found.id))
    elif do == "answer":
        given = questions.answers(visit.form)
        if not given:
            return _page(visit, found, blank=True)
        soon(carry_on(visit, found.id, seen, answers=given))
    elif do == "skip" and (at := run_view.stopped(found)) is not None:
        soon(carry_on(visit, found.id, seen, skip=at.step))
    elif do == "go":
        soon(carry_on(visit, found.id, seen))
    return visit.go("run", run=found.id)


def progress(visit: Visit) -> Response:
    """Answer the script that looks how a run goes: whether it is still under way, and what it told last."""
    found = found_run(visit, visit.places["run"])
    attempt = visit.site.runs.attempt(found.id)
    lines = [] if attempt is None else [_line(*line) for line in list(attempt.lines)]
    running = run_view.state_of(visit, found) == "running"
    return JSONResponse({"running": running, "lines": lines[-20:]})


def remove(visit: Visit) -> Response:
    """Ask whether a run may be removed, or remove it."""
    id_ = visit.places["run"]
    if not visit.posted:
        entry = run_view.entry(visit, found_run(visit, id_))
        return visit.page("run_remove.html", title=visit.say("Remove the run {run}?", run=id_), entry=entry)
    try:
        visit.site.runs.journal.remove(id_, now=visit.site.now())
    except NoRunError:
        # A second click, or another window was faster; what was wanted is done.
        return visit.go("runs", Message(visit.say("The run is removed already.")))
    except RunBusyError:
        text = visit.say("The run is under way, so it was not removed. Stop it first, or wait.")
        return visit.go("run", Message(text, tone="notice"), run=id_)
    visit.site.runs.forget(id_)
    return visit.go("runs", Message(visit.say("The run {run} was removed.", run=id_)))


def _page(visit: Visit, found: Run, *, blank: bool = False) -> Response:
    attempt = visit.site.runs.attempt(found.id)
    entry = run_view.entry(visit, found)
    running = entry.state == "running"
    sends = [] if running else run_view.changed(visit, found)
    at = None if running else run_view.stopped(found)
    open_now = [] if running else run_view.open_questions(visit, found)
    last = attempt if attempt is not None and not running else None
    bad = blank or at is not None or entry.state in ("broken off", "interrupted")
    return visit.page(
        "run.html",
        title=visit.say("Run {run}: {state}", run=found.id, state=entry.word),
        status=422 if blank else 200,
        error=bad,
        run=found,
        entry=entry,
        stands=stamp(found),
        lines=[_line(*line) for line in list(attempt.lines)][-20:] if attempt and running else [],
        at=at,
        asked=questions.asked(open_now, {}),
        blank=blank,
        heard=run_view.heard(found, attempt),
        sends=sends[: run_view.MOST_SENDS],
        count=len(sends),
        failure=told(str(last.error)) if last is not None and last.error is not None else None,
        broken=last is not None and last.broken,
        here_now=running and attempt is not None and not attempt.ended.is_set(),
    )


def _line(path: str, sentence: str) -> str:
    return f"{path}: {sentence}" if path else sentence
