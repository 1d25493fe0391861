"""A task of Airflow sends once, whatever becomes of it, and its end says what a person has to know."""

from __future__ import annotations

import pytest

from airflow_lab import Lab, Ran

TWICE = 2


@pytest.fixture(scope="module")
def runs(module_lab: Lab) -> list[Ran]:
    """The same run twice: for the first time, and after everything in it was cleared."""
    return [module_lab.run("sending.py") for _ in range(TWICE)]


@pytest.fixture
def ran(runs: list[Ran]) -> Ran:
    return runs[0]


def received(lab: Lab, number: str) -> list[str]:
    """Return the texts that a recipient got, the oldest first."""
    return [form["Body"][0] for form in lab.creates if form["To"] == [number]]


def test_a_task_returns_the_sid_of_its_message(ran: Ran) -> None:
    assert ran.task("send")["state"] == "success"
    assert ran.output("send").startswith("SM")
    assert ran.output("mapped", 0) != ran.output("mapped", 1)


def test_templates_are_filled_in(module_lab: Lab, ran: Ran) -> None:
    (text,) = received(module_lab, "+12125550101")
    assert text.startswith(f"Run manual__{module_lab.day:%Y-%m-%d}")


@pytest.mark.parametrize(
    ("task", "says"),
    [
        ("misshapen", "message_body: is empty; write the text that the recipient should read"),
        ("rejected", "21606"),
    ],
)
def test_what_no_retry_changes_fails_at_the_first_try(ran: Ran, task: str, says: str) -> None:
    assert (ran.task(task)["state"], ran.task(task)["tries"]) == ("failed", 1)
    assert says in ran.log


def test_a_dry_run_sends_nothing_and_is_skipped_with_its_preview(module_lab: Lab, ran: Ran) -> None:
    assert ran.task("shown")["state"] == "skipped"
    assert ran.task("shown")["xcoms"]["preview"]["segments"] == 1
    assert received(module_lab, "+12125550106") == []


def test_a_batch_sends_to_everybody_it_can_and_then_fails_with_the_rows_that_it_could_not(ran: Ran) -> None:
    assert (ran.task("batch")["state"], ran.task("batch")["tries"]) == ("failed", 1)
    ends = ran.task("batch")["xcoms"]["ends"]
    assert [end["row"] for end in ends] == [1, 2, 3, 4, 5]
    assert [end.get("error", {}).get("code") for end in ends] == [None, "input", None, "input", None]
    assert "2 of 5 rows: refused; nothing was done for them. Done: 3." in ran.log


def test_a_lenient_batch_goes_on_with_the_sids_of_the_others(ran: Ran) -> None:
    first, none, again, neither, last = ran.output("lenient")
    assert (none, neither) == (None, None)
    assert first == again, "the same text to the same number goes out once in a run"
    assert first != last


def test_a_batch_sends_the_same_text_to_the_same_number_once(module_lab: Lab, ran: Ran) -> None:
    assert sorted(received(module_lab, "+12125550107")) == ["For many: batch", "For many: lenient"]


def test_a_task_of_ones_own_sends_once_although_it_was_retried(module_lab: Lab, ran: Ran) -> None:
    """Its first try breaks after it has sent; the second does the same again, and two equal texts of one try are two texts."""
    assert (ran.task("own_code")["state"], ran.task("own_code")["tries"]) == ("success", 2)
    assert received(module_lab, "+12125550109") == ["From a task"] * 2
    assert received(module_lab, "+12125550110") == ["From a task"]
    assert len(set(ran.output("own_code"))) == 3


def test_a_cleared_run_sends_nothing_again_and_returns_the_same(module_lab: Lab, runs: list[Ran]) -> None:
    first, second = runs
    for task, index in (("send", -1), ("mapped", 0), ("mapped", 1), ("lenient", -1), ("own_code", -1)):
        assert second.output(task, index) == first.output(task, index)
    # Only what Twilio has refused is asked for again: of that, nothing was done.
    refused = [form for form in module_lab.creates if form["To"] == ["+12125550105"]]
    assert (len(refused), len(module_lab.creates)) == (TWICE, module_lab.count + TWICE)


def test_a_cleared_task_with_another_text_is_refused(module_lab: Lab, runs: list[Ran]) -> None:
    changed = module_lab.run("sending.py", BODY="Another text")
    assert (changed.task("send")["state"], changed.task("send")["tries"]) == ("failed", 1)
    assert "has acted in this run already, with other inputs" in changed.log
    assert len(received(module_lab, "+12125550101")) == 1


def test_another_run_sends_again(module_lab: Lab, runs: list[Ran]) -> None:
    other = module_lab.run("sending.py", later=1, BODY="")
    assert other.output("send") != runs[0].output("send")
    assert len(received(module_lab, "+12125550101")) == TWICE


def test_no_log_holds_a_token_a_number_or_a_text(module_lab: Lab, ran: Ran) -> None:
    for planted in ("sandbox-token", "+121255501", "From a task", "For many", "Run manual", "Mapped\n", "nobody"):
        assert planted not in ran.log, planted
