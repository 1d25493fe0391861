"""A campaign of 300 messages on two Celery workers: each person gets exactly one, whatever happens to a worker."""

from __future__ import annotations

import time
from collections import Counter

from airflow_house import Airflow
from airflow_processes import until
from airflow_rest import Run, Task
from airflow_twilio import RemoteTwilio

COUNT, CONCURRENCY = 300, 4
RECIPIENTS = [f"+1202555{number:04}" for number in range(100, 100 + COUNT)]
BOUND = 300  # seconds


def assert_each_got_one(twilio: RemoteTwilio, run: Run) -> None:
    """Ask Twilio, not Airflow, who got how many messages of a run."""
    stored = [message for message in twilio.messages() if run.id in message["body"]]
    assert Counter(message["to"] for message in stored) == Counter(RECIPIENTS)


def assert_the_tasks_returned_their_sids(airflow: Airflow, twilio: RemoteTwilio, run: Run) -> None:
    """Compare what some of the tasks returned with what Twilio stored."""
    sids = {message["to"]: message["sid"] for message in twilio.messages() if run.id in message["body"]}
    for index in range(0, COUNT, 30):
        assert airflow.api.xcom(run, "send", index) == sids[RECIPIENTS[index]]


def sends(airflow: Airflow, run: Run) -> list[Task]:
    """Return the task instances of a run that is over; all of them must have succeeded."""
    tasks = airflow.api.tasks(run, "send")
    assert Counter(task.state for task in tasks) == {"success": COUNT}, airflow.api.summary(run)
    return tasks


def test_two_workers_send_each_message_of_a_campaign_once(celery_airflow: Airflow, remote_twilio: RemoteTwilio) -> None:
    """As many messages as recipients, also where several machines send them."""
    run = celery_airflow.api.trigger("campaign")
    celery_airflow.api.wait(run, BOUND)
    tasks = sends(celery_airflow, run)
    assert {task.worker for task in tasks} == {"worker-1", "worker-2"}
    assert {task.tries for task in tasks} == {1}
    assert_each_got_one(remote_twilio, run)
    assert_the_tasks_returned_their_sids(celery_airflow, remote_twilio, run)


def test_a_worker_killed_between_twilio_and_the_answer_makes_nobody_get_a_second_message(
    celery_airflow: Airflow, remote_twilio: RemoteTwilio
) -> None:
    """The tasks of the killed worker are tried again when their messages are stored already."""
    api = celery_airflow.api
    run = api.trigger("campaign")

    def arrived() -> list[str]:
        return [form["To"] for form in remote_twilio.creates() if run.id in form["Body"]]

    until(lambda: len(arrived()) >= COUNT // 4, "a quarter of the campaign is sent", BOUND, every=0.5)
    # What each place of both workers sends next is stored at once and answered much later, so that no worker sends any more.
    delay, stuck = 30, 2 * CONCURRENCY
    remote_twilio.plant("slow", times=stuck, seconds=delay, method="POST")
    planted = time.monotonic()
    until(lambda: not remote_twilio.faults(), "each place of the workers waits for an answer", BOUND)
    waiting = {RECIPIENTS.index(number) for number in arrived()[-stuck:]}
    waiters = [task for task in api.tasks(run, "send") if task.index in waiting]
    assert Counter(task.worker for task in waiters) == {"worker-1": CONCURRENCY, "worker-2": CONCURRENCY}
    celery_airflow.kill_worker(2)
    assert time.monotonic() < planted + delay, "the answers came before the worker was killed: this proves nothing"

    api.wait(run, BOUND)
    tasks = {task.index: task for task in sends(celery_airflow, run)}
    assert_each_got_one(remote_twilio, run)
    for waiter in waiters:
        task = tasks[waiter.index]
        assert task.worker == "worker-1"
        assert (task.tries > 1) == (waiter.worker == "worker-2"), f"{waiter} became {task}\n{api.summary(run)}"
        if task.tries > 1:
            assert "the message was found at Twilio" in api.log(run, "send", task.index, attempt=task.tries)
    assert_the_tasks_returned_their_sids(celery_airflow, remote_twilio, run)
