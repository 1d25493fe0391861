"""What the pages of automations can look like, each as a way to get there in a browser."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing

from connector_kit.journal.owners import new_owner
from support import RECIPIENT
from twilio_sandbox import Fault
from twilio_sandbox.seed import OWN_NUMBER
from ui_house import ACME
from ui_person import Person

TEXT = "What should be done?"
SEND = f'send an SMS message from "{OWN_NUMBER}" to "{RECIPIENT}" saying "Your order has left the warehouse."\n'
ASK = 'ask "Which one?" as the choice\n  the choices are "red", "green"\n'
TO_ASK = f'send an SMS message from "{OWN_NUMBER}" to the customer number saying "Hello"\n'
LONG = f"""read the first 20 sms messages whose status is "undelivered" and whose recipient number is not "{RECIPIENT}"
process each sms message as follows
  if the sms message's error code is 30005 then
    combine "Not delivered to ", the sms message's recipient number and ": number unknown" as the report
    {SEND.replace('"Your order has left the warehouse."', "the report")}"""
WRONG = f'say hello there\n{SEND}sennd an SMS mesage to "{RECIPIENT}"\n'


def at_the_editor(person: Person, environment: str = "test") -> None:
    """Save a connection and open the editor."""
    person.house.account(ACME).numbers.add(OWN_NUMBER)
    person.connect(environment=environment)
    person.go("/automations")


def write(person: Person, text: str) -> None:
    """Put a text into the editor."""
    person.field(TEXT).fill(text)


def run(person: Person, text: str) -> None:
    """Run a text that sends, in Test, and wait until the run has ended."""
    at_the_editor(person)
    write(person, text)
    person.press("Run")
    person.press("Run it")
    ended(person)


def ended(person: Person) -> None:
    """Wait until the run that is looked at is not under way."""
    person.page.wait_for_url(re.compile(r"/automations/runs/[^/]+$"))
    person.page.locator("#state:not(:has(#progress))").wait_for()


def editor(person: Person) -> None:
    """The empty editor, with the examples open."""
    at_the_editor(person)
    person.page.get_by_text("Examples", exact=True).click()


def without_connections(person: Person) -> None:
    """The editor before a connection is saved."""
    person.go("/automations")


def marked(person: Person) -> None:
    """Marks under what is wrong, while somebody types."""
    at_the_editor(person)
    write(person, WRONG)
    person.page.locator(".marks .problem").first.wait_for()


def checked(person: Person) -> None:
    """The same after the button."""
    at_the_editor(person)
    write(person, WRONG)
    person.press("Check")


def will_ask(person: Person) -> None:
    """What is asked before the first step."""
    at_the_editor(person)
    write(person, TO_ASK)
    person.press("Check")


def explained(person: Person) -> None:
    """Blocks in blocks, explained."""
    at_the_editor(person)
    write(person, LONG)
    person.press("Explain")


def rehearsed(person: Person) -> None:
    """A dry run that has come to a question."""
    at_the_editor(person)
    write(person, f"{SEND}say 1\n{ASK}")
    person.press("Dry run")


def to_confirm(person: Person) -> None:
    """The question before a run."""
    at_the_editor(person, "production")
    write(person, LONG)
    person.press("Run")


def not_sure(person: Person) -> None:
    """The same without the second step."""
    to_confirm(person)
    person.press("Run it")


def anew(person: Person) -> None:
    """The same where a run of the text is not done, without the box for that."""
    waiting(person)
    person.go("/automations")
    write(person, SEND + ASK)
    person.press("Run")
    person.press("Run it")
    assert "Tick this box" in person.text


def waiting(person: Person) -> None:
    """A run that asks, with choices."""
    run(person, SEND + ASK)


def asked_first(person: Person) -> None:
    """A run that asks for a text and a number before its first step."""
    run(person, f'{TO_ASK}if the price > 3 then\n  say "A lot"\n')


def failed(person: Person) -> None:
    """A run that stopped at a step."""
    person.house.sandbox.faults.plant(Fault("error", method="POST", status=400, code=21610, message="no"))
    run(person, f'say "Ready"\n{SEND}')
    assert "this step could not be done" in person.text


def unknown(person: Person) -> None:
    """A run that stopped at a send of which nobody knows how it ended."""
    at_the_editor(person)
    person.house.sandbox.faults.plant(Fault("drop_after", method="POST"))
    person.house.sandbox.faults.plant(Fault("error", method="GET", status=400, code=20001, message="no", times=99))
    write(person, SEND)
    person.press("Run")
    person.press("Run it")
    ended(person)
    person.house.sandbox.faults.clear()
    assert "it may have been done, or not" in person.text


def under_way(person: Person) -> None:
    """A run that another process, which is this one, carries out."""
    run(person, f"{SEND}say 1\n{ASK}")
    with closing(sqlite3.connect(person.house.runs)) as file, file:
        file.execute("UPDATE run SET state = 'running', owner = ?", (new_owner(),))
    person.page.reload()
    assert "It is being carried out right now." in person.text


def done(person: Person) -> None:
    """A run that came to its end."""
    run(person, f'{SEND}say "Ready"\n')


def history(person: Person) -> None:
    """Runs of several states."""
    failed(person)
    for text in (ASK, "say 1\n"):
        person.go("/automations")
        write(person, text)
        person.press("Run")
        ended(person)
    person.go("/automations/runs")


def no_history(person: Person) -> None:
    """No runs."""
    person.go("/automations/runs")


def removing(person: Person) -> None:
    """The question before a run is removed."""
    waiting(person)
    person.press("Remove this run")


AUTOMATION_STATES: dict[str, Callable[[Person], None]] = {
    f"automation {state.__name__}": state
    for state in (
        editor,
        without_connections,
        marked,
        checked,
        will_ask,
        explained,
        rehearsed,
        to_confirm,
        not_sure,
        anew,
        waiting,
        asked_first,
        failed,
        unknown,
        under_way,
        done,
        history,
        no_history,
        removing,
    )
}
