"""Carry out one action for many rows: all checked before the first, a few at a time, each at most once, resumable."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

from connector_kit.connector import Connector
from connector_kit.errors import ConnectorError, InputError, OutcomeUnknownError
from connector_kit.values import DEFAULT_CONNECTION, ActionCall

AT_ONCE = 10


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
    rows: Sequence[Mapping[str, Any]],
    *,
    run: str,
    key_input: str | None,
    connection: str = DEFAULT_CONNECTION,
) -> list[ActionCall]:
    """Make a call of each row.

    With a key input, each gets a key made from the run's name and its number, so that a run that was broken off can be started
    again and repeats nothing.
    """
    made = []
    for number, row in enumerate(rows, start=1):
        key = {} if key_input is None else {key_input: f"{run}/{number}"}
        made.append(ActionCall(action, {**key, **row}, connection=connection))
    return made


def faults(
    connector: Connector, wanted: Iterable[ActionCall], dry_run: str | None
) -> Iterator[tuple[int, ConnectorError]]:
    """Check every call without carrying it out; yield the number and the fault of each that would be refused."""
    for number, call in enumerate(wanted, start=1):
        inputs = call.inputs if dry_run is None else {**call.inputs, dry_run: True}
        try:
            connector.run(ActionCall(call.action, inputs, connection=call.connection))
        except ConnectorError as fault:
            yield number, fault


def run_many(
    connector: Connector,
    wanted: Sequence[ActionCall],
    *,
    leave_out: Container[int] = (),
    at_once: int = AT_ONCE,
    per_second: float | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[RowResult]:
    """Carry out the calls, some at once, and yield how each ended, as it ends. A row that fails does not stop the others.

    ``leave_out`` holds the numbers of rows, from 1, that are not carried out, because checking them found a fault.

    Raises:
        InputError: if ``at_once`` is below 1, or ``per_second`` is not above 0.
    """
    if at_once < 1:
        raise InputError("At least one at a time: give at_once a number from 1.")
    if per_second is not None and not per_second > 0:
        raise InputError("The pace must be above 0 in a second; leave it out for no limit.")
    pace = None if per_second is None else Pace(per_second)

    def one(number: int, call: ActionCall) -> RowResult:
        if pace is not None:  # to sleep for no time would hand the interpreter over
            sleep(pace.delay())
        try:
            result = connector.run(call)
            again = any(notice.code == "repeated" for notice in result.notices)
            return RowResult(number, "done", result.output, repeated=again)
        except OutcomeUnknownError as error:
            return RowResult(number, "unknown", error=error)
        except ConnectorError as error:
            return RowResult(number, "refused", error=error)

    yield from _all_of(
        one, [(number, call) for number, call in enumerate(wanted, start=1) if number not in leave_out], at_once
    )


def _all_of(
    one: Callable[[int, ActionCall], RowResult], numbered: list[tuple[int, ActionCall]], at_once: int
) -> Iterator[RowResult]:
    # The threads take row after row themselves: a future for every row costs a tenth of the CPU of a send.
    waiting = deque(numbered)
    ended: SimpleQueue[RowResult | BaseException] = SimpleQueue()

    def work() -> None:
        while True:
            try:
                number, call = waiting.popleft()
            except IndexError:
                return
            try:
                ended.put(one(number, call))
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
            waiting.clear()
