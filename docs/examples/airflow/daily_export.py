"""Write all messages of a day to a file, one JSON object a line, for a warehouse to load."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import CronDataIntervalTimetable, Param, dag, task

from twilio_connector.airflow.operators import ReadSmsMessagesOperator


@dag(
    # A run for each day, after it. With "@daily" alone a run of Airflow 3 has no interval: both of its ends are the same.
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    tags=["twilio"],
    params={"folder": Param("file:///opt/airflow/data/sms", type="string", title="Where the files go")},
    default_args={"retries": 3, "retry_delay": timedelta(minutes=2)},  # a read can always be repeated
)
def daily_export() -> None:
    """Export the messages of one day."""
    read = ReadSmsMessagesOperator(
        task_id="read",
        filter=[
            "and",
            ["ge", "date_sent", "{{ data_interval_start.isoformat() }}"],
            ["lt", "date_sent", "{{ data_interval_end.isoformat() }}"],
        ],
        # However many there are, they are never held in memory, and none of them goes into XCom.
        output_path="{{ params.folder }}/{{ data_interval_start.strftime('%Y-%m-%d') }}.ndjson",
    )

    @task
    def load(written: dict[str, Any]) -> str:
        """Load the file where it is wanted."""
        return f"{written['count']} messages are in {written['path']}"

    load(read.output)


daily_export()
