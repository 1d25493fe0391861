"""Run work in processes and threads that race, always bounded and never left behind."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection
from threading import Barrier as ThreadBarrier
from typing import Any

BOUND = 60  # seconds
SPAWN = multiprocessing.get_context("spawn")


@contextmanager
def process(work: Callable[..., None], *args: object) -> Iterator[tuple[Any, Connection]]:
    """Run work(pipe, *args) in a process that shares nothing with this one, and leave none behind."""
    ours, theirs = SPAWN.Pipe()
    child = SPAWN.Process(target=work, args=(theirs, *args))
    child.start()
    theirs.close()
    try:
        yield child, ours
    finally:
        ours.close()
        child.join(BOUND)
        if child.exitcode is None:
            child.kill()
            child.join()
        child.close()


def received(pipe: Connection) -> Any:
    """Return what a process says, and fail if it says nothing in time."""
    assert pipe.poll(BOUND), "the process is stuck"
    return pipe.recv()


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Call work(0), work(1) and so on at the same moment in threads, and return what they return."""
    barrier = ThreadBarrier(count)

    def start(number: int) -> Any:
        barrier.wait(BOUND)
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(start, range(count)))
