"""Two tasks of the provider: what it costs Airflow to read a DAG that sends a message and waits for its end."""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.sdk import DAG

from twilio_connector.airflow.operators import SendSmsMessageOperator
from twilio_connector.airflow.sensors import TwilioSmsMessageSensor

with DAG("ours", schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC)):
    send = SendSmsMessageOperator(
        task_id="send", sender_number="+15005550006", recipient_number="+12125550123", message_body="Hi"
    )
    TwilioSmsMessageSensor(task_id="wait", sid=send.output)
