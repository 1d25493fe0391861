"""Reads by a task's own code: with a limit, and of everything."""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.sdk import dag, task

from twilio_connector.airflow.hooks import TwilioHook


@dag(schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC), catchup=False)
def own_reads() -> None:
    """Read."""

    @task
    def count(limit: int | None) -> int:
        return len(TwilioHook().read_sms_messages(limit=limit))

    count.override(task_id="some")(20)
    count.override(task_id="all")(None)


DAG = own_reads()
