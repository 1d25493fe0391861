"""Run the DAG files of tests/airflow/lab against a sandbox in this process, in an Airflow that has a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from airflow_run import ENDED
from support import ROOT
from twilio_sandbox import Sandbox
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN, account
from twilio_sandbox.server import serving

LAB = ROOT / "tests" / "airflow" / "lab"
_BOUND = 180  # seconds that anything may take on a busy machine
_numbers = count()


@dataclass(frozen=True)
class Ran:
    """How a run ended: its tasks by name and index, and everything that was printed."""

    state: str
    tasks: dict[tuple[str, int], dict[str, Any]]
    log: str

    def task(self, name: str, index: int = -1) -> dict[str, Any]:
        """Return how one task ended: its state, tries and xcoms."""
        return self.tasks[name, index]

    def output(self, name: str, index: int = -1) -> Any:
        """Return what a task returned."""
        return self.task(name, index)["xcoms"]["return_value"]


@dataclass
class Runner:
    """The process that runs the files; see ``airflow_run``."""

    process: subprocess.Popen[str]

    def run(self, file: Path, when: datetime, env: dict[str, str], **more: Any) -> Ran:
        """Run a file, for no longer than a busy machine needs; ``more`` is what else ``airflow_run`` may be told."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        # A process that does not answer is ended, which ends the loop below.
        timer = threading.Timer(_BOUND, self.process.kill)
        timer.start()
        try:
            question = {"file": str(file), "when": when.isoformat(), "env": env, **more}
            self.process.stdin.write(json.dumps(question) + "\n")
            self.process.stdin.flush()
            log: list[str] = []
            for line in self.process.stdout:
                if line.startswith(ENDED):
                    told = json.loads(line.removeprefix(ENDED))
                    tasks = {(task["task"], task["index"]): task for task in told["tasks"]}
                    return Ran(told["state"], tasks, "".join(log))
                log.append(line)
        finally:
            timer.cancel()
        raise AssertionError("".join(log)[-4000:])


@dataclass
class Lab:
    """A sandbox, a journal and a day of its own, for runs in the one Airflow."""

    runner: Runner
    folder: Path
    sandbox: Sandbox
    address: str
    day: datetime = field(
        default_factory=lambda: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=10 * next(_numbers))
    )

    @property
    def creates(self) -> list[dict[str, list[str]]]:
        """The forms of all create requests so far."""
        return [request.form for request in self.sandbox.requests if request.method == "POST"]

    @property
    def count(self) -> int:
        """How many messages the account has."""
        return self.sandbox.store.count(ACCOUNT_SID)

    def connection(self, **fields: Any) -> str:
        """Return a connection to the sandbox in the form of Airflow's environment variables."""
        wanted = {"conn_type": "twilio", "login": ACCOUNT_SID, "password": AUTH_TOKEN, "host": self.address}
        return json.dumps({name: value for name, value in (wanted | fields).items() if value is not None})

    def run(self, file: str, *, later: int = 0, **env: str) -> Ran:
        """Run a DAG file for the lab's day, or so many days later; the same day again is the same run, cleared."""
        return self.runner.run(LAB / file, self.day + timedelta(days=later), self.environment(**env))

    def environment(self, **env: str) -> dict[str, str]:
        """Return what a run finds in its environment."""
        return {
            "AIRFLOW_CONN_TWILIO_DEFAULT": self.connection(),
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "CONNECTOR_KIT_JOURNAL": str(self.folder / "journal.sqlite3"),
            "FOLDER": str(self.folder),
            **env,
        }


@contextmanager
def running(folder: Path, dags: Path = LAB) -> Iterator[Runner]:
    """Start an Airflow with a database of its own, which reads no DAGs but those it is given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "CONNECTOR_KIT_"))}
    env = {
        **kept,
        "AIRFLOW_HOME": str(folder),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")]),
    }
    migrate, run = ([sys.executable, "-m", *words] for words in (["airflow", "db", "migrate"], ["airflow_run"]))
    subprocess.run(migrate, capture_output=True, check=True, timeout=_BOUND, env=env)  # noqa: S603 - our own program
    pipe = subprocess.PIPE
    process = subprocess.Popen(run, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True, env=env)  # noqa: S603 - our own program
    with process:
        yield Runner(process)
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(_BOUND)
        except subprocess.TimeoutExpired:
            process.kill()


@contextmanager
def lab(runner: Runner, folder: Path) -> Iterator[Lab]:
    """Serve an empty account for the runs of one lab."""
    sandbox = Sandbox()
    sandbox.store.add_account(account())
    with serving(sandbox) as address:
        yield Lab(runner, folder, sandbox, address)
