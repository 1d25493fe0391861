"""Carry out what changes something at most once: find lost answers again, and remember keys in the journal."""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from connector_kit.errors import ConnectorError, ContractError, InputError, OutcomeUnknownError, Problem
from connector_kit.journal import Digest, Entry, Journal, JournalError, alive, digest
from connector_kit.journal.heart import Heart
from connector_kit.manifest import ActionSpec
from connector_kit.values import ActionCall, Handler, Notice, Others, Result, Session

# How long a call waits between two looks at another one that is at work on the same key.
_LOOK_EVERY = 0.2
# How long after a call gave up waiting the service may still be carrying it out.
_LINGERS = timedelta(minutes=5)
_HERE = socket.gethostname()
_log = logging.getLogger("connector_kit")


@dataclass(slots=True, eq=False)
class _Act:
    """One attempt of this process: the call and its key's digest, and when it ended without its outcome being known."""

    call: ActionCall
    key: Digest | None = None
    lost: datetime | None = None


class Acts:
    """The acts of one session: whose outputs are whose, so that a lost call does not take another's for its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: set[Any] = set()
        self._undecided: set[_Act] = set()

    def begin(self, call: ActionCall, key: Digest | None = None) -> _Act:
        """Register an act before it can have any effect.

        A lost one of the same key is this one: whoever looks for it again must not take it for another's.
        """
        act = _Act(call, key)
        with self._lock:
            if key is not None:
                self._undecided = {other for other in self._undecided if other.key != key or other.lost is None}
            self._undecided.add(act)
        return act

    def end(self, act: _Act, output: Any = None) -> None:
        """Register that an act ended, with an output or without any effect."""
        with self._lock:
            self._undecided.discard(act)
            if output is not None:
                self._taken.add(output)

    def others(self, act: _Act, since: datetime, same: Callable[[ActionCall], bool]) -> Others:
        """Tell about other acts than this one that do the same and may have had their effect since then."""
        with self._lock:
            taken = frozenset(self._taken)
            undecided = [other for other in self._undecided if other is not act and _recent(other.lost, since)]
        return Others(taken, any(same(other.call) for other in undecided))


def _recent(ended: datetime | None, since: datetime) -> bool:
    return ended is None or ended >= since - _LINGERS


# What other processes are known to have done since then.
Elsewhere = Callable[[datetime], Others]


@dataclass(frozen=True, slots=True)
class Mutations:
    """The mutations of one open connection. ``journal`` is opened when the first key comes; clock and sleep are injected."""

    session: Session
    acts: Acts
    journal: Callable[[], Journal]
    heart: Heart
    now: Callable[[], datetime]
    sleep: Callable[[float], None]

    def run(self, action: ActionSpec, handler: Handler, call: ActionCall) -> Result:
        """Carry out a call, at most once if it has a key.

        Raises:
            OutcomeUnknownError: if it may have been carried out and looking for it did not tell.
            InputError: if its key was used for something else.
            JournalError: if the journal cannot be used; nothing was done.
        """
        key = call.inputs.get(action.idempotency_key) if action.idempotency_key else None
        if key is None or (action.dry_run and call.inputs.get(action.dry_run)):
            return self.act(handler, call)
        return _Keyed(self, action, handler, call, str(key)).run()

    def act(
        self, handler: Handler, call: ActionCall, others: Elsewhere = lambda _: Others(), key: Digest | None = None
    ) -> Result:
        """Let the handler act, and look for what it did if its answer was lost; ``others`` tells about other processes."""
        began = self.now()
        act = self.acts.begin(call, key)
        try:
            try:
                result = handler(self.session, call)
            except OutcomeUnknownError as lost:
                result = self._recovered(act, began, others, lost)
        except ConnectorError as exc:
            if not isinstance(exc, OutcomeUnknownError | ContractError):
                # All others say that nothing was done.
                self.acts.end(act)
            raise
        finally:
            act.lost = self.now()
        preview = isinstance(result, Result) and result.preview is not None
        self.acts.end(act, None if preview or not isinstance(result, Result) else result.output)
        return result  # type: ignore[return-value]  # the engine checks next that it is a Result

    def found(
        self, call: ActionCall, began: datetime, others: Elsewhere, lost: OutcomeUnknownError, key: Digest
    ) -> Result:
        """Look for what a call has done that began then, in a process that is gone or in this one."""
        act = self.acts.begin(call, key)
        try:
            result = self._recovered(act, began, others, lost)
        finally:
            act.lost = self.now()
        self.acts.end(act, result.output)
        return result

    def _recovered(self, act: _Act, began: datetime, others: Elsewhere, lost: OutcomeUnknownError) -> Result:
        """Look for what a call has done whose answer was lost; raise what is known if that does not tell."""
        canonical = self.session.canonical(act.call)

        def known() -> Others:
            here = self.acts.others(act, began, lambda call: self.session.canonical(call) == canonical)
            there = others(began)
            return Others(here.taken | there.taken, here.undecided or there.undecided)

        try:
            return self.session.recover(act.call, began, known)
        except OutcomeUnknownError as unknown:
            raise _joined(unknown, lost) from None
        except ConnectorError as exc:
            message = f"{lost.message} Looking for it failed as well: {exc.message}"
            raise OutcomeUnknownError(message, service=lost.service) from None


def _joined(unknown: OutcomeUnknownError, lost: OutcomeUnknownError) -> OutcomeUnknownError:
    """Join what happened with what looking for it told."""
    return OutcomeUnknownError(f"{lost.message} {unknown.message}", service=lost.service)


class _Keyed:
    """One call with a key: the intent is written before the act, the outcome after it."""

    def __init__(self, mutations: Mutations, action: ActionSpec, handler: Handler, call: ActionCall, key: str) -> None:
        self._mutations, self._handler, self._call = mutations, handler, call
        self._journal = mutations.journal()
        self._owner = f"{_HERE}:{os.getpid()}:{uuid.uuid4().hex}"
        account = mutations.session.identity
        self._key: Digest = digest(account, action.id, key)
        content = {
            name: value
            for name, value in mutations.session.canonical(call).items()
            if name not in (action.idempotency_key, action.dry_run)
        }
        self._fingerprint: Digest = digest(account, action.id, json.dumps(content, sort_keys=True, default=str))
        self._input = str(action.idempotency_key)

    def run(self) -> Result:
        """Act, or give back what the first call with this key did."""
        while True:
            now = self._mutations.now()
            entry = self._journal.begin(
                self._key, self._fingerprint, owner=self._owner, now=now, batch=self._fingerprint
            )
            if entry is None:
                return self._first()
            if entry.fingerprint != self._fingerprint:
                fault = "was used for a call with other content; give every call a key of its own"
                raise InputError("Nothing was sent.", problems=[Problem(self._input, fault)])
            if entry.state == "done":
                return _first_result(entry)
            if entry.state == "refused":
                self._journal.release(self._key, owner=entry.owner)
                continue
            if not alive(entry, now) or _died_here(entry):
                taken = self._journal.take_over(entry, owner=self._owner, now=now)
                if taken is not None:
                    return self._resolved(taken)
            self._mutations.sleep(_LOOK_EVERY)

    def _first(self) -> Result:
        try:
            with self._mutations.heart.beating(self._key, self._owner):
                result = self._mutations.act(self._handler, self._call, self._others, self._key)
        except (OutcomeUnknownError, ContractError):
            # An answer that breaks the contract is an answer: something was done.
            self._finish("unknown", None)
            raise
        except ConnectorError:
            # All of these say that nothing was done, so another attempt with this key may act.
            self._quietly(lambda: self._journal.release(self._key, owner=self._owner))
            raise
        return self._done(result)

    def _resolved(self, entry: Entry) -> Result:
        """Look what became of a call whose owner is gone; it is never carried out again."""
        lost = OutcomeUnknownError(
            "An earlier call with this key was broken off, so it may or may not have been carried out."
        )
        try:
            with self._mutations.heart.beating(self._key, self._owner):
                result = self._mutations.found(self._call, entry.began, self._others, lost, self._key)
        except OutcomeUnknownError:
            self._finish("unknown", None)
            raise
        return self._done(result)

    def _done(self, result: Result) -> Result:
        text = json.dumps({"output": result.output})
        if self._finish("done", text):
            return result
        notice = "The journal could not be written, so a repetition with this key will look for the message instead of knowing it."
        return replace(result, notices=(*result.notices, Notice("journal", notice)))

    def _finish(self, state: Any, result: str | None) -> bool:
        now = self._mutations.now()
        return self._quietly(
            lambda: self._journal.finish(self._key, owner=self._owner, state=state, result=result, now=now)
        )

    def _quietly(self, write: Callable[[], bool]) -> bool:
        # What was done stays done: a journal that fails now must not turn it into an error that invites a repetition.
        try:
            return write()
        except JournalError as exc:
            _log.warning("journal: %s", type(exc).__name__)
            return False

    def _others(self, since: datetime) -> Others:
        """Tell what the journal knows of calls with the same content and other keys, also of other processes."""
        entries = [entry for entry in self._journal.entries(self._fingerprint) if entry.key != self._key]
        return Others(
            frozenset(json.loads(entry.result)["output"] for entry in entries if entry.result),
            any(
                entry.state == "in_flight" or (entry.state == "unknown" and _recent(entry.updated, since))
                for entry in entries
            ),
        )


def _died_here(entry: Entry) -> bool:
    """Tell whether the owner of an entry was a process of this machine that is gone, so that nobody waits for its lease.

    To be wrong here is safe: whoever takes an entry over looks for what became of it, and never carries it out.
    """
    if os.name == "nt":
        return False  # to ask for a process with signal 0 would interrupt it there
    host, _, process = entry.owner.rpartition(":")[0].rpartition(":")
    if host != _HERE or not process.isdigit():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _first_result(entry: Entry) -> Result:
    output = json.loads(entry.result or '{"output": null}')["output"]
    notice = (
        f"A call with this key was carried out before, at {entry.updated:%Y-%m-%d %H:%M:%S} UTC; this is its result."
    )
    return Result(output, notices=(Notice("repeated", notice),))
