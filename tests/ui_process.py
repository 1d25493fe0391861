"""``connector ui`` in a process of its own, with a home of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from support import ROOT

_LINK = re.compile(r"http://127\.0\.0\.1:\d+/launch\?token=\S+")


@dataclass
class Ui:
    """A running ``connector ui``: its link, what it has printed so far, and the folder that is its home."""

    link: str
    home: Path
    process: subprocess.Popen[str]
    printed: list[str] = field(default_factory=list)

    @property
    def origin(self) -> str:
        """Its address without a path."""
        return self.link.partition("/launch")[0]

    def stop(self, number: int = signal.SIGINT) -> int:
        """End it, as Ctrl+C does, and return its exit code; ``printed`` is whole then."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        assert self.process.stdout is not None
        self.printed.append(self.process.stdout.read())
        return self.process.wait(20)


StartUi = Callable[..., Ui]


def ui_environment(home: Path, **variables: str) -> dict[str, str]:
    """Return the environment of a process whose home is this folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CONNECTOR_KIT_")}
    places = {
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
        "TMPDIR": str(home),
        "TZ": "UTC",
    }
    return kept | places | variables


def command(*arguments: str) -> list[str]:
    """Return the command line of ``connector`` with these arguments."""
    return [sys.executable, "-m", "connector_kit.hosts.cli", *arguments]


@contextmanager
def running_ui(home: Path, *arguments: str, **variables: str) -> Iterator[Ui]:
    """Start ``connector ui``, wait for its link, and end it at the end."""
    with subprocess.Popen(  # noqa: S603 - our own command
        command("ui", *arguments),
        env=ui_environment(home, **variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        printed: list[str] = []
        for line in process.stdout:
            printed.append(line)
            if found := _LINK.search(line):
                break
        else:
            pytest.fail(f"connector ui ended without a link: {''.join(printed)}")
        running = Ui(found.group(), home, process, printed)
        try:
            yield running
        finally:
            if process.poll() is None:
                running.stop()
