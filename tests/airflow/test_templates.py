"""What is filled in as a template, and what is left as it is: texts of strangers must not become templates."""

from __future__ import annotations

from airflow_lab import Lab
from twilio_sandbox.seed import ACCOUNT_SID


def test_what_another_task_returns_is_never_a_template_and_what_the_author_wrote_is(new_lab: Lab) -> None:
    """Airflow itself fills in what expand_kwargs is handed: a stranger's text could have asked for the password."""
    ran = new_lab.run("templates.py")
    assert {task["state"] for task in ran.tasks.values()} == {"success"}
    texts = {message.body for message in new_lab.sandbox.store.all(ACCOUNT_SID)}
    untouched = {f"{way} {{{{ 6 * 7 }}}}" for way in ("output", "expand", "kwargs", "rows", "chunks")}
    assert texts == untouched | {"written 42", "partly 42", "mixed 42"}
