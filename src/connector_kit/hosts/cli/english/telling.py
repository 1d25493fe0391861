"""How a run is told while it goes on, and how it ended: to a person, or as one JSON object to a program."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import Any

from connector_kit.english import Done, Failed, Outcome, Problem, StepError, Waiting
from connector_kit.english.running.outcomes import Told
from connector_kit.hosts.cli.english.source import problem_shown, question_shown
from connector_kit.hosts.cli.english.texts import how_to_answer
from connector_kit.hosts.cli.exit_codes import NEEDS_ANSWER, exit_code
from connector_kit.hosts.cli.printing import (
    StandardOutputError,
    harmless,
    help_for_a_person,
    print_json,
    say,
    tell,
)

_SHOWN_SENDS = 20
RESUME = "connector english runs resume"
# What a sentence says of a run.
STATES = {
    "ready": "was not begun",
    "running": "is under way",
    "broken off": "was broken off",
    "waiting": "waits for an answer",
    "interrupted": "was interrupted",
    "failed": "has failed",
}


def times(count: int) -> str:
    """Return how often something was done, for a sentence."""
    return "once" if count == 1 else f"{count:,} times"


@dataclass(slots=True)
class Voice:
    """Tells a run to a person as it goes on. ``lost`` is why standard output cannot be written any more, if so."""

    quiet: bool
    lost: StandardOutputError | None = None
    _counting: bool = field(default=False, init=False)

    def say(self, text: str) -> None:
        """Print what the automation says. A run goes on also if nobody can read that: it is told again from the run."""
        self._end_count()
        if self.quiet or self.lost is not None:
            return
        try:
            say(harmless(text.replace("\r\n", "\n")))
        except StandardOutputError as exc:
            self.lost = exc

    def progress(self, path: str, sentence: str) -> None:
        """Tell how the run goes; how far a step is that is not done, without a full stop, only where a person looks on."""
        if self.quiet:
            return
        if sentence.endswith("."):
            self._end_count()
            tell(f"{path}: {sentence}")
        elif sys.stderr is not None and sys.stderr.isatty():
            print(f"\r\x1b[K{path}: {sentence}", end="", file=sys.stderr, flush=True)
            self._counting = True

    def _end_count(self) -> None:
        if self._counting:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._counting = False


@dataclass(frozen=True, slots=True)
class Ended:
    """A run and how it ended or where it stands; ``run_id`` is None for a dry run, of which nothing is kept."""

    run_id: str | None
    outcome: Outcome
    text: str = field(repr=False)

    @property
    def exit_code(self) -> int:
        """Return the exit code: that of the error's family if a step failed."""
        if isinstance(self.outcome, Failed):
            return exit_code(self.outcome.error)
        return NEEDS_ANSWER if isinstance(self.outcome, Waiting) else 0

    def to_json(self) -> dict[str, Any]:
        """Return the one object that a program reads."""
        run = {} if self.run_id is None else {"run": self.run_id}
        return {**run, "status": self.outcome.status, **self.outcome.to_json()}

    def tell(self) -> None:
        """Tell a person what the run noticed and did, and what to do next."""
        # Said once, also where every send of a loop has the same to say.
        for message in dict.fromkeys(notice.message for notice in self.outcome.notices):
            tell(message)
        match self.outcome:
            case Waiting():
                self._tell_question(self.outcome)
            case Failed():
                self._tell_failure(self.outcome)
            case Done():
                tell_sends(self.outcome)
                tell("Dry run: nothing was sent or changed." if self.run_id is None else f"Run {self.run_id} is done.")

    def _tell_question(self, waiting: Waiting) -> None:
        tell_sends(waiting)
        questions = (waiting.question, *waiting.following)
        for question in questions:
            tell(question_shown(question, self.text, masked=_is_log()))
        tell(how_to_answer(questions))
        if self.run_id is not None:
            tell(f"Run {self.run_id} waits. Go on: {RESUME} {self.run_id} --answers FILE")

    def _tell_failure(self, failed: Failed) -> None:
        tell_sends(failed)
        tell(problem_shown(_problem(failed), self.text, masked=_is_log()))
        help_for_a_person(failed.error)
        if self.run_id is None:
            return
        again = "look again what became of it; it is not sent again" if failed.unknown else "try the step again"
        tell(f"Run {self.run_id} stopped at step {failed.step}. What was done is not done again.")
        tell(f"To {again}: {RESUME} {self.run_id}")
        if not failed.sends and not failed.unknown:
            tell("Nothing was sent or changed yet, so it can also be corrected and started anew.")
        if failed.call:
            tell(f"To leave the step out: {RESUME} {self.run_id} --skip {failed.step}")


def tell_sends(told: Told) -> None:
    """Tell what was sent or changed, a line each."""
    for sent in told.sends[:_SHOWN_SENDS]:
        tell(f"Done in line {sent.line}: {sent.action.replace('_', ' ')}: {harmless(str(sent.output))}")
    if len(told.sends) > _SHOWN_SENDS:
        tell(f"... and {len(told.sends) - _SHOWN_SENDS:,} more, {len(told.sends):,} in all; --json tells all of them.")


def print_planned(told: Told) -> None:
    """Print what a dry run would have done, with the connector's summary of it."""
    for planned in told.planned:
        preview = planned.preview if isinstance(planned.preview, dict) else {}
        say(f"line {planned.line}: {planned.sentence}")
        for name, value in preview.get("inputs", {}).items():
            say(f"  {name.replace('_', ' ')}: {harmless(str(value))}")
        if preview.get("summary"):
            say(f"  {preview['summary']}")


def print_ended(ended: Ended, voice: Voice) -> int:
    """Print how a run ended and return its exit code.

    Raises:
        StandardOutputError: if it was done and something that it said could not be written.
    """
    if voice.quiet:
        print_json(ended.to_json())
        return ended.exit_code
    ended.tell()
    if voice.lost is not None and ended.exit_code == 0:
        if not ended.outcome.sends:
            raise voice.lost
        message = f"{voice.lost.message} The automation was carried out. What it said: connector english runs show {ended.run_id}"
        raise StandardOutputError(message)
    return ended.exit_code


def _problem(failed: Failed) -> Problem:
    if isinstance(failed.error, StepError):
        return failed.error.found
    return Problem(failed.kind, failed.place, str(failed.error))


def _is_log() -> bool:
    """Tell whether standard error goes into a file or log, which is not to hold numbers and messages."""
    return sys.stderr is None or not sys.stderr.isatty()
