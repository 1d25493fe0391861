"""The page on which an automation is written: checked while it is typed, explained, rehearsed, and taken to its confirmation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.responses import JSONResponse, Response

from connector_kit import ConnectorError
from connector_kit.connections import StoreError
from connector_kit.english import Checked, EnglishError, Failed, Outcome, Waiting
from connector_kit.english import check as checked
from connector_kit.english.running.outcomes import Planned
from connector_kit.hosts.ui import questions
from connector_kit.hosts.ui.automating import Choice, automations, begin, choices, chosen, found_run, manifests
from connector_kit.hosts.ui.automation_text import Spot, failure_spot, plain, problem_spots, question_spots
from connector_kit.hosts.ui.drafts import Drafts
from connector_kit.hosts.ui.pages import automation_confirm
from connector_kit.hosts.ui.run_view import outcome_heard
from connector_kit.hosts.ui.told import Told, told
from connector_kit.hosts.ui.visit import Visit

MOST_PREVIEWS = 200


@dataclass(frozen=True, slots=True)
class State:
    """What stands in the form, and what is said about it. ``summary`` is empty as long as nobody has checked it."""

    draft: str
    text: str = field(repr=False)
    choice: Choice
    spots: Sequence[Spot] = field(default=(), repr=False)
    summary: str = ""
    wrong: bool = False
    steps: Sequence[str] = field(default=(), repr=False)
    rehearsed: Outcome | None = field(default=None, repr=False)
    answers: Mapping[str, Any] = field(default_factory=dict, repr=False)
    failure: Told | None = field(default=None, repr=False)
    focus: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """One thing that a dry run left out, as the page shows it."""

    line: int
    sentence: str = field(repr=False)
    facts: tuple[tuple[str, str], ...] = field(repr=False)
    summary: str = field(repr=False)


def write(visit: Visit) -> Response:
    """Show the editor, or do what one of its buttons says."""
    if not visit.posted:
        return _page(visit, _first(visit))
    state = _posted(visit)
    if "example" in visit.form:
        text = _with_example(visit, state.text)
        return _page(visit, replace(_looked_at(visit, replace(state, text=text))[0], focus="text"))
    state, found = _looked_at(visit, state)
    do = visit.form.get("do")
    if state.choice.id != visit.form.get("connection") and do != "check":
        # Not another one in its place: that may be one of Production.
        gone = told(visit.say("The connection that you chose is not there any more. Choose another one."))
        return _page(visit, replace(state, failure=gone, focus="failure"))
    if found is None or not found.program.steps or do not in ("explain", "rehearse", "run"):
        return _page(visit, replace(state, focus="checked"))
    try:
        if do == "explain":
            steps = automations(visit).explain(state.text, begin(visit, state.choice))
            return _page(visit, replace(state, steps=steps, focus="results"))
        if do == "rehearse":
            return _page(visit, _rehearsed(visit, state))
        return automation_confirm.made(visit, state.draft, found.program, state.choice)
    except StoreError:
        raise
    except ConnectorError as exc:
        return _page(visit, replace(state, failure=told(str(exc)), focus="failure"))


def look(visit: Visit) -> Response:
    """Answer the script that asks while a person types: a summary in one line, and a list of what was found and where."""
    state, _ = _looked_at(visit, _posted(visit))
    if not state.text.strip():
        # The script asks once before anything is typed, so that the first answer does not wait for the language to load.
        checked("", manifests(visit))
        state = replace(state, summary="")
    html = visit.part("found.html", spots=state.spots)
    return JSONResponse({"summary": state.summary, "wrong": state.wrong, "found": html})


def _first(visit: Visit) -> State:
    """Return an empty editor, or one with the text of an earlier run or of a confirmation that was turned back from."""
    among, site = choices(visit), visit.site
    usual = next((choice for choice in among if choice.name is None), among[0])
    text, before = "", ""
    if kept := site.confirmations.get(visit.query.get("from", ""), automation_confirm.PLACE):
        text, before = kept.inputs["text"], kept.inputs["connection"]
    elif id_ := visit.query.get("run"):
        run = found_run(visit, id_)
        text, before = run.program, Choice(run.environment, run.connection).id
    state = State(Drafts.new_id(), text, chosen(before, among) or usual)
    return _looked_at(visit, state)[0] if text else state


def _posted(visit: Visit) -> State:
    among, form = choices(visit), visit.form
    choice = chosen(form.get("connection", ""), among) or among[0]
    return State(form.get("draft", ""), plain(form.get("text", "")), choice, answers=questions.answers(form))


def _looked_at(visit: Visit, state: State) -> tuple[State, Checked | None]:
    """Check the text; None if it needs a change."""
    if not state.text.strip():
        return replace(state, summary=visit.say("There is nothing to check yet.")), None
    try:
        found = checked(state.text, manifests(visit))
    except EnglishError as exc:
        spots = problem_spots(state.text, exc.found)
        lines = ", ".join(dict.fromkeys(str(spot.line) for spot in spots))
        summary = visit.say("Something needs a change in line {lines}.", lines=lines)
        return replace(state, spots=spots, summary=summary, wrong=True), None
    spots = question_spots(state.text, found.questions)
    summary = visit.say("It can run.")
    if spots:
        summary = visit.say("It can run. Before its first step it asks for: {names}", names=_about(found))
    return replace(state, spots=spots, summary=summary), found


def _about(found: Checked) -> str:
    return ", ".join(dict.fromkeys(question.about for question in found.questions))


def _rehearsed(visit: Visit, state: State) -> State:
    """Carry it out but for what it would change."""
    outcome = automations(visit).dry_run(state.text, begin(visit, state.choice), answers=state.answers)
    state = replace(state, rehearsed=outcome, focus="results")
    if isinstance(outcome, Failed):
        spot = failure_spot(state.text, outcome.place, outcome.error.message)
        return replace(state, spots=[spot], wrong=True)
    return state


def _with_example(visit: Visit, text: str) -> str:
    """Put an example below what is there."""
    wanted = visit.form["example"]
    example = next((each["automation"] for each in examples(visit) if each["id"] == wanted), "")
    return f"{text.rstrip()}\n{example}" if text.strip() else example


def examples(visit: Visit) -> list[dict[str, str]]:
    """Return the examples of everything that is installed, as their manifests have them."""
    return [
        {
            "id": f"{manifest.id}.{action.id}.{number}",
            "title": example.title,
            "automation": example.automation.strip() + "\n",
        }
        for manifest in manifests(visit)
        for action in manifest.actions
        for number, example in enumerate(action.examples)
        if example.automation
    ]


def _preview(planned: Planned) -> Preview:
    """Return what a connector previews: the inputs as it reads them, and what else it would send."""
    told_ = planned.preview if isinstance(planned.preview, Mapping) else {}
    facts: dict[str, str] = {}
    for part in ("inputs", "request"):
        for name, value in dict(told_.get(part) or {}).items():
            if str(value) not in facts.values():
                facts[name.replace("_", " ")] = str(value)
    return Preview(planned.line, planned.sentence, tuple(facts.items()), str(told_.get("summary") or ""))


def _page(visit: Visit, state: State) -> Response:
    outcome = state.rehearsed
    open_questions = [outcome.question, *outcome.following] if isinstance(outcome, Waiting) else []
    bad = visit.posted and (state.wrong or state.failure is not None)
    return visit.page(
        "automation.html",
        title=visit.say("Automations"),
        status=422 if bad else 200,
        state=state,
        choices=choices(visit),
        nothing_saved=not visit.site.book.list(),
        examples=examples(visit),
        asked=questions.asked(open_questions, state.answers),
        earlier=questions.earlier(open_questions, state.answers),
        planned_first=[_preview(planned) for planned in outcome.planned[:MOST_PREVIEWS]] if outcome else [],
        heard=outcome_heard(outcome) if outcome else None,
        failed=outcome if isinstance(outcome, Failed) else None,
    )
