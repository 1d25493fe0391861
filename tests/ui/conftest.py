"""A real browser, a real ``connector ui`` in a process of its own, and the sandbox behind it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from twilio_sandbox import Sandbox
from twilio_sandbox.seed import seeded
from twilio_sandbox.server import serving
from ui_browser import ARGUMENTS, CHROMIUM, opened_page
from ui_process import StartUi, Ui, running_ui


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
