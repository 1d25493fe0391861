"""Texts to people who are collected anew whenever the run is cleared, and inputs that templates have made."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

from airflow.sdk import dag, task

from twilio_connector.airflow.hooks import TwilioHook
from twilio_connector.airflow.operators import (
    ReadSmsMessagesOperator,
    SendSmsMessageBatchOperator,
    SendSmsMessageOperator,
)

SENDER: dict[str, Any] = {"sender_number": "+15005550006"}
DEFAULTS = {"message_body": "Table on {{ ds }}"}


@dag(
    schedule=None,
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    default_args=DEFAULTS,
    params={"most": 2, "file": f"file://{os.environ['FOLDER']}/kept.ndjson"},
)
def collected() -> None:
    """Send to whoever is there now."""

    @task
    def people() -> list[str]:
        return os.environ["PEOPLE"].split()

    @task
    def rows() -> list[dict[str, Any]]:
        return [{"recipient_number": number} for number in os.environ["PEOPLE"].split()]

    @task
    def own_code(number: str) -> str:
        return TwilioHook().send_sms_message(SENDER["sender_number"], number, "By hand")

    found = people()
    SendSmsMessageOperator.partial(
        task_id="mapped", message_body="Your table is free", max_segments="{{ params.most }}", **SENDER
    ).expand(recipient_number=found)
    own_code.expand(number=found)
    SendSmsMessageOperator.partial(task_id="defaults", **SENDER).expand_kwargs(rows())
    ReadSmsMessagesOperator(task_id="some", limit="{{ params.most }}")  # type: ignore[arg-type]  # as a template
    ReadSmsMessagesOperator(task_id="kept", output_path="{{ params.file }}", filter=["eq", os.environ["FIELD"], "x"])
    for name, given in (("text_rows", "{{ ti.task_id }}"), ("no_rows", None), ("one_row", {"recipient_number": "x"})):
        SendSmsMessageBatchOperator(task_id=name, rows=given, fail_on_refused=False, **SENDER)  # type: ignore[arg-type]
    SendSmsMessageBatchOperator(
        task_id="batch",
        rows=[{"recipient_number": number, "message_body": None} for number in os.environ["PEOPLE"].split()],
        message_body="In a batch",
        fail_on_refused=False,
        **SENDER,
    )


DAG = collected()
