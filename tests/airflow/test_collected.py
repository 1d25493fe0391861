"""A run that is cleared after its people were collected anew texts those who are new, and nobody again."""

from __future__ import annotations

from collections import Counter

import pytest

from airflow_lab import Lab, Ran

FIRST = "+12125550141 +12125550142"
# Somebody new stands in front, so that everybody has another index.
SECOND = f"+12125550140 {FIRST}"


@pytest.fixture(scope="module")
def runs(module_lab: Lab) -> list[Ran]:
    (module_lab.folder / "kept.ndjson").write_text("of yesterday\n", encoding="utf-8")
    first = module_lab.run("collected.py", PEOPLE=FIRST, FIELD="colour")
    return [first, module_lab.run("collected.py", PEOPLE=SECOND, FIELD="body")]


def test_each_person_gets_each_text_once(module_lab: Lab, runs: list[Ran]) -> None:
    got = Counter((form["To"][0], form["Body"][0]) for form in module_lab.creates)
    texts = ("Your table is free", "By hand", f"Table on {module_lab.day:%Y-%m-%d}", "In a batch")
    assert got == Counter({(number, text): 1 for number in SECOND.split() for text in texts})


def test_a_cleared_instance_returns_the_sid_of_whoever_it_is_for_now(runs: list[Ran]) -> None:
    first, second = runs
    for task in ("mapped", "own_code", "defaults"):
        assert [second.output(task, index) for index in (1, 2)] == [first.output(task, index) for index in (0, 1)]


def test_numbers_that_templates_have_made_texts_of_are_numbers(runs: list[Ran]) -> None:
    assert len(runs[1].output("some")) == 2


def test_an_export_that_could_not_begin_leaves_what_was_there(module_lab: Lab, runs: list[Ran]) -> None:
    first, second = runs
    assert first.task("kept")["state"] == "failed"
    assert second.output("kept")["count"] == 0
    assert (module_lab.folder / "kept.ndjson").read_text(encoding="utf-8") == ""
    again = module_lab.run("collected.py", later=1, PEOPLE="+12125550149", FIELD="colour")
    assert again.task("kept")["state"] == "failed"
    assert [path.name for path in module_lab.folder.glob("kept*")] == ["kept.ndjson"]


@pytest.mark.parametrize("task", ["text_rows", "no_rows", "one_row"])
def test_rows_that_are_no_list_fail_the_task_and_say_what_to_hand_over(runs: list[Ran], task: str) -> None:
    assert runs[0].task(task)["state"] == "failed"
    assert "rows: give a list of dictionaries" in runs[0].log


def test_a_batch_that_nobody_could_get_fails_however_lenient_it_is(new_lab: Lab) -> None:
    wrong = new_lab.connection(password="wrong-token-000000")
    ran = new_lab.run("collected.py", PEOPLE=SECOND, FIELD="body", AIRFLOW_CONN_TWILIO_DEFAULT=wrong)
    assert ran.task("batch")["state"] == "failed"
