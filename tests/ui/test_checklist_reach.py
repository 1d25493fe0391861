"""The acceptance checklist in a real browser: keyboard, small and enlarged pages, colours, and where faults are marked.

Points 3, 4, 5 and 7 of the list in the docstring of ``test_checklist_covers``.
"""

from __future__ import annotations

import pytest

from ui_house import ACME, KEY, TOKENS, House
from ui_person import Person
from ui_states import LOOKS, STATES

# Everything that can be pressed or typed into, as [what it is, width, height]; a label is part of its box or circle.
_TARGETS = """() => Array.from(document.querySelectorAll("a, button, input:not([type=hidden]), select, textarea, summary"))
    .filter(it => it.checkVisibility() && !it.classList.contains("skip"))
    .map(it => ["radio", "checkbox"].includes(it.type) ? it.closest("label") : it)
    .map(it => [it.outerHTML.slice(0, 120), it.getBoundingClientRect().width, it.getBoundingClientRect().height])"""
# How much the outline of what has the focus differs from what is around it, and whether it is in view.
_FOCUS = """() => {
    const it = document.activeElement, style = getComputedStyle(it), box = it.getBoundingClientRect();
    return {
        name: (it.id || it.textContent).trim(),
        visible: it.matches(":focus-visible") && style.outlineStyle != "none" && parseFloat(style.outlineWidth) >= 2,
        inView: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
        top: box.top + scrollY,
    };
}"""
_COLOURS = """selector => {
    const it = getComputedStyle(document.querySelector(selector));
    return [it.color, it.backgroundColor, it.borderTopColor].map(text => text.match(/\\d+/g).slice(0, 3).map(Number));
}"""


