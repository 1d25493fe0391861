"""The last points of the acceptance checklist in a real browser, and that every point has a test.

1 the first connection is called default and is it. 2 labels always visible, hints where to find a value, no placeholder as label.
3 all by keyboard, focus visible, Enter submits. 4 320 pixels and 400 % without sideways scrolling, targets of 24 pixels. 5 dark and
forced colours. 6 status never by colour alone. 7 one fault has the focus, several a summary. 8 faults say what to do. 9 pasted blanks
and quotes do no harm. 10 SK in the field of the account. 11 swapped fields, a misplaced token is cleared. 12 a wrong token: causes,
nothing saved, the rest kept. 13 a suspended account is named. 14 an outage: not rejected, try again without typing, save without
checking. 15 an outage does not turn a good connection bad, a revocation does. 16 a name that is taken. 17 one name in both
environments. 18 test credentials. 19 what the list says. 20 editing never shows the secret. 21 a rename asks nobody. 22 another account
needs its token. 23 deleting is a page of its own. 24 the default. 25 twice, reload, Back, two windows. 26 without JavaScript and without
internet. 27 another user, port, site or name is refused, the link works once. 28 a damaged store and a wrong key are readable. 29 texts
are shown as texts. 30 the same credentials for Test and Production. 31 connections of the environment, idle shutdown, time zone,
translations. 32 the terminal twin.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest
from playwright.sync_api import Browser

from ui_house import ACME, TOKENS, House, LenientSandbox, open_house, secret
from ui_person import Person, come_in
from ui_process import StartUi, command, ui_environment

HERE = Path(__file__).parent


def claimed() -> dict[int, list[str]]:
    """Return the tests that say which point they prove."""
    found: dict[int, list[str]] = {}
    for path in HERE.glob("test_checklist_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                said = re.match(r"Points? ([\d, and]+)", ast.get_docstring(node) or "")
                for number in re.findall(r"\d+", said[1]) if said else ():
                    found.setdefault(int(number), []).append(node.name)
    return found


def test_every_point_of_the_checklist_has_a_test() -> None:
    assert sorted(claimed()) == list(range(1, 33))


def test_one_form_connects_test_and_production(person: Person, house: House) -> None:
    """Point 30: one check, two connections, each the default of its environment."""
    person.form()
    person.enter(Account_SID=ACME, Auth_Token=TOKENS[ACME])
    person.page.get_by_label("Use the same credentials for Test and Production").check()
    person.press("Connect")
    assert [(row["environment"], row["is_default"]) for row in house.saved] == [("production", 1), ("test", 1)]
    assert all("Default" in person.card("default", environment) for environment in ("production", "test"))
    assert len([request for request in house.sandbox.requests if request.path.endswith("Messages.json")]) == 1


def test_test_credentials_are_not_saved_for_production_by_the_same_form(person: Person, house: House) -> None:
    """Point 30: not even half of it is saved."""
    tester = next(sid for sid in TOKENS if house.account(sid).test)
    person.form()
    person.enter(Account_SID=tester, Auth_Token=TOKENS[tester])
    person.page.get_by_label("Use the same credentials for Test and Production").check()
    person.press("Connect")
    assert "cannot be used in Production" in person.message
    assert house.saved == []


@pytest.fixture
def environment_house(tmp_path: Path) -> Iterator[House]:
    """A server in whose environment somebody has named the variables of a connection."""
    definition = "twilio auth_token production base_url=MY_PLACE account_sid=MY_SID auth_token=MY_TOKEN"
    variables = {"CONNECTOR_KIT_CONNECTION_ACME_SUPPORT": definition, "MY_SID": ACME, "MY_TOKEN": TOKENS[ACME]}
    sandbox = LenientSandbox()
    # The connection's own address is not needed to show it.
    with open_house(tmp_path, sandbox, MY_PLACE="http://127.0.0.1:9", **variables) as house:
        yield house


def test_a_connection_of_the_environment_is_listed_and_cannot_be_changed(
    browser: Browser, environment_house: House
) -> None:
    """Point 31: it is there, whose it is can be seen, and nothing offers to change it."""
    person = come_in(browser, environment_house)
    card = person.card("acme-support")
    assert "AC\N{HORIZONTAL ELLIPSIS}" in card
    assert ACME not in person.page.content()
    assert TOKENS[ACME] not in person.page.content()
    assert not any(action in card for action in ("Edit", "Delete", "Make default"))
    assert "environment" in card.lower()


def test_a_server_that_nobody_uses_stops_by_itself(start_ui: StartUi) -> None:
    """Point 31: with a sentence and without an error."""
    ui = start_ui("--no-browser", "--idle", "0.02")
    assert ui.process.wait(30) == 0
    assert ui.process.stdout is not None
    assert "without use" in ui.process.stdout.read().lower() + "".join(ui.printed).lower()


def test_the_time_zone_of_the_person_is_offered_and_used(browser: Browser, house: House) -> None:
    """Point 31: times are shown where the person is, once they want it."""
    person = come_in(browser, house, timezone_id="Asia/Tokyo")
    person.connect()
    before = re.search(r"\d\d:\d\d", person.card("default"))
    person.press("Show times in Asia/Tokyo")
    after = re.search(r"\d\d:\d\d", person.card("default"))
    assert before is not None
    assert after is not None
    hours = [int(found.group()[:2]) for found in (before, after)]
    assert (hours[1] - hours[0]) % 24 in (9, 10)  # the clock may have turned to the next hour
    assert "Asia/Tokyo" in person.page.locator("body").inner_text()


def test_the_pages_speak_the_language_of_the_browser(browser: Browser, house: House) -> None:
    """Point 31: German is complete; what a manifest says stays as it says it."""
    person = come_in(browser, house, locale="de-DE")
    person.go("/connections")
    assert person.page.locator("html").get_attribute("lang") == "de"
    assert person.heading == "Verbindungen"
    person.form()
    assert person.page.get_by_label("Account SID").is_visible()


def test_a_token_in_the_field_of_the_name_is_not_shown_again(person: Person, house: House) -> None:
    """Point 11: names are shown everywhere, so a token must not become one."""
    token = secret("typed into the wrong field")
    person.connect(name=token)
    assert "looks like a secret" in person.error("Name of this connection")
    assert token not in person.page.content()
    assert house.saved == []


def test_the_terminal_twin_asks_for_the_same_and_says_the_same(house: House, person: Person, tmp_path: Path) -> None:
    """Point 32: one sentence for one mistake, in the form and at the terminal."""
    person.connect(sid=f"SK{1:032x}", token=TOKENS[ACME])
    sentence = person.error("Account SID")
    assert sentence
    words = command("connect", "twilio", "--base-url", house.address)
    child = pexpect.spawn(words[0], words[1:], env=ui_environment(tmp_path), encoding="utf-8", timeout=20)
    child.setwinsize(24, 400)
    child.expect("Account SID .*: ")
    child.sendline(f"SK{1:032x}")
    child.expect("Auth Token .*not shown: ")
    child.sendline(TOKENS[ACME])
    child.expect_exact(sentence)
    child.expect("Account SID .*: ")
    child.sendline(ACME)
    child.expect("Saved 'default' in Production. Connected. Account: Acme Support.")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_the_terminal_twin_ends_with_exit_codes_that_a_script_can_use(house: House, tmp_path: Path) -> None:
    """Point 32: nothing is asked where nobody sits at a terminal."""

    def ended(sid: str, token: str, *flags: str) -> tuple[int, str]:
        words = command(
            "connect", "twilio", "--account-sid", sid, "--auth-token-env", "MINE", "--base-url", house.address
        )
        environment = ui_environment(tmp_path, MINE=token)
        done = subprocess.run(  # noqa: S603 - our own command
            [*words, *flags],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=60,
        )
        assert token not in done.stdout + done.stderr
        return done.returncode, done.stdout

    assert ended(f"SK{1:032x}", TOKENS[ACME])[0] == 2
    assert ended(ACME, secret("old"))[0] == 5
    code, out = ended(ACME, TOKENS[ACME], "--json")
    assert (code, json.loads(out)["connections"][0]["status"]) == (0, "connected")
