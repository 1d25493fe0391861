"""Take the pictures of the pages that the documentation shows: ``make screenshots``."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import ViewportSize, sync_playwright

from support import ROOT
from twilio_sandbox import Clock, Fault
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN, OWN_NUMBER, account, seeded
from ui_browser import ARGUMENTS, CHROMIUM
from ui_house import House, LenientSandbox, open_house
from ui_person import Person, come_in

IMAGES = ROOT / "docs" / "images"
WIDE, NARROW = ViewportSize(width=1000, height=760), ViewportSize(width=390, height=760)
RECIPIENT = "+12125550123"
AUTOMATION = f"""read the first 20 sms messages whose status is "undelivered"
process each sms message as follows
  combine "Not delivered to ", the sms message's recipient number as the report
  sennd an SMS message from "{OWN_NUMBER}" to "{RECIPIENT}" saying the report
"""
# The same every time, so that pictures differ only where pages do.
PORT = "8764"


class Album:
    """Where the pictures go, and who takes them."""

    def __init__(self, person: Person, folder: Path) -> None:
        self.person, self.folder = person, folder

    def keep(self, name: str, *, whole: bool = False) -> None:
        """Take a picture of what is on the screen, or of the whole page."""
        page = self.person.page
        page.evaluate("document.activeElement instanceof HTMLInputElement && document.activeElement.blur()")
        # The address of the stand-in is beside the point.
        page.evaluate("for (const it of document.querySelectorAll('.banner')) it.remove()")
        page.screenshot(path=self.folder / f"{name}.png", full_page=whole, animations="disabled")


def connecting(album: Album, house: House) -> None:
    """The form, empty and with what can go wrong."""
    person = album.person
    person.go("/")
    album.keep("integrations")
    person.form()
    person.enter(Account_SID=ACCOUNT_SID, Auth_Token=AUTH_TOKEN)
    album.keep("connect")
    person.enter(Account_SID=f"SK{0x5EED:032x}")
    person.press("Connect")
    album.keep("connect-sk", whole=True)
    person.form()
    person.enter(Account_SID=ACCOUNT_SID, Auth_Token=AUTH_TOKEN[::-1])
    person.press("Connect")
    album.keep("rejected")
    house.sandbox.faults.plant(Fault("server_error", status=503))
    person.connect(ACCOUNT_SID, token=AUTH_TOKEN)
    album.keep("unreachable")
    person.connect(ACCOUNT_SID, token=AUTH_TOKEN)
    person.connect(ACCOUNT_SID, name="Support line", token=AUTH_TOKEN)
    person.connect(ACCOUNT_SID, name="Support line", environment="test", token=AUTH_TOKEN)
    person.connect(ACCOUNT_SID, name="support LINE", token=AUTH_TOKEN)
    album.keep("duplicate")


def looking_after(album: Album) -> None:
    """The list, and what is done from it."""
    person = album.person
    person.go("/connections")
    album.keep("list")
    person.act("Edit", "default")
    album.keep("edit")
    person.act("Delete", "default")
    album.keep("delete")
    person.page.set_viewport_size(NARROW)
    person.go("/connections")
    album.keep("mobile")
    person.page.set_viewport_size(WIDE)
    person.page.emulate_media(color_scheme="dark")
    person.form()
    album.keep("dark")
    person.page.emulate_media(color_scheme="light")


def trying(album: Album) -> None:
    """Read and send with a saved connection."""
    person, page = album.person, album.person.page
    person.go("/connections")
    page.get_by_role("link", name=re.compile("^Try it")).first.click()
    page.get_by_role("link", name="Read some SMS messages").click()
    page.get_by_label("Add a condition").select_option(label="Status")
    page.get_by_role("button", name="Add").first.click()
    page.get_by_label("Value for Status").fill("undelivered")
    page.get_by_role("button", name="Read", exact=True).click()
    album.keep("try-read", whole=True)
    person.go("/connections")
    page.get_by_role("link", name=re.compile("^Try it")).first.click()
    page.get_by_role("link", name="Send an SMS message").click()
    page.get_by_label("Sender number").fill(OWN_NUMBER)
    page.get_by_label("Recipient number").fill(RECIPIENT)
    page.get_by_label("Message body").press_sequentially("Your order “4711” has left the warehouse.")
    page.locator("#preview").filter(has_text="segment").wait_for()
    album.keep("try-send")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_load_state("load")
    album.keep("confirm", whole=True)


def automating(album: Album) -> None:
    """Write an automation with a slip in it."""
    person, page = album.person, album.person.page
    person.go("/automations")
    page.get_by_label("Connection", exact=True).select_option(label="Test: the default connection, “Support line”")
    page.get_by_label("What should be done?").fill(AUTOMATION)
    page.locator(".marks mark").wait_for()
    album.keep("automation", whole=True)


def main(folder: Path = IMAGES) -> int:
    """Take all pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    sandbox = LenientSandbox(Clock())
    with (
        tempfile.TemporaryDirectory() as home,
        open_house(Path(home), sandbox, "--port", PORT) as house,
        sync_playwright() as playwright,
    ):
        sandbox.store.add_account(account()).friendly_name = "Acme Support"
        seeded(sandbox, count=60)
        found = sandbox.store.account(ACCOUNT_SID)
        assert found is not None
        found.friendly_name = "Acme Support"
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        album = Album(come_in(browser, house, viewport=WIDE), folder)
        connecting(album, house)
        looking_after(album)
        trying(album)
        automating(album)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
