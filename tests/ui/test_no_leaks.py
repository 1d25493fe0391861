"""One long visit in a real browser, in which secrets are typed everywhere; afterwards none of them is anywhere it could be read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from support import BODY, RECIPIENT
from twilio_sandbox import Fault
from twilio_sandbox.seed import OWN_NUMBER
from twilio_sandbox.server import serving
from ui_door import Door
from ui_house import ACME, KEY, KEY_SECRET, NAMES, SALES, TOKENS, TRIAL, House, LenientSandbox, accounts, secret
from ui_person import API_KEY, Person
from ui_process import Ui, running_ui
from ui_watch import Watch, holds, readings

WRONG, AS_NAME, BESIDE_A_KEY, NEW = (secret(name) for name in ("wrong", "as a name", "beside a key", "new"))
IN_A_TEXT = secret("in an automation")
# Each holds what an escape would change: of HTML, of URLs, of JSON, of templates.
SHORT = "s&<\"'\\%+/7!"
WRONG_KEY = "k3y&<\"wrong'>\\%+/=#;{{7*7}}"
BLANK_INSIDE = "one half & the <other> half"
SECRETS = {
    "saved": TOKENS[ACME],
    "typed as the account": TOKENS[SALES],
    "saved during an outage": TOKENS[TRIAL],
    "of the API key": KEY_SECRET,
    "wrong": WRONG,
    "too short": SHORT,
    "with a blank inside": BLANK_INSIDE,
    "beside an API key": BESIDE_A_KEY,
    "typed as the name": AS_NAME,
    "of the edit": NEW,
    "wrong, of the API key": WRONG_KEY,
    "typed into an automation": IN_A_TEXT,
}
NAME = "Support of Wanne-Eickel"
# What the browser itself says when a form is answered with an error.
DELIBERATE = re.compile(r"Failed to load resource: the server responded with a status of (409|422|503) ")


@contextmanager
def visited(browser: Browser, home: Path) -> Iterator[tuple[Person, Watch, Ui]]:
    """Start ``connector ui`` with a browser that only writes down how it was called, and follow its redirect file."""
    sandbox, called = LenientSandbox(), home / "called"
    called.write_text('#!/bin/sh\necho "$0" "$@" >> "$HOME/calls"\n', encoding="utf-8")
    called.chmod(0o700)
    for account in accounts():
        account.numbers.add(OWN_NUMBER)
        sandbox.store.add_account(account)
    with (
        serving(sandbox) as address,
        running_ui(home, "--base-url", address, BROWSER=str(called)) as ui,
        httpx.Client() as client,
    ):
        context = browser.new_context(locale="en-US", timezone_id="UTC", reduced_motion="reduce")
        context.set_default_timeout(15_000)
        page, watch = context.new_page(), Watch(ui.process.pid, home)
        watch.look()
        watch.follow(context, page)
        (redirect,) = home.glob("connector-*/open.html")
        page.goto(redirect.as_uri())
        page.wait_for_url(re.compile(r"/c-[^/]+/$"))
        prefix = page.url.removeprefix(ui.origin).rstrip("/")
        yield Person(House(sandbox, address, ui, Door(client.send, ui.link, prefix)), page), watch, ui
        context.close()


def refused(person: Person) -> None:
    """Type secrets into forms that are refused, each for another reason."""
    person.form()
    person.enter(Account_SID=TOKENS[SALES], Auth_Token=SALES)
    person.press("Connect")
    assert "so the field was cleared" in person.error("Account SID")
    person.form()
    person.enter(Account_SID=KEY, Auth_Token=BESIDE_A_KEY)
    person.press("Connect")
    assert "so it is an API key SID" in person.error("Account SID")
    for token in (SHORT, BLANK_INSIDE):
        person.connect(token=token)
        assert "is too short or holds a space" in person.error("Auth Token")
    person.connect(token=WRONG)
    assert "did not accept" in person.message
    person.page.reload()
    person.connect(name=AS_NAME)
    assert "looks like a secret, so the field was cleared" in person.error("Name of this connection")
    person.form(API_KEY)
    person.enter(Account_SID=ACME, API_Key_SID=KEY_SECRET, API_Key_Secret=KEY)
    person.press("Connect")
    assert "so the field was cleared" in person.error("API Key SID")
    person.save("Connect", API_Key_SID=KEY, API_Key_Secret=WRONG_KEY)
    assert "did not accept" in person.message


def saved(person: Person) -> None:
    """Save connections in every way, and change one."""
    house = person.house
    person.connect(name=NAME)
    person.connect(name=NAME, environment="test")
    person.connect(name=NAME)
    assert person.error("Name of this connection"), "the name is taken"
    house.sandbox.faults.plant(Fault("drop_before", times=99))
    person.connect(TRIAL, name="Later")
    person.press("Try again")
    person.press("Save without checking")
    person.act("Check now", "Later")
    house.sandbox.faults.clear()
    person.form(API_KEY)
    person.enter(Account_SID=ACME, API_Key_SID=KEY, API_Key_Secret=KEY_SECRET, Name_of_this_connection="By key")
    person.press("Connect")
    house.account(TRIAL).auth_token = NEW
    person.act("Edit", "Later")
    person.save(Account_SID=SALES)
    assert "is needed again" in person.error("Auth Token")
    person.act("Edit", "Later")
    person.save(Auth_Token=NEW)
    assert "“Later” is connected." in person.message
    assert [one["status"] for one in house.saved] == ["connected"] * 4
    person.act("Make default", "By key")


def tried(person: Person, environment: str) -> None:
    """Send over a connection after the confirmation, and read what was sent."""
    page = person.page
    person.go("/connections")
    group = f"section[aria-labelledby=group-{environment}]"
    person.press(f"Try it \N{EN DASH} {NAME}", within=group)
    trial = page.url
    person.press("Try it \N{EN DASH} Send an SMS message")
    person.enter(Sender_number=OWN_NUMBER, Recipient_number=RECIPIENT.removeprefix("+"), Message_body=BODY)
    expect(page.locator("#preview")).to_have_text(re.compile("segment|Recipient"))
    person.press("Continue")
    person.press(f"Use {RECIPIENT}")
    person.press("Continue")
    if environment == "production":
        person.press("Send an SMS message")
        assert "Nothing was done." in person.text
        page.get_by_label("Yes, for real").check()
    person.press("Send an SMS message")
    assert re.search(r"\bSM[0-9a-f]{32}\b", person.text)
    page.goto(trial)
    person.press("Try it \N{EN DASH} Read some SMS messages")
    page.get_by_label("Add a condition").select_option(label="Recipient number")
    person.press("Add")
    page.get_by_label("Value for Recipient number").fill(RECIPIENT)
    person.press("Read")
    assert "Found: " in person.text
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as CSV").click()
    assert BODY in Path(download.value.path()).read_text(encoding="utf-8-sig")


def automated(person: Person) -> None:
    """Write an automation that names numbers and texts, rehearse it, run it, answer it, and remove its run."""
    page = person.page
    person.go("/automations")
    person.field("Connection").select_option(label=f"Test: {NAME} · Twilio · {NAMES[ACME]}")
    send = f'send an SMS message from "{OWN_NUMBER}" to the customer number saying "{BODY}"\nsay the answer\n'
    person.field("What should be done?").fill(f'connect twilio via some api keys\n  the secret is "{IN_A_TEXT}"\n')
    expect(page.locator("#summary")).to_have_text("Something needs a change in line 1.")
    person.field("What should be done?").fill(send)
    expect(page.locator("#summary")).to_have_text(re.compile("asks for: customer number"))
    person.press("Dry run")
    page.get_by_label("Please provide the customer number").fill(RECIPIENT)
    person.press("Dry run")
    assert BODY in person.text
    person.press("Run")
    person.press("Run it")
    page.get_by_label("Please provide the customer number").fill(RECIPIENT)
    person.press("Answer and go on")
    expect(page.get_by_text("The automation came to its end.")).to_be_visible()
    titles = page.title()
    person.press("Write a new one from it")
    person.go("/automations/runs")
    page.get_by_role("link", name=re.compile(r"^\w{4}-\w{4}$")).click()
    person.press("Remove this run")
    titles += page.title()
    person.press("Remove the run")
    assert not any(private in titles for private in (BODY, RECIPIENT, OWN_NUMBER))


def deleted(person: Person) -> None:
    """Delete two of the connections, so that the file has room where they were."""
    for name in ("Later", "By key"):
        person.act("Delete", name)
        person.press("Delete connection")
    assert len(person.house.saved) == 2
    person.go("/settings")


def no_secret_is_left(watch: Watch) -> None:
    """No secret that was typed is in an answer, a file, the console, an address, or the list of processes."""
    everything = watch.everything()
    leaks = {
        f"the secret {what} is in {where}"
        for what, value in SECRETS.items()
        for where, text in everything
        if holds(text, value)
    }
    assert leaks == set()


def addresses_tell_nothing(watch: Watch, origin: str) -> None:
    """The history of a browser knows no numbers and no texts, and nobody else was asked for anything."""
    for url in watch.urls:
        for private in (BODY, RECIPIENT, OWN_NUMBER, RECIPIENT[2:], OWN_NUMBER[2:], BODY.split()[0]):
            assert not holds(readings(url), private), url
    others = {url for url in watch.urls if not url.startswith(f"{origin}/")}
    assert len(others) == 1
    assert re.fullmatch(r"file://.*/connector-[^/]+/open\.html", others.pop()), (
        "the redirect file is all that was not ours"
    )


def the_browser_has_nothing_to_complain_of(watch: Watch) -> None:
    """No error of a script, nothing that the pages' own policy refused."""
    assert [said for said in watch.console if not DELIBERATE.search(said[1].decode())] == []


