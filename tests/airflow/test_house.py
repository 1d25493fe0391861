"""The Airflow of these tests really is one: it reads DAGs, and its workers share the tasks of a run."""

from __future__ import annotations

from airflow_house import Airflow


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
