"""Send one message and wait for its end in the triggerer, in a pool of one place that another task needs as well."""

from __future__ import annotations

from airflow.sdk import DAG, Param, task

from twilio_connector.airflow.operators import SendSmsMessageOperator
from twilio_connector.airflow.sensors import TwilioSmsMessageSensor

with DAG("waiting", schedule=None, params={"recipient": Param("", type="string")}):
    send = SendSmsMessageOperator(
        task_id="send",
        twilio_conn_id="twilio_still",
        sender_number="+15005550006",
        recipient_number="{{ params.recipient }}",
        message_body="Wait ({{ run_id }})",
        retries=3,
    )
    wait = TwilioSmsMessageSensor(
        task_id="wait",
        twilio_conn_id="twilio_still",
        sid=send.output,
        deferrable=True,
        poke_interval=0.5,
        timeout=600,
        pool="one_place",
    )

    @task(pool="one_place")
    def meanwhile() -> str:
        """Run in the one place while the sensor waits."""
        return "there was a place"

    send >> meanwhile()
