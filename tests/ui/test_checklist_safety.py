"""The acceptance checklist in a real browser: twice, backwards, elsewhere, offline, by strangers, and with damaged files.

Points 25 to 28 of the list in the docstring of ``test_checklist_covers``.
"""

from __future__ import annotations

import re
import signal
import subprocess
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, Request, Route

from support import ROOT
from twilio_sandbox import Fault
from ui_checks import new_draft
from ui_house import ACME, TOKENS, TRIAL, House, LenientSandbox, open_house, secret
from ui_person import Person, come_in
from ui_process import command, ui_environment
from ui_states import STATES, spoiled

TOKEN = TOKENS[ACME]
NEW_TOKEN = secret("new")


def filled_in(person: Person, name: str = "default") -> None:
    person.form()
    person.enter(Account_SID=ACME, Auth_Token=TOKEN, Name_of_this_connection=name)


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_double_click_saves_once(
    person: Person, person_without_script: Person, house: House, *, script: bool
) -> None:
    """Point 25."""
    someone = person if script else person_without_script
    house.sandbox.faults.plant(Fault("slow", seconds=0.3, times=2))
    filled_in(someone)
    someone.page.get_by_role("button", name="Connect", exact=True).dblclick(no_wait_after=True)
    someone.page.wait_for_url("**/connections*")
    assert [one["name"] for one in house.saved] == ["default"]
    assert "1" not in someone.message
    assert "already" not in someone.text


def test_while_it_is_checked_the_page_says_so(person: Person) -> None:
    """Point 25: and so nobody clicks again."""
    filled_in(person)
    # What the page shows between the click and the next page, kept in the window's name, which outlives the page.
    person.page.evaluate(
        """() => document.querySelector("form.card").addEventListener("submit", event => {
            const button = event.submitter, status = event.target.querySelector("[role=status]");
            window.name = [button.getAttribute("aria-disabled"), status.textContent].join(" ");
        })"""
    )
    person.press("Connect")
    assert person.page.evaluate("window.name") == "true Checking with Twilio…"


def test_a_reload_saves_nothing_again(person: Person, house: House) -> None:
    """Point 25: neither of the page after a success, nor of a refused form that is sent again."""
    filled_in(person)
    person.press("Connect")
    person.page.reload()
    assert len(house.saved) == 1
    assert "is connected." not in person.text, "what was done is said once"
    person.connect(token=NEW_TOKEN, name="other")
    assert len(house.saved) == 1
    person.page.reload()
    assert "did not accept" in person.message
    assert len(house.saved) == 1


def test_back_shows_no_secret_and_makes_no_second_connection(person: Person, house: House) -> None:
    """Point 25."""
    filled_in(person)
    person.press("Connect")
    person.page.go_back()
    assert person.heading == "Connect Twilio"
    assert person.field("Auth Token").input_value() == ""
    assert TOKEN not in person.page.content()
    person.press("Connect")
    assert len(house.saved) == 1


def test_two_windows_lose_no_change(person: Person, house: House) -> None:
    """Point 25."""
    person.connect()
    (id_,) = house.door.connections()
    other = Person(house, person.page.context.new_page())
    for window in (person, other):
        window.go(f"/connections/{id_}/edit")
    other.save(Name_of_this_connection="theirs")
    person.save(Name_of_this_connection="mine", Auth_Token=NEW_TOKEN)
    assert person.heading == "Changed in another window"
    assert "Nothing was overwritten." in person.text
    assert NEW_TOKEN not in person.page.content()
    person.press("Load it again")
    assert person.field("Name of this connection").input_value() == "theirs"
    assert person.field("Auth Token").input_value() == ""
    other.act("Delete", "theirs")
    other.press("Delete connection")
    person.save(Name_of_this_connection="mine")
    assert person.heading == "This is not here"
    assert house.saved == []
    other.page.close()


