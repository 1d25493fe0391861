"""Carry out calls in threads of their own: a client that goes away or loses patience changes nothing about what was begun."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from connector_kit.hosts.http.problems import Refusal

T = TypeVar("T")
# How many more may wait for each that is carried out.
_WAITING = 4


class Workers:
    """The threads of one run of the server: ``at_once`` work, some more wait, and others are told to come back."""

    def __init__(self, at_once: int) -> None:
        self._pool = ThreadPoolExecutor(at_once, "call")
        self._places = at_once * (1 + _WAITING)
        self._taken = 0
        self._acting = 0
        self._changed = threading.Condition()

    async def run(self, work: Callable[[], T]) -> T:
        """Do some work that belongs to a request that was let in already."""
        return await asyncio.wrap_future(self._pool.submit(work))

    async def within(self, seconds: float, work: Callable[[], T], late: Callable[[], Refusal]) -> T:
        """Do the work of a request, and wait for it so long at most; ``late`` says how it stands when that was too short.

        The work goes on nevertheless: only what has not begun is taken back.

        Raises:
            Refusal: if too many are waiting, or it takes too long.
        """
        future = self._begun(work)
        waited = asyncio.wrap_future(future)
        # What nobody waits for any more is not to be complained of, with all that it holds, when it fails.
        waited.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        # Not awaited itself: whoever gives up waiting would cancel it.
        await asyncio.wait([waited], timeout=seconds)
        if future.done():
            return future.result()
        raise Refusal("busy", "Nothing was done. Try again soon.") if future.cancel() else late()

    def _begun(self, work: Callable[[], T]) -> Future[T]:
        with self._changed:
            if self._taken >= self._places:
                headers = {"retry-after": "1"}
                raise Refusal("busy", "Too many requests are waiting. Nothing was done; try again soon.", headers)
            self._taken += 1
            self._changed.notify_all()
        try:
            future = self._pool.submit(work)
        except RuntimeError:
            self._left()
            raise Refusal("busy", "The server is about to stop. Nothing was done; try again soon.") from None
        future.add_done_callback(self._left)
        return future

    def _left(self, future: Future[T] | None = None) -> None:  # noqa: ARG002 - a callback gets it
        with self._changed:
            self._taken -= 1

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Mark work that must not be broken off."""
        with self._changed:
            self._acting += 1
        try:
            yield
        finally:
            with self._changed:
                self._acting -= 1
                self._changed.notify_all()

    def finish(self, work: Callable[[], None]) -> None:
        """Do some work that nobody waits for, also after the end."""
        try:
            self._pool.submit(work)
        except RuntimeError:
            work()

    def settle(self) -> None:
        """Begin nothing more, and wait until everything has ended that must not be broken off."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        with self._changed:
            self._changed.wait_for(lambda: not self._acting)

    def close(self) -> None:
        """Wait for the rest."""
        self._pool.shutdown()
