"""The page of an action that only reads: build a filter, see what is found, or take it along as a CSV file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.responses import Response

from connector_kit import ConceptSpec, ConnectorError, InputError, Problem, Result
from connector_kit.hosts.ui import conditions, csv_file, forms
from connector_kit.hosts.ui.conditions import Built, Row
from connector_kit.hosts.ui.pages.connections import card
from connector_kit.hosts.ui.read_form import Paging, joins, paging, shown_rows
from connector_kit.hosts.ui.table import table
from connector_kit.hosts.ui.trial import Failure, Trial, failed


@dataclass(frozen=True, slots=True)
class State:
    """What stands in the form."""

    rows: list[Row]
    joined: str
    paging: Paging
    inputs: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a read: what was found, or why nothing was; and which conditions were not understood."""

    result: Result | None = None
    failure: Failure | None = None
    problems: Mapping[int, Problem] = field(default_factory=dict)


def read(about: Trial) -> Response:
    """Show the form, change its conditions, or carry the read out."""
    visit = about.visit
    if not visit.posted:
        return _page(about, State([], "and", Paging.first(), {}))
    concept = _concept(about)
    state = State(
        conditions.rows(visit.form, concept) if concept and about.action.filterable else [],
        "or" if visit.form.get("joined") == "or" else "and",
        Paging.posted(visit.form),
        about.entered(),
    )
    wish = visit.form.get("do", "read")
    if "remove" in visit.form:
        state = replace(state, rows=conditions.without(state.rows, visit.form["remove"]))
        return _page(about, state, focus="add")
    if wish == "add":
        return _added(about, state, concept)
    return _read(about, replace(state, paging=state.paging.turned(wish)), concept, as_file=wish == "csv")


def _added(about: Trial, state: State, concept: ConceptSpec | None) -> Response:
    chosen = about.visit.form.get("add", "")
    known = [spec.id for spec in conditions.fields(concept)] if concept else []
    if chosen not in known or len(state.rows) >= conditions.MOST:
        return _page(about, state, focus="add")
    return _page(about, replace(state, rows=[*state.rows, Row(chosen)]), focus=f"c{len(state.rows)}-op")


def _read(about: Trial, state: State, concept: ConceptSpec | None, *, as_file: bool) -> Response:
    visit = about.visit
    found = Built(None, {})
    if concept is not None:
        blank = visit.say("Choose a comparison and give a value.")
        found = conditions.built(state.rows, concept, visit.zone, joined=state.joined, blank=blank)
    outcome = _outcome(about, state, found)
    if outcome.result is None or not as_file or concept is None:
        return _page(about, state, outcome)
    day = visit.site.now().astimezone(visit.zone).date().isoformat()
    name = f"{about.connector.manifest.id}-{about.action.id}-{day}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(csv_file.written(outcome.result.output, concept), headers=headers, media_type="text/csv")


def _outcome(about: Trial, state: State, found: Built) -> Outcome:
    call: dict[str, Any] = {"filter": found.tree, **(state.paging.values() if about.action.pageable else {})}
    try:
        if not found.problems:
            return Outcome(about.run(state.inputs, **call))
        # The other values are looked at as well, so that everything is said at once.
        about.validate(state.inputs, **call)
        return _marked(about, state, found, InputError(""))
    except InputError as exc:
        return _marked(about, state, found, exc)
    except ConnectorError as exc:
        return Outcome(failure=failed(about, exc))


def _marked(about: Trial, state: State, found: Built, exc: InputError) -> Outcome:
    """Put every problem beside what it is about: a condition, an input, or the paging."""
    problems = dict(found.problems)
    concept = _concept(about)
    others: list[Problem] = []
    for problem in exc.problems:
        if problem in found.problems.values():
            continue
        spec = concept.field(problem.path) if concept and problem.path else None
        number = next((n for n, row in enumerate(state.rows) if spec and row.spec_id == spec.id), None)
        if number is None:
            others.append(problem)
        else:
            problems.setdefault(number, problem)
    faults = [*_condition_faults(state, problems, concept), *_other_faults(about, others)]
    return Outcome(failure=failed(about, InputError(exc.message, problems=others), tuple(faults)), problems=problems)


def _condition_faults(
    state: State, problems: Mapping[int, Problem], concept: ConceptSpec | None
) -> Iterable[forms.Fault]:
    for number, problem in sorted(problems.items()):
        spec = concept.field(state.rows[number].spec_id) if concept else None
        yield forms.Fault(f"c{number}-value", problem.sentence(spec.label if spec else ""))


def _other_faults(about: Trial, problems: Iterable[Problem]) -> list[forms.Fault]:
    return forms.faults(problems, (*about.fields, *paging(about.visit)), {})


def _page(about: Trial, state: State, outcome: Outcome | None = None, *, focus: str = "") -> Response:
    visit, concept = about.visit, _concept(about)
    outcome = outcome or Outcome()
    failure, result = outcome.failure, outcome.result
    marked = failure.problems if failure else ()
    return visit.page(
        "try_read.html",
        title=about.action.label,
        status=failure.status if failure else 200,
        about=about,
        card=card(visit, about.saved),
        joins=joins(visit),
        state=state,
        inputs=forms.shown(about.ordered, state.inputs, visit.zone, problems=marked),
        paging=forms.shown(paging(visit), state.paging.values(), visit.zone, problems=marked),
        rows=shown_rows(visit, state.rows, concept, outcome.problems) if concept else [],
        fields=conditions.fields(concept) if concept and about.action.filterable else [],
        most=conditions.MOST,
        failure=failure,
        result=result,
        table=table(visit, result.output, concept) if result and concept else None,
        focus=focus or ("summary" if failure else "results" if result else ""),
    )


def _concept(about: Trial) -> ConceptSpec | None:
    type_ = about.action.output.type
    return about.connector.manifest.concept(type_) if type_.is_list else None
