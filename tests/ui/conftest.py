"""A real browser, a real ``connector ui`` in a process of its own, and the sandbox behind it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from support import NODE_MODULES
from twilio_sandbox import Sandbox
from twilio_sandbox.seed import seeded
from twilio_sandbox.server import serving
from ui_process import StartUi, Ui, running_ui

CHROMIUM = Path("/usr/bin/chromium")
AXE = NODE_MODULES / "axe-core" / "axe.min.js"
# No look-ups, updates or accounts of the browser's own: whatever it asks for, our pages asked for.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# What axe-core holds a page against: WCAG 2.0 to 2.2, A and AA, and its best practices.
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def start_ui(tmp_path: Path) -> Iterator[StartUi]:
    """Start ``connector ui`` with arguments and variables of one's own; all that were started have one home."""
    home = tmp_path / "home"
    home.mkdir()
    with ExitStack() as stack:
        yield lambda *arguments, **variables: stack.enter_context(running_ui(home, *arguments, **variables))


@pytest.fixture
def service() -> Iterator[tuple[Sandbox, str]]:
    """A sandbox with the demo account, and its address."""
    sandbox = seeded(Sandbox(), count=30)
    with serving(sandbox) as address:
        yield sandbox, address


@pytest.fixture
def ui(start_ui: StartUi, service: tuple[Sandbox, str]) -> Ui:
    """A running ``connector ui`` whose new connections lead to the sandbox."""
    return start_ui("--no-browser", "--base-url", service[1])


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests; each test has a context, and so a profile, of its own."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not installed")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh browser profile that asks for English pages."""
    opened = browser.new_context(locale="en-US", timezone_id="Europe/Berlin")
    opened.set_default_timeout(10_000)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext, ui: Ui) -> Page:
    """A page of the running server, opened by its link."""
    return opened_page(context, ui)


def opened_page(context: BrowserContext, ui: Ui) -> Page:
    """Follow the link, as a person does."""
    page = context.new_page()
    page.goto(ui.link)
    page.wait_for_url(re.compile(r"/c-[^/]+/$"))
    return page


def axe(page: Page) -> list[str]:
    """Return what axe-core finds wrong with a page: the rule and the elements, one line for each."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: run make node")
    # Evaluated, not put into the page: the page's own policy would refuse it, as it should.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    options: dict[str, Any] = {"runOnly": AXE_TAGS, "resultTypes": ["violations"]}
    found = page.evaluate("options => axe.run(document, options).then(result => result.violations)", options)
    return [f"{fault['id']}: {json.dumps([node['html'] for node in fault['nodes']])}" for fault in found]
