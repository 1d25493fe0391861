"""A person reads and sends over a saved connection in a real browser, with and without its script; every page passes axe."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from support import BODY, RECIPIENT
from twilio_sandbox import Fault, Sandbox
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN, OPTED_OUT, OWN_NUMBER
from ui_browser import axe, opened_page
from ui_process import Ui

WIDE, NARROW = ViewportSize(width=1100, height=800), ViewportSize(width=320, height=640)
Scheme = Literal["light", "dark"]
LOOKS: list[tuple[Scheme, ViewportSize]] = [("light", WIDE), ("dark", WIDE), ("light", NARROW)]


def holds_up(page: Page) -> None:
    """Look at the page in light, in dark, and on a narrow screen: axe finds nothing, and nothing is cut off."""
    for scheme, size in LOOKS:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size(size)
        assert axe(page) == [], (page.title(), scheme, size)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (page.title(), size)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(WIDE)


def connected(page: Page) -> None:
    """Save a connection and go to what it can do."""
    page.get_by_role("link", name="Connect Twilio").click()
    page.get_by_label("Account SID").fill(ACCOUNT_SID)
    page.get_by_role("textbox", name="Auth Token").fill(AUTH_TOKEN)
    page.get_by_role("button", name="Connect", exact=True).click()
    page.locator("section.panel").get_by_role("link", name="Try it").click()


def add(page: Page, field: str, comparison: str, value: str) -> None:
    """Add a condition."""
    page.get_by_label("Add a condition").select_option(label=field)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(":focus")).to_have_attribute("aria-label", f"Comparison for {field}")
    page.get_by_label(f"Comparison for {field}").select_option(label=comparison)
    page.get_by_label(f"Value for {field}").fill(value)


def creates(sandbox: Sandbox) -> int:
    return sum(request.method == "POST" for request in sandbox.requests)


@pytest.fixture(params=["with script", "without script"])
def anybody(request: pytest.FixtureRequest, browser: Browser, ui: Ui) -> Iterator[Page]:
    """A page of the running server, of a browser with and of one without JavaScript."""
    context = browser.new_context(java_script_enabled=request.param == "with script", locale="en-US", viewport=WIDE)
    context.set_default_timeout(10_000)
    yield opened_page(context, ui)
    context.close()


def test_reading_and_sending_work_with_and_without_a_script(anybody: Page, service: tuple[Sandbox, str]) -> None:
    page, sandbox = anybody, service[0]
    connected(page)
    page.get_by_role("link", name="Read some SMS messages").click()
    add(page, "Status", "is one of", "delivered, undelivered")
    add(page, "Date sent", "is at least", "2020-01-01")
    page.get_by_label("Value for Date sent").press("Enter")
    expect(page.locator("#results-title")).to_have_text(re.compile(r"Found: \d+\."))
    assert set(page.locator("td[data-label=Status]").all_inner_texts()) <= {"delivered", "not delivered undelivered"}
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as CSV").click()
    content = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert {line["status"] for line in csv.DictReader(content.splitlines())} <= {"delivered", "undelivered"}
    page.get_by_role("button", name="Remove").first.click()
    expect(page.get_by_label("Value for Date sent")).to_have_value("2020-01-01")
    page.get_by_role("link", name="Try “default”").click()
    page.get_by_role("link", name="Send an SMS message").click()
    page.get_by_label("Sender number").fill(OWN_NUMBER)
    page.get_by_label("Recipient number").fill("12125550123")
    page.get_by_label("Message body").fill(BODY)
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name=f"Use {RECIPIENT}").click()
    expect(page.locator("#preview")).to_have_text(f"1 segment, GSM-7, {len(BODY)} characters")
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Yes, for real").check()
    page.get_by_role("button", name="Send an SMS message").click()
    expect(page.get_by_text(re.compile("^SM[0-9a-f]{32}$"))).to_be_visible()
    page.reload()
    page.go_back()
    assert creates(sandbox) == 1


def test_the_counter_follows_what_is_typed(page: Page, service: tuple[Sandbox, str]) -> None:
    connected(page)
    page.get_by_role("link", name="Send an SMS message").click()
    line = page.locator("#preview")
    page.get_by_label("Message body").fill("Hello")
    expect(line).to_have_text("A preview needs: Sender number, Recipient number")
    page.get_by_label("Sender number").fill(OWN_NUMBER)
    page.get_by_label("Recipient number").fill(RECIPIENT)
    expect(line).to_have_text("1 segment, GSM-7, 5 characters")
    page.get_by_label("Message body").press_sequentially("“" + "o" * 70)
    expect(line).to_have_text(re.compile("2 segments, UCS-2, 76 characters, because of “"))
    assert creates(service[0]) == 0


def test_a_list_is_written_in_lines_and_becomes_one_line_again(page: Page) -> None:
    connected(page)
    page.get_by_role("link", name="Read some SMS messages").click()
    add(page, "Status", "is one of", "queued\nsent")
    page.get_by_label("Comparison for Status").select_option(label="is")
    expect(page.get_by_label("Value for Status")).to_have_value("queued, sent")
    page.get_by_label("Comparison for Status").select_option(label="is empty")
    expect(page.get_by_label("Value for Status")).to_be_hidden()


def test_every_state_of_the_pages_holds_up(page: Page, service: tuple[Sandbox, str]) -> None:
    sandbox = service[0]
    connected(page)
    holds_up(page)
    page.get_by_role("link", name="Read some SMS messages").click()
    holds_up(page)
    add(page, "Status", "is one of", "delivered\nundelivered\nreceived")
    add(page, "Date sent", "is at least", "tomorrow")
    page.get_by_role("button", name="Read", exact=True).click()
    expect(page.locator(":focus")).to_have_id("summary")
    holds_up(page)
    page.get_by_label("Value for Date sent").fill("2020-01-01")
    page.get_by_role("button", name="Read", exact=True).click()
    expect(page.locator(":focus")).to_have_id("results")
    page.locator(".data summary").first.click()
    holds_up(page)
    page.get_by_role("link", name="Try “default”").click()
    page.get_by_role("link", name="Send an SMS message").click()
    page.get_by_text("More options").click()
    holds_up(page)
    page.get_by_label("Sender number").fill(OWN_NUMBER)
    page.get_by_label("Recipient number").fill("12125550199")
    page.get_by_label("Message body").fill("Hello “you”\n🎉")
    page.get_by_role("button", name="Continue").click()
    holds_up(page)
    page.get_by_role("button", name=f"Use {OPTED_OUT}").click()
    page.get_by_role("button", name="Continue").click()
    holds_up(page)
    send = page.get_by_role("button", name="Send an SMS message")
    send.click()
    expect(page.locator(":focus")).to_have_id("sure")
    holds_up(page)
    page.get_by_label("Yes, for real").check()
    send.click()
    expect(page.get_by_role("heading", name="This recipient cannot be reached")).to_be_visible()
    holds_up(page)
    page.get_by_role("link", name="Change it").click()
    page.get_by_label("Recipient number").fill(RECIPIENT)
    page.get_by_role("button", name="Continue").click()
    sandbox.faults.plant(Fault("drop_after", method="POST"))
    sandbox.faults.plant(Fault("error", method="GET", status=400, code=20001, message="no"))
    page.get_by_label("Yes, for real").check()
    send.click()
    expect(page.get_by_role("heading", name="It may have been done, or not")).to_be_visible()
    holds_up(page)
    sandbox.faults.clear()
    page.get_by_role("button", name="Look for it").click()
    expect(page.get_by_text(re.compile("^SM[0-9a-f]{32}$"))).to_be_visible()
    holds_up(page)
    assert creates(sandbox) == 2
