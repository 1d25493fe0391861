"""axe-core finds nothing wrong with any state of any page, however it is looked at; and nothing needs sideways scrolling."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from ui_browser import axe
from ui_person import Person
from ui_states import LOOKS, STATES


def sideways(page: Page) -> list[str]:
    """Return what is too wide for the window."""
    wide: bool = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return ["sideways scrolling"] if wide else []


@pytest.mark.parametrize("state", STATES)
def test_a_page_is_accessible_in_every_look(person: Person, state: str) -> None:
    STATES[state](person)
    found = {}
    for name, look in LOOKS.items():
        look.at(person.page)
        found[name] = axe(person.page) + sideways(person.page)
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_axe_finds_what_is_wrong(person: Person) -> None:
    """The tests above can fail: a page that is spoiled in three ways has three violations, and is too wide."""
    STATES["connect"](person)
    person.page.evaluate(
        """() => {
            document.documentElement.lang = "";
            document.querySelector("label[for=name]").remove();
            document.querySelector("h1").style.cssText = "color: #ccc; width: 200vw";
        }"""
    )
    assert {fault.partition(":")[0] for fault in axe(person.page)} >= {
        "html-has-lang",
        "label",
        "color-contrast",
    }
    assert sideways(person.page)
