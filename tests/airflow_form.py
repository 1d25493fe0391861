"""A person at Airflow's pages of connections: fills in the form by its labels, saves, tests, and reads what the page says."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, Response

# A plugin of its own, found as any installed one is: the form hides the host, by which Twilio's address could be replaced.
_PLUGIN = """
from dataclasses import replace
from connector_kit import hookimpl
from twilio_connector.opening import open_session

@hookimpl(tryfirst=True)
def connector_open(manifest, connection):
    return open_session(replace(connection, base_url={address!r}))
"""
STANDARD, EXTRA = "Standard Fields", "Extra Fields"
_FIELD = "[data-scope=field][data-part=root]"
# What a control is, by what it is in HTML.
_KIND = """it => it.type === 'password' ? 'secret' : it.tagName === 'TEXTAREA' ? 'lines'
    : it.getAttribute('role') === 'spinbutton' ? 'number' : 'text'"""


def only_twilio(address: str, folder: Path) -> dict[str, str]:
    """Return the environment of an Airflow for which Twilio is at an address on this machine, whatever a connection says."""
    info = folder / "only_twilio-1.dist-info"
    info.mkdir(parents=True)
    (folder / "only_twilio.py").write_text(_PLUGIN.format(address=address), encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: only-twilio\nVersion: 1\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[connector_kit]\nonly-twilio = only_twilio\n", encoding="utf-8")
    # Were the plugin not found, Twilio's own address would lead to a proxy that is not there.
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1,localhost"}
    return {"PYTHONPATH": os.pathsep.join([str(folder), *sys.path]), **nowhere}


@dataclass(frozen=True)
class Field:
    """A field as it is seen: its label, what it says of itself, and what it takes."""

    label: str
    about: str
    kind: str


@dataclass(frozen=True)
class Told:
    """What became of pressing a button: what was asked of the server, its answer, and what the page says."""

    asked: dict[str, Any]
    status: int
    answer: dict[str, Any]
    title: str
    text: str


class Form:
    """The dialog of one connection. Of its sections one is open at a time."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.dialog = page.get_by_role("dialog")

    def open(self, section: str) -> Locator:
        """Open a section, unless it is open, and return it."""
        button = self.dialog.get_by_role("button", name=section, exact=True)
        content = self.dialog.locator(f"[id='{button.get_attribute('aria-controls')}']")
        if button.get_attribute("aria-expanded") != "true":
            button.click()
        content.wait_for()
        return content

    def fields(self, section: str) -> list[Field]:
        """Read a section."""
        found = []
        for group in self.open(section).locator(_FIELD).all():
            control = group.locator("input, textarea").first
            helper = group.locator("[data-part=helper-text]")
            about = helper.inner_text() if helper.count() else control.get_attribute("placeholder") or ""
            label = group.locator("label").inner_text().strip()
            found.append(Field(label, about, str(control.evaluate(_KIND))))
        return found

    def control(self, label: str, section: str = EXTRA) -> Locator:
        """Return what is filled in under a label."""
        # The labels of some extra fields point nowhere, so the field is found by its label's text.
        labelled = self.page.locator("label").get_by_text(label, exact=True)
        field = (
            self.open(section).locator(_FIELD).filter(has=labelled.or_(self.page.locator(f"label:text-is('{label}')")))
        )
        return field.locator("input, textarea").first

    def enter(self, section: str, **values: str) -> None:
        """Type into fields of a section; an underscore in a label is a blank."""
        for label, text in values.items():
            self.control(label.replace("_", " "), section).fill(text)

    def save(self) -> dict[str, Any]:
        """Save, and return what the server answers."""
        with self.page.expect_response(lambda one: one.request.method in {"POST", "PATCH"}) as answered:
            self.dialog.get_by_role("button", name="Save").click()
        self.dialog.wait_for(state="hidden")
        answer: dict[str, Any] = answered.value.json()
        return answer


class Connections:
    """The page that lists the connections."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address

    def go(self) -> None:
        """Open the page."""
        self.page.goto(f"{self.address}/connections")
        self.page.get_by_role("button", name="Add Connection").wait_for()

    def new(self, name: str, kind: str = "Twilio") -> Form:
        """Open the form of a new connection and choose its type."""
        self.page.get_by_role("button", name="Add Connection").click()
        form = Form(self.page)
        form.dialog.get_by_label("Connection Type").click()
        self.page.keyboard.type(kind)
        self.page.keyboard.press("Enter")
        form.dialog.get_by_label("Connection ID").fill(name)
        form.open(STANDARD)
        return form

    def row(self, name: str) -> Locator:
        """Return the line of a connection."""
        return self.page.get_by_role("row").filter(has=self.page.get_by_role("cell", name=name, exact=True))

    def edit(self, name: str) -> Form:
        """Open the form of a saved connection."""
        self.row(name).get_by_role("button", name="Edit Connection").click()
        form = Form(self.page)
        form.open(STANDARD)
        return form

    def test(self, name: str) -> Told:
        """Press the Test button of a saved connection."""
        said = "[data-scope=toast][data-part=root]"
        self.page.evaluate(f"for (const it of document.querySelectorAll('{said}')) it.dataset.old = ''")
        with self.page.expect_response(lambda one: one.url.endswith("/connections/test")) as answered:
            self.row(name).get_by_role("button", name="Test Connection").click()
        toast = self.page.locator(f"{said}:not([data-old])").filter(has_text="Test Connection")
        toast.wait_for()
        title, _, text = toast.inner_text().partition("\n")
        response: Response = answered.value
        asked = json.loads(response.request.post_data or "{}")
        return Told(asked, response.status, response.json(), title, text)
