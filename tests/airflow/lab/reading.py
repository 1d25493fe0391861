"""Read in every way, and wait for the ends of messages in the worker and in the triggerer."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

from airflow.sdk import dag

from twilio_connector.airflow.operators import ReadSmsMessagesOperator, SendSmsMessageBatchOperator
from twilio_connector.airflow.sensors import TwilioSmsMessageSensor


@dag(schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC), catchup=False)
def reading() -> None:
    """Read."""
    ReadSmsMessagesOperator(task_id="few", filter=["eq", "status", "{{ 'deli' ~ 'vered' }}"], limit=3)
    ReadSmsMessagesOperator(task_id="all", retries=3)
    ReadSmsMessagesOperator(task_id="refused", filter=["eq", "colour", "red"], retries=3)
    sent = SendSmsMessageBatchOperator(
        task_id="sent",
        sender_number="+15005550006",
        message_body="Wait for it",
        rows=[{"recipient_number": f"+121255501{n:02}"} for n in range(3)],
    )
    one = "{{ ti.xcom_pull(task_ids='sent')[0] }}"
    for name, deferrable in (("worker", False), ("triggerer", True)):
        waiting: dict[str, Any] = {"poke_interval": 0.2, "timeout": 60, "deferrable": deferrable}
        sent >> TwilioSmsMessageSensor(task_id=f"{name}_one", sid=one, **waiting)
        TwilioSmsMessageSensor(task_id=f"{name}_all", sid=sent.output, **waiting)
        sent >> TwilioSmsMessageSensor(task_id=f"{name}_bad", sid=os.environ["BAD"], retries=3, **waiting)
        TwilioSmsMessageSensor(task_id=f"{name}_soft", sid=os.environ["BAD"], soft_fail=True, **waiting)
    # In the triggerer it is Airflow that keeps the timeout, and dag.test does not.
    TwilioSmsMessageSensor(task_id="late", sid="SM" + "f" * 32, poke_interval=0.2, timeout=1, deferrable=False)


DAG = reading()
