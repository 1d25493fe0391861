"""Every state that a page can be in, each as a way to get there, for tests that look at all of them and for the pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page

from twilio_sandbox import Fault
from ui_automation_states import AUTOMATION_STATES
from ui_checks import new_draft
from ui_house import ACME, KEY, KEY_SECRET, SALES, TESTER, TOKENS, TRIAL, secret
from ui_person import API_KEY, Person

LONG_NAME = "Support of the second shift in Wanne-Eickel (Germany, night)"


def integrations(person: Person) -> None:
    """Explore integrations."""
    person.go("/")


def searched_in_vain(person: Person) -> None:
    """A search that finds nothing."""
    person.go("/?q=fax")


def connect(person: Person) -> None:
    """The empty form."""
    person.form()


def connect_by_key(person: Person) -> None:
    """The empty form of the other method, with its options open."""
    person.form(API_KEY)
    person.page.get_by_text("More options").click()


def one_error(person: Person) -> None:
    """An API key where the account belongs."""
    person.form()
    person.enter(Account_SID=KEY, Auth_Token=TOKENS[ACME])
    person.press("Connect")


def several_errors(person: Person) -> None:
    """Everything is missing."""
    person.form()
    person.press("Connect")


def rejected(person: Person) -> None:
    """Credentials that are not accepted."""
    person.connect(token=secret("wrong"))


def unreachable(person: Person) -> None:
    """An outage of the service."""
    person.house.sandbox.faults.plant(Fault("drop_before", times=9))
    person.connect()


def duplicate(person: Person) -> None:
    """A name that is taken."""
    person.connect()
    person.connect(SALES, name="Default")


def refused_in_production(person: Person) -> None:
    """Test credentials for Production."""
    person.connect(TESTER)


def empty_list(person: Person) -> None:
    """No connections."""
    person.go("/connections")


def just_connected(person: Person) -> None:
    """The list after a success, with a notice."""
    person.connect(TRIAL)


def full_list(person: Person) -> None:
    """Connections of every status, in both environments, and none that is the default."""
    person.connect(ACME, name="Support")
    person.connect(SALES, name=LONG_NAME)
    person.connect(TRIAL, name="Trying it out")
    person.connect(TESTER, name="Rehearsal", environment="test")
    person.house.sandbox.faults.plant(Fault("drop_before", times=9))
    person.form(API_KEY)
    person.enter(Account_SID=ACME, API_Key_SID=KEY, API_Key_Secret=KEY_SECRET, Name_of_this_connection="Later")
    person.press("Connect")
    person.press("Save without checking")
    person.house.sandbox.faults.clear()
    person.house.account(TRIAL).auth_token = secret("changed")
    person.act("Check now", "Trying it out")


def no_default(person: Person) -> None:
    """A list whose default was deleted."""
    person.connect(name="first")
    person.connect(SALES, name="second")
    person.act("Delete", "first")
    person.press("Delete connection")


def not_checked_now(person: Person) -> None:
    """The list after a check that got no answer."""
    person.connect()
    person.house.sandbox.faults.plant(Fault("drop_before", times=9))
    person.act("Check now", "default")


def edit(person: Person) -> None:
    """The form of a saved connection."""
    person.connect()
    person.act("Edit", "default")


def another_account(person: Person) -> None:
    """An edit that would take the secret to another account."""
    edit(person)
    person.save(Account_SID=SALES)


def changed_elsewhere(person: Person) -> None:
    """An edit of what was changed in another window."""
    edit(person)
    (id_,) = person.house.door.connections()
    form = {"name": "other", "f-account_sid": ACME, "rev": "1", "draft": new_draft()}
    assert person.house.door.post(f"/connections/{id_}/edit", form).status_code == 303
    person.save(Name_of_this_connection="mine")


def delete(person: Person) -> None:
    """The question before a deletion."""
    person.connect()
    person.act("Delete", "default")


def settings(person: Person) -> None:
    """The settings."""
    person.go("/settings")


def not_here(person: Person) -> None:
    """A page that does not exist."""
    person.go("/connections/nobody/edit")


def used_up_link(person: Person) -> None:
    """The link, followed a second time."""
    person.page.goto(person.house.ui.link)


def damaged(person: Person) -> None:
    """A store that cannot be read; what was there is put back at once."""
    person.connect()
    with spoiled(person.house.store):
        person.go("/connections")


@contextmanager
def spoiled(path: Path) -> Iterator[None]:
    """Keep a file damaged for a while."""
    before = path.read_bytes()
    path.write_bytes(b"This is no database. " * 400)
    try:
        yield
    finally:
        path.write_bytes(before)


State = Callable[[Person], None]
STATES: dict[str, State] = {
    state.__name__: state
    for state in (
        integrations,
        searched_in_vain,
        connect,
        connect_by_key,
        one_error,
        several_errors,
        rejected,
        unreachable,
        duplicate,
        refused_in_production,
        empty_list,
        just_connected,
        full_list,
        no_default,
        not_checked_now,
        edit,
        another_account,
        changed_elsewhere,
        delete,
        settings,
        not_here,
        used_up_link,
        damaged,
    )
} | AUTOMATION_STATES


@dataclass(frozen=True)
class Look:
    """A way to look at a page: what the system asks for, and how wide the window is."""

    color_scheme: Literal["light", "dark"] = "light"
    forced_colors: Literal["none", "active"] = "none"
    width: int = 1280

    def at(self, page: Page) -> None:
        """Look at a page in this way."""
        page.emulate_media(color_scheme=self.color_scheme, forced_colors=self.forced_colors)
        page.set_viewport_size({"width": self.width, "height": 900})


# 400 % of a window that is 1280 wide leaves 320.
LOOKS = {
    "light": Look(),
    "dark": Look("dark"),
    "forced colours": Look(forced_colors="active"),
    "320 px": Look(width=320),
    "320 px, dark": Look("dark", width=320),
}
