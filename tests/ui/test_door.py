"""The running server at its door: what strangers are refused, and what nobody gets to see. See ``ui_checks``."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

import ui_checks
from ui_door import Door
from ui_house import House
from ui_process import StartUi


@pytest.mark.parametrize("check", [*ui_checks.DOOR, *ui_checks.INSIDE], ids=lambda check: check.__name__)
def test_it_holds_for_the_running_server(house: House, check: Callable[[Door], None]) -> None:
    check(house.door)


def test_the_link_is_neither_used_up_by_a_look_ahead_nor_the_cookie_sent_elsewhere(start_ui: StartUi) -> None:
    for check in ui_checks.FRESH:
        with httpx.Client() as client:
            check(Door(client.send, start_ui("--no-browser").link))
