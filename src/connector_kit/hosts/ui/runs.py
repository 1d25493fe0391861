"""Carry runs of automations on in threads of their own, and keep what each told while it was at work."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from connector_kit import ConnectorError

if TYPE_CHECKING:
    # The language is loaded when somebody uses it, not when the pages start.
    from connector_kit.english import Outcome, Run, RunJournal

MOST = 20  # attempts of which is remembered what they told
_MOST_LINES = 200
_GRACE = 5.0  # seconds for the steps that are under way when the server stops


class StopRunError(BaseException):
    """A person has stopped the run: it ends after the step that is under way, and can go on later.

    Not an Exception, so that nobody takes it for a failure of the step.
    """


@dataclass(slots=True, eq=False)
class Attempt:
    """One attempt to carry a run on. ``outcome`` is how it ended; ``error`` why it could not even be carried on."""

    run: str
    lines: list[tuple[str, str]] = field(default_factory=list, repr=False)
    outcome: Outcome | None = field(default=None, repr=False)
    error: ConnectorError | None = field(default=None, repr=False)
    broken: bool = False
    stopping: bool = False
    ended: threading.Event = field(default_factory=threading.Event, repr=False)

    def say(self, sentence: str) -> None:
        """Hear what the automation says."""
        self.progress("", sentence)

    def progress(self, path: str, sentence: str) -> None:
        """Hear how a step goes; what it told before is told no longer.

        Raises:
            StopRunError: if the run is to stop here.
        """
        if path and self.lines and self.lines[-1][0] == path:
            self.lines.pop()
        self.lines.append((path, sentence))
        del self.lines[:-_MOST_LINES]
        if self.stopping:
            raise StopRunError


class Runs:
    """The runs that this process carries on, and the journal of all runs, which is opened at its first use."""

    def __init__(self, open_journal: Callable[[], RunJournal] | None = None) -> None:
        self._open = open_journal or _default
        self._journal: RunJournal | None = None
        self._attempts: dict[str, Attempt] = {}
        self._lock = threading.Lock()

    @property
    def journal(self) -> RunJournal:
        """The journal.

        Raises:
            JournalError: if its place is not understood.
        """
        with self._lock:
            if self._journal is None:
                self._journal = self._open()
            return self._journal

    @property
    def busy(self) -> bool:
        """Whether any run is under way here."""
        with self._lock:
            return any(not attempt.ended.is_set() for attempt in self._attempts.values())

    def attempt(self, id_: str) -> Attempt | None:
        """Return the last attempt of a run in this process, if it is remembered."""
        with self._lock:
            return self._attempts.get(id_)

    def carry_on(
        self,
        id_: str,
        fits: Callable[[Run], bool],
        work: Callable[[Attempt], Outcome],
        report: Callable[[str], None],
    ) -> Attempt | None:
        """Begin an attempt in a thread of its own, if none is under way here and the run still ``fits``.

        Whoever was faster, such as the first of two clicks, has it; None then.

        Raises:
            NoRunError, JournalError: if the run cannot be looked at.
        """
        journal = self.journal
        with self._lock:
            before = self._attempts.get(id_)
            if (before is not None and not before.ended.is_set()) or not fits(journal.get(id_)):
                return None
            attempt = Attempt(id_)
            self._attempts.pop(id_, None)
            self._attempts[id_] = attempt
            self._forget_old()
        # A daemon, so that a service that does not answer cannot keep the server from stopping. The run can go on later.
        threading.Thread(target=_carry_on, args=(attempt, work, report), name=f"run-{id_}", daemon=True).start()
        return attempt

    def stop(self, id_: str) -> None:
        """Let a run stop after the step that is under way."""
        attempt = self.attempt(id_)
        if attempt is not None:
            attempt.stopping = True

    def forget(self, id_: str) -> None:
        """Forget what a run told."""
        with self._lock:
            self._attempts.pop(id_, None)

    def close(self) -> None:
        """Let all runs stop after the step that is under way, wait a little for them, and let go of the journal."""
        with self._lock:
            attempts = list(self._attempts.values())
        for attempt in attempts:
            attempt.stopping = True
        ended = [attempt.ended.wait(_GRACE) for attempt in attempts]
        # A run that is still at work has to write down how it is left.
        if self._journal is not None and all(ended):
            self._journal.close()

    def _forget_old(self) -> None:
        for id_ in [id_ for id_, attempt in self._attempts.items() if attempt.ended.is_set()]:
            if len(self._attempts) <= MOST:
                return
            del self._attempts[id_]


def _carry_on(attempt: Attempt, work: Callable[[Attempt], Outcome], report: Callable[[str], None]) -> None:
    try:
        attempt.outcome = work(attempt)
    except StopRunError:
        pass
    except ConnectorError as exc:
        attempt.error = exc
    except Exception as exc:  # noqa: BLE001 - the person sees it on the page of the run, the terminal where it happened
        attempt.broken = True
        # Not the message of the exception: it may repeat what was typed.
        where = "".join(traceback.format_tb(exc.__traceback__))
        report(f"A run failed with {type(exc).__name__}. This is a bug.\n{where}")
    finally:
        attempt.ended.set()


def _default() -> RunJournal:
    from connector_kit.english import default_runs  # noqa: PLC0415 - see above

    return default_runs()
