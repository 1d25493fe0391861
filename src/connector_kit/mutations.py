"""Carry out what changes something at most once: find lost answers again, and remember keys in the journal."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from connector_kit.acts import Act, Acts, recent
from connector_kit.errors import ConnectorError, ContractError, InputError, OutcomeUnknownError, Problem
from connector_kit.journal import Digest, Entry, Journal, JournalError, State, alive, digest
from connector_kit.journal.heart import Heart
from connector_kit.journal.owners import died_here, new_owner
from connector_kit.manifest import ActionSpec
from connector_kit.values import ActionCall, Handler, Notice, Others, Result, Session

# How long a call waits between two looks at another one that is at work on the same key.
_LOOK_EVERY = 0.2
_log = logging.getLogger("connector_kit")


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
        keyed = self._keyed(action, handler, call)
        return self.act(handler, call) if keyed is None else keyed.run()

    def state(self, action: ActionSpec, handler: Handler, call: ActionCall) -> State | None:
        """Say how far the journal knows this very call to be; None if it has no key, or the key is new or another call's.

        Raises:
            JournalError: if the journal cannot be used.
        """
        keyed = self._keyed(action, handler, call)
        return None if keyed is None else keyed.state()

    def _keyed(self, action: ActionSpec, handler: Handler, call: ActionCall) -> _Keyed | None:
        key = call.inputs.get(action.idempotency_key) if action.idempotency_key else None
        if key is None or (action.dry_run and call.inputs.get(action.dry_run)):
            return None
        return _Keyed(self, action, handler, call, str(key))

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

    def _recovered(self, act: Act, began: datetime, others: Elsewhere, lost: OutcomeUnknownError) -> Result:
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
        self._owner = new_owner()
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

    def state(self) -> State | None:
        """Say how far the journal knows this very call to be; in flight only while its owner lives."""
        entry = self._journal.get(self._key)
        if entry is None or entry.fingerprint != self._fingerprint:
            return None
        gone = entry.state == "in_flight" and (not alive(entry, self._mutations.now()) or _died_here(entry))
        return "unknown" if gone else entry.state

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
                entry.state == "in_flight" or (entry.state == "unknown" and recent(entry.updated, since))
                for entry in entries
            ),
        )


def _died_here(entry: Entry) -> bool:
    """Tell whether nobody needs to wait for the lease of an entry.

    To be wrong here is safe: whoever takes an entry over looks for what became of it, and never carries it out.
    """
    return died_here(entry.owner)


def _first_result(entry: Entry) -> Result:
    output = json.loads(entry.result or '{"output": null}')["output"]
    notice = (
        f"A call with this key was carried out before, at {entry.updated:%Y-%m-%d %H:%M:%S} UTC; this is its result."
    )
    return Result(output, notices=(Notice("repeated", notice),))
