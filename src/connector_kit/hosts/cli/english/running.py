"""``connector english run`` and ``runs resume``: carry an automation out, ask where somebody can answer, and say how to go on."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any

from connector_kit import InputError, load_connectors
from connector_kit.connections.book import open_book
from connector_kit.english import (
    Automations,
    Begin,
    Outcome,
    Unfinished,
    UnfinishedRunError,
    Waiting,
    default_runs,
    zone_of,
)
from connector_kit.english.running.answers import named
from connector_kit.hosts.cli.english.answers import ask, read_answers, somebody_is_there
from connector_kit.hosts.cli.english.source import pointing, read_source
from connector_kit.hosts.cli.english.telling import RESUME, STATES, Ended, Voice, print_ended, print_planned, times
from connector_kit.hosts.cli.exit_codes import exit_code
from connector_kit.hosts.cli.printing import output, print_json, tell

# Carries a run on, or a dry run through, with these answers.
Attempt = Callable[[Mapping[str, Any]], Outcome]


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


@contextmanager
def automations() -> Iterator[Automations]:
    """Open the saved connections and the journal of runs."""
    connectors = load_connectors()
    for connector in connectors.values():
        connector.close()
    manifests = [connector.manifest for connector in connectors.values()]
    with closing(open_book(manifests)) as book, closing(default_runs()) as journal:
        yield Automations(book, journal, now=now)


def begin_of(given: argparse.Namespace) -> Begin:
    """Return what a run is begun with.

    Raises:
        InputError: if there is no such timezone.
    """
    return Begin(now, zone_of(given.timezone), given.connection, given.environment or "production")


def explain_text(given: argparse.Namespace) -> int:
    """Say what an automation would do, in order, with which connection, and how often at most."""
    source, begin = read_source(given.file), begin_of(given)
    with automations() as desk, pointing(source.text, as_json=given.json):
        questions = desk.check(source.text).questions
        if given.connection is not None:
            desk.check_connections(source.text, begin)
        sentences = desk.explain(source.text, begin)
    if given.json:
        return print_json({"explain": sentences, "questions": [question.to_json() for question in questions]})
    with output():
        for question in questions:
            print(f"First it asks: {question.text}")
        for sentence in sentences:
            print(sentence)
    return 0


def run_file(given: argparse.Namespace) -> int:
    """Carry an automation out as a new run, or show what it would do."""
    source, begin, answers = read_source(given.file), begin_of(given), read_answers(given.answers)
    with automations() as desk, pointing(source.text, as_json=given.json):
        checked = desk.check(source.text)
        desk.check_connections(source.text, begin)
        answers = named(answers, checked.program, checked.questions)
        if given.dry_run:
            return _dry_run(desk, source.text, begin, answers, given)
        if not given.new:
            _refuse_repetition(desk.unfinished(source.text, begin))
        run_id = desk.start(source.text, begin)
        tell(f"Run {run_id}.")
        return carry_on(desk, run_id, answers, given)


def resume_run(given: argparse.Namespace) -> int:
    """Carry a run on from where it stands."""
    answers = read_answers(given.answers)
    with automations() as desk:
        found = desk.journal.get(given.run)
        with pointing(found.program, as_json=given.json):
            checked = desk.check(found.program)
            code = carry_on(desk, found.id, named(answers, checked.program, checked.questions), given)
    return code


def carry_on(desk: Automations, run_id: str, answers: Mapping[str, Any], given: argparse.Namespace) -> int:
    """Carry a run on until it is done, fails, or asks what nobody is there to answer; return the exit code."""
    found, voice = desk.journal.get(run_id), Voice(given.json)
    skip = [getattr(given, "skip", None)]

    def attempt(more: Mapping[str, Any]) -> Outcome:
        # What was left out once is left out; a second attempt after an answer does not name it again.
        leave_out, skip[0] = skip[0], None
        return desk.resume(run_id, answers=more, skip=leave_out, say=voice.say, progress=voice.progress)

    try:
        outcome = _asked_through(attempt, answers, found.program, alone=given.json)
    except KeyboardInterrupt:
        tell(f"Run {run_id} was interrupted. Go on: {RESUME} {run_id}\nWhat was done is not done again.")
        if given.json:
            print_json({"run": run_id, "status": "interrupted"})
            return exit_code(KeyboardInterrupt())
        raise
    if found.state == "done":
        for text in outcome.said:
            voice.say(text)
    return print_ended(Ended(run_id, outcome, found.program), voice)


def _dry_run(desk: Automations, text: str, begin: Begin, answers: Mapping[str, Any], given: argparse.Namespace) -> int:
    collected = dict(answers)
    voice = Voice(given.json)

    def attempt(more: Mapping[str, Any]) -> Outcome:
        # Nothing of a dry run is kept, so every attempt begins at the first step.
        collected.update(more)
        return desk.dry_run(text, begin, answers=dict(collected), progress=voice.progress)

    outcome = _asked_through(attempt, {}, text, alone=given.json)
    if not given.json:
        for said in outcome.said:
            voice.say(said)
        print_planned(outcome)
    return print_ended(Ended(None, outcome, text), voice)


def _asked_through(attempt: Attempt, answers: Mapping[str, Any], text: str, *, alone: bool) -> Outcome:
    """Attempt until there is no question any more, or nobody to answer it."""
    outcome = attempt(answers)
    while isinstance(outcome, Waiting) and not alone and somebody_is_there():
        answered = _answered(attempt, outcome, text)
        if answered is None:
            return outcome
        outcome = answered
    return outcome


def _answered(attempt: Attempt, waiting: Waiting, text: str) -> Outcome | None:
    """Ask until the answer can be used; None if the person ends the input."""
    while True:
        answer = ask(waiting.question, text)
        if answer is None:
            return None
        try:
            return attempt({waiting.question.about: answer})
        except InputError as exc:
            if [problem.path for problem in exc.problems] != [waiting.question.about]:
                raise
            tell(f"Please {exc.problems[0].message}.")


def _refuse_repetition(found: Unfinished | None) -> None:
    """Refuse to start anew what has acted and is not done; mention what has done nothing.

    Raises:
        UnfinishedRunError: with how to go on.
    """
    if found is None:
        return
    run_id, state = found.run.id, STATES.get(found.state, found.state)
    resume = f"{RESUME} {run_id}"
    if not found.may_have_acted:
        tell(f"The run {run_id} of this automation {state}; it did nothing yet. To go on with it: {resume}")
        return
    did = f"It did {times(found.sends)}" if found.sends else "It may have done"
    go_on = "Wait until it ends, or stop it first." if found.state == "running" else f"To go on with it: {resume}"
    if found.same:
        lines = [f"The run {run_id} of this automation {state}. {did} what a new run would do again.", go_on]
        lines += ["To start a new run all the same: add --new"]
    else:
        lines = [f"The run {run_id} of an automation much like this one {state}. {did} what this one may do again."]
        lines += [f"To see what it did: connector english runs show {run_id}", go_on]
        lines += ["To start this one: take out what was done, and add --new"]
    raise UnfinishedRunError("\n".join(lines), found)
