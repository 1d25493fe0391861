"""What Twilio or the network does wrong ends as Airflow's users expect it: retried, failed at once, or looked up."""

from __future__ import annotations

import json

from airflow_lab import Lab
from twilio_sandbox.faults import Fault


def test_a_task_waits_as_long_as_twilio_asks_and_is_then_retried(new_lab: Lab) -> None:
    new_lab.sandbox.faults.plant(Fault("rate_limited", method="POST", retry_after="1"))
    ran = new_lab.run("faults.py")
    assert (ran.task("send")["state"], ran.task("send")["tries"]) == ("success", 2)
    assert "The service asked to wait 1 seconds" in ran.log
    assert new_lab.count == 1


def test_a_message_whose_answer_was_lost_is_found_and_the_task_succeeds(new_lab: Lab) -> None:
    new_lab.sandbox.faults.plant(Fault("drop_after", method="POST"))
    ran = new_lab.run("faults.py")
    assert (ran.task("send")["state"], ran.task("send")["tries"]) == ("success", 1)
    assert (new_lab.count, len(new_lab.creates)) == (1, 1)


def test_an_unknown_outcome_fails_at_once_and_clearing_the_task_looks_and_does_not_send(new_lab: Lab) -> None:
    new_lab.sandbox.faults.plant(Fault("drop_before", method="POST"))
    first = new_lab.run("faults.py")
    assert (first.task("send")["state"], first.task("send")["tries"]) == ("failed", 1)
    assert "Clear the task to look for it again" in first.log
    second = new_lab.run("faults.py")
    assert second.task("send")["state"] == "failed"
    assert len(new_lab.creates) == 1
    assert new_lab.count == 0


def test_a_wrong_token_fails_at_once_and_says_what_to_change(new_lab: Lab) -> None:
    ran = new_lab.run("faults.py", AIRFLOW_CONN_TWILIO_DEFAULT=new_lab.connection(password="wrong-token-000000"))
    assert (ran.task("send")["state"], ran.task("send")["tries"]) == ("failed", 1)
    assert "Auth Token" in ran.log
    assert "wrong-token" not in ran.log


def test_a_connection_that_is_misshapen_is_told_in_the_words_of_its_form(new_lab: Lab) -> None:
    ran = new_lab.run("faults.py", AIRFLOW_CONN_TWILIO_DEFAULT=new_lab.connection(login="AC1", password=None))
    assert "The Airflow connection 'twilio_default' needs a change. Nothing was sent." in ran.log
    assert "Account SID must be AC followed by 32 characters" in ran.log
    assert "Auth Token is missing" in ran.log
    assert new_lab.sandbox.requests == []


def test_a_connection_by_api_key_works(new_lab: Lab) -> None:
    key = {"api_key_sid": f"SK{1:032x}", "api_key_secret": "sandbox-key-secret-1"}
    (known,) = new_lab.sandbox.store.accounts()
    known.api_keys[key["api_key_sid"]] = key["api_key_secret"]
    ran = new_lab.run("faults.py", AIRFLOW_CONN_TWILIO_DEFAULT=new_lab.connection(password=None, extra=json.dumps(key)))
    assert ran.task("send")["state"] == "success"


def test_tasks_on_several_machines_are_refused_until_they_share_a_journal(new_lab: Lab) -> None:
    ran = new_lab.run("faults.py", AIRFLOW__CORE__EXECUTOR="CeleryExecutor", CONNECTOR_KIT_JOURNAL="")
    assert (ran.task("send")["state"], ran.task("send")["tries"]) == ("failed", 1)
    assert "Set CONNECTOR_KIT_JOURNAL=postgresql://... in the environment of every worker." in ran.log
    assert new_lab.sandbox.requests == []