def test_everything_works_without_a_script(person_without_script: Person, house: House) -> None:
    """Point 26."""
    person = person_without_script
    assert person.page.evaluate("document.querySelectorAll('noscript').length") == 0
    person.go()
    person.enter(Search_integrations="sms")
    person.press("Search")
    assert "Found: 1." in person.text
    person.press("Connect Twilio")
    assert person.page.get_by_role("button", name="Show Auth Token").count() == 0, "a button that does nothing"
    person.enter(Account_SID=ACME, Auth_Token=TOKEN)
    person.press("Connect")
    assert "“default” is connected." in person.message
    person.connect(TRIAL, name="second")
    person.act("Make default", "second")
    person.act("Check now", "second")
    person.act("Edit", "second")
    person.save(Name_of_this_connection="third")
    person.act("Delete", "third")
    person.press("Delete connection")
    person.go("/settings")
    person.page.get_by_label("Language").select_option("Deutsch")
    person.press("Save settings")
    assert person.heading == "Einstellungen"
    house.door.post("/settings", {"language": "", "zone": ""})
    assert [one["name"] for one in house.saved] == ["default"]


def test_no_page_asks_for_anything_from_elsewhere(person: Person, house: House) -> None:
    """Point 26: without internet; the service itself is asked by the server, not by the browser."""
    asked: list[Request] = []
    complaints: list[str] = []
    page = person.page.context.new_page()
    page.on("request", lambda request: asked.append(request))  # noqa: PLW0108 - Playwright marks the function
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for state in ("integrations", "rejected", "full_list", "edit", "settings", "used_up_link"):
        STATES[state](Person(house, page))
        house.reset()
    assert len(asked) > 50
    assert {request.url.partition("/c-")[0].partition("/static")[0].partition("/launch")[0] for request in asked} == {
        house.door.origin
    }
    assert [text for text in complaints if "status of" not in text] == [], "status of 422 is no complaint"
    page.close()


def attacked(page: Page, path: str, body: str) -> None:
    """Open a page of another site that sends a form of its own to ours."""
    markup = f"<!doctype html><title>x</title><form method=post action='{path}'>{body}</form><script>document.forms[0].submit()</script>"
    page.route("http://attacker.example/**", lambda route: fulfilled(route, markup))
    page.goto("http://attacker.example/", wait_until="commit")
    page.wait_for_url(re.compile(r"^http://127"))
    page.wait_for_load_state()


def fulfilled(route: Route, markup: str) -> None:
    route.fulfill(status=200, content_type="text/html", body=markup)


def test_another_site_can_neither_send_forms_nor_read_pages_nor_frame_them(person: Person, house: House) -> None:
    """Point 27."""
    person.connect()
    (id_,) = house.door.connections()
    page = person.page.context.new_page()
    attacked(
        page, f"{house.door.origin}{house.door.prefix}/connections/{id_}/delete", "<input name=token value=guessed>"
    )
    assert "Only the pages of this server may ask for this." in page.content()
    attacked(page, f"{house.door.origin}{house.door.prefix}/settings", f"<input name=token value={house.door.token}>")
    assert "Only the pages of this server may ask for this." in page.content()
    assert len(house.saved) == 1
    own = house.door.origin + house.door.prefix
    page.route(
        "http://attacker.example/**",
        lambda route: fulfilled(route, f"<!doctype html><iframe src='{own}/connections'></iframe>"),
    )
    page.goto("http://attacker.example/")
    assert "Acme" not in "".join(frame.content() for frame in page.frames[1:])
    got = page.evaluate(
        "url => fetch(url, {credentials: 'include'}).then(it => it.text(), () => 'nothing')", f"{own}/connections"
    )
    assert got == "nothing"
    page.close()


def test_a_name_that_is_made_to_lead_here_gets_nothing(person: Person, house: House) -> None:
    """Point 27: DNS rebinding, with a browser that resolves an attacker's name to this computer."""
    port = house.door.origin.rpartition(":")[2]
    page = person.page.context.new_page()
    answer = page.goto(f"http://rebound.example:{port}{house.door.prefix}/connections")
    assert answer is not None
    assert (answer.status, "belongs to another server" in page.content()) == (421, True)
    page.close()


