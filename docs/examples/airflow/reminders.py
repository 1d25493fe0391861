"""Remind each customer of tomorrow's appointment: a task for each message, a wait for all of them, and a tally."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from airflow.sdk import dag, task

from twilio_connector.airflow.operators import SendSmsMessageOperator
from twilio_connector.airflow.sensors import TwilioSmsMessageSensor


@dag(schedule="0 16 * * *", tags=["twilio"])
def reminders() -> None:
    """Remind customers every afternoon at four."""

    @task
    def customers() -> list[dict[str, str]]:
        """Return the inputs of each message: up to 1,024, which is how many tasks Airflow maps."""
        # Ask your own system here: SQLExecuteQueryOperator, an HTTP API, a sheet.
        booked = [("+12125550123", "9:00"), ("+12125550124", "9:30"), ("+12125550125", "11:15")]
        return [
            {"recipient_number": number, "message_body": f"See you tomorrow at {time}. Reply C to cancel."}
            for number, time in booked
        ]

    send = SendSmsMessageOperator.partial(
        task_id="send",
        sender_number="+15005550006",
        pool="twilio",  # at most as many at a time as the pool has slots: airflow pools set twilio 5 "SMS"
        retries=3,
        retry_delay=timedelta(seconds=30),  # Airflow's own default is 300 seconds
    ).expand_kwargs(customers())

    # One sensor for all of them. Its result is the status of each message by its SID.
    delivered = TwilioSmsMessageSensor(
        task_id="wait_until_delivered",
        sid=send.output,
        good_statuses=["delivered", "read", "sent"],  # "sent": some carriers never report a delivery
        deferrable=True,
    )

    @task
    def tally(statuses: dict[str, str]) -> str:
        """Count how the messages ended."""
        return ", ".join(f"{count} {status}" for status, count in Counter(statuses.values()).items())

    tally(delivered.output)


reminders()
