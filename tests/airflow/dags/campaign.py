"""A campaign: one message to each of 300 people, each of them a task of its own."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG

from twilio_connector.airflow.operators import SendSmsMessageOperator

RECIPIENTS = [f"+1202555{number:04}" for number in range(100, 400)]

with DAG("campaign", schedule=None):
    SendSmsMessageOperator.partial(
        task_id="send",
        twilio_conn_id="twilio_default",
        sender_number="+15005550006",
        message_body="Your order is on its way ({{ run_id }})",
        retries=3,
        retry_delay=timedelta(seconds=2),
    ).expand(recipient_number=RECIPIENTS)
