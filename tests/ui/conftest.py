"""A real browser, a real ``connector ui`` in a process of its own, and the sandbox behind it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from twilio_sandbox import Sandbox
from twilio_sandbox.seed import seeded
from twilio_sandbox.server import serving
from ui_automating import Author, nothing_personal_in_addresses
from ui_browser import ARGUMENTS, CHROMIUM, opened_page
from ui_house import House, LenientSandbox, open_house
from ui_person import WINDOW, Person, come_in
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


@pytest.fixture
def author() -> Iterator[Author]:
    """Somebody at the editor of automations, without a browser; whatever they see, its addresses tell nothing."""
    author = Author()
    yield author
    author.site.runs.close()
    author.site.sessions.close()
    nothing_personal_in_addresses(author)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the tests of a module; each test has a context, and so a profile, of its own.

    Not for the whole session: as long as Playwright is open, no other test in this process can run an event loop.
    """
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not installed")
    expect.set_options(timeout=15_000)  # what a busy machine needs
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def whole_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One ``connector ui`` for the tests of a module, in front of accounts of every kind."""
    with open_house(tmp_path_factory.mktemp("home"), LenientSandbox()) as opened:
        yield opened


@pytest.fixture
def house(whole_house: House) -> House:
    """The same with nothing saved, no faults planted, and all accounts as new."""
    whole_house.reset()
    return whole_house


@pytest.fixture(scope="module")
def someone(browser: Browser, whole_house: House) -> Person:
    """Somebody at a browser who has followed the link: one window for the tests of a module, since opening one is slow."""
    return come_in(browser, whole_house)


@pytest.fixture
def person(someone: Person, house: House) -> Iterator[Person]:
    """The same, with nothing saved and the window as it was opened."""
    yield someone
    someone.page.emulate_media(color_scheme="light", forced_colors="none")
    someone.page.set_viewport_size(WINDOW)
    someone.page.context.clear_permissions()


@pytest.fixture(scope="module")
def someone_without_script(browser: Browser, whole_house: House) -> Person:
    """Somebody whose browser has JavaScript switched off."""
    return come_in(browser, whole_house, java_script_enabled=False)


@pytest.fixture
def person_without_script(someone_without_script: Person, house: House) -> Person:
    """The same, with nothing saved."""
    return someone_without_script


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
