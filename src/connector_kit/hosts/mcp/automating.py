"""Check and run automations in English for a client, over the one connection of the server and no other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from itertools import count
from typing import Any

from mcp_types import CallToolRequestParams, CallToolResult, InputRequiredResult

from connector_kit import InputError, Problem, RefusedError
from connector_kit.connections import SavedConnection, name_key
from connector_kit.english import (
    Automations,
    Begin,
    Failed,
    NoRunError,
    Outcome,
    Unfinished,
    UnfinishedRunError,
    Waiting,
    default_runs,
)
from connector_kit.english.explain import connections_used
from connector_kit.english.program import Call
from connector_kit.english.running.answers import named
from connector_kit.english.running.under_way import Progress
from connector_kit.hosts.mcp.confirming import Context, shown
from connector_kit.hosts.mcp.desk import Desk, arguments, exactly, reporting
from connector_kit.hosts.mcp.results import failed, succeeded
from connector_kit.hosts.mcp.tools import CHECK, RUN, argument_problems
from connector_kit.hosts.mcp.work import Tell

_MOST_SHOWN = 20
_NEEDS_ANSWER = "needs_answer"


async def check_automation(desk: Desk, ctx: Context, params: CallToolRequestParams) -> CallToolResult:
    """Say whether an automation can run, what it asks and what it would do.

    Raises:
        EnglishError: with what to change, and where.
        RefusedError: if it uses a connection that is not the server's.
    """
    given = _given(params)

    def work(_: Tell) -> dict[str, Any]:
        with _automations(desk) as language:
            bench = _Bench(desk, language)
            checked = language.check(given["program"])
            bench.confine(given["program"])
            questions = [question.to_json() for question in checked.questions]
            explained = language.explain(given["program"], bench.begin)
        return {"valid": True, "questions": questions, "explain": explained}

    return succeeded(await desk.work.read(work, reporting(ctx)), [])


async def run_automation(
    desk: Desk, ctx: Context, params: CallToolRequestParams
) -> CallToolResult | InputRequiredResult:
    """Carry out an automation, or go on with a run.

    Raises:
        EnglishError: with what to change, and where; nothing was done.
        UnfinishedRunError: if an earlier run of it may have acted and is not done.
        NoRunError: if there is no such run over this connection.
        ConnectorError: any other of the tree.
    """
    given = _given(params)
    if ("program" in given) == ("run_id" in given):
        raise InputError("Give either a program, to begin a run of it, or a run_id, to go on with that run.")
    saved = await desk.work.read(lambda _: desk.saved(), reporting(ctx))
    numbers = count(1)  # of all that the client is told: they must grow
    if given.get("dry_run") and "program" in given:
        planned = await desk.work.read(lambda tell: _dry_run(desk, given, _progress(tell, numbers)), reporting(ctx))
        return _shown(None, planned)
    what = exactly(params, saved)
    task = desk.work.kept(what)
    if task is None:
        asking = await desk.work.read(
            lambda tell: _asking(desk, given, saved, _progress(tell, numbers)), reporting(ctx)
        )
        if asking is not None:

            async def text() -> str:
                return asking

            asked = await desk.confirming.confirm(ctx, params, what, text)
            if asked is not None:
                return asked
        task = desk.work.act(lambda tell: _carry_on(desk, given, _progress(tell, numbers)))
    return _shown(*await desk.work.outcome(what, task, reporting(ctx)))


def _given(params: CallToolRequestParams) -> Mapping[str, Any]:
    """Return the arguments, checked.

    Raises:
        InputError: with everything that is wrong at once.
    """
    given = arguments(params)
    problems = argument_problems(CHECK if params.name == CHECK else RUN, given)
    if given.get("dry_run") and "run_id" in given:
        problems.append(Problem("dry_run", "goes with a program only"))
    if problems:
        raise InputError("The request needs a change. Nothing was done.", problems=problems)
    return given


@contextmanager
def _automations(desk: Desk) -> Iterator[Automations]:
    with closing(default_runs()) as journal:
        yield Automations(desk.book, journal, lambda zone: {desk.manifest.id: desk.load(zone)}, desk.now)


class _Bench:
    """What an automation is checked and begun with."""

    def __init__(self, desk: Desk, language: Automations) -> None:
        self._desk, self._language = desk, language
        self.name = desk.saved().name
        self.begin = Begin(desk.now, desk.zone, self.name, desk.environment)

    def confine(self, text: str) -> None:
        """Hold an automation to the connection of this server.

        Raises:
            EnglishError: if it has no meaning.
            RefusedError: if it switches to another connection.
        """
        for _, name in connections_used(self._language.check(text).program, [self._desk.manifest]):
            if name is not None and name_key(name) != name_key(self.name):
                raise RefusedError(
                    f"This server works over the connection {self.name!r} only, and the automation switches to another one. "
                    "Nothing was done. Leave that step out."
                )

    def own_run(self, run_id: str) -> str:
        """Return the text of a run of this connection.

        Raises:
            NoRunError: if there is none; a run of another connection is nobody's business here.
        """
        run = self._language.journal.get(run_id)
        same = run.connection is not None and name_key(run.connection) == name_key(self.name)
        if not same or run.environment != self._desk.environment:
            raise NoRunError("There is no such run over the connection of this server.")
        self.confine(run.program)
        return run.program

    def answers(self, text: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answers that a client gave, by what the questions are about."""
        checked = self._language.check(text)
        return named(given.get("answers", {}), checked.program, checked.questions)


