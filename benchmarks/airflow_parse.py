"""How long Airflow takes to read a DAG file with the provider, beside one with empty operators: ``make bench-airflow``.

It runs where Airflow is installed. The DAG processor reads a file in a fork of a process that has Airflow loaded, and that is what
counts in an installation; a fresh process is what somebody waits for who runs a DAG file at a desk.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.table import Row, compared, text

DAGS = Path(__file__).parent / "airflow_dags"
GOAL = 1.2
_ROUNDS, _BOUND = 10, 120
_AIRFLOW = [sys.executable, "-m", "airflow"]
_LINE = re.compile(r"(empty|ours)\.py\s.*?([0-9.]+)s\s+\d{4}-\d\d-\d\dT(\S+)")


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as home:
        env = {
            **os.environ,
            "AIRFLOW_HOME": home,
            "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "1",
            "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
            "AIRFLOW__DAG_PROCESSOR__PRINT_STATS_INTERVAL": "1",
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
    """Let the DAG processor read both again and again, and return the shortest time that it tells of each: ours, and the empty one."""
    command = [*_AIRFLOW, "dag-processor", "--num-runs", str(_ROUNDS)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=_BOUND)  # noqa: S603 - our own commands
    found: dict[str, dict[str, float]] = {"ours": {}, "empty": {}}
    for name, seconds, when in _LINE.findall(done.stdout + done.stderr):
        found[name][when] = float(seconds)
    # The first reading compiles.
    return min(list(found["ours"].values())[1:]), min(list(found["empty"].values())[1:])


def _fresh(env: dict[str, str]) -> tuple[float, float]:
    took: dict[str, list[float]] = {"ours": [], "empty": []}
    for _ in range(_ROUNDS // 2 + 1):
        for name, times in took.items():
            before = os.times()
            subprocess.run([sys.executable, str(DAGS / f"{name}.py")], env=env, check=True, timeout=_BOUND)  # noqa: S603 - our own commands
            after = os.times()
            times.append(after.children_user + after.children_system - before.children_user - before.children_system)
    return min(took["ours"][1:]), min(took["empty"][1:])


if __name__ == "__main__":
    began = time.perf_counter()
    main()
    print(f"\nAfter {time.perf_counter() - began:.0f} s; each figure is the shortest of several, in turns.")
