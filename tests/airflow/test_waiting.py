"""A deferred sensor takes no place of a worker, and ends as the message does; a cleared send sends nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from airflow_house import Airflow
from airflow_processes import until
from airflow_rest import Run
from twilio_sandbox import Clock, Sandbox
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN, account
from twilio_sandbox.server import serving

DELIVERED, UNDELIVERED = "+12125550123", "+12125550124"
BOUND = 120  # seconds


@pytest.fixture(scope="module")
def still() -> Iterator[tuple[Sandbox, str]]:
    """A Twilio whose clock stands still, so that a message is under way until it is moved."""
    sandbox = Sandbox(Clock(datetime.now(UTC)))
    sandbox.store.add_account(account())
    with serving(sandbox) as address:
        yield sandbox, address


def states(airflow: Airflow, run: Run) -> dict[str, str | None]:
    """Return the states of the tasks of a run."""
    return {task.id: task.state for task in airflow.api.tasks(run)}


def test_sensors_free_their_places_end_as_the_messages_do_and_a_cleared_send_sends_nothing(
    celery_airflow: Airflow, still: tuple[Sandbox, str]
) -> None:
    (sandbox, address), api = still, celery_airflow.api
    connection = {"connection_id": "twilio_still", "conn_type": "twilio", "login": ACCOUNT_SID, "password": AUTH_TOKEN}
    api.ask("POST", "/api/v2/connections", json={**connection, "host": address})
    api.ask("POST", "/api/v2/pools", json={"name": "one_place", "slots": 1})
    runs = {number: api.trigger("waiting", {"recipient": number}) for number in (DELIVERED, UNDELIVERED)}

    # Both sensors wait at once, and both other tasks had the pool's one place meanwhile.
    wanted = {"send": "success", "wait": "deferred", "meanwhile": "success"}
    until(lambda: all(states(celery_airflow, run) == wanted for run in runs.values()), "both sensors wait", BOUND)
    for message in sandbox.store.all(ACCOUNT_SID):
        message.ends_with = 30005 if message.recipient == UNDELIVERED else None
    sandbox.clock.advance(3600)
    sandbox.store.grow_older()

    good, bad = runs[DELIVERED], runs[UNDELIVERED]
    assert api.wait(good, BOUND) == "success", api.summary(good) + api.log(good, "wait")
    assert api.xcom(good, "wait") == "delivered"
    assert api.wait(bad, BOUND) == "failed", api.summary(bad)
    (failed,) = api.tasks(bad, "wait")
    assert failed.tries == 1
    assert "undelivered 30005" in api.log(bad, "wait")

    sid = api.xcom(good, "send")
    clear = {"dry_run": False, "dag_run_id": good.id, "task_ids": ["send"], "only_failed": False}
    api.ask("POST", "/api/v2/dags/waiting/clearTaskInstances", json=clear)
    until(lambda: api.tasks(good, "send")[0].tries > 1, "the cleared task is tried again", BOUND)
    assert api.wait(good, BOUND) == "success", api.summary(good) + api.log(good, "wait")
    assert api.xcom(good, "send") == sid
    assert "already completed successfully" in api.log(good, "send", attempt=2)
    assert sandbox.store.count(ACCOUNT_SID) == len(runs)