def _dry_run(desk: Desk, given: Mapping[str, Any], progress: Progress) -> Outcome:
    with _automations(desk) as language:
        bench, text = _Bench(desk, language), given["program"]
        bench.confine(text)
        return language.dry_run(text, bench.begin, answers=bench.answers(text, given), progress=progress)


def _asking(desk: Desk, given: Mapping[str, Any], saved: SavedConnection, progress: Progress) -> str | None:
    """Return what a person is asked before a run is begun or goes on; None if it cannot change anything."""
    with _automations(desk) as language:
        bench = _Bench(desk, language)
        text = given["program"] if "program" in given else bench.own_run(given["run_id"])
        bench.confine(text)
        if not given.get("new") and "program" in given:
            _refuse_repetition(language.unfinished(text, bench.begin))
        steps = language.check(text).program.all_steps()
        called = {step.action for step in steps if isinstance(step, Call)}
        mutations = [action for action in desk.manifest.actions if action.mutation and action.id in called]
        if not mutations:
            return None
        lines = [f"Run this automation? {desk.where(saved)}"]
        if "run_id" in given:
            lines[0] = f"Go on with the run {given['run_id']}? {desk.where(saved)} What it did is not done again."
        else:
            dry = language.dry_run(text, bench.begin, answers=bench.answers(text, given), progress=progress)
            if isinstance(dry, Waiting) and not dry.step:
                return None  # it asks before its first step, so nothing can happen yet
            lines += _planned(dry)
        lines += [f"{name}: {shown(value)}" for name, value in given.get("answers", {}).items()]
        lines += language.explain(text, bench.begin)
        lines += dict.fromkeys(action.warning for action in mutations if action.warning)
        return "\n".join(lines)


def _planned(dry: Outcome) -> Iterator[str]:
    yield f"As things stand it would change something {len(dry.planned):,} times:"
    for one in dry.planned[:_MOST_SHOWN]:
        preview = one.preview if isinstance(one.preview, dict) else {}
        inputs = [f"{name.replace('_', ' ')} {shown(value)}" for name, value in preview.get("inputs", {}).items()]
        told = [*inputs, *([str(preview["summary"])] if preview.get("summary") else [])]
        yield f"- line {one.line}: {'; '.join(told) or ' '.join(one.sentence.split())}"
    if len(dry.planned) > _MOST_SHOWN:
        yield f"- and {len(dry.planned) - _MOST_SHOWN:,} more"


def _refuse_repetition(found: Unfinished | None) -> None:
    if found is None or not found.may_have_acted:
        return
    what = "this automation" if found.same else "an automation much like this one"
    message = (
        f"The run {found.run.id} of {what} is not done ({found.state}), and it did, or may have done, what a new run would do "
        f"again. To go on with it: run_id {found.run.id}. To begin anew all the same, if the user wants that: new true."
    )
    raise UnfinishedRunError(message, found)


def _carry_on(desk: Desk, given: Mapping[str, Any], progress: Progress) -> tuple[str, Outcome]:
    with _automations(desk) as language:
        bench = _Bench(desk, language)
        text = given["program"] if "program" in given else bench.own_run(given["run_id"])
        bench.confine(text)
        answers = bench.answers(text, given)
        run_id = language.start(text, bench.begin) if "program" in given else given["run_id"]
        return run_id, language.resume(run_id, answers=answers, skip=given.get("skip"), progress=progress)


def _progress(tell: Tell, numbers: Iterator[int]) -> Progress:
    return lambda path, sentence: tell(next(numbers), f"{path}: {sentence}")


def _shown(run_id: str | None, outcome: Outcome) -> CallToolResult:
    status = _NEEDS_ANSWER if isinstance(outcome, Waiting) else outcome.status
    about = {"status": status, **({} if run_id is None else {"run": run_id})}
    document = {**about, **outcome.to_json()}
    if isinstance(outcome, Failed):
        error = document.pop("error")
        return failed(outcome.error, {**error, **document})
    return succeeded(document, [part for part in ("said", "question", "planned") if document.get(part)])
