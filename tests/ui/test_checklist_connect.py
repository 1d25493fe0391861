"""The acceptance checklist in a real browser: connecting, and what a person reads when it does not work.

Points 1, 2 and 8 to 14, 16, 18 of the list in the docstring of ``test_checklist_covers``.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser

from twilio_sandbox import Fault
from ui_house import ACME, KEY, KEY_SECRET, NOBODY, SUSPENDED, TESTER, TOKENS, TRIAL, House, secret
from ui_person import API_KEY, AUTH_TOKEN, Person

TOKEN = TOKENS[ACME]
WRONG = secret("wrong")
NOT_REJECTED = "Your values were not rejected."


def test_the_first_connection_of_an_environment_is_called_default_and_is_its_default(person: Person) -> None:
    """Point 1."""
    for environment in ("production", "test"):
        person.form(environment=environment)
        assert person.field("Name of this connection").input_value() == "default"
        person.connect(environment=environment)
        assert "“default” is connected. Twilio account: Acme Support." in person.message
        assert person.card("default", environment).startswith("default Default Twilio")
        person.form(environment=environment)
        assert person.field("Name of this connection").input_value() == ""
    person.connect(name="second")
    assert person.card("second").startswith("second Twilio")


@pytest.mark.parametrize("method", [AUTH_TOKEN, API_KEY])
def test_every_control_has_a_visible_label_and_a_hint_and_no_placeholder(person: Person, method: str) -> None:
    """Point 2."""
    person.form(method)
    person.page.get_by_text("More options").click()
    controls = person.page.locator("main :is(input:not([type=hidden]), select, textarea)").all()
    assert len(controls) >= 10
    for control in controls:
        assert control.get_attribute("placeholder") is None
        (label,) = control.evaluate("it => Array.from(it.labels, label => label.checkVisibility() && label.innerText)")
        assert label
        if control.get_attribute("type") not in ("radio", "checkbox"):
            described = control.get_attribute("aria-describedby") or ""
            assert person.page.locator(f"#{described.split()[0]}").inner_text(), label
    page = person.text
    assert "34 characters, starting with AC." in page
    for hint in {
        AUTH_TOKEN: [
            'Both values are on the first page of the Twilio Console, under "Account Info".',
            'Select "Show" next to',
        ],
        API_KEY: ['API keys are made under "Account", "API keys & tokens"', "34 characters, starting with SK."],
    }[method]:
        assert hint in page


@pytest.mark.parametrize("kind", ["missing", "shape", "rejected", "unreachable", "unknown account", "strange"])
def test_an_error_says_what_to_do_without_a_pattern_or_a_trace(person: Person, house: House, kind: str) -> None:
    """Point 8."""
    faults = {
        "unreachable": Fault("server_error", status=503, times=9),
        "strange": Fault("error", status=418, code=123456, message="<b>teapot</b>", times=9),
    }
    if kind in faults:
        house.sandbox.faults.plant(faults[kind])
    person.form()
    if kind != "missing":
        sid = {"shape": "AC12", "unknown account": NOBODY}.get(kind, ACME)
        person.enter(Account_SID=sid, Auth_Token=WRONG if kind == "rejected" else TOKEN)
    person.press("Connect")
    page = person.text
    says = {
        "missing": "Account SID is missing",
        "shape": "must be AC followed by 32 characters",
        "rejected": "Detail for support: HTTP 401, Twilio error 20003",
        "unreachable": "HTTP 503",
        "unknown account": "Copy",
        "strange": "Twilio error 123456",
    }[kind]
    assert says in page
    assert not re.search(r"\[0-9|\{32\}|\\S|\^AC|\[!-~\]", page), "a pattern is shown"
    assert not re.search(r"Traceback|Error\(|\.py\b|None", page), "an inside is shown"
    assert house.saved == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  ", "\t"),
        ("\u00a0", "\u00a0"),
        ("\u200b\ufeff", "\u2060\u200d"),
        ('"', '"'),
        ("\u201c", "\u201d"),
        (" ' ", " ' "),
        ("`", "`"),
    ],
    ids=ascii,
)
def test_what_is_pasted_with_blanks_or_quotes_around_it_just_works(
    person: Person, house: House, before: str, after: str
) -> None:
    """Point 9: from the clipboard and with the keyboard, as people paste."""
    person.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    person.form()
    for label, value in (("Account SID", ACME), ("Auth Token", TOKEN)):
        person.page.evaluate("text => navigator.clipboard.writeText(text)", f"{before}{value}{after}")
        person.field(label).focus()
        person.page.keyboard.press("Control+V")
        assert value in person.field(label).input_value(), "pasting is blocked"
    person.press("Connect")
    assert "“default” is connected." in person.message
    assert ACME in house.saved[0]["public"]


def test_an_api_key_in_the_field_of_the_account_is_recognized(person: Person, house: House) -> None:
    """Point 10."""
    person.form()
    person.enter(Account_SID=KEY, Auth_Token=TOKEN)
    person.press("Connect")
    assert person.error("Account SID").startswith("This starts with SK, so it is an API key SID")
    assert person.field("Account SID").input_value() == KEY
    assert house.sandbox.requests == []
    person.save("Connect", Account_SID=ACME)
    assert "“default” is connected." in person.message


def test_an_api_key_connects_by_its_own_method(person: Person) -> None:
    """Point 10: the right place for it is one step away, and works."""
    person.form()
    person.press("API Key")
    person.enter(Account_SID=ACME, API_Key_SID=ACME, API_Key_Secret=KEY_SECRET)
    person.press("Connect")
    assert person.error("API Key SID").startswith("This starts with AC, so it is the Account SID.")
    person.save("Connect", API_Key_SID=KEY)
    assert "“default” is connected." in person.message
    assert "· API Key" in person.card("default")


def test_swapped_values_are_recognized_in_both_fields_and_the_misplaced_token_is_cleared(
    person: Person, house: House
) -> None:
    """Point 11."""
    person.form()
    person.enter(Account_SID=TOKEN, Auth_Token=ACME)
    with person.page.expect_response(lambda answer: answer.request.method == "POST") as posted:
        person.press("Connect")
    assert "looks like an Auth Token or a secret, so the field was cleared" in person.error("Account SID")
    assert person.error("Auth Token").startswith("This is a SID, not the Auth Token.")
    assert person.field("Account SID").input_value() == ""
    assert TOKEN not in posted.value.text()
    assert person.note("Auth Token") == "", "a faulty secret must be typed again"
    person.save("Connect", Account_SID=ACME, Auth_Token=TOKEN)
    assert len(house.saved) == 1


@pytest.mark.parametrize("account", [ACME, SUSPENDED], ids=["wrong", "revoked"])
def test_a_token_that_is_not_accepted_names_the_causes_and_keeps_everything_else(
    person: Person, house: House, account: str
) -> None:
    """Point 12."""
    person.connect(account, name="my own name", environment="test", token=WRONG)
    assert person.heading == "Connect Twilio"
    assert "did not accept the Account SID and Auth Token together." in person.message
    assert [step.split()[0] for step in person.page.locator(".panel li").all_inner_texts()] == ["Copy", "A", "Look"]
    assert "Nothing was saved" in person.message
    assert person.field("Account SID").input_value() == account
    assert person.field("Name of this connection").input_value() == "my own name"
    assert person.page.get_by_label("Test", exact=True).is_checked()
    assert person.field("Auth Token").input_value() == ""
    assert house.saved == []


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_an_account_that_is_suspended_is_named_as_such(person: Person, house: House, status: str) -> None:
    """Point 13."""
    house.account(SUSPENDED).status = status
    person.connect(SUSPENDED)
    assert f'Twilio reports the account "Acme Old" as {status}.' in person.message
    assert "Nothing was saved" in person.message
    assert house.saved == []


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"kind": "drop_before"}, "the connection broke"),
        ({"kind": "server_error", "status": 502}, "HTTP 502"),
        ({"kind": "rate_limited"}, "busy"),
        ({"kind": "garbled"}, "guest network"),
        ({"kind": "empty", "status": 500}, "HTTP 500"),
        ({"kind": "slow", "seconds": 7.0}, "took too long"),
    ],
    ids=lambda given: given["kind"] if isinstance(given, dict) else "",
)
def test_an_outage_rejects_nothing_and_is_tried_again_without_typing(
    person: Person, house: House, fault: dict[str, Any], says: str
) -> None:
    """Point 14."""
    house.sandbox.faults.plant(Fault(times=99, **fault))
    person.connect(name="mine")
    assert NOT_REJECTED in person.message
    assert says in person.message
    assert "notice" in (person.page.locator("#summary").get_attribute("class") or ""), (
        "an outage is no fault of the person"
    )
    assert person.field("Auth Token").input_value() == ""
    assert person.note("Auth Token") == "You have entered a value. It is not shown again; leave this blank to use it."
    house.sandbox.faults.clear()
    person.press("Try again")
    assert "“mine” is connected." in person.message
    assert [one["status"] for one in house.saved] == ["connected"]


def test_during_an_outage_it_can_be_saved_without_the_check(person: Person, house: House) -> None:
    """Point 14."""
    house.sandbox.faults.plant(Fault("drop_before", times=99))
    person.connect()
    person.press("Save without checking")
    assert "“default” was saved without a check." in person.message
    assert "? Not checked" in person.card("default")
    house.sandbox.faults.clear()
    person.act("Check now", "default")
    assert "“default” is connected." in person.message


@pytest.mark.parametrize("name", ["DEFAULT", "  default ", "\uff44\uff45\uff46\uff41\uff55\uff4c\uff54", "deFAult"])
def test_a_name_that_is_taken_is_all_that_must_be_changed(person: Person, house: House, name: str) -> None:
    """Point 16."""
    person.connect()
    person.connect(TRIAL, name=name)
    assert person.page.locator("[aria-invalid=true]").count() == 1
    assert "default" in person.error("Name of this connection")
    assert person.focus == "name"
    assert len(house.saved) == 1
    person.save("Connect", Name_of_this_connection="other")
    assert "“other” is connected." in person.message
    assert [one["name"] for one in house.saved] == ["default", "other"]


def test_test_credentials_are_refused_in_production_and_noted_in_test(person: Person, house: House) -> None:
    """Point 18."""
    person.connect(TESTER)
    assert "These are test credentials" in person.message
    assert "cannot be used in Production" in person.message
    assert house.saved == []
    person.page.get_by_label("Test", exact=True).check()
    person.press("Connect")
    assert "what is sent is checked but not delivered" in person.message
    assert "checked but not delivered" in person.card("default", "test")


def test_a_trial_account_is_connected_with_a_note(person: Person) -> None:
    """Point 18: the other kind of account that cannot do everything."""
    person.connect(TRIAL)
    assert "can text only numbers you have verified" in person.message
    assert "✓ Connected" in person.card("default")


def test_the_browser_is_a_real_one(browser: Browser) -> None:
    """Point 3: whatever these tests say, Chromium itself has shown it."""
    assert browser.browser_type.name == "chromium"
    assert int(browser.version.partition(".")[0]) > 100