def luminance(colour: list[int]) -> float:
    """Return how light a colour is, as WCAG measures it."""
    parts = [value / 255 for value in colour]
    red, green, blue = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: list[int], other: list[int]) -> float:
    """Return the contrast of two colours, as WCAG measures it."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def walked(person: Person, stop: str) -> list[str]:
    """Press Tab until this has the focus; return everything that had it, each seen and none above the one before."""
    names: list[str] = []
    top = 0.0
    while not names or names[-1] != stop:
        person.page.keyboard.press("Tab")
        at = person.page.evaluate(_FOCUS)
        names.append(" ".join(at["name"].split()))
        assert at["visible"], f"{names[-1]}: the focus is not to be seen"
        assert at["inView"], f"{names[-1]} has the focus out of view"
        assert at["top"] >= top - 45, f"{names[-1]} comes after what stands below it"
        assert len(names) < 40, names
        top = at["top"]
    return names


def typed(person: Person, text: str) -> None:
    person.page.keyboard.type(text)


def entered(person: Person) -> None:
    with person.page.expect_navigation():
        person.page.keyboard.press("Enter")


def test_a_connection_is_made_changed_and_deleted_with_the_keyboard_alone(person: Person, house: House) -> None:
    """Point 3."""
    person.go()
    walked(person, "Connect Twilio")
    entered(person)
    assert person.focus == "f-account_sid", "the first field waits for the person"
    typed(person, ACME)
    assert walked(person, "f-auth_token") == ["f-auth_token"]
    typed(person, TOKENS[ACME])
    entered(person)
    assert "“default” is connected." in person.focus, "what happened has the focus"
    names = walked(person, "Edit \N{EN DASH} default")
    assert names == [
        "Try it",
        "Add a connection",
        "Try it \N{EN DASH} default",
        "Edit \N{EN DASH} default",
    ]
    entered(person)
    order = walked(person, "Save changes")
    assert order == ["f-auth_token", "Show Auth Token", "More options", "name", "Save changes"]
    entered(person)
    walked(person, "Delete \N{EN DASH} default")
    entered(person)
    walked(person, "Delete connection")
    entered(person)
    assert house.saved == []


def test_the_tab_key_walks_through_the_form_in_the_order_that_is_seen(person: Person) -> None:
    """Point 3."""
    person.form()
    order = walked(person, "Cancel")
    assert order[:4] == ["f-auth_token", "Show Auth Token", "More options", "name"]
    assert order[-2:] == ["Connect", "Cancel"]
    assert person.page.locator("[tabindex]:not([tabindex='-1'])").count() == 0
    person.go("/connections")
    assert walked(person, "Skip to the content") == ["Skip to the content"]
    person.page.keyboard.press("Enter")
    assert walked(person, "Add a connection") == ["Add a connection"]


def test_what_was_typed_can_be_looked_at_and_is_hidden_again_when_it_is_sent(person: Person) -> None:
    """Point 3."""
    person.form()
    person.enter(Account_SID=KEY, Auth_Token="seen by me alone")
    token = person.field("Auth Token")
    show = person.page.get_by_role("button", name="Show Auth Token")
    show.press("Enter")
    assert token.get_attribute("type") == "text"
    person.page.evaluate(
        "addEventListener('beforeunload', () => window.name = document.getElementById('f-auth_token').type)"
    )
    person.press("Connect")
    assert person.page.evaluate("window.name") == "password", "a browser offers to remember text fields"


@pytest.mark.parametrize("state", STATES)
def test_a_narrow_window_needs_no_sideways_scrolling_and_has_large_targets(person: Person, state: str) -> None:
    """Point 4: 320 pixels wide, which is also a window of 1280 pixels at 400 %."""
    STATES[state](person)
    LOOKS["320 px"].at(person.page)
    wide, window = person.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide <= window == 320
    for width in (320, 1280):
        person.page.set_viewport_size({"width": width, "height": 256})
        small = [target for target in person.page.evaluate(_TARGETS) if target[1] < 24 or target[2] < 24]
        assert small == []


def test_headings_are_not_broken_inside_a_word(person: Person) -> None:
    """Point 4: at 320 pixels a word of ours fits into a line."""
    for state in ("integrations", "edit", "delete", "settings", "empty_list"):
        STATES[state](person)
        LOOKS["320 px"].at(person.page)
        broken = person.page.evaluate(
            """() => Array.from(document.querySelectorAll("h1, h2, h3, .button, button, nav a")).flatMap(it => {
                const walker = document.createTreeWalker(it, NodeFilter.SHOW_TEXT), words = [];
                for (let node; node = walker.nextNode();)
                    for (const word of node.data.matchAll(/\\S+/g)) {
                        const range = document.createRange();
                        range.setStart(node, word.index);
                        range.setEnd(node, word.index + word[0].length);
                        const lines = new Set(Array.from(range.getClientRects(), box => Math.round(box.top)));
                        if (lines.size > 1) words.push(word[0]);
                    }
                return words;
            })"""
        )
        assert broken == [], state


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_follow_the_system_and_can_be_told_apart(person: Person, scheme: str) -> None:
    """Point 5: text 4.5 to 1, the edges of fields 3 to 1; axe-core looks at every text in ``test_accessibility``."""
    STATES["one_error"](person)
    LOOKS[scheme].at(person.page)
    text, page, _ = person.page.evaluate(_COLOURS, "body")
    assert (luminance(page) < 0.2) == (scheme == "dark")
    assert contrast(text, page) >= 7
    _, paper, _ = person.page.evaluate(_COLOURS, "form.card")
    for field in ("#name", "#f-account_sid", "#f-auth_token"):
        ink, background, edge = person.page.evaluate(_COLOURS, field)
        assert contrast(ink, background) >= 4.5
        assert contrast(edge, paper) >= 3
    error, _, _ = person.page.evaluate(_COLOURS, ".error")
    assert contrast(error, paper) >= 4.5


def test_forced_colours_are_the_systems(person: Person) -> None:
    """Point 5."""
    STATES["full_list"](person)
    LOOKS["forced colours"].at(person.page)
    kept = person.page.evaluate(
        "Array.from(document.querySelectorAll('*')).filter(it => getComputedStyle(it).forcedColorAdjust != 'auto'"
        " && !it.closest('svg')).length"
    )
    assert kept == 0
    # What is a surface in other looks needs an edge here.
    bare = person.page.evaluate(
        "Array.from(document.querySelectorAll('main button, main .button, .card, .panel, .tag'))"
        ".filter(it => it.checkVisibility() && !parseFloat(getComputedStyle(it).borderTopWidth)).length"
    )
    assert bare == 0
    current = person.page.locator("nav a[aria-current=page]")
    other = person.page.locator("nav a:not([aria-current])").first
    edge = "it => getComputedStyle(it).borderBottomColor"
    assert current.evaluate(edge) != other.evaluate(edge), "where one is must not be told by a forced colour"


def test_a_single_fault_has_the_focus(person: Person) -> None:
    """Point 7."""
    for label, fill, id_ in (
        ("Account SID", {"Account_SID": KEY}, "f-account_sid"),
        ("Auth Token", {"Auth_Token": "short"}, "f-auth_token"),
        ("Name of this connection", {"Name_of_this_connection": " "}, "name"),
    ):
        person.form()
        person.enter(**{"Account_SID": ACME, "Auth_Token": TOKENS[ACME], **fill})
        person.press("Connect")
        assert person.focus == id_
        assert person.page.title() == "Error: Connect Twilio \N{EN DASH} Connector"
        assert person.error(label)
        assert person.page.locator("[aria-invalid=true]").count() == 1


def test_several_faults_have_a_summary_with_the_focus_that_leads_to_each(person: Person) -> None:
    """Point 7."""
    STATES["several_errors"](person)
    assert person.focus == "summary"
    assert person.page.title().startswith("Error: ")
    links = person.page.locator("#summary a")
    labels = ("Account SID", "Auth Token")
    assert links.count() == len(labels)
    for link, label, id_ in zip(links.all(), labels, ("f-account_sid", "f-auth_token"), strict=True):
        assert link.inner_text() == person.error(label)
        link.press("Enter")
        assert person.focus == id_


def test_a_fault_in_the_options_opens_them(person: Person) -> None:
    """Point 7: a fault that is folded away is not seen."""
    person.form()
    person.enter(Account_SID=ACME, Auth_Token=TOKENS[ACME])
    person.page.get_by_text("More options").click()
    person.field("Region (optional)").fill("Ireland")
    person.press("Connect")
    assert person.focus == "f-region"
    assert person.field("Region (optional)").is_visible()
    assert "is not a region" in person.error("Region (optional)")


def test_a_rejection_has_the_focus_and_marks_what_may_be_wrong(person: Person) -> None:
    """Point 7."""
    STATES["rejected"](person)
    assert person.focus == "summary"
    assert person.page.title().startswith("Error: ")
    assert person.page.locator("[aria-invalid=true]").count() == 2
