"""Every host leads to one path: the same calls have the same results, the same errors and the same requests wherever they are made."""

from __future__ import annotations

from pathlib import Path

import pytest

from one_path import CALLS, Asked
from one_path_drivers import Desk, Driver
from one_path_hosts import DRIVERS, differences

# On a real clock nobody moves the time on: what waits would make the test wait.
PAIRS = [(driver, asked) for driver in DRIVERS for asked in CALLS if not (driver.own_process and asked.waits)]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    """Where hosts run: their connectors are wired to sandboxes of these tests, on a clock that passes without waiting."""
    return Desk(tmp_path, monkeypatch, capsys)


@pytest.mark.parametrize(("driver", "asked"), PAIRS, ids=[f"{driver.name}: {asked.name}" for driver, asked in PAIRS])
def test_a_call_ends_everywhere_as_in_python(desk: Desk, driver: Driver, asked: Asked) -> None:
    for module in driver.needs:
        pytest.importorskip(module, reason=f"{module} is not here yet")
    assert differences(desk, asked, driver) == []


def test_twenty_calls_and_more_are_compared() -> None:
    assert len({asked.name for asked in CALLS}) == len(CALLS) >= 20
    ends = {"done", "input", "recipient", "credentials", "rate_limited", "outcome_unknown"}
    assert {asked.ends for asked in CALLS} == ends
