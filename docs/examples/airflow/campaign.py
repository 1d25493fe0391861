"""Text 10,000 people out of a CSV file, 500 in a task, each of them once, and say which rows were refused."""

from __future__ import annotations

import csv
from datetime import timedelta
from typing import Any

from airflow.sdk import ObjectStoragePath, Param, dag, task

from twilio_connector.airflow.operators import SendSmsMessageBatchOperator

# Airflow maps a task at most 1,024 times ([core] max_map_length), so a task takes many rows: 20 tasks for 10,000 recipients.
CHUNK = 500


@dag(
    schedule=None,
    tags=["twilio"],
    max_active_runs=1,
    params={
        "recipients": Param(
            "file:///opt/airflow/data/campaign.csv",
            type="string",
            title="The file",
            description="Columns recipient_number and message_body. A file, or an object: s3://my_aws_connection@bucket/campaign.csv",
        ),
    },
)
def campaign() -> None:
    """Send the messages of a file."""

    @task
    def chunks(params: dict[str, Any]) -> list[list[dict[str, str]]]:
        """Read the file, and cut its rows into chunks. A row has the inputs of one message, by their names."""
        with ObjectStoragePath(params["recipients"]).open("r", encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        return [rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK)]

    send = SendSmsMessageBatchOperator.partial(
        task_id="send",
        sender_number="+15005550006",  # for every row that has none of its own
        pool="twilio",  # with 2 slots, two chunks go at a time: airflow pools set twilio 2 "SMS"
        per_second=50,  # of each chunk; with 2 slots, 100 in a second
        at_once=10,
        fail_on_refused=False,  # a wrong number does not stop the campaign; the report names its row
        retries=3,  # a retry sends only what was not sent
        retry_delay=timedelta(minutes=1),
    ).expand(rows=chunks())

    @task
    def report(ended: list[list[dict[str, Any]]]) -> list[str]:
        """Say which rows of the file were refused, and why. Neither a number nor a text is in it."""
        refused = [
            f"row {CHUNK * chunk + end['row']}: {end['text']}"
            for chunk, ends in enumerate(ended)
            for end in ends
            if "error" in end
        ]
        rows = sum(map(len, ended))
        print(f"{rows - len(refused)} of {rows} rows are done, {len(refused)} were refused.", *refused, sep="\n")
        return refused

    # How each row ended is in the XCom "ends" of its task.
    report(send.output["ends"])


campaign()
