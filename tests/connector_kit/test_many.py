"""Many calls: the key of each comes from what it says, none begins before its time or after an interrupt, each has an end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, cast

import pytest

from connector_kit import ActionCall, Connector, ContractError, InputError, RefusedError, Result
from connector_kit.many import calls, faults, run_many

ANA, BEN, EVA = ({"to": name, "text": "Hello"} for name in ("Ana", "Ben", "Eva"))
CALLS = [ActionCall("send", {"number": number}) for number in range(1, 6)]


class Acting:
    """A connector whose calls do what a function says."""

    def __init__(self, act: Callable[[int], object] = lambda _: None) -> None:
        self.act = act
        self.begun: list[int] = []

    def run(self, call: ActionCall) -> Result:
        number = call.inputs["number"]
        self.begun.append(number)
        self.act(number)
        return Result(f"output {number}")


def keys(*rows: Mapping[str, Any], run: str = "April") -> list[str]:
    """Return the keys of rows."""
    return [call.inputs["key"] for call in calls("send", rows, run=run, key_input="key")]


def test_the_key_of_a_row_stays_when_other_rows_come_go_or_move() -> None:
    ana, ben = keys(ANA, BEN)
    assert keys(EVA, BEN, ANA)[1:] == [ben, ana]
    assert keys(BEN) == [ben]
    assert keys({"text": "Hello", "to": "Ana", "media": None}) == [ana]
    assert len({ana, ben, *keys(EVA), *keys(ANA, run="May")}) == 4


def test_rows_that_say_the_same_have_keys_of_their_own() -> None:
    assert len(set(keys(ANA, ANA, BEN))) == 3
    assert keys(ANA, BEN, ANA) == [keys(ANA, ANA)[0], keys(BEN)[0], keys(ANA, ANA)[1]]


def test_a_row_with_a_key_of_its_own_keeps_it() -> None:
    assert keys({**ANA, "key": "order 1"}) == ["order 1"]


def test_rows_whose_contents_are_one_in_another_spelling_are_one() -> None:
    def content(call: ActionCall) -> Mapping[str, Any]:
        if call.inputs["to"] == "?":
            raise InputError("Nobody.")
        return {**call.inputs, "to": call.inputs["to"].casefold()}

    rows = [ANA, {**ANA, "to": "ANA"}, {"to": "?"}]
    made = calls("send", rows, run="April", key_input="key", content=content)
    assert made[0].inputs["key"] != made[1].inputs["key"]
    again = calls("send", rows[1:], run="April", key_input="key", content=content)
    assert [call.inputs["key"] for call in again] == [made[0].inputs["key"], made[2].inputs["key"]]


def test_checking_calls_of_an_action_without_a_dry_run_carries_nothing_out(toy: Connector) -> None:
    wanted = [
        ActionCall("write_note", {"note_text": "a"}),
        ActionCall("write_note", {"note_text": "b", "stars": "many"}),
    ]
    found = list(faults(toy, wanted, None))
    assert [(number, fault.problems[0].path) for number, fault in found] == [(2, "stars")]
    assert len(toy.run(ActionCall("read_notes")).output) == 2


def test_calls_begin_at_the_pace_asked_for() -> None:
    clock, begun = [100.0], []

    def wait(stop: threading.Event, seconds: float) -> bool:
        clock[0] += seconds
        return stop.is_set()

    connector = cast("Connector", Acting(lambda _: begun.append(clock[0])))
    assert len(list(run_many(connector, CALLS, at_once=1, per_second=2, now=lambda: clock[0], wait=wait))) == 5
    assert begun == [100.0, 100.5, 101.0, 101.5, 102.0]


@pytest.mark.parametrize("per_second", [None, 1000.0])
def test_nothing_begins_once_the_reader_has_stopped(per_second: float | None) -> None:
    """The second call is under way until that has been said, and ends; whatever comes after it is not begun."""
    stops: list[threading.Event] = []

    def wait(stop: threading.Event, _: float) -> bool:
        stops.append(stop)
        return stop.is_set()

    acting = Acting(lambda number: number == 1 or stops[0].wait(timeout=5))
    ended = run_many(cast("Connector", acting), CALLS, at_once=1, per_second=per_second, wait=wait)
    assert next(ended).row == 1
    ended.close()
    assert acting.begun in ([1], [1, 2])


def test_a_wait_for_the_pace_ends_when_the_reader_stops() -> None:
    """With the real clock: the second call would begin in a quarter of an hour."""
    acting = Acting()
    ended = run_many(cast("Connector", acting), CALLS, at_once=5, per_second=0.001)
    next(ended)
    ended.close()
    assert len(acting.begun) == 1


def test_every_call_has_an_end_whatever_one_of_them_meets() -> None:
    def act(number: int) -> None:
        met = {
            2: RefusedError("No."),
            3: ContractError("An answer that nobody can read."),
            4: ZeroDivisionError("+1212"),
        }
        if number in met:
            raise met[number]

    ended = sorted(run_many(cast("Connector", Acting(act)), CALLS), key=lambda result: result.row)
    assert [result.state for result in ended] == ["done", "refused", "unknown", "unknown", "done"]
    assert "ZeroDivisionError" in str(ended[3].error)
    assert "+1212" not in str(ended[3].error)


def test_an_exit_within_a_call_reaches_the_reader() -> None:
    def act(_: int) -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        list(run_many(cast("Connector", Acting(act)), CALLS))


@pytest.mark.parametrize(
    "settings",
    [
        {"at_once": 0},
        {"at_once": 1_001},
        {"per_second": 0.0},
        {"per_second": -1.0},
        {"per_second": 1e-320},
        {"per_second": float("inf")},
        {"per_second": float("nan")},
    ],
    ids=str,
)
def test_a_setting_out_of_range_is_refused_before_a_result_is_asked_for(settings: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        run_many(cast("Connector", Acting()), CALLS, **settings)
