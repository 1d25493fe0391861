"""A whole Airflow for tests, on 127.0.0.1 and in a folder of its own: on Celery with several workers, or alone on SQLite."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx

import postgres
from airflow_processes import Program, free_port, running, start, stop
from airflow_rest import Rest, rest

_AIRFLOW = [sys.executable, "-m", "airflow"]
_BOUND = 120  # seconds until a part of Airflow is up on a busy machine with two cores
_PARTS = {
    "api-server": ["api-server"],
    "dag-processor": ["dag-processor"],
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "triggerer": ["triggerer", "--skip-serve-logs"],
}
# What every test wants: no examples, no login, no waiting where Airflow is polite, and a lost worker noticed soon.
_SETTINGS = {
    "API__HOST": "127.0.0.1",
    "API__WORKERS": "1",
    "CORE__LOAD_EXAMPLES": "False",
    "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
    "CORE__TEST_CONNECTION": "Enabled",
    "CORE__EXECUTE_TASKS_NEW_PYTHON_INTERPRETER": "False",
    "CORE__PARALLELISM": "32",
    "CORE__MAX_ACTIVE_TASKS_PER_DAG": "32",
    "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",  # no DAG file changes while it is tested
    "DAG_PROCESSOR__PARSING_PROCESSES": "1",
    "LOGGING__COLORED_CONSOLE_LOG": "False",
    "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
    "SCHEDULER__MAX_TIS_PER_QUERY": "64",
    # A worker that is gone: its tasks fail after 15 seconds without a sign of life, and are looked for every 2.
    "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "15",
    "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "2",
    "SCHEDULER__TASK_QUEUED_TIMEOUT": "60",
    "SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "5",
    "WORKERS__MIN_HEARTBEAT_INTERVAL": "2",
    "WORKERS__MAX_FAILED_HEARTBEATS": "10",
    "WORKERS__EXECUTION_API_TIMEOUT": "30",
}
_CELERY = {
    "CORE__EXECUTOR": "CeleryExecutor",
    "CELERY__WORKER_PREFETCH_MULTIPLIER": "1",
    "CELERY__TASK_ACKS_LATE": "True",
    "CELERY__SYNC_PARALLELISM": "1",
    "CELERY__EXTRA_CELERY_CONFIG": json.dumps({"imports": ["airflow_preload"]}),
    # What a lost worker had taken and not begun: the broker gives it to another one.
    "CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT": "30",
}


@dataclass
class Airflow:
    """A running Airflow: its address, its API, and the programs that it consists of."""

    folder: Path
    address: str
    env: Mapping[str, str]
    api: Rest
    parts: dict[str, Program]
    workers: dict[int, Program] = field(default_factory=dict)

    def start_worker(self, number: int, concurrency: int) -> None:
        """Start a Celery worker under the name ``worker-number``; its tasks have that name for a host."""
        name = f"worker-{number}"
        command = ["celery", "worker", "--skip-serve-logs", "--without-gossip", "--without-mingle"]
        env = {"AIRFLOW__CORE__HOSTNAME_CALLABLE": "airflow_worker_name.name", "WORKER_NAME": name}
        self.workers[number] = start(
            name,
            [*_AIRFLOW, *command, "--concurrency", str(concurrency), "--celery-hostname", name],
            self.folder,
            {**self.env, **env},
        )

    def wait_for_worker(self, number: int) -> None:
        """Wait until a worker takes tasks."""
        self.workers[number].prints(f"worker-{number} ready.", _BOUND)

    def kill_worker(self, number: int) -> None:
        """Kill a worker with all its children, the tasks among them, as if its machine lost power."""
        self.workers.pop(number).kill()

    def check(self) -> None:
        """Fail if a part has ended."""
        for program in (*self.parts.values(), *self.workers.values()):
            program.check()

    @property
    def tails(self) -> str:
        """The last lines of every log."""
        return "\n".join(program.tail for program in (*self.parts.values(), *self.workers.values()))


def airflow_environment(folder: Path, port: int, extra: Mapping[str, str]) -> dict[str, str]:
    """Return the variables for all parts of an Airflow. None of the caller's own settings or proxies is among them."""
    address = f"http://127.0.0.1:{port}"
    private = {
        "API__PORT": str(port),
        "API__BASE_URL": address,
        "API__SECRET_KEY": secrets.token_hex(32),
        "API_AUTH__JWT_SECRET": secrets.token_hex(64),  # the same for all; shorter than 64 bytes it is warned about
        "CORE__DAGS_FOLDER": str(folder / "dags"),
        "CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "CORE__FERNET_KEY": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    }
    return {
        "PATH": os.environ.get("PATH", ""),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "NO_PROXY": "*",
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PYTHONUNBUFFERED": "1",
        "OMP_NUM_THREADS": "1",
        "AIRFLOW_HOME": str(folder),
        **{f"AIRFLOW__{name}": value for name, value in {**_SETTINGS, **private}.items()},
        **extra,
    }


@contextmanager
def _airflow(folder: Path, names: list[str], dags: Path | None, extra: Mapping[str, str]) -> Iterator[Airflow]:
    port = free_port()
    if dags is None:
        (folder / "dags").mkdir(parents=True)
    else:
        shutil.copytree(dags, folder / "dags", ignore=shutil.ignore_patterns("__pycache__"))
    env = airflow_environment(folder, port, extra)
    _run(["db", "migrate"], folder, env)
    address = f"http://127.0.0.1:{port}"
    with ExitStack() as stack:
        parts = {name: stack.enter_context(running(name, [*_AIRFLOW, *_PARTS[name]], folder, env)) for name in names}
        parts["api-server"].ready(lambda: _answers(address), _BOUND)
        api = stack.enter_context(rest(address))
        airflow = Airflow(folder, address, env, api, parts)
        try:
            yield airflow
        finally:
            stop(*airflow.workers.values(), *parts.values())


def _run(words: list[str], folder: Path, env: Mapping[str, str]) -> None:
    done = subprocess.run(  # noqa: S603 - Airflow's own command
        [*_AIRFLOW, *words],
        env=dict(env),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_BOUND,
        check=False,
    )
    assert done.returncode == 0, f"airflow {' '.join(words)}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/api/v2/monitor/health", timeout=10, trust_env=False).is_success
    except httpx.TransportError:
        return False


