"""Run a program, or go on with a run of it: the one place of the language that has effects."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, tzinfo
from typing import Any, Required, TypedDict, Unpack

from connector_kit.connector import Connector
from connector_kit.english.problems import Question
from connector_kit.english.program import Call, Program, mentioned
from connector_kit.english.running.answers import Given
from connector_kit.english.running.evaluate import Evaluator
from connector_kit.english.running.facts import Facts
from connector_kit.english.running.outcomes import Done, Failed, Outcome, Sent, Told, Waiting
from connector_kit.english.running.resuming import Resuming, dumped_answers, last_asked, loaded_answers
from connector_kit.english.running.run_journal import Left, Run, RunBusyError, RunJournal, RunState
from connector_kit.english.running.run_memory import MemoryRunJournal
from connector_kit.english.running.runs import Begin, start, zone_of
from connector_kit.english.running.steps import Steps, Stopped
from connector_kit.english.running.track import Track
from connector_kit.english.running.under_way import Host, OpenConnection, Pause, Progress, UnderWay
from connector_kit.errors import ConnectorError, InputError, ServiceError
from connector_kit.journal import JournalError
from connector_kit.journal.heart import Heart
from connector_kit.journal.owners import new_owner
from connector_kit.manifest import ConceptSpec
from connector_kit.values import Notice

_log = logging.getLogger("connector_kit")


class Settings(TypedDict, total=False):
    """How a program is run.

    ``run_id`` is one that ``start`` gave, in ``journal``. ``questions`` are those that checking found; ``answers`` are by what
    the questions are about. ``skip`` is the path of the call at which the run failed and that is to be left out. ``progress``
    is told the path of a step and a sentence, ``say`` what the automation says. A dry run reads, shows what it would do, and
    needs no journal; ``zone`` and ``connection`` are for dry runs, since other runs have theirs from their start.
    """

    now: Required[Callable[[], datetime]]
    open_connection: Required[OpenConnection]
    journal: RunJournal
    run_id: str
    questions: Sequence[Question]
    answers: Mapping[str, Any]
    skip: str | None
    progress: Progress
    say: Callable[[str], None]
    dry_run: bool
    zone: tzinfo
    connection: str | None


def run(program: Program, connectors: Sequence[Connector], **settings: Unpack[Settings]) -> Outcome:
    """Run a program from where its run stands, until it is done, waits for an answer, or a step fails.

    What was done is not done again, however often and after whatever this is called. Ctrl-C and bugs come through as they
    are; the run can go on after them.

    Raises:
        InputError: if the program is not the run's, an answer cannot be used, or there is no such run.
        RunBusyError: if somebody else is at work on the run, or took it over.
        JournalError: if the journal of runs cannot be used.
    """
    dry, now, owner = settings.get("dry_run", False), settings["now"], new_owner()
    journal, run_id = _of_dry_run(program, settings) if dry else (settings["journal"], settings["run_id"])
    found = journal.claim(run_id, owner=owner, now=now())
    attempt = _Attempt(settings, journal, found, owner, {each.manifest.id: each for each in connectors})
    with attempt.leaving(), nullcontext() if dry else _beating(journal, now, run_id, owner):
        return attempt.outcome(program)


@contextmanager
def _beating(journal: RunJournal, now: Callable[[], datetime], run_id: str, owner: str) -> Iterator[None]:
    heart = Heart(lambda: journal, now)
    try:
        with heart.beating(run_id, owner):
            yield
    finally:
        heart.rest()


def _of_dry_run(program: Program, settings: Settings) -> tuple[RunJournal, str]:
    journal = MemoryRunJournal()
    return journal, start(
        journal, program, Begin(settings["now"], settings.get("zone", UTC), settings.get("connection"))
    )


class _Attempt:
    """One attempt to carry a run on."""

    def __init__(
        self, settings: Settings, journal: RunJournal, found: Run, owner: str, connectors: Mapping[str, Connector]
    ) -> None:
        self._settings, self._journal, self._found, self._owner = settings, journal, found, owner
        self._connectors, self._now = connectors, settings["now"]
        # As it was, if an answer cannot be used; one that was killed is not at work any more.
        state: RunState = "interrupted" if found.state == "running" else found.state
        self._left: tuple[RunState, Mapping[str, Any]] = (state, json.loads(found.detail))
        asked = last_asked(self._left[1])
        self._asked = {} if asked is None else {"asked": asked}
        self._answers = found.answers
        self._steps: Steps | None = None

    @contextmanager
    def leaving(self) -> Iterator[None]:
        """Write how the run is left, whatever happens, and let others have it."""
        try:
            yield
        except BaseException as exc:
            if not isinstance(exc, ConnectorError) and self._steps is not None:
                where = {} if self._steps.at is None else {"step": self._steps.at[0]}
                self._left = ("interrupted", {"kind": type(exc).__name__, **where, **self._asked})
            try:
                self._leave()
            except JournalError as unwritten:
                # What is under way says more. The run is free all the same as soon as this process ends.
                _log.warning("run journal: %s", type(unwritten).__name__)
            raise
        self._leave()

    def _leave(self) -> None:
        position = 0 if self._steps is None else self._steps.run.track.position - (self._left[0] != "done")
        left = Left(self._left[0], json.dumps(self._left[1], default=str), position, self._answers)
        self._journal.leave(self._found.id, left, owner=self._owner, now=self._now())

    def outcome(self, program: Program) -> Outcome:
        """Carry the program on, and return how that ended."""
        if program.text != self._found.program:
            raise InputError("The automation was changed since this run began. Start a new run of it.")
        if self._found.state == "done":
            return _done_before(json.loads(self._found.detail))
        given = dict(self._settings.get("answers", {}))
        dumped_answers(given)  # refuses what is no value, before anything is done
        track = Track(self._journal, self._found, self._owner, self._now, self._concept)
        stored = loaded_answers(self._found.answers)
        answers = Given(stored, given) if track.begun else Given({**stored, **given})
        facts, zone = Facts(), zone_of(self._found.zone)
        questions = {question.about: question for question in self._settings.get("questions", ())}
        resuming = Resuming(track, self._now, zone, answers, questions)
        resuming.answered()
        resuming.skip(self._settings.get("skip"))
        still_open = resuming.asked_before(facts)
        self._answers = dumped_answers(answers.always)
        if still_open:
            return self._wait(Told(), still_open, step="", name=still_open[0].about)
        self._steps = Steps(UnderWay(self._host(), track, Evaluator(facts, zone), answers))
        return self._carried_on(self._steps, program, resuming)

    def _carried_on(self, steps: Steps, program: Program, resuming: Resuming) -> Outcome:
        try:
            steps.block(program.steps)
        except Stopped:
            pass
        except Pause as pause:
            path = steps.at[0] if steps.at else ""
            return self._wait(steps.run.told(), (pause.question,), step=path, name=pause.name)
        except RunBusyError:
            raise
        except ConnectorError as error:
            return self._failed(steps, error, resuming)
        told = steps.run.told()
        self._left = ("done", told.to_json())
        return Done(told.said, told.notices, told.sends, told.planned)

    def _wait(self, told: Told, questions: tuple[Question, ...], *, step: str, name: str) -> Waiting:
        question, *following = questions
        self._left = ("waiting", {"question": question.to_json(), "step": step, "name": name})
        return Waiting(
            told.said, told.notices, told.sends, told.planned, question=question, step=step, following=tuple(following)
        )

    def _failed(self, steps: Steps, error: ConnectorError, resuming: Resuming) -> Failed:
        told = steps.run.told()
        if steps.at is None:
            raise error
        path, step = steps.at
        failed = Failed(
            told.said,
            told.notices,
            told.sends,
            told.planned,
            error=error,
            step=path,
            place=step.place,
            mutation=isinstance(step, Call) and self._mutates(step),
            call=isinstance(step, Call),
        )
        self._left = ("failed", {**failed.to_json()["error"], **self._asked})
        if isinstance(error, InputError | ServiceError) and not error.retryable:
            # The step did nothing, and will not do more another time, unless it was an answer that was wrong.
            resuming.ask_again(path, mentioned(step), error)
            self._answers = dumped_answers(resuming.answers.always)
        return failed

    def _mutates(self, step: Call) -> bool:
        connector = self._connectors.get(step.connector)
        action = None if connector is None else connector.manifest.action(step.action)
        return action is not None and action.mutation

    def _concept(self, connector: str, concept: str) -> ConceptSpec:
        return {each.id: each for each in self._connectors[connector].manifest.concepts}[concept]

    def _host(self) -> Host:
        settings = self._settings
        return Host(
            self._connectors,
            settings["open_connection"],
            self._now,
            settings.get("progress", lambda _path, _sentence: None),
            settings.get("say", lambda _text: None),
            settings.get("dry_run", False),
        )


def _done_before(detail: Mapping[str, Any]) -> Done:
    notices = tuple(Notice(one["code"], one["message"]) for one in detail["notices"])
    sends = tuple(Sent(one["step"], one["action"], one["line"], one["output"]) for one in detail["sends"])
    return Done(tuple(detail["said"]), notices, sends)
