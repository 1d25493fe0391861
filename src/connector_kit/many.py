"""Carry out one action for many rows: all checked before the first, a few at a time, each at most once, resumable."""

from __future__ import annotations

import json
import math
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Container, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from queue import SimpleQueue
from typing import Any

from connector_kit.connector import Connector
from connector_kit.errors import ConnectorError, ContractError, InputError, OutcomeUnknownError
from connector_kit.values import DEFAULT_CONNECTION, ActionCall

AT_ONCE = 10
MOST_AT_ONCE = 1_000
# One in 17 minutes. A pace far below it asks for a wait that no clock can count.
SLOWEST = 0.001

Content = Callable[[ActionCall], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class RowResult:
    """How one row ended: ``done`` with an output, ``refused`` (nothing happened), or ``unknown`` (it may have happened).

    ``repeated`` says that it was done by an earlier run of this name, and nothing was done now.
    """

    row: int
    state: str
    output: Any = None
    error: ConnectorError | None = None
    repeated: bool = False


class Pace:
    """Let through at most so many in a second, evenly; safe among threads."""

    def __init__(self, per_second: float, now: Callable[[], float] = time.monotonic) -> None:
        self._gap = 1 / per_second
        self._now = now
        self._lock = threading.Lock()
        self._next = 0.0

    def delay(self) -> float:
        """Return how many seconds to wait before the next one."""
        with self._lock:
            now = self._now()
            start = max(self._next, now)
            self._next = start + self._gap
            return start - now


def calls(
    action: str,
    rows: Iterable[Mapping[str, Any]],
    *,
    run: str,
    key_input: str | None,
    connection: str = DEFAULT_CONNECTION,
    content: Content = lambda call: call.inputs,
) -> list[ActionCall]:
    """Make a call of each row.

    With a key input, each gets a key made from the run's name and what the row says, so that a run that was broken off can be
    started again and repeats nothing, also after other rows were corrected, added, removed or put in another order. Rows that
    say the same are told apart by counting them.

    Args:
        action: the action to carry out for each row.
        rows: the inputs of each call, by name.
        run: the run's name.
        key_input: the input that takes the key; None for an action without one.
        connection: the name of an open connection.
        content: returns what a call says in one spelling, such as ``Connector.content``; InputError if it says nothing sound.
    """
    plain = [ActionCall(action, row, connection=connection) for row in rows]
    if key_input is None:
        return plain
    seen: Counter[str] = Counter()
    made = []
    for call in plain:
        said = _said(call, content)
        seen[said] += 1
        # A digest, because the run's name may be a path, which is longer than a key may be and may name a person.
        key = sha256(json.dumps([run, said, seen[said]]).encode()).hexdigest()
        made.append(ActionCall(action, {key_input: key, **call.inputs}, connection=connection))
    return made


def _said(call: ActionCall, content: Content) -> str:
    try:
        inputs = content(call)
    except InputError:
        inputs = call.inputs
    # What was left out says nothing: a new optional input of a later version must not turn every row into another.
    return json.dumps(
        {str(name): value for name, value in inputs.items() if value is not None}, sort_keys=True, default=str
    )


def faults(
    connector: Connector, wanted: Iterable[ActionCall], dry_run: str | None
) -> Iterator[tuple[int, ConnectorError]]:
    """Check every call without carrying it out; yield the number and the fault of each that would be refused.

    What the journal knows has no fault: whether it could be done today does not matter for what was done, or may have been.
    Without an input for a dry run, only the inputs are checked.

    Raises:
        JournalError: if the journal cannot be used.
    """
    for number, call in enumerate(wanted, start=1):
        if connector.remembers(call):
            continue
        try:
            if dry_run is None:
                connector.check_call(call)
            else:
                connector.run(ActionCall(call.action, {**call.inputs, dry_run: True}, connection=call.connection))
        except ConnectorError as fault:
            yield number, fault


def _wait(stop: threading.Event, seconds: float) -> bool:
    # To wait for no time would hand the interpreter over.
    return stop.wait(seconds) if seconds else stop.is_set()


def run_many(
    connector: Connector,
    wanted: Sequence[ActionCall],
    *,
    leave_out: Container[int] = (),
    at_once: int = AT_ONCE,
    per_second: float | None = None,
    now: Callable[[], float] = time.monotonic,
    wait: Callable[[threading.Event, float], bool] = _wait,
) -> Generator[RowResult, None, None]:
    """Carry out the calls, some at once, and yield how each ended, as it ends. A row that fails does not stop the others.

    Nothing begins before the first result is asked for, or after the iterator was closed or interrupted.

    Args:
        connector: with the connection of the calls open.
        wanted: the calls, as ``calls`` makes them.
        leave_out: the numbers of rows, from 1, that are not carried out, because checking them found a fault.
        at_once: how many rows may be under way, 1 to 1,000.
        per_second: how many rows may begin in a second; None for no limit.
        now: tells the seconds; tests replace it, and what waits.
        wait: waits for so many seconds, or until the event is set, and returns whether it is.

    Raises:
        InputError: at once, if ``at_once`` or ``per_second`` is out of its range.
    """
    if not 1 <= at_once <= MOST_AT_ONCE:
        raise InputError(f"At least one at a time, and at most {MOST_AT_ONCE:,}: give at_once such a number.")
    if per_second is not None and not (per_second >= SLOWEST and math.isfinite(per_second)):
        raise InputError(f"The pace must be above 0 in a second, {SLOWEST} or more; leave it out for no limit.")
    numbered = [(number, call) for number, call in enumerate(wanted, start=1) if number not in leave_out]
    pace = None if per_second is None else Pace(per_second, now)

    def may_begin(stop: threading.Event) -> bool:
        return not wait(stop, 0.0 if pace is None else pace.delay())

    return _all_of(connector, numbered, at_once, may_begin)


def _all_of(
    connector: Connector,
    numbered: list[tuple[int, ActionCall]],
    at_once: int,
    may_begin: Callable[[threading.Event], bool],
) -> Generator[RowResult, None, None]:
    # The threads take row after row themselves: a future for every row costs a tenth of the CPU of a send.
    waiting = deque(numbered)
    ended: SimpleQueue[RowResult | BaseException] = SimpleQueue()
    stop = threading.Event()

    def work() -> None:
        try:
            while waiting and may_begin(stop):
                ended.put(_one(connector, *waiting.popleft()))
        except IndexError:
            return  # another thread took the last row
        except BaseException as error:  # noqa: BLE001 - raised below, where this row is waited for
            ended.put(error)

    with ThreadPoolExecutor(at_once) as pool:
        try:
            for _ in range(min(at_once, len(numbered))):
                pool.submit(work)
            for _ in numbered:
                result = ended.get()
                if isinstance(result, BaseException):
                    raise result
                yield result
        finally:
            # On Ctrl-C what has not begun is not begun; what is under way ends, so that its outcome is written down.
            stop.set()


def _one(connector: Connector, number: int, call: ActionCall) -> RowResult:
    try:
        result = connector.run(call)
    except (OutcomeUnknownError, ContractError) as error:
        # An answer that breaks the contract is an answer: something was done.
        return RowResult(number, "unknown", error=error)
    except ConnectorError as error:
        return RowResult(number, "refused", error=error)
    except Exception as bug:  # noqa: BLE001 - a bug that one row meets must not leave the others without an end
        # Only the kind of the failure: its text could repeat what the row holds.
        kind = type(bug).__name__
        message = f"It ended with an unexpected {kind}, so it may or may not have been carried out. Look before you repeat it."
        return RowResult(number, "unknown", error=OutcomeUnknownError(message))
    again = any(notice.code == "repeated" for notice in result.notices)
    return RowResult(number, "done", result.output, repeated=again)