def _wait_until_healthy(airflow: Airflow, *parts: str) -> None:
    for part in parts:
        program = airflow.parts[part.replace("_", "-")]
        program.ready(lambda part=part: airflow.api.health().get(part) == "healthy", _BOUND)  # type: ignore[misc]


@contextmanager
def airflow_alone(folder: Path, dags: Path | None = None, env: Mapping[str, str] | None = None) -> Iterator[Airflow]:
    """Run an Airflow on SQLite: without DAGs its pages and API alone, with DAGs also what runs them in processes here."""
    names = ["api-server"] if dags is None else list(_PARTS)
    with _airflow(folder, names, dags, {"AIRFLOW__CORE__EXECUTOR": "LocalExecutor", **(env or {})}) as airflow:
        if dags is not None:
            _wait_until_healthy(airflow, "dag_processor", "scheduler", "triggerer")
        yield airflow


@contextmanager
def airflow_on_celery(
    folder: Path,
    database: postgres.Database,
    dags: Path,
    *,
    workers: int = 2,
    concurrency: int = 2,
    env: Mapping[str, str] | None = None,
) -> Iterator[Airflow]:
    """Run an Airflow whose tasks run in Celery workers, with a Redis of its own and a database on this server."""
    database.execute("CREATE DATABASE airflow")
    url = replace(database, name="airflow").url.replace("postgresql:", "postgresql+psycopg:")
    port = free_port()
    redis = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    places = {
        "DATABASE__SQL_ALCHEMY_CONN": url,
        "DATABASE__SQL_ALCHEMY_CONN_ASYNC": url,
        "CELERY__BROKER_URL": f"redis://127.0.0.1:{port}/0",
        "CELERY__RESULT_BACKEND": f"db+{url}",
    }
    settings = {f"AIRFLOW__{name}": value for name, value in {**_CELERY, **places}.items()}
    with (
        running("redis", ["redis-server", *redis], folder, {"PATH": os.environ.get("PATH", "")}) as broker,
        _airflow(folder, list(_PARTS), dags, {**settings, **(env or {})}) as airflow,
    ):
        airflow.parts["redis"] = broker
        for number in range(1, workers + 1):
            airflow.start_worker(number, concurrency)
        for number in range(1, workers + 1):
            airflow.wait_for_worker(number)
        _wait_until_healthy(airflow, "dag_processor", "scheduler", "triggerer")
        yield airflow
