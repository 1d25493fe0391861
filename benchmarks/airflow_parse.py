"""How long Airflow takes to read a DAG file with the provider, beside one with empty operators: ``make bench-airflow``.

It runs where Airflow is installed. The DAG processor reads a file in a fork of a process that has Airflow loaded, and that is what
counts in an installation; a fresh process is what somebody waits for who runs a DAG file at a desk.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.table import Row, compared, text

DAGS = Path(__file__).parent / "airflow_dags"
GOAL = 1.2
_ROUNDS, _BOUND = 60, 120
_AIRFLOW = [sys.executable, "-m", "airflow"]
# Airflow's metric "dag_processing.last_duration"; it holds seconds, whatever its type says.
_TIMING = re.compile(r"last_duration\.(?:\S+\.)?(ours|empty):([0-9.]+)\|ms")


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as home:
        env = {
            **os.environ,
            "AIRFLOW_HOME": home,
            "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "0",
            "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
            # An installation has its modules compiled.
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": str(Path(home, "compiled")),
        }
        subprocess.run([*_AIRFLOW, "db", "migrate"], env=env, capture_output=True, check=True, timeout=_BOUND)  # noqa: S603 - our own commands
        print(text(_rows(env)))


def _rows(env: dict[str, str]) -> list[Row]:
    def milli(seconds: float) -> str:
        return f"{seconds * 1000:.0f} ms"

    processor, fresh = _processor(env), _fresh(env)
    return [
        compared("P12 the DAG processor reads a DAG file, beside an empty one", *processor, milli, at_most=GOAL),
        compared("    a fresh process runs it, CPU", *fresh, milli, at_most=GOAL),
    ]


def _processor(env: dict[str, str]) -> tuple[float, float]:
    """Let the DAG processor read both again and again, and return the medians of its times: ours, and the empty one."""
    command = [*_AIRFLOW, "dag-processor", "--num-runs", str(_ROUNDS)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as metrics:
        metrics.bind(("127.0.0.1", 0))
        metrics.settimeout(_BOUND)
        told = {
            "METRICS__STATSD_ON": "True",
            "METRICS__STATSD_HOST": "127.0.0.1",
            "METRICS__STATSD_PORT": str(metrics.getsockname()[1]),
        }
        env = {**env, **{f"AIRFLOW__{name}": value for name, value in told.items()}}
        took: dict[str, list[float]] = {"ours": [], "empty": []}
        with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:  # noqa: S603 - our own commands
            while min(map(len, took.values())) < _ROUNDS:
                if found := _TIMING.search(metrics.recv(65536).decode()):
                    took[found[1]].append(float(found[2]))
            process.terminate()
    return median(took["ours"]), median(took["empty"])


def _fresh(env: dict[str, str]) -> tuple[float, float]:
    took: dict[str, list[float]] = {"ours": [], "empty": []}
    for _ in range(_ROUNDS // 10):
        for name, times in took.items():
            before = os.times()
            subprocess.run([sys.executable, str(DAGS / f"{name}.py")], env=env, check=True, timeout=_BOUND)  # noqa: S603 - our own commands
            after = os.times()
            times.append(after.children_user + after.children_system - before.children_user - before.children_system)
    return min(took["ours"][1:]), min(took["empty"][1:])


if __name__ == "__main__":
    began = time.perf_counter()
    main()
    print(
        f"\nAfter {time.perf_counter() - began:.0f} s; medians of the DAG processor's times, shortest of the processes', in turns."
    )
