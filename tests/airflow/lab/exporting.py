"""One read of everything into a file."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from airflow.sdk import dag

from twilio_connector.airflow.operators import ReadSmsMessagesOperator


@dag(schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC), catchup=False)
def exporting() -> None:
    """Read."""
    ReadSmsMessagesOperator(task_id="file", output_path=f"file://{os.environ['FOLDER']}/made/{{{{ ds }}}}.ndjson")


DAG = exporting()
