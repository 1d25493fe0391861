"""An agent with Airflow's own toolset: its retry sends nothing twice, and an error of a tool ends it."""

from __future__ import annotations

import json

from airflow_lab import LAB, Lab, Ran
from airflow_model import TOLD


def asked(lab: Lab, setup: str) -> Ran:
    """Run the agent with one of the scripts of ``airflow_model``."""
    model = {"conn_type": "pydanticai", "password": "none", "extra": {"model": "openai:gpt-5.5"}}
    env = lab.environment(AIRFLOW_CONN_PYDANTICAI_DEFAULT=json.dumps(model))
    return lab.runner.run(LAB / "asking.py", lab.day, env, setup=f"airflow_model:{setup}")


def test_an_agent_that_is_retried_and_sends_the_same_again_sends_it_once(new_lab: Lab) -> None:
    ran = asked(new_lab, "retried")
    assert (ran.task("ask")["state"], ran.task("ask")["tries"]) == ("success", 2)
    first, second = (json.loads(line.removeprefix(TOLD)) for line in ran.log.splitlines() if line.startswith(TOLD))
    assert first == second
    assert (new_lab.count, len(new_lab.creates)) == (1, 1)


def test_an_error_of_a_tool_ends_an_agent_with_the_toolset_of_airflow_and_is_not_retried(new_lab: Lab) -> None:
    ran = asked(new_lab, "mistaken")
    assert (ran.task("ask")["state"], ran.task("ask")["tries"]) == ("failed", 1)
    assert TOLD not in ran.log
    assert "state: Twilio sms message has no such field" in ran.log
