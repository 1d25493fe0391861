"""What Airflow fills in as a template, and what it leaves as it is: texts of strangers must not become templates."""

from __future__ import annotations

from airflow_lab import Lab
from twilio_sandbox.seed import ACCOUNT_SID


def test_of_what_another_task_returns_only_expand_kwargs_is_filled_in_as_templates(new_lab: Lab) -> None:
    """That is Airflow's, and our page warns of it. If this changes, change the page."""
    ran = new_lab.run("templates.py")
    assert {task["state"] for task in ran.tasks.values()} == {"success"}
    texts = {message.body for message in new_lab.sandbox.store.all(ACCOUNT_SID)}
    untouched = {f"{way} {{{{ 6 * 7 }}}}" for way in ("output", "expand", "rows", "chunks")}
    assert texts == untouched | {"kwargs 42"}
