"""Send one SMS, and wait until the phone has it."""

from __future__ import annotations

from airflow.sdk import Param, dag

from twilio_connector.airflow.operators import SendSmsMessageOperator
from twilio_connector.airflow.sensors import TwilioSmsMessageSensor


@dag(
    schedule=None,
    tags=["twilio"],
    params={
        "sender": Param("+15005550006", type="string", title="A Twilio number of yours"),
        "recipient": Param("+12125550123", type="string", title="Who gets it"),
    },
)
def first_sms() -> None:
    """Send an SMS to whoever is named when the DAG is triggered."""
    send = SendSmsMessageOperator(
        task_id="send",
        sender_number="{{ params.sender }}",
        recipient_number="{{ params.recipient }}",
        message_body="Hello from Airflow",
    )
    # What a send returns is the SID of the message. Twilio has accepted it then, which is not yet delivered.
    TwilioSmsMessageSensor(
        task_id="wait_until_delivered",
        sid=send.output,
        deferrable=True,  # the triggerer waits, and no worker does
        timeout=3600,
    )


first_sms()
