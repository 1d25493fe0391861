"""One message, sent by a task that would be retried for a long time if that were right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import dag

from twilio_connector.airflow.operators import SendSmsMessageOperator


@dag(schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC), catchup=False)
def faults() -> None:
    """Send."""
    SendSmsMessageOperator(
        task_id="send",
        sender_number="+15005550006",
        recipient_number="+12125550101",
        message_body="Once",
        retries=3,
        # Longer than a test waits: a retry that comes is one that Twilio's answer asked for.
        retry_delay=timedelta(hours=1),
    )


DAG = faults()
