"""A person at a browser: opens pages, fills in forms by their labels, and reads what the page says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize

from ui_house import ACME, TOKENS, House

AUTH_TOKEN = "auth_token"  # noqa: S105 - the id of a method
API_KEY = "api_key"
WINDOW = ViewportSize(width=1280, height=900)
# Without transitions a colour is what it will be as soon as a page is there.
_STILL = {"reduced_motion": "reduce"}
# A browser gives the focus that a page asks for when it draws it, which may be some frames after it has loaded it.
_FOCUSED = """() => new Promise(done => {
    const look = left => document.activeElement !== document.body || !left
        ? done(document.activeElement.id || document.activeElement.textContent.trim())
        : requestAnimationFrame(() => look(left - 1));
    look(120);
})"""


@dataclass
class Person:
    """Somebody who has followed the link; ``house`` is what they look at."""

    house: House
    page: Page

    # What they do

    def go(self, path: str = "/") -> None:
        """Open a page by its path below the secret prefix."""
        self.page.goto(self.house.door.origin + self.house.door.prefix + path)

    def form(self, method: str = AUTH_TOKEN, environment: str = "production") -> None:
        """Open the form of a new connection."""
        self.go(f"/connect/twilio/{method}?environment={environment}")

    def field(self, label: str) -> Locator:
        """Return the control with this label."""
        return self.page.get_by_label(label, exact=True)

    def enter(self, **values: str) -> None:
        """Type into fields; an underscore in a label is a blank: ``Account_SID``."""
        for label, text in values.items():
            self.field(label.replace("_", " ")).fill(text)

    def press(self, name: str, *, within: str = "body") -> None:
        """Press a button or follow a link by its whole name, and wait for the next page."""
        target = self.page.locator(within)
        named = target.get_by_role("button", name=name, exact=True).or_(
            target.get_by_role("link", name=name, exact=True)
        )
        with self.page.expect_navigation():
            named.click()

    def connect(
        self, sid: str = ACME, name: str | None = None, environment: str = "production", token: str = ""
    ) -> None:
        """Fill in the form of a new connection by its Auth Token and send it."""
        self.form(environment=environment)
        self.enter(Account_SID=sid, Auth_Token=token or TOKENS[sid])
        if name is not None:
            self.enter(Name_of_this_connection=name)
        self.press("Connect")

    def save(self, button: str = "Save changes", **values: str) -> None:
        """Change fields of the form that is open, and send it."""
        self.enter(**values)
        self.press(button)

    def act(self, action: str, name: str) -> None:
        """Do something with one connection of the list."""
        self.go("/connections")
        self.press(f"{action} \N{EN DASH} {name}")

    # What they see

    @property
    def heading(self) -> str:
        """The page's heading."""
        return self.page.locator("h1").inner_text()

    @property
    def text(self) -> str:
        """What the page says, blanks folded."""
        return " ".join(self.page.locator("main").inner_text().split())

    @property
    def message(self) -> str:
        """What the page says about what was just done, or about what is wrong."""
        panel = self.page.locator(".panel").first
        return " ".join(panel.inner_text().split()) if panel.count() else ""

    @property
    def focus(self) -> str:
        """The id of what has the focus, or else its text."""
        focused: str = self.page.evaluate(_FOCUSED)
        return " ".join(focused.split())

    def error(self, label: str) -> str:
        """Return the fault that describes a field, as a screen reader finds it; empty if the field is not marked."""
        control = self.field(label)
        if control.get_attribute("aria-invalid") != "true":
            return ""
        described = (control.get_attribute("aria-describedby") or "").split()
        (found,) = [id_ for id_ in described if id_.endswith("-error")]
        return self.page.locator(f"#{found}").inner_text().removeprefix("✕").strip()

    def note(self, label: str) -> str:
        """Return what a field says of a value that it does not show."""
        described = (self.field(label).get_attribute("aria-describedby") or "").split()
        notes = [self.page.locator(f"#{id_}").inner_text() for id_ in described if id_.endswith("-note")]
        return " ".join(notes)

    def card(self, name: str, environment: str = "production") -> str:
        """Return what the list says of one connection."""
        self.go("/connections")
        group = self.page.locator(f"section[aria-labelledby=group-{environment}]")
        card = group.locator("li", has=self.page.get_by_role("heading", name=re.compile(rf"^{re.escape(name)}( |$)")))
        return " ".join(card.inner_text().split())


def come_in(browser: Browser, house: House, **settings: Any) -> Person:
    """Open a fresh browser profile that has followed the link of this house."""
    context: BrowserContext = browser.new_context(
        **{"locale": "en-US", "timezone_id": "UTC", "viewport": WINDOW, **_STILL, **settings}
    )
    context.set_default_timeout(15_000)
    name, _, value = house.door.cookie.partition("=")
    context.add_cookies(
        [
            {
                "name": name,
                "value": value,
                "domain": "127.0.0.1",
                "path": house.door.prefix,
                "httpOnly": True,
                "sameSite": "Strict",
            }
        ]
    )
    return Person(house, context.new_page())
