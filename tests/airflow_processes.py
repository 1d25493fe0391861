"""Programs that run beside a test: each in a session of its own, its output in a file, and ended with all its children."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
_PATIENCE, _POLL = 5.0, 0.1  # seconds
_TAIL = 60  # lines


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        port: int = opened.getsockname()[1]
        return port


def until(
    question: Callable[[], T | None],
    what: str,
    bound: float,
    *,
    otherwise: Callable[[], str] = str,
    every: float = _POLL,
) -> T:
    """Ask again and again until the answer is neither None nor False, and fail with ``otherwise()`` after the bound."""
    end = time.monotonic() + bound
    while True:
        answer = question()
        if answer is not None and answer is not False:
            return answer
        if time.monotonic() > end:
            message = f"{what}: not within {bound:.0f} s\n{otherwise()}"
            raise AssertionError(message)
        time.sleep(every)


def members(session: int) -> list[int]:
    """Return the processes of a session that still run. Airflow gives each task a process group, but no session."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                # The name in parentheses may hold anything; behind it come state, parent, group and session.
                state, _, _, of = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()[:4]
                if int(of) == session and state not in "ZX":
                    found.append(int(entry.name))
    return found


@dataclass
class Program:
    """A program that was started, and the file of what it prints."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    begin: int  # where its part of the log begins: a program that was started again goes on in the same file

    @property
    def printed(self) -> str:
        """Everything that it has printed so far."""
        return self.log.read_bytes()[self.begin :].decode(errors="replace")

    @property
    def tail(self) -> str:
        """The last lines that it printed."""
        return "\n".join([f"--- {self.name}, the end of its log:", *self.printed.splitlines()[-_TAIL:]])

    def check(self) -> None:
        """Fail if it has ended."""
        code = self.process.poll()
        assert code is None, f"{self.name} ended with {code}\n{self.tail}"

    def ready(self, question: Callable[[], T | None], bound: float) -> T:
        """Wait until the answer is true, and fail at once if the program ends before."""

        def asked() -> T | None:
            self.check()
            return question()

        return until(asked, f"{self.name} is ready", bound, otherwise=lambda: self.tail)

    def prints(self, text: str, bound: float) -> None:
        """Wait until it has printed a text."""
        self.ready(lambda: text in self.printed, bound)

    def kill(self) -> None:
        """Kill it with all its children, as a machine that loses power does."""
        end = time.monotonic() + _PATIENCE
        # Again and again: a process that is being forked is not in the list yet.
        while left := members(self.process.pid):
            for one in left:
                with suppress(ProcessLookupError):
                    os.kill(one, signal.SIGKILL)
            assert time.monotonic() < end, f"{self.name} cannot be killed: {left}"
            time.sleep(0.01)
        self.process.wait(_PATIENCE)


def start(name: str, command: Sequence[str | Path], folder: Path, env: Mapping[str, str]) -> Program:
    """Start a program in a folder; its log is there too."""
    log = folder / f"{name}.log"
    with log.open("ab") as printed:
        begin = printed.tell()
        process = subprocess.Popen(  # noqa: S603 - the programs of this harness
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=printed,
            cwd=folder,
            env=dict(env),
            start_new_session=True,
        )
    return Program(name, process, log, begin)


def stop(*programs: Program) -> None:
    """Ask programs to end, all at once, and kill what has not ended in time."""
    for program in programs:
        if program.process.poll() is None:
            program.process.terminate()
    end = time.monotonic() + _PATIENCE
    for program in programs:
        with suppress(subprocess.TimeoutExpired):
            program.process.wait(max(end - time.monotonic(), 0))
    for program in programs:
        program.kill()


@contextmanager
def running(name: str, command: Sequence[str | Path], folder: Path, env: Mapping[str, str]) -> Iterator[Program]:
    """Start a program, and end it in any case."""
    program = start(name, command, folder, env)
    try:
        yield program
    finally:
        stop(program)
