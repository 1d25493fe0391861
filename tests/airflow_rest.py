"""A client of Airflow's REST API, with what a test wants to know: a run, its task instances, their results and logs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from airflow_processes import until

_OVER = ("success", "failed")
_PAGE = 100  # Airflow's own maximum


@dataclass(frozen=True)
class Task:
    """One task instance: a mapped task has one for each index."""

    id: str
    index: int
    state: str | None
    tries: int
    worker: str
    answer: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Run:
    """A run of a DAG."""

    dag: str
    id: str


class Rest:
    """Airflow's REST API, as an administrator."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def ask(self, method: str, path: str, **content: Any) -> Any:
        """Send one request and return its answer, which must not be an error."""
        answer = self._client.request(method, path, **content)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text[:2000]}"
        return answer.json() if answer.content else None

    def health(self) -> dict[str, str | None]:
        """Return how each part of Airflow is: ``healthy``, or else."""
        return {name: part["status"] for name, part in self.ask("GET", "/api/v2/monitor/health").items()}

    def dags(self) -> list[str]:
        """Return the ids of the DAGs that were read."""
        return [dag["dag_id"] for dag in self._all("/api/v2/dags", "dags")]

    def import_errors(self) -> list[str]:
        """Return what went wrong with DAG files."""
        return [error["stack_trace"] for error in self._all("/api/v2/importErrors", "import_errors")]

    def wait_for_dag(self, dag: str, bound: float = 60) -> None:
        """Wait until a DAG was read, and fail with the errors of its file."""

        def read() -> bool:
            errors = self.import_errors()
            assert not errors, "\n".join(errors)
            return dag in self.dags()

        until(read, f"Airflow reads the DAG {dag}", bound)

    def unpause(self, dag: str) -> None:
        """Let runs of a DAG be scheduled."""
        self.ask("PATCH", f"/api/v2/dags/{dag}", json={"is_paused": False})

    def trigger(self, dag: str, conf: dict[str, Any] | None = None, logical_date: str | None = None) -> Run:
        """Start a run. Without a logical date templates know no ``ds``."""
        self.wait_for_dag(dag)
        self.unpause(dag)
        wanted = {"logical_date": logical_date, "conf": conf or {}}
        return Run(dag, self.ask("POST", f"/api/v2/dags/{dag}/dagRuns", json=wanted)["dag_run_id"])

    def state(self, run: Run) -> str:
        """Return the state of a run."""
        return str(self.ask("GET", f"/api/v2/dags/{run.dag}/dagRuns/{run.id}")["state"])

    def wait(self, run: Run, bound: float) -> str:
        """Wait until a run is over and return its state, or fail with the states of its tasks."""

        def over() -> str | None:
            state = self.state(run)
            return state if state in _OVER else None

        # The server takes 40 ms for this question: asked ten times a second it would slow down what is waited for.
        what = f"the run {run.id} of {run.dag} ends"
        return until(over, what, bound, otherwise=lambda: self.summary(run), every=1)

    def tasks(self, run: Run, task: str | None = None) -> list[Task]:
        """Return the task instances of a run, or those of one of its tasks."""
        path = f"/api/v2/dags/{run.dag}/dagRuns/{run.id}/taskInstances"
        found = [
            Task(one["task_id"], one["map_index"], one["state"], one["try_number"], one["hostname"] or "", one)
            for one in self._all(path, "task_instances", order_by="map_index")
        ]
        return [one for one in found if task in (None, one.id)]

    def summary(self, run: Run) -> str:
        """Count the task instances by task, state, tries and worker."""
        counted = Counter((one.id, one.state, one.tries, one.worker) for one in self.tasks(run))
        return "\n".join(f"{count:5} x {' '.join(map(str, key))}" for key, count in sorted(counted.items(), key=str))

    def xcom(self, run: Run, task: str, index: int = -1, key: str = "return_value") -> Any:
        """Return what a task instance left for others."""
        path = f"/api/v2/dags/{run.dag}/dagRuns/{run.id}/taskInstances/{task}/xcomEntries/{key}"
        return self.ask("GET", path, params={"map_index": index, "deserialize": False})["value"]

    def log(self, run: Run, task: str, index: int = -1, attempt: int = 1) -> str:
        """Return the log of one try of a task instance, a JSON object a line."""
        path = f"/api/v2/dags/{run.dag}/dagRuns/{run.id}/taskInstances/{task}/logs/{attempt}"
        lines = self.ask("GET", path, params={"map_index": index, "full_content": True})["content"]
        return "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)

    def _all(self, path: str, name: str, **parameters: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            page = self.ask("GET", path, params={"limit": _PAGE, "offset": len(found), **parameters})
            found += page[name]
            if len(found) >= page["total_entries"] or not page[name]:
                return found


@contextmanager
def rest(address: str) -> Iterator[Rest]:
    """Open the API of an Airflow in which everybody is an administrator."""
    with httpx.Client(base_url=address, timeout=60, trust_env=False) as client:
        token = client.get("/auth/token").raise_for_status().json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield Rest(client)
