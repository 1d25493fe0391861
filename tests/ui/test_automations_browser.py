"""A person writes and runs automations in a real browser: marks under the words, one run for many clicks, answers, history."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from support import RECIPIENT
from twilio_sandbox import Fault
from twilio_sandbox.answer import Answer
from twilio_sandbox.seed import OWN_NUMBER
from ui_automation_states import ASK, SEND, TEXT, TO_ASK, at_the_editor, ended, run, write
from ui_house import House
from ui_person import Person

OTHER = "+12125550124"
SEND_OTHER = f'send an SMS message from "{OWN_NUMBER}" to "{OTHER}" saying "The second one"\n'
# Where an element draws its text: the two must be the same for marks to lie under their words.
_DRAWN = """it => {
    const style = getComputedStyle(it);
    const names = ["font", "lineHeight", "letterSpacing", "padding", "borderWidth", "whiteSpace", "overflowWrap", "tabSize"];
    return [it.clientWidth, it.getBoundingClientRect().left, it.getBoundingClientRect().top, ...names.map(name => style[name])];
}"""
_CHOSEN = "it => it.value.slice(it.selectionStart, it.selectionEnd)"


def sent(house: House) -> list[str]:
    """Return to whom the service was asked to send."""
    return [request.form["To"][0] for request in house.sandbox.requests if request.method == "POST"]


@contextmanager
def held(house: House) -> Iterator[threading.Event]:
    """Let sends wait until the event is set."""
    let_go, handle = threading.Event(), house.sandbox.handle

    def slow(method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        assert method != "POST" or let_go.wait(30)
        return handle(method, target, headers, body)

    house.sandbox.handle = slow  # type: ignore[method-assign, assignment]
    try:
        yield let_go
    finally:
        let_go.set()
        del house.sandbox.handle


# Checked while it is typed


def test_marks_lie_under_the_words_while_somebody_types(person: Person) -> None:
    at_the_editor(person)
    page, text = person.page, person.field(TEXT)
    text.press_sequentially('say "\N{PARTY POPPER}"\nsay hello there\n')
    expect(page.locator(".marks mark")).to_have_text(["hello there"])
    expect(page.locator("#summary")).to_have_text("Something needs a change in line 2.")
    expect(text).to_have_attribute("aria-invalid", "true")
    assert page.locator("#summary").get_attribute("aria-live") == "polite"
    assert text.evaluate(_DRAWN) == page.locator(".marks").evaluate(_DRAWN)
    write(person, 'say "hello there"\n' * 40 + "say hello there\n")
    expect(page.locator("#summary")).to_have_text("Something needs a change in line 41.")
    text.evaluate("it => it.scrollTop = 99")
    expect(page.locator(".marks")).to_have_js_property("scrollTop", 99)
    assert text.evaluate(_DRAWN) == page.locator(".marks").evaluate(_DRAWN), "with a scroll bar, too"
    write(person, 'say "hello there"\n')
    expect(page.locator("#summary")).to_have_text("It can run.")
    expect(page.locator(".marks mark")).to_have_count(0)
    expect(text).not_to_have_attribute("aria-invalid", "true")


def test_a_problem_leads_to_its_place_by_mouse_and_by_keyboard(person: Person) -> None:
    at_the_editor(person)
    text = person.field(TEXT)
    write(person, 'say "\N{PARTY POPPER}"\n' * 60 + "say hello there\n")
    link = person.page.get_by_role("link", name="Line 61, column 5")
    link.click()
    assert person.focus == "text"
    assert text.evaluate(_CHOSEN) == "hello there"
    top = text.evaluate("it => it.scrollTop")
    assert top > 100, "the place is in sight"
    text.evaluate("it => { it.setSelectionRange(0, 0); it.scrollTop = 0; }")
    link.press("Enter")
    assert (text.evaluate(_CHOSEN), text.evaluate("it => it.scrollTop")) == ("hello there", top)


def test_what_is_typed_is_never_markup(person: Person) -> None:
    at_the_editor(person)
    write(person, "say <img src=x onerror=document.title=1> there\n")
    expect(person.page.locator("#found li")).to_have_count(1)
    assert person.page.locator("main img").count() == 0
    assert person.page.title() == "Automations \N{EN DASH} Connector"


def test_an_example_is_added_and_can_be_taken_back(person: Person) -> None:
    at_the_editor(person)
    write(person, "say 1")
    person.page.get_by_text("Examples", exact=True).click()
    person.page.get_by_role("button", name="Add to the text").last.click()
    expect(person.field(TEXT)).to_have_value(re.compile("^say 1\nsend an SMS message where\n  the sender number"))
    expect(person.page.locator("#summary")).to_have_text("It can run.")
    person.page.keyboard.press("Control+z")
    expect(person.field(TEXT)).to_have_value("say 1")


def test_the_editor_does_not_keep_the_keyboard(person: Person) -> None:
    at_the_editor(person)
    person.field(TEXT).focus()
    for name in ("connection", "Run", "Check", "Explain", "Dry run"):
        person.page.keyboard.press("Tab")
        assert person.focus == name


# Run once


def test_a_run_sends_once_though_it_is_clicked_twice_reloaded_and_gone_back_to(person: Person, house: House) -> None:
    at_the_editor(person, "production")
    page = person.page
    write(person, SEND)
    person.press("Run")
    person.press("Run it")
    assert "Tick this box" in person.text
    assert sent(house) == []
    page.goto(page.url)
    page.get_by_label("Yes, for real").check()
    with held(house) as let_go:
        page.get_by_role("button", name="Run it").dblclick()
        page.wait_for_url(re.compile("/automations/runs/"))
        page.reload()
        let_go.set()
        expect(page.get_by_text("The automation came to its end.")).to_be_visible()
    ran = page.url
    page.reload()
    page.go_back()
    assert "It was not run again" in person.text, "the confirmation leads to the run that it had"
    page.go_back()
    page.go_forward()
    assert sent(house) == [RECIPIENT]
    person.go("/automations/runs")
    assert page.get_by_role("link", name=re.compile(r"^\w{4}-\w{4}$")).count() == 1
    assert ran.startswith(page.url)


def test_two_windows_with_one_confirmation_are_one_run(person: Person, house: House) -> None:
    at_the_editor(person)
    write(person, SEND)
    person.press("Run")
    other = person.page.context.new_page()
    other.goto(person.page.url)
    person.press("Run it")
    ended(person)
    other.get_by_role("button", name="Run it").click()
    expect(other).to_have_url(person.page.url)
    other.close()
    assert sent(house) == [RECIPIENT]


def test_a_run_is_stopped_between_two_sends_and_goes_on(person: Person, house: House) -> None:
    at_the_editor(person)
    write(person, SEND + SEND_OTHER)
    person.press("Run")
    with held(house) as let_go:
        person.press("Run it")
        person.press("Stop")
        let_go.set()
        expect(person.page.get_by_text("It was stopped.")).to_be_visible()
    assert sent(house) == [RECIPIENT]
    person.press("Go on")
    expect(person.page.get_by_text("The automation came to its end.")).to_be_visible()
    assert sent(house) == [RECIPIENT, OTHER]


# With and without a script


@pytest.fixture(params=["with script", "without script"])
def anybody(request: pytest.FixtureRequest) -> Person:
    """Somebody with, and somebody without JavaScript."""
    name = "person" if request.param == "with script" else "person_without_script"
    found: Person = request.getfixturevalue(name)
    return found


def test_everything_works_with_and_without_a_script(anybody: Person, house: House) -> None:
    person, page = anybody, anybody.page
    at_the_editor(person)
    write(person, "say hello there\n")
    person.press("Check")
    assert "Something needs a change in line 1." in person.text
    assert page.title().startswith("Error: ")
    page.get_by_role("link", name="Line 1, column 5").click()
    assert page.evaluate("document.activeElement.id || location.hash") in ("text", "#text")
    write(person, TO_ASK + ASK)
    person.press("Explain")
    assert "In all, Send an SMS message: at most once." in person.text
    person.press("Dry run")
    page.get_by_label("Please provide the customer number").fill(OTHER)
    person.press("Dry run")
    page.get_by_label("green").check()
    person.press("Dry run")
    assert f"recipient number {OTHER}" in person.text
    assert sent(house) == []
    person.press("Run")
    assert "Run this automation?" in person.text
    person.press("Run it")
    page.get_by_label("Please provide the customer number").fill(OTHER)
    person.press("Answer and go on")
    page.get_by_label("green").check()
    person.press("Answer and go on")
    ended(person)
    assert "The automation came to its end." in person.text
    assert sent(house) == [OTHER]
    person.press("Write a new one from it")
    expect(person.field(TEXT)).to_have_value(TO_ASK + ASK)
    person.go("/automations/runs")
    page.get_by_role("link", name=re.compile(r"^\w{4}-\w{4}$")).click()
    person.press("Remove this run")
    person.press("Remove the run")
    assert "was removed." in person.message
    assert "No runs yet" in person.text


def test_a_run_that_is_under_way_tells_how_it_goes_and_turns_into_its_end(anybody: Person, house: House) -> None:
    person = anybody
    at_the_editor(person)
    write(person, f"say 123\n{SEND}")
    person.press("Run")
    with held(house) as let_go:
        person.press("Run it")
        expect(person.page.locator("#progress li")).to_have_text(["123"])
        assert "Stop" in person.text
        let_go.set()
        expect(person.page.get_by_text("The automation came to its end.")).to_be_visible()
    assert sent(house) == [RECIPIENT]


def test_a_failed_step_is_tried_again_or_left_out_each_by_a_button(anybody: Person, house: House) -> None:
    person = anybody
    house.sandbox.faults.plant(Fault("error", method="POST", status=400, code=21610, message="no", times=2))
    run(person, SEND + SEND_OTHER)
    assert "Line 1: this step could not be done" in person.text
    person.press("Try again")
    ended(person)
    assert "Line 1: this step could not be done" in person.text
    person.press("Leave this step out and go on")
    ended(person)
    assert "The automation came to its end." in person.text
    assert "Sent or changed: 1" in person.text
    assert sent(house) == [RECIPIENT, RECIPIENT, OTHER]


# In another language


def test_the_pages_are_german_for_a_german_browser(person: Person, house: House) -> None:
    house.door.post("/settings", {"language": "de"})
    try:
        person.go("/automations")
        person.field("Was soll getan werden?").fill("say hello there\n")
        expect(person.page.locator("#summary")).to_have_text("In Zeile 1 muss etwas geändert werden.")
        person.go("/automations/runs")
        assert person.heading == "Läufe von Automationen"
    finally:
        house.door.post("/settings", {"language": "en"})
