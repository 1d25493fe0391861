"""Every host leads to one path: the same calls have the same results, the same errors and the same requests wherever they are made."""

from __future__ import annotations

from pathlib import Path

import pytest

from one_path import CALLS, Asked
from one_path_drivers import DRIVERS, Desk, Driver, Python

BY_NAME = {asked.name: asked for asked in CALLS}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    """Where hosts run: their connectors are wired to sandboxes of these tests, on a clock that passes without waiting."""
    return Desk(tmp_path, monkeypatch, capsys)


@pytest.mark.parametrize("driver", DRIVERS[1:], ids=lambda driver: driver.name)
@pytest.mark.parametrize("asked", CALLS, ids=lambda asked: asked.name)
def test_a_call_ends_everywhere_as_in_python(desk: Desk, asked: Asked, driver: Driver) -> None:
    wanted = desk.ending(Python(), asked)
    found = desk.ending(driver, asked)
    assert wanted.ends == asked.ends, wanted
    assert found == driver.expected(asked, wanted)


def test_twenty_calls_and_more_are_compared() -> None:
    assert len(BY_NAME) == len(CALLS) >= 20
    assert {asked.ends for asked in CALLS} >= {
        "done",
        "input",
        "recipient",
        "credentials",
        "rate_limited",
        "outcome_unknown",
    }
