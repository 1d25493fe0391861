"""How long it takes from the command ``connector ui`` to its printed link."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median


def seconds_to_link(rounds: int) -> float:
    """Start the pages so many times, each in a home of its own, and return the median until the link is there."""
    return median(_once() for _ in range(rounds))


def _once() -> float:
    with tempfile.TemporaryDirectory() as home:
        began = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "-m", "connector_kit.hosts.cli", "ui", "--no-browser"],
            env=homeless(home),
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            found = any("/launch?token=" in line for line in process.stdout)
            took = time.perf_counter() - began
            process.terminate()
        assert found, "the pages did not start"
        return took


def homeless(home: str) -> dict[str, str]:
    """Return the environment of a process that sees nothing of this user but this folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CONNECTOR_KIT_", "XDG_"))}
    data, config = str(Path(home, "data")), str(Path(home, "config"))
    return {**kept, "HOME": home, "XDG_DATA_HOME": data, "XDG_CONFIG_HOME": config}