def test_another_port_of_this_computer_does_not_get_the_cookie(person: Person, house: House) -> None:
    """Point 27: browsers send cookies of a host to all its ports, if the path fits."""
    person.go("/connections")
    page = person.page.context.new_page()
    with page.expect_request("**/guess") as asked, suppress(Error):
        page.goto(f"{house.address}/guess")
    assert "session" not in asked.value.all_headers().get("cookie", "")
    page.close()


def test_a_second_person_with_the_same_link_stays_outside(browser: Browser, person: Person, house: House) -> None:
    """Point 27."""
    person.go()
    context = browser.new_context()
    page = context.new_page()
    for url in (house.ui.link, house.door.origin + house.door.prefix + "/connections", house.door.origin):
        page.goto(url)
        assert page.locator("h1").inner_text() == "Open the link from your terminal"
        assert page.get_by_role("link").count() == 0
    context.close()


def test_a_damaged_store_is_a_readable_page_and_mends_when_the_file_is_put_back(person: Person, house: House) -> None:
    """Point 28."""
    person.connect()
    with spoiled(house.store):
        for path in ("/connections", "/", "/connect/twilio/auth_token"):
            person.go(path)
            assert person.heading == "Your saved connections cannot be read"
            assert "damaged" in person.text
            assert "Restore it from a backup" in person.text
            assert "Traceback" not in person.page.content()
    person.press("Try again")
    assert person.heading == "Connect Twilio"
    assert "✓ Connected" in person.card("default")


@pytest.mark.parametrize("damage", ["another key", "no database"])
def test_a_start_with_a_wrong_key_or_a_damaged_store_is_one_readable_line(
    person: Person, house: House, tmp_path: Path, damage: str
) -> None:
    """Point 28."""
    person.connect()
    variables = {"CONNECTOR_KIT_CONNECTIONS": str(tmp_path / "copy.sqlite3")}
    copy = tmp_path / "copy.sqlite3"
    copy.write_bytes(house.store.read_bytes() if damage == "another key" else b"This is no database. " * 400)
    copy.chmod(0o600)
    if damage == "another key":
        variables["CONNECTOR_KIT_KEY"] = "A" * 43 + "="
    done = subprocess.run(  # noqa: S603 - our own command
        command("ui", "--no-browser"),
        env=ui_environment(house.ui.home, **variables),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (15, "")
    (line,) = done.stderr.splitlines()
    assert ("key" if damage == "another key" else "damaged") in line


def test_a_tab_that_was_left_open_over_a_restart_says_what_to_do(browser: Browser, tmp_path: Path) -> None:
    """Point 28."""
    with open_house(tmp_path, LenientSandbox()) as house:
        port = house.door.origin.rpartition(":")[2]
        person = come_in(browser, house)
        filled_in(person)
        assert house.ui.stop(signal.SIGTERM) == 0
    with open_house(tmp_path, LenientSandbox(), "--port", port) as house:
        person.press("Connect")
        assert person.page.locator("h1").inner_text() == "Open the link from your terminal"
        assert "this is a tab of an earlier start" in person.text
        assert TOKEN not in person.page.content()
        person.page.reload()
        assert person.page.locator("h1").inner_text() == "Open the link from your terminal"
        assert house.saved == []
    person.page.context.close()


def test_many_windows_save_everything_once(house: House) -> None:
    """Point 25: eight at once, each with a form of its own."""
    forms = [
        {
            "f-account_sid": ACME,
            "f-auth_token": TOKEN,
            "environment": "production",
            "name": f"n{n}",
            "draft": new_draft(),
        }
        for n in range(8)
    ]
    threads = [
        threading.Thread(target=house.door.post, args=("/connect/twilio/auth_token", form)) for form in forms * 2
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one["name"] for one in house.saved) == [f"n{n}" for n in range(8)]
    assert [one["is_default"] for one in house.saved].count(1) == 1
