"""Carry out in threads what blocks: told how far it is, and with its outcome kept where nobody waits for it any more."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Generic, TypeVar

from connector_kit import ConnectorError, ContractError, OutcomeUnknownError

T = TypeVar("T")
# Told in the thread of the work how far it is: a number that grows, and a sentence.
Tell = Callable[[int, str], None]
# Tells the client.
Report = Callable[[int, str], Awaitable[None]]

_MOST_AT_ONCE = 16
# How long the outcome of a call is kept for which nobody waited: an agent that lost its answer asks again soon.
KEPT = 600.0
_log = logging.getLogger("connector_kit.mcp")


class GivenUpError(Exception):
    """Nobody waits for what is read any more."""


class Task(Generic[T]):
    """One piece of work in a thread. A read stops once nobody waits for it; what changes something comes to its end."""

    def __init__(self, work: Callable[[Tell], T], pool: ThreadPoolExecutor, *, mutation: bool) -> None:
        self.mutation = mutation
        self._given_up = threading.Event()
        self._loop = asyncio.get_running_loop()
        self._told: asyncio.Queue[tuple[int, str] | None] = asyncio.Queue()
        self._future: Future[T] = pool.submit(work, self._tell)
        self._future.add_done_callback(lambda _: self._put(None))

    def _tell(self, count: int, sentence: str) -> None:
        if self._given_up.is_set():
            raise GivenUpError
        self._put((count, sentence))

    def _put(self, item: tuple[int, str] | None) -> None:
        # The loop is gone only if the process ends; the work still has to come to its own end.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._told.put_nowait, item)

    async def outcome(self, report: Report) -> T:
        """Wait for its end, telling the client how far it is, and return or raise what came of it."""
        while (told := await self._told.get()) is not None:
            await report(*told)
        return self._future.result()

    def give_up(self) -> None:
        """Stop a read as soon as it tells how far it is."""
        if not self.mutation:
            self._given_up.set()

    @property
    def did_nothing(self) -> bool:
        """Whether it has ended, and certainly without an effect."""
        if not self._future.done() or self._future.cancelled():
            return self._future.cancelled()
        exc = self._future.exception()
        return isinstance(exc, ConnectorError) and not isinstance(exc, OutcomeUnknownError | ContractError)


class Work:
    """The work of one run of the server."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._pool = ThreadPoolExecutor(_MOST_AT_ONCE, thread_name_prefix="connector-mcp")
        self._now = now
        self._kept: dict[str, tuple[float, Task[Any]]] = {}
        self._running: set[Task[Any]] = set()

    async def read(self, work: Callable[[Tell], T], report: Report) -> T:
        """Carry out what changes nothing; it stops once the client does not wait for it any more."""
        task = Task(work, self._pool, mutation=False)
        self._running.add(task)
        try:
            return await task.outcome(report)
        except asyncio.CancelledError:
            task.give_up()
            raise
        finally:
            self._running.discard(task)

    def kept(self, what: str) -> Task[Any] | None:
        """Return a call that nobody waited for and that did, or may do, the very same, and forget it."""
        now = self._now()
        self._kept = {key: (since, task) for key, (since, task) in self._kept.items() if now - since < KEPT}
        _, task = self._kept.pop(what, (now, None))
        return None if task is None or task.did_nothing else task

    def act(self, work: Callable[[Tell], T]) -> Task[T]:
        """Begin what changes something."""
        return Task(work, self._pool, mutation=True)

    async def outcome(self, what: str, task: Task[T], report: Report) -> T:
        """Wait for what was begun. If the client gives up, its outcome is kept for whoever asks for the very same again.

        An agent whose call was cut off, by a time limit of its client perhaps, repeats it, and that must not act twice.
        """
        try:
            return await task.outcome(report)
        except asyncio.CancelledError:
            self._kept[what] = self._now(), task
            _log.warning("a client gave up a call that changes something; it goes on, and its outcome is kept")
            raise

    async def finish(self) -> None:
        """Stop what only reads, and wait for what changes something."""
        for task in self._running:
            task.give_up()
        await asyncio.to_thread(self._pool.shutdown, cancel_futures=True)
        for _, task in self._kept.values():
            how = "did nothing" if task.did_nothing else "was carried out, or may have been"
            _log.warning("a call that nobody waited for %s", how)
        self._kept.clear()
