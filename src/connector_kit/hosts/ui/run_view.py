"""What a page shows of a run: how it stands, what it asks, why it stopped and where, and what it has said and changed."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from connector_kit.english import EnglishError, Outcome, Place, Question, Run
from connector_kit.english import check as checked
from connector_kit.english.running.answers import question_of
from connector_kit.english.running.recorded import loaded
from connector_kit.hosts.ui.automating import manifests
from connector_kit.hosts.ui.automation_text import Spot, failure_spot
from connector_kit.hosts.ui.pages.connections import label
from connector_kit.hosts.ui.runs import Attempt
from connector_kit.hosts.ui.told import Told, told
from connector_kit.hosts.ui.visit import Visit

# Symbols, so that a state does not depend on seeing its colour.
SYMBOLS = {
    "ready": "○",
    "running": "…",
    "broken off": "!",
    "waiting": "?",
    "interrupted": "!",
    "failed": "✕",
    "done": "✓",
}
MOST_SENDS = 200
MOST_SAID = 500
# The rounds in the path of a step: 5.2[7].1 is the step 5.2.1 of the text.
_ROUND = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class Changed:
    """One thing that a run has changed: the step and its line, the line as it was written, and what came of it."""

    step: str
    line: int
    code: str = field(repr=False)
    output: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Stopped:
    """Why a run stopped at a step, and what can be done. ``unknown`` says that the step may have been carried out."""

    told: Told
    spot: Spot
    step: str
    unknown: bool
    skippable: bool


@dataclass(frozen=True, slots=True)
class Heard:
    """What an automation has said, of which ``count`` is the whole, and what was noticed, with how often."""

    said: tuple[str, ...] = field(default=(), repr=False)
    count: int = 0
    notices: tuple[tuple[str, int], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """A run as a list shows it."""

    id: str
    state: str
    symbol: str
    word: str
    started: str
    name: str
    connection: str
    steps: int


def entry(visit: Visit, run: Run) -> Entry:
    """Return a run as a list shows it: nothing of its text and of what it found."""
    state = state_of(visit, run)
    named = run.connection or visit.say("the default connection")
    connection = visit.say("{environment}: {name}", environment=label(visit, run.environment), name=named)
    return Entry(
        run.id, state, SYMBOLS[state], word(visit, state), visit.when(run.started), named, connection, run.position
    )


def state_of(visit: Visit, run: Run) -> str:
    """Return how a run stands. One that was begun in this process a moment ago is running, also before it says so."""
    attempt = visit.site.runs.attempt(run.id)
    at_work = attempt is not None and not attempt.ended.is_set()
    return "running" if at_work else run.shown_state(visit.site.now())


def word(visit: Visit, state: str) -> str:
    """Return what a state is called."""
    words = {
        "ready": visit.say("Not begun"),
        "running": visit.say("Under way"),
        "broken off": visit.say("Broken off"),
        "waiting": visit.say("Waits for an answer"),
        "interrupted": visit.say("Stopped"),
        "failed": visit.say("Stopped at a step"),
        "done": visit.say("Done"),
    }
    return words[state]


def open_questions(visit: Visit, run: Run) -> list[Question]:
    """Return what a waiting run asks; before its first step, everything that can be answered at once."""
    if run.state != "waiting":
        return []
    detail = json.loads(run.detail)
    first = question_of(detail["question"])
    if detail["step"]:
        return [first]
    try:
        every = checked(run.program, manifests(visit)).questions
    except EnglishError:
        return [first]
    given = {record.name for record in visit.site.runs.journal.records(run.id) if not record.path}
    given |= set(json.loads(run.answers))
    return [first, *(one for one in every if one.about not in given and one.about != first.about)]


def stopped(run: Run) -> Stopped | None:
    """Return why a run failed, if it did."""
    if run.state != "failed":
        return None
    detail = json.loads(run.detail)
    problems = [f"{problem['path']}: {problem['message']}" for problem in detail.get("problems", ())]
    message = "\n".join([detail["message"], *problems])
    spot = failure_spot(run.program, Place(detail["line"], detail["column"]), detail["message"])
    return Stopped(told(message), spot, detail["step"], detail["kind"] == "unknown", bool(detail.get("call")))


def heard(run: Run, attempt: Attempt | None) -> Heard:
    """Return what a run has said and noticed, as far as that is known: always once it is done, else from its last attempt here."""
    if run.state == "done":
        detail = json.loads(run.detail)
        return told_so_far(detail["said"], [one["message"] for one in detail["notices"]])
    outcome = None if attempt is None else attempt.outcome
    return Heard() if outcome is None else outcome_heard(outcome)


def outcome_heard(outcome: Outcome) -> Heard:
    """Return what was said and noticed until a run, or a dry run, came to where it stands."""
    return told_so_far(outcome.said, [notice.message for notice in outcome.notices])


def told_so_far(said: Sequence[str], notices: Sequence[str]) -> Heard:
    """Return the first of what was said, and each notice once: a loop may give the same one a thousand times."""
    return Heard(tuple(said[:MOST_SAID]), len(said), tuple(Counter(notices).items()))


def changed(visit: Visit, run: Run) -> list[Changed]:
    """Return what a run has changed, in the order of its steps."""
    lines = _lines(visit, run)
    written = run.program.split("\n")
    found = []
    for record in visit.site.runs.journal.records(run.id):
        if record.kind == "sent":
            line = lines.get(_ROUND.sub("", record.path), 0)
            code = written[line - 1].strip() if line else ""
            found.append(Changed(record.path, line, code, _output(record.value)))
    return found


def _lines(visit: Visit, run: Run) -> dict[str, int]:
    """Return the line of each step by its path."""
    try:
        program = checked(run.program, manifests(visit)).program
    except EnglishError:
        return {}
    return dict(_numbered(program.steps, ""))


def _numbered(steps: Iterable[Any], before: str, first: int = 1) -> Iterable[tuple[str, int]]:
    for number, step in enumerate(steps, start=first):
        path = f"{before}{number}"
        yield path, step.place.line
        then = getattr(step, "then", None)
        if then is not None:
            yield from _numbered(then, f"{path}.")
            yield from _numbered(step.otherwise, f"{path}.", len(then) + 1)
        yield from _numbered(getattr(step, "steps", ()), f"{path}.")


def _output(stored: str | bytes) -> str:
    try:
        value, _ = loaded(stored, _no_concept)
    except ValueError:
        return ""
    return value if isinstance(value, str) else "" if value is None else str(value)


def _no_concept(connector: str, concept: str) -> Any:
    raise LookupError(connector, concept)
