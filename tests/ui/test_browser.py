"""A person sets up a connection in a real browser, against a real server and the sandbox."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from twilio_sandbox import Sandbox
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN
from ui_browser import axe, opened_page
from ui_process import Ui


def fill_in(page: Page, *, sid: str = ACCOUNT_SID, token: str = AUTH_TOKEN) -> None:
    """Open the form of a new connection and fill in the credentials."""
    page.get_by_role("link", name="Explore integrations").click()
    page.get_by_role("link", name="Connect Twilio").click()
    page.get_by_label("Account SID").fill(sid)
    page.get_by_role("textbox", name="Auth Token").fill(token)


def connect(page: Page) -> None:
    """Send the form."""
    page.get_by_role("button", name="Connect", exact=True).click()


def test_a_connection_is_added_and_listed(page: Page, service: tuple[Sandbox, str]) -> None:
    fill_in(page)
    connect(page)
    expect(page).to_have_title(re.compile("^Connections"))
    expect(page.locator(":focus")).to_contain_text("“default” is connected.")
    card = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="default"))
    expect(card).to_contain_text(f"AC…{ACCOUNT_SID[-4:]}")
    expect(card).to_contain_text("✓ Connected")
    expect(card).to_contain_text(service[1])
    assert axe(page) == []


def test_it_works_without_javascript(browser: Browser, ui: Ui) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-US")
    page = opened_page(context, ui)
    fill_in(page)
    expect(page.get_by_role("button", name="Show")).to_be_hidden()
    connect(page)
    expect(page.get_by_role("heading", name="default")).to_be_visible()
    context.close()


def test_a_secret_is_shown_while_the_person_wants_it_and_sent_masked(page: Page) -> None:
    fill_in(page)
    token = page.get_by_role("textbox", name="Auth Token")
    show = page.get_by_role("button", name="Show Auth Token")
    show.click()
    expect(token).to_have_attribute("type", "text")
    expect(page.get_by_role("button", name="Hide Auth Token")).to_have_attribute("aria-pressed", "true")
    page.evaluate("document.querySelector('form[novalidate]').addEventListener('submit', e => e.preventDefault())")
    connect(page)
    expect(token).to_have_attribute("type", "password")
    expect(page.locator("form[novalidate] [role=status]")).to_have_text("Checking with Twilio…")
    expect(page.get_by_role("button", name="Connect", exact=True)).to_have_attribute("aria-disabled", "true")


def test_the_time_zone_of_the_browser_is_offered(page: Page) -> None:
    page.get_by_role("button", name="Show times in Europe/Berlin").click()
    expect(page.get_by_text("Times are shown in Europe/Berlin.")).to_be_visible()
    expect(page.get_by_role("button", name="Show times in")).to_have_count(0)


@pytest.mark.parametrize("locale", ["de-DE", "de-AT"])
def test_the_pages_speak_the_browsers_language(browser: Browser, ui: Ui, locale: str) -> None:
    context = browser.new_context(locale=locale)
    page = opened_page(context, ui)
    expect(page.get_by_role("heading", name="Integrationen entdecken")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    context.close()
