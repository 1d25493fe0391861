"""The Airflow of these tests really is one: it reads DAGs, and its workers share the tasks of a run."""

from __future__ import annotations

import sys
from pathlib import Path

from airflow_house import Airflow, airflow_alone
from airflow_processes import members, start, stop, until
from airflow_twilio import RemoteTwilio

DAGS = Path(__file__).parent / "dags"
# It ignores requests to end, and so does its child, which has a process group of its own as Airflow's tasks have.
_STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setpgid(0, 0)
print("up", flush=True)
time.sleep(600)
"""


def test_a_program_that_does_not_want_to_end_is_ended_with_its_children(tmp_path: Path) -> None:
    """Nothing that a test starts outlives it."""
    program = start("stubborn", [sys.executable, "-c", _STUBBORN], tmp_path, {})
    until(lambda: program.printed.count("up") == 2, "it has a child", 20)
    assert len(members(program.process.pid)) == 2
    stop(program)
    assert members(program.process.pid) == []


def test_airflow_alone_runs_a_dag_without_celery(tmp_path: Path, remote_twilio: RemoteTwilio) -> None:
    """The small Airflow is for tests of DAGs that need no second worker."""
    env = {"AIRFLOW_CONN_TWILIO_DEFAULT": remote_twilio.connection()}
    with airflow_alone(tmp_path / "airflow", DAGS, env) as airflow:
        run = airflow.api.trigger("squares", conf={"count": 3})
        assert airflow.api.wait(run, 120) == "success", airflow.api.summary(run)
        assert [airflow.api.xcom(run, "square", index) for index in range(3)] == [0, 1, 4]
        programs = list(airflow.parts.values())
    assert [member for program in programs for member in members(program.process.pid)] == []


def test_airflow_without_dags_serves_the_form_of_our_connection(tmp_path: Path) -> None:
    """The smallest Airflow is for tests of its pages: one process."""
    with airflow_alone(tmp_path / "airflow") as airflow:
        forms = {form["connection_type"]: form for form in airflow.api.ask("GET", "/ui/connections/hook_meta")}
        assert forms["twilio"]["hook_name"] == "Twilio"
        assert list(airflow.parts) == ["api-server"]


def test_two_workers_share_the_instances_of_a_mapped_task(celery_airflow: Airflow) -> None:
    """Without this the campaign would prove nothing about several workers."""
    api = celery_airflow.api
    run = api.trigger("squares", conf={"count": 20})
    assert api.wait(run, 120) == "success", api.summary(run)
    tasks = api.tasks(run, "square")
    assert {task.index for task in tasks} == set(range(20))
    assert {task.worker for task in tasks} == {"worker-1", "worker-2"}
    assert api.xcom(run, "square", 7) == 49
    assert "Done. Returned value was: 49" in api.log(run, "square", 7)
    celery_airflow.check()
