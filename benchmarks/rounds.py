"""Start the stand-in and one process after the other beside it, in turns, and keep the middle of what they measured."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import ProxyHandler, build_opener

# This module and what it imports stay small: on Linux a process starts with the peak memory of the one that started it.
ROOT = Path(__file__).parents[1]
COUNTERS = "/stand-in/counters"
# Proxies, accounts and plugins that somebody has set have nothing to do with a server of this machine.
_UNWANTED = ("_PROXY", "TWILIO_", "CONNECTOR_KIT_", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")

_MEASURED = ("cpu", "wall", "peak", "cpu_of_process", "wall_of_process", "bytes")


class BrokenError(Exception):
    """A measurement went wrong, or its outcome is not what it must be on every machine."""


@dataclass(frozen=True)
class Job:
    """One side doing one piece of work on an account with so many messages."""

    side: str
    work: str
    count: int


@dataclass(frozen=True)
class Figures:
    """What one process measured and what the server counted: seconds, bytes, and the facts about what was read."""

    cpu: float
    wall: float
    peak: float
    cpu_of_process: float
    wall_of_process: float
    bytes: float
    requests: int
    creates: int
    facts: dict[str, Any]


class Bench:
    """A running stand-in, and how to set a process to work on it."""

    def __init__(self, address: str, environment: dict[str, str]) -> None:
        self._address = address
        self._environment = environment
        self._opener = build_opener(ProxyHandler({}))

    def middle(self, rounds: int, *jobs: Job) -> list[Figures]:
        """Run the jobs in turns and return the medians of each; all of a job's rounds must find the same.

        Raises:
            BrokenError: if a process failed, or two rounds differ in what they found or in what they asked the server.
        """
        measured: list[list[Figures]] = [[] for _ in jobs]
        for _ in range(rounds):
            for job, kept in zip(jobs, measured, strict=True):
                kept.append(self._run(job))
        return [_middle(job, kept) for job, kept in zip(jobs, measured, strict=True)]

    def _run(self, job: Job) -> Figures:
        before = self._counters()
        command = [sys.executable, "-m", f"benchmarks.{job.side}", job.work, self._address, str(job.count)]
        began = time.perf_counter()
        with subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own module
            assert process.stdout is not None
            line = process.stdout.readline()
            wall = time.perf_counter() - began
        if process.returncode or not line:
            msg = f"{job} failed (exit code {process.returncode})."
            raise BrokenError(msg)
        after = self._counters()
        counted: dict[str, Any] = {name: after[name] - before[name] for name in after}
        return Figures(wall_of_process=wall, **json.loads(line), **counted)

    def _counters(self) -> dict[str, int]:
        with self._opener.open(self._address + COUNTERS, timeout=10) as answer:
            counters: dict[str, int] = json.load(answer)
        return counters


@contextmanager
def bench(*, compress: bool) -> Iterator[Bench]:
    """Start a stand-in on a free port, and stop it at the end."""
    command = [sys.executable, "-m", "benchmarks.stand_in", *(["--gzip"] if compress else [])]
    with (
        TemporaryDirectory() as compiled,
        subprocess.Popen(  # noqa: S603 - our own module
            command, cwd=ROOT, env=_environment(compiled), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            address = process.stdout.readline().strip()
            if not address:
                raise BrokenError("The stand-in did not start.")
            yield Bench(address, _environment(compiled))
        finally:
            process.stdin.close()


def _environment(compiled: str) -> dict[str, str]:
    """Give the processes a clean environment, in which each module is compiled once and found compiled afterwards."""
    kept = {name: value for name, value in os.environ.items() if not any(part in name.upper() for part in _UNWANTED)}
    return {**kept, "PYTHONPYCACHEPREFIX": compiled}


def _middle(job: Job, rounds: list[Figures]) -> Figures:
    first = rounds[0]
    for other in rounds[1:]:
        if (other.facts, other.requests, other.creates) != (first.facts, first.requests, first.creates):
            msg = f"{job} found or asked something else in another round: {first}, then {other}."
            raise BrokenError(msg)

    medians: dict[str, Any] = {name: median(getattr(figures, name) for figures in rounds) for name in _MEASURED}
    return replace(first, **medians)
