"""Everything that one run can show of sending: what is sent, refused, only shown, sent for many, or sent by a task's own code."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import dag, task

from twilio_connector.airflow.hooks import TwilioHook
from twilio_connector.airflow.operators import SendSmsMessageBatchOperator, SendSmsMessageOperator

SENDER = "+15005550006"
RETRIED: dict[str, Any] = {"retries": 3, "retry_delay": timedelta(0)}


@dag(schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC), catchup=False)
def sending() -> None:
    """Send in every way."""
    shared: dict[str, Any] = {"sender_number": SENDER, **RETRIED}
    SendSmsMessageOperator(
        task_id="send",
        recipient_number="+12125550101",
        message_body=os.environ.get("BODY") or "Run {{ run_id }}",
        **shared,
    )
    SendSmsMessageOperator.partial(task_id="mapped", message_body="Mapped", **shared).expand(
        recipient_number=["+12125550102", "+12125550103"]
    )
    SendSmsMessageOperator(task_id="misshapen", recipient_number="+12125550104", message_body="", **shared)
    SendSmsMessageOperator(
        task_id="rejected",
        recipient_number="+12125550105",
        message_body="Off",
        **{**shared, "sender_number": "+12125559999"},
    )
    SendSmsMessageOperator(
        task_id="shown", recipient_number="+12125550106", message_body="Shown", dry_run=True, **shared
    )
    for name, fail in (("batch", True), ("lenient", False)):
        SendSmsMessageBatchOperator(
            task_id=name,
            message_body=f"For many: {name}",
            fail_on_refused=fail,
            rows=[
                {"recipient_number": "+12125550107"},
                {"recipient_number": "nobody"},
                {"recipient_number": "+12125550107"},
                "no row",  # type: ignore[list-item]  # as a file that was read wrongly gives it
                {"recipient_number": "+12125550108", "message_body": f"Another text: {name}"},
            ],
            **shared,
        )

    @task(**RETRIED)
    def own_code(ti: object = None) -> list[str]:
        hook = TwilioHook()
        sids = [hook.send_sms_message(SENDER, "+12125550109", "From a task") for _ in range(2)]
        sids.append(hook.send_sms_message(SENDER, "+12125550110", "From a task"))
        if getattr(ti, "try_number", 1) == 1:
            message = "breaks after it has sent"
            raise RuntimeError(message)
        return sids

    own_code()


DAG = sending()