def the_link_is_on_no_command_line(watch: Watch, token: str) -> None:
    """Every user of a computer can read how a browser was called."""
    calls = (watch.home / "calls").read_text(encoding="utf-8")
    assert "/open.html" in calls
    assert not holds(calls, token)
    assert not any(holds(content.decode(), token) for _, content in watch.processes)


def it_has_looked(watch: Watch) -> None:
    """At every answer that was asked for, at files of every kind; and what must be there is found."""
    assert all(any(holds(readings(posted), value) for posted in watch.posted) for value in SECRETS.values())
    # The body of what a page has asked for may be missed when the page is left meanwhile.
    assert all(url.endswith(("/preview", "/look", "/progress", "/static/icon.svg")) for url in watch.missed), (
        watch.missed
    )
    assert min(len(watch.answers), len(watch.headers)) > 200
    answered = {where.partition(" ")[2] for where, _ in watch.answers}
    assert {url.partition("#")[0] for url in watch.urls if url.startswith("http")} <= answered | set(watch.missed)
    assert {where.partition(" ")[0] for where, _ in watch.answers} >= {"200", "303", "409", "422", "503"}
    assert any(b"set-cookie: session=" in content.lower() for _, content in watch.headers), "cookies, too"
    answers = [content.decode("utf-8", "replace") for _, content in watch.answers]
    for known, times in ((NAME, 20), (BODY, 5), (RECIPIENT, 5), (KEY, 2)):
        assert sum(known in text for text in answers) >= times, known
    files = {re.sub("-[0-9a-z_]{8,}", "", name) for name, _ in watch.files}
    assert files >= {
        "what was printed",
        "calls",
        "connector/open.html",
        "config/connector-kit/connections.key",
        "data/connector-kit/connections.sqlite3",
        "state/connector-kit/journal.sqlite3",
        "state/connector-kit/runs.sqlite3",
    }
    assert any(NAME.encode() in content for name, content in watch.files if name.endswith("connections.sqlite3"))
    assert any(b"connector_kit.hosts.cli" in content for _, content in watch.processes)
    assert len(watch.console) >= 10, "an answer of 422 is said in the console"


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="looks at processes where Linux shows them")
def test_no_secret_is_anywhere_it_could_be_read_after_a_visit_through_everything(
    browser: Browser, tmp_path: Path
) -> None:
    with visited(browser, tmp_path) as (person, watch, ui):
        refused(person)
        saved(person)
        for environment in ("test", "production"):
            tried(person, environment)
        automated(person)
        deleted(person)
        # Nothing that the last page asks for, such as its icon, may come too late for the server.
        person.page.goto("about:blank")
        watch.look()
        assert ui.stop() == 0
    watch.look()
    printed = "".join(ui.printed)
    assert not any(holds(readings(printed), private) for private in (BODY, RECIPIENT, OWN_NUMBER))
    watch.files.add(("what was printed", printed.encode()))
    no_secret_is_left(watch)
    addresses_tell_nothing(watch, ui.origin)
    the_browser_has_nothing_to_complain_of(watch)
    the_link_is_on_no_command_line(watch, ui.link.partition("token=")[2])
    it_has_looked(watch)
