"""Remember what a run has done and learned, so that it goes on after a question, Ctrl-C or a crash and repeats nothing.

It holds the automation's text, the answers, what reads found and what sends gave back, until the run is removed: whoever may
read it reads messages and numbers. What reads found is forgotten as soon as the run is done.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from connector_kit.connections import Environment
from connector_kit.errors import InputError
from connector_kit.journal import LEASE, JournalError
from connector_kit.journal.owners import died_here

RunState = Literal["ready", "running", "waiting", "failed", "interrupted", "done"]
# read, clock, answer, opened: what a replay needs. sent: a mutation that ended. begun: one without a key that may have.
# wrong: the question that is to be asked again at a step, which could not use the answer that was given before the first step.
RecordKind = Literal["read", "clock", "answer", "opened", "sent", "begun", "skipped", "wrong"]


class NoRunError(InputError):
    """There is no run of an id."""

    code = "no_run"


class RunBusyError(JournalError):
    """Another process, or another thread, is at work on the run; waiting helps."""

    code = "run_busy"

    def __init__(self, message: str) -> None:
        super().__init__(message, retryable=True)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of an automation. ``detail`` is JSON: the open question, the error, or how it ended; ``answers`` too.

    ``key`` goes into the idempotency keys of its sends and is no other run's. ``position`` counts the steps that were carried
    out, so that a resumed run tells nothing twice.
    """

    id: str
    key: str
    program: str = field(repr=False)
    connection: str | None
    environment: Environment
    zone: str
    started: datetime
    updated: datetime
    state: RunState = "ready"
    owner: str | None = None
    position: int = 0
    answers: str = field(default="{}", repr=False)
    detail: str = field(default="{}", repr=False)

    def free(self, now: datetime) -> bool:
        """Tell whether nobody is at work on it, or whoever was is gone."""
        return self.owner is None or died_here(self.owner) or abs(now - self.updated) >= LEASE

    def shown_state(self, now: datetime) -> str:
        """Return the state for people: a run whose process is gone was broken off."""
        return "broken off" if self.state == "running" and self.free(now) else self.state


@dataclass(frozen=True, slots=True)
class Record:
    """What a step came to. ``name`` tells the answers of one step apart; ``value`` is written by ``recorded.dumped``."""

    path: str
    name: str
    kind: RecordKind
    value: str | bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Left:
    """How a run is left: its state and detail, how far it came, and the answers for what is still to be asked."""

    state: RunState
    detail: str = field(repr=False)
    position: int
    answers: str = field(repr=False)


class RunJournal(Protocol):
    """Where runs are kept. Every method is atomic among threads and processes, lasting, and may raise JournalError.

    It reads no clock: ``now`` is an aware datetime. An ``owner`` is the id of one attempt and is never used for another.
    """

    def add(self, run: Run) -> None:
        """Write a new run.

        Raises:
            InputError: if there is one of its id.
        """

    def get(self, id_: str) -> Run:
        """Return a run.

        Raises:
            NoRunError: if there is none.
        """

    def runs(self) -> list[Run]:
        """Return all runs, the newest first."""

    def remove(self, id_: str, *, now: datetime) -> None:
        """Forget a run and everything that it recorded.

        Raises:
            NoRunError, RunBusyError: nothing is forgotten then.
        """

    def claim(self, id_: str, *, owner: str, now: datetime) -> Run:
        """Become the owner of a run, and return it as it was left. It is running then, but for one that is done.

        Raises:
            NoRunError, RunBusyError: as ``remove``.
        """

    def heartbeat(self, id_: str, /, *, owner: str, now: datetime) -> bool:
        """Say that the owner is at work; False if it no longer is the owner."""

    def records(self, id_: str) -> Iterator[Record]:
        """Yield what a run recorded, in the order of the steps."""

    def record(self, id_: str, record: Record, *, owner: str, position: int, now: datetime) -> None:
        """Write what a step came to, in place of an earlier record of its path and name.

        Raises:
            RunBusyError: if the owner lost the run to another; nothing more may be done then.
        """

    def forget(self, id_: str, path: str, name: str, *, owner: str) -> None:
        """Forget one record, because what it stands for is to be done or asked anew."""

    def leave(self, id_: str, left: Left, *, owner: str, now: datetime) -> None:
        """Write how the run is left, and let others have it. What reads found is forgotten with ``done``."""

    def close(self) -> None:
        """Let go of files."""


def claimed(state: RunState) -> RunState:
    """Return the state of a run that somebody works on; one that is done stays done, since its reads are forgotten."""
    return "done" if state == "done" else "running"


def no_run(id_: str) -> NoRunError:
    """Say that there is no such run."""
    return NoRunError(f"There is no run {id_!r}. It was removed, or its id is wrong.")


def busy(id_: str) -> RunBusyError:
    """Say that somebody else is at work on a run."""
    return RunBusyError(f"The run {id_} is being carried out by another process. Wait until it ends, or stop it first.")
