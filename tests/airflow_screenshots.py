"""Take the pictures of Airflow's pages that the documentation shows: ``make screenshots``."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Locator, Page, ViewportSize, sync_playwright

from airflow_form import EXTRA, STANDARD, Connections, only_twilio
from airflow_house import Airflow, airflow_alone
from airflow_processes import until
from airflow_rest import Rest, Run
from support import ROOT
from twilio_sandbox import Sandbox
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN, account
from twilio_sandbox.server import serving
from ui_browser import ARGUMENTS, CHROMIUM

IMAGES = ROOT / "docs" / "images"
EXAMPLES = ROOT / "docs" / "examples" / "airflow"
# Wide enough for Airflow to show its columns, narrow enough to be read on a page of documentation.
LIST, FORM, GRAPH, MAPPED = (ViewportSize(width=1200, height=height) for height in (420, 1500, 640, 580))
LOG = ViewportSize(width=1360, height=600)  # a sentence of ours takes three lines then
OPTED_OUT = "+12125550124"  # one of the customers of the example, so that one of its tasks fails
_BOUND = 180  # seconds until a run is over


class Album:
    """Where the pictures go, and who takes them."""

    def __init__(self, page: Page, address: str, folder: Path) -> None:
        self.page, self.address, self.folder = page, address, folder

    def go(self, path: str) -> None:
        """Open a page by its path."""
        self.page.goto(self.address + path)
        self.page.wait_for_load_state("networkidle")

    def keep(self, name: str, part: Locator | None = None) -> None:
        """Take a picture of what is on the screen, or of a part of it."""
        self.page.evaluate("document.activeElement instanceof HTMLElement && document.activeElement.blur()")
        self.page.mouse.move(0, 0)
        path = self.folder / f"airflow-{name}.png"
        if part is None:
            self.page.screenshot(path=path, animations="disabled")
        else:
            part.screenshot(path=path, animations="disabled")


def connecting(album: Album) -> None:
    """The form, empty and filled in; the list; and what the Test button says."""
    page = album.page
    page.set_viewport_size(FORM)
    connections = Connections(page, album.address)
    connections.go()
    form = connections.new("twilio_default")
    album.keep("form", form.dialog)
    form.enter(
        STANDARD, Account_SID=ACCOUNT_SID, Auth_Token=AUTH_TOKEN, Port="443", Description="The account of support"
    )
    album.keep("form-filled", form.dialog)
    form.enter(EXTRA, Default_country="US", Allowed_countries="US\nCA", Send_cap="500")
    album.keep("form-extra", form.dialog)
    # Of texts this short Airflow warns in every log that it does not mask them, which would puzzle on a picture of a log.
    form.enter(EXTRA, Default_country="", Allowed_countries="")
    form.save()
    page.set_viewport_size(LIST)
    connections.go()
    connections.row("twilio_default").wait_for()
    album.keep("connections")
    told = connections.test("twilio_default")
    assert told.answer["status"], told
    album.keep("tested")


def running(album: Album, api: Rest) -> None:
    """A run that went well, and one of which a task has failed."""
    page = album.page
    first, reminded = api.trigger("first_sms"), api.trigger("reminders", logical_date="2026-03-10T16:00:00Z")
    assert api.wait(first, _BOUND) == "success", api.summary(first)
    api.wait(reminded, _BOUND)
    failed = [task.index for task in api.tasks(reminded, "send") if task.state == "failed"]
    assert len(failed) == 1, api.summary(reminded)

    page.set_viewport_size(MAPPED)
    album.go(f"{_path(reminded)}/tasks/send/mapped")
    page.get_by_role("row").nth(1).wait_for()
    album.keep("mapped")

    page.set_viewport_size(LOG)
    album.go(f"{_path(reminded)}/tasks/send/mapped/{failed[0]}")
    page.get_by_text("AirflowFailException").first.wait_for()
    page.keyboard.press("w")  # wrap
    # Folded up: the lines below a sentence tell of this machine alone.
    page.evaluate("for (const it of document.querySelectorAll('details')) it.open = false")
    album.keep("failed")

    page.set_viewport_size(GRAPH)
    album.go(_path(first))
    page.keyboard.press("g")  # the graph
    node = page.locator(".react-flow__node").first
    node.wait_for()
    boxes = [node.bounding_box()]

    def still() -> bool:
        boxes.append(node.bounding_box())
        return boxes[-1] == boxes[-2]

    until(still, "the graph is still", 10, every=0.3)
    album.keep("run")


def _path(run: Run) -> str:
    return f"/dags/{run.dag}/runs/{run.id}"


@contextmanager
def open_airflow(folder: Path) -> Iterator[Airflow]:
    """Run an Airflow with the examples, for which Twilio is a sandbox."""
    sandbox = Sandbox()
    made = account()
    made.friendly_name = "Acme Support"
    made.opted_out.add(OPTED_OUT)
    sandbox.store.add_account(made)
    with (
        serving(sandbox) as address,
        airflow_alone(folder / "airflow", EXAMPLES, only_twilio(address, folder / "plugin")) as airflow,
    ):
        airflow.api.ask("POST", "/api/v2/pools", json={"name": "twilio", "slots": 5})
        yield airflow


def main(folder: Path = IMAGES) -> int:
    """Take all pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, open_airflow(Path(home)) as airflow, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport=LIST, color_scheme="light", reduced_motion="reduce")
        album = Album(page, airflow.address, folder)
        connecting(album)
        running(album, airflow.api)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
