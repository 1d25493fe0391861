"""Texts of strangers, with a template in them, on every way into an operator."""

from __future__ import annotations

from typing import Any

from airflow.sdk import dag, task

from twilio_connector.airflow.operators import SendSmsMessageBatchOperator, SendSmsMessageOperator

TEXT = "{{ 6 * 7 }}"
SENDER: dict[str, Any] = {"sender_number": "+15005550006"}


@dag(schedule=None)
def templates() -> None:
    """Send texts that another task has returned."""

    @task
    def one() -> str:
        return f"output {TEXT}"

    @task
    def several() -> list[str]:
        return [f"expand {TEXT}"]

    @task
    def filled(name: str) -> list[dict[str, str]]:
        return [{"recipient_number": "+12125550123", "message_body": f"{name} {TEXT}"}]

    @task
    def cut() -> list[list[dict[str, str]]]:
        return [[{"recipient_number": "+12125550123", "message_body": f"chunks {TEXT}"}]]

    SendSmsMessageOperator(task_id="output", recipient_number="+12125550123", message_body=one(), **SENDER)
    SendSmsMessageOperator.partial(task_id="expand", recipient_number="+12125550123", **SENDER).expand(
        message_body=several()
    )
    SendSmsMessageOperator.partial(task_id="kwargs", **SENDER).expand_kwargs(filled("kwargs"))
    SendSmsMessageBatchOperator(task_id="rows", rows=filled("rows"), **SENDER)
    SendSmsMessageBatchOperator.partial(task_id="chunks", **SENDER).expand(rows=cut())


DAG = templates()
