"""The acceptance checklist in a real browser: the list of connections, and what can be done with each of them.

Points 6, 15, 17, 19 to 24 and 29 of the list in the docstring of ``test_checklist_covers``.
"""

from __future__ import annotations

import json
import re

import pytest

from twilio_sandbox import Fault
from ui_house import ACME, SALES, TOKENS, TRIAL, House, secret
from ui_person import Person

NEW_TOKEN = secret("the new token of today")
MARKUP = '<b>O\'Brien</b> & "Söhne" {{7*7}} <script>x()</script>'
LONG = "A long name of a connection that goes on, Donaudampfschiffes"  # 60 characters, as many as there may be
ODD_NAMES = [MARKUP, "Café 🎉 ﷽", LONG, "W" * 60, "مرحبا بالعالم", "../../etc/passwd?x=1#y%00", "-"]


def test_a_status_is_a_symbol_and_a_word(person: Person, house: House) -> None:
    """Point 6."""
    person.connect(name="good")
    house.sandbox.faults.plant(Fault("drop_before", times=9))
    person.connect(SALES, name="later")
    person.press("Save without checking")
    house.sandbox.faults.clear()
    person.connect(TRIAL, name="bad")
    house.account(TRIAL).auth_token = NEW_TOKEN
    person.act("Check now", "bad")
    shown = [person.card(name) for name in ("good", "bad", "later")]
    for card, status in zip(shown, ("✓ Connected", "✕ Needs attention", "? Not checked"), strict=True):
        assert status in card


def test_a_check_without_an_answer_leaves_the_status_and_a_later_refusal_changes_it(
    person: Person, house: House
) -> None:
    """Point 15."""
    person.connect()
    before = house.saved
    house.sandbox.faults.plant(Fault("server_error", times=99))
    person.act("Check now", "default")
    assert "could not be checked. Its status was left as it was." in person.message
    assert house.saved == before
    house.sandbox.faults.clear()
    house.account().auth_token = NEW_TOKEN
    person.act("Check now", "default")
    assert "“default” needs attention." in person.message
    assert "✕ Needs attention" in person.card("default")
    assert "did not accept" in person.card("default")
    house.account().auth_token = TOKENS[ACME]
    person.act("Check now", "default")
    assert "✓ Connected" in person.card("default")


def test_a_name_may_be_used_in_both_environments_and_the_list_is_grouped_by_them(person: Person, house: House) -> None:
    """Point 17."""
    person.connect(name="main", environment="test")
    person.connect(name="main")
    person.go("/connections")
    assert person.page.locator("h2").all_inner_texts() == ["Production", "Test"]
    assert [(one["name"], one["environment"]) for one in house.saved] == [("main", "test"), ("main", "production")]
    assert person.card("main", "production")
    assert person.card("main", "test")


def test_the_list_says_everything_that_tells_connections_apart(person: Person) -> None:
    """Point 19."""
    person.connect(name="support")
    card = person.card("support")
    assert card.startswith("support Default Twilio 2.0.1 · Account SID and Auth Token Acme Support · AC…ac3e ")
    assert "✓ Connected" in card
    assert re.search(r"Checked \d\d \w{3} \d{4}, \d\d:\d\d", card)
    assert ACME not in person.page.content()
    for action in ("Edit", "Check now", "Delete"):
        assert person.page.get_by_text(f"{action} \N{EN DASH} support").count() == 1


def test_editing_never_shows_the_secret_and_blank_keeps_it(person: Person, house: House) -> None:
    """Point 20."""
    person.connect()
    person.act("Edit", "default")
    assert person.field("Auth Token").input_value() == ""
    assert person.field("Auth Token").get_attribute("value") is None
    assert re.fullmatch(r"A value is saved \(.*\d{4}.*\)\. Leave this blank to keep it\.", person.note("Auth Token"))
    assert TOKENS[ACME] not in person.page.content()
    person.page.get_by_text("More options").click()
    person.field("Default country (optional)").fill("NL")
    person.press("Save changes")
    assert "“default” is connected." in person.message
    (saved,) = house.saved
    assert json.loads(saved["public"])["default_country"] == "NL"
    house.sandbox.requests.clear()
    person.act("Check now", "default")
    assert [request.status for request in house.sandbox.requests] == [200, 200], "the kept secret still works"


def test_a_new_token_replaces_the_saved_one(person: Person, house: House) -> None:
    """Point 20: the other way to use that form."""
    person.connect()
    house.account().auth_token = NEW_TOKEN
    person.act("Edit", "default")
    person.save(Auth_Token=NEW_TOKEN)
    assert "“default” is connected." in person.message
    person.act("Check now", "default")
    assert "✓ Connected" in person.card("default")


