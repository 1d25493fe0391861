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
    def numbers() -> list[dict[str, str]]:
        return [{"recipient_number": "+12125550123"}]

    @task
    def cut() -> list[list[dict[str, str]]]:
        return [[{"recipient_number": "+12125550123", "message_body": f"chunks {TEXT}"}]]

    SendSmsMessageOperator(task_id="output", recipient_number="+12125550123", message_body=one(), **SENDER)
    SendSmsMessageOperator.partial(task_id="expand", recipient_number="+12125550123", **SENDER).expand(
        message_body=several()
    )
    SendSmsMessageOperator.partial(task_id="kwargs", **SENDER).expand_kwargs(filled("kwargs"))
    SendSmsMessageOperator.partial(task_id="mixed", message_body=f"mixed {TEXT}", **SENDER).expand_kwargs(numbers())
    # What stands in the DAG file is its author's, and so are its templates.
    SendSmsMessageOperator.partial(task_id="written", **SENDER).expand_kwargs(
        [{"recipient_number": "+12125550123", "message_body": f"written {TEXT}"}]
    )
    SendSmsMessageOperator.partial(task_id="partly", message_body=f"partly {TEXT}", **SENDER).expand_kwargs(
        [{"recipient_number": "+12125550123"}]
    )
    SendSmsMessageBatchOperator(task_id="rows", rows=filled("rows"), **SENDER)
    SendSmsMessageBatchOperator.partial(task_id="chunks", **SENDER).expand(rows=cut())


DAG = templates()
