"""A read gives a task all of what was asked for, or says why not; a sensor ends when the message has."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from airflow_lab import Lab, Ran
from connector_kit.hosts.airflow.operators import XCOM_CAP
from twilio_sandbox.faults import Fault
from twilio_sandbox.seed import ACCOUNT_SID, seeded

STORED = XCOM_CAP + 200


@pytest.fixture(scope="module")
def bad(module_lab: Lab) -> str:
    """The SID of a message that was not delivered, among many others."""
    seeded(module_lab.sandbox, count=STORED)
    found = [m for m in module_lab.sandbox.store.all(ACCOUNT_SID) if m.status == "undelivered"]
    return found[0].sid


@pytest.fixture(scope="module")
def ran(module_lab: Lab, bad: str) -> Ran:
    return module_lab.run("reading.py", BAD=bad)


def test_a_read_with_a_limit_returns_its_items(ran: Ran) -> None:
    items = ran.output("few")
    assert [item["status"] for item in items] == ["delivered"] * 3
    assert all(item["date_created"].endswith("Z") for item in items)


def test_more_than_xcom_should_hold_fails_and_says_how_to_read_it(ran: Ran) -> None:
    assert (ran.task("all")["state"], ran.task("all")["tries"]) == ("failed", 1)
    assert "There are more than 1,000 items" in ran.log
    assert "Give output_path" in ran.log


def test_a_read_into_a_file_writes_every_item(module_lab: Lab, bad: str) -> None:
    told = module_lab.run("exporting.py").output("file")
    lines = Path(told["path"].removeprefix("file://")).read_text(encoding="utf-8").splitlines()
    assert told["path"].endswith(f"/made/{module_lab.day:%Y-%m-%d}.ndjson")
    assert told["count"] == len(lines) == len({json.loads(line)["sid"] for line in lines})
    assert told["count"] >= STORED


def test_a_hook_returns_all_items_or_none(module_lab: Lab, bad: str) -> None:
    """A task of one's own would not see that a list is cut off."""
    ran = module_lab.run("own_reads.py")
    assert ran.output("some") == 20
    assert ran.task("all")["state"] == "failed"
    assert "There are more than 1,000 items, so give a limit." in ran.log


def test_a_filter_that_cannot_be_used_fails_at_once(ran: Ran) -> None:
    assert (ran.task("refused")["state"], ran.task("refused")["tries"]) == ("failed", 1)


@pytest.mark.parametrize("where", ["worker", "triggerer"])
class TestWaiting:
    def test_it_ends_when_the_message_is_delivered(self, ran: Ran, where: str) -> None:
        assert ran.output(f"{where}_one") == "delivered"

    def test_it_waits_for_each_of_several(self, ran: Ran, where: str) -> None:
        assert ran.output(f"{where}_all") == dict.fromkeys(ran.output("sent"), "delivered")

    def test_a_message_that_is_not_delivered_fails_the_task_without_a_retry(
        self, ran: Ran, where: str, bad: str
    ) -> None:
        assert (ran.task(f"{where}_bad")["state"], ran.task(f"{where}_bad")["tries"]) == ("failed", 1)
        assert f"- {bad}: undelivered 300" in ran.log

    def test_or_skips_it_where_that_is_wanted(self, ran: Ran, where: str) -> None:
        assert ran.task(f"{where}_soft")["state"] == "skipped"


def test_a_sensor_gives_up_after_its_timeout(ran: Ran) -> None:
    assert ran.task("late")["state"] == "failed"


def test_a_file_that_could_not_be_written_to_its_end_is_not_there(module_lab: Lab, bad: str) -> None:
    module_lab.sandbox.faults.plant(Fault("same_next_page", times=2, method="GET"))
    ran = module_lab.run("exporting.py", later=1)
    assert ran.task("file")["state"] == "failed"
    assert list((module_lab.folder / "made").glob(f"*{module_lab.day + timedelta(days=1):%Y-%m-%d}*")) == []