def test_a_rename_works_while_the_account_is_rejected_and_warns_about_automations(person: Person, house: House) -> None:
    """Point 21."""
    person.connect()
    house.account().auth_token = NEW_TOKEN
    house.sandbox.requests.clear()
    person.act("Edit", "default")
    assert "Automations use this name. If you change it, change it in them, too." in person.text
    person.save(Name_of_this_connection="support")
    assert "“support” was saved." in person.message
    assert house.sandbox.requests == []
    assert [(one["name"], one["status"]) for one in house.saved] == [("support", "connected")]


def test_another_account_needs_its_own_token(person: Person, house: House) -> None:
    """Point 22: otherwise the saved token would go to whoever that account belongs to."""
    person.connect()
    before = house.saved
    house.sandbox.requests.clear()
    person.act("Edit", "default")
    person.save(Account_SID=SALES)
    assert "is needed again, because the Account SID was changed" in person.error("Auth Token")
    assert person.focus == "f-auth_token"
    assert (house.saved, house.sandbox.requests) == (before, [])
    person.save(Auth_Token=TOKENS[SALES])
    assert "Twilio account: Acme Sales." in person.message
    assert "AC…a1e5" in person.card("default")


def test_another_region_needs_the_token_too(person: Person, house: House) -> None:
    """Point 22: a region is another address."""
    person.connect()
    person.act("Edit", "default")
    person.page.get_by_text("More options").click()
    person.field("Region (optional)").fill("ie1")
    person.press("Save changes")
    assert "is needed again, because the Region was changed" in person.error("Auth Token")


def test_deleting_is_a_page_of_its_own_that_says_what_it_means(person: Person, house: House) -> None:
    """Point 23."""
    person.connect(name="support")
    person.act("Delete", "support")
    assert person.heading == "Delete “support”?"
    for says in ("support", "Production", "Acme Support · AC…ac3e", "This is the default.", "cannot be undone"):
        assert says in person.text
    person.press("Keep it")
    assert len(house.saved) == 1
    person.act("Delete", "support")
    person.press("Delete connection")
    assert "“support” was deleted. Its credentials still work at Twilio." in person.message
    assert house.saved == []
    assert "No connections yet" in person.text


def test_a_deleted_default_leaves_a_warning_and_no_substitute(person: Person, house: House) -> None:
    """Point 24."""
    person.connect(name="first")
    person.connect(SALES, name="second")
    person.act("Make default", "second")
    assert "“second” is now the default in Production." in person.message
    assert [one["name"] for one in house.saved if one["is_default"]] == ["second"]
    person.act("Delete", "second")
    person.press("Delete connection")
    person.go("/connections")
    assert "Twilio has no default in Production." in person.text
    assert [one["is_default"] for one in house.saved] == [0]
    person.act("Make default", "first")
    assert "has no default" not in person.text
    assert "Default" in person.card("first")


@pytest.mark.parametrize("name", ODD_NAMES, ids=ascii)
def test_whatever_a_name_holds_is_shown_as_text(person: Person, house: House, name: str) -> None:
    """Point 29."""
    house.account().friendly_name = MARKUP
    person.connect(name=name)
    assert f"“{name}” is connected." in person.message
    for path, title in (
        (f"Edit \N{EN DASH} {name}", f"Edit “{name}”"),
        (f"Delete \N{EN DASH} {name}", f"Delete “{name}”?"),
    ):
        person.go("/connections")
        assert person.page.locator("h3").first.inner_text().startswith(name)
        assert MARKUP in person.text, "the account's name, too"
        assert person.page.locator("main script, h3 b, main b").count() == 0
        assert person.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        person.press(path)
        assert person.heading == title
        assert person.page.title() == f"{title} \N{EN DASH} Connector"
    assert [one["name"] for one in house.saved] == [name]


def test_what_was_typed_into_a_refused_form_is_shown_as_text(person: Person) -> None:
    """Point 29."""
    person.form()
    person.enter(Account_SID='"><img src=x onerror=alert(1)>', Auth_Token="x", Name_of_this_connection=MARKUP)
    person.press("Connect")
    assert person.field("Account SID").input_value() == '"><img src=x onerror=alert(1)>'
    assert person.field("Name of this connection").input_value() == MARKUP
    assert person.page.locator("main img, main script").count() == 0
    person.go("/?q=%3Cimg+src%3Dx%3E")
    assert person.page.get_by_label("Search integrations").input_value() == "<img src=x>"
    assert person.page.locator("main img").count() == 0
