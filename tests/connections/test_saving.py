"""What a person filled in is checked, tried out and saved, or not saved at all; every host says the same about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import toy_connector
from connector_kit import (
    Connector,
    CredentialsError,
    FieldSpec,
    InputError,
    UnavailableError,
    load_connector,
    make_plugins,
)
from connector_kit.connections import DuplicateNameError, SavedConnection, StaleError
from connector_kit.connections.book import ConnectionBook
from connector_kit.connections.opening import default_store
from connector_kit.connections.saving import Saved, Wanted, recheck, save
from support import NOW, Wire
from twilio_connector import plugin
from twilio_sandbox import Account, Clock, Fault, Sandbox, SandboxTransport
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN, account

OTHER_SID, OTHER_TOKEN = f"AC{2:032x}", "the-token-of-another"
GOOD = {"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN}


@pytest.fixture
def sandbox() -> Sandbox:
    """Two accounts."""
    sandbox = Sandbox(Clock(NOW))
    sandbox.store.add_account(account())
    sandbox.store.add_account(replace(account(), sid=OTHER_SID, auth_token=OTHER_TOKEN, friendly_name="Second"))
    return sandbox


@pytest.fixture
def demo(sandbox: Sandbox) -> Account:
    """The demo account itself, to be changed."""
    found = sandbox.store.account(ACCOUNT_SID)
    assert found is not None
    return found


@pytest.fixture
def connector(sandbox: Sandbox) -> Connector:
    """The connector whose Twilio is the sandbox."""
    wire = Wire(SandboxTransport(sandbox), sandbox.clock)
    return load_connector("twilio", plugins=make_plugins([plugin, wire], entry_point_group=None))


@pytest.fixture
def book() -> Iterator[ConnectionBook]:
    """A book of this test alone."""
    book = ConnectionBook([default_store()])
    yield book
    book.close()


class Desk:
    """Save things at a time that stands still."""

    def __init__(self, book: ConnectionBook, connector: Connector) -> None:
        self.book, self.connector, self.moment = book, connector, NOW

    def now(self) -> datetime:
        return self.moment

    def save(self, values: dict[str, Any], name: str = "default", **settings: Any) -> Saved:
        method, environment = settings.pop("method", "auth_token"), settings.pop("environment", "test")
        wanted = Wanted(method, environment, name, values, settings.pop("base_url", None))
        return save(self.book, self.connector, wanted, now=self.now, **settings)

    def first(self) -> SavedConnection:
        (one,) = self.save(GOOD).connections
        return one


@pytest.fixture
def desk(book: ConnectionBook, connector: Connector) -> Desk:
    return Desk(book, connector)


def test_a_good_connection_is_saved_with_what_the_check_learned(desk: Desk) -> None:
    (one,) = desk.save(GOOD).connections
    assert (one.status, one.account, one.checked_at, one.secret_at) == ("connected", "Sandbox", NOW, NOW)
    assert (one.connector, one.version, one.is_default) == ("twilio", "2.0.1", True)
    assert dict(one.public) == {"account_sid": ACCOUNT_SID}
    opened = desk.book.connection(one)
    assert opened.secret("auth_token").get_secret_value() == AUTH_TOKEN


def test_rejected_credentials_are_not_saved(desk: Desk) -> None:
    with pytest.raises(CredentialsError):
        desk.save({**GOOD, "auth_token": "not-the-token-of-it"})
    assert desk.book.list() == []


def test_what_twilio_could_not_be_asked_about_is_saved_only_where_the_person_wants_it(
    desk: Desk, sandbox: Sandbox
) -> None:
    sandbox.faults.plant(Fault("server_error", status=503))
    with pytest.raises(UnavailableError):
        desk.save(GOOD)
    assert desk.book.list() == []
    (one,) = desk.save(GOOD, check=False).connections
    assert (one.status, one.checked_at) == ("unchecked", None)


def test_every_fault_in_the_fields_is_told_at_once_and_nothing_is_asked(desk: Desk, sandbox: Sandbox) -> None:
    with pytest.raises(InputError) as caught:
        desk.save({"account_sid": "AC1", "region": "Ireland"})
    assert {problem.path for problem in caught.value.problems} == {"account_sid", "auth_token", "region"}
    assert sandbox.requests == []


@pytest.mark.parametrize(
    ("name", "says"), [("  ", "is empty"), ("x" * 61, "is too long"), ("a\u202eb", "cannot be seen")]
)
def test_a_name_must_be_one(desk: Desk, sandbox: Sandbox, name: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        desk.save(GOOD, name)
    assert [(problem.path, says in problem.message) for problem in caught.value.problems] == [("name", True)]
    assert sandbox.requests == []


@pytest.mark.parametrize(
    "name", ["Team \U0001f469\u200d\U0001f469\u200d\U0001f467", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"]
)
def test_a_name_is_written_as_people_write(desk: Desk, name: str) -> None:
    """A family of emoji and a Persian word hold characters that join others; alone or at an end nobody would see them."""
    (one,) = desk.save(GOOD, name).connections
    assert one.name == name
    for hidden in ("\u200d", f"{name}\u200d", "a \u200c b"):
        with pytest.raises(InputError):
            desk.save(GOOD, hidden, environment="production")


def test_an_empty_name_hides_no_other_fault(desk: Desk) -> None:
    with pytest.raises(InputError) as caught:
        desk.save({"account_sid": "AC1"}, " ")
    assert {problem.path for problem in caught.value.problems} == {"name", "auth_token", "account_sid"}


def test_a_secret_is_not_taken_for_a_name(desk: Desk, sandbox: Sandbox) -> None:
    with pytest.raises(InputError) as caught:
        desk.save(GOOD, "0123456789abcdef" * 2)
    assert [(problem.path, problem.clear) for problem in caught.value.problems] == [("name", True)]
    assert sandbox.requests == []


@pytest.mark.parametrize("name", ["DEFAULT", " default ", "\uff44\uff45\uff46\uff41\uff55\uff4c\uff54"])
def test_a_name_that_is_taken_is_refused_before_twilio_is_asked(desk: Desk, sandbox: Sandbox, name: str) -> None:
    desk.first()
    sandbox.requests.clear()
    with pytest.raises(DuplicateNameError) as caught:
        desk.save(GOOD, name)
    assert [problem.path for problem in caught.value.problems] == ["name"]
    assert sandbox.requests == []
    assert len(desk.save(GOOD, name, environment="production").connections) == 1


def test_test_credentials_are_fine_in_test_and_refused_in_production(desk: Desk, demo: Account) -> None:
    demo.test = True
    (one,) = desk.save(GOOD).connections
    assert one.detail is not None
    assert "test credentials" in one.detail
    for settings in ({"environment": "production"}, {"both": True, "name": "both"}):
        with pytest.raises(CredentialsError, match="cannot be used in Production"):
            desk.save(GOOD, **settings)
    assert desk.book.list() == [one]


def test_the_same_credentials_for_test_and_production_are_two_connections_and_one_check(
    desk: Desk, sandbox: Sandbox
) -> None:
    saved = desk.save(GOOD, both=True).connections
    assert [(one.environment, one.is_default) for one in saved] == [("production", True), ("test", True)]
    assert len([r for r in sandbox.requests if r.path.endswith("Messages.json")]) == 1


def test_both_are_saved_or_none(desk: Desk) -> None:
    one = desk.first()
    with pytest.raises(DuplicateNameError):
        desk.save(GOOD, both=True)
    assert desk.book.list() == [one]


def test_a_mere_rename_asks_nobody_and_works_while_the_account_is_rejected(
    desk: Desk, sandbox: Sandbox, demo: Account
) -> None:
    one = desk.first()
    demo.auth_token = OTHER_TOKEN[::-1]
    one = recheck(desk.book, desk.connector, one, now=desk.now)
    assert one.status == "attention"
    sandbox.requests.clear()
    (renamed,) = desk.save({"account_sid": ACCOUNT_SID}, "Acme", existing=one).connections
    assert (renamed.name, renamed.status, renamed.id, renamed.secret_at) == ("Acme", "attention", one.id, NOW)
    assert sandbox.requests == []
    assert desk.book.connection(renamed).secret("auth_token").get_secret_value() == AUTH_TOKEN


def test_a_blank_secret_keeps_the_saved_one(desk: Desk) -> None:
    one = desk.first()
    desk.moment += timedelta(days=1)
    values = {"account_sid": ACCOUNT_SID, "auth_token": "", "default_country": "NL"}
    (changed,) = desk.save(values, existing=one).connections
    assert desk.book.connection(changed).secret("auth_token").get_secret_value() == AUTH_TOKEN
    assert (changed.public["default_country"], changed.secret_at, changed.checked_at) == ("NL", NOW, desk.moment)


@pytest.mark.parametrize(
    "changes",
    [{"account_sid": OTHER_SID}, {"region": "ie1"}, {"base_url": "http://127.0.0.1:9"}],
    ids=lambda changes: next(iter(changes)),
)
def test_a_secret_is_never_sent_to_another_account_or_place_than_it_was_saved_for(
    desk: Desk, sandbox: Sandbox, changes: dict[str, str]
) -> None:
    one = desk.first()
    sandbox.requests.clear()
    base_url = changes.pop("base_url", None)
    with pytest.raises(InputError, match="is needed again") as caught:
        desk.save({"account_sid": ACCOUNT_SID, **changes}, existing=one, base_url=base_url)
    assert [problem.path for problem in caught.value.problems] == ["auth_token"]
    assert sandbox.requests == []


def test_another_account_with_its_own_token_is_saved(desk: Desk) -> None:
    one = desk.first()
    desk.moment += timedelta(days=1)
    (changed,) = desk.save({"account_sid": OTHER_SID, "auth_token": OTHER_TOKEN}, existing=one).connections
    assert (changed.account, changed.secret_at, changed.id) == ("Second", desk.moment, one.id)


def test_a_change_in_another_window_is_not_overwritten(desk: Desk, sandbox: Sandbox) -> None:
    one = desk.first()
    desk.save({"account_sid": ACCOUNT_SID}, "Acme", existing=one)
    sandbox.requests.clear()
    with pytest.raises(StaleError):
        desk.save({"account_sid": ACCOUNT_SID}, "Other", existing=one)
    assert [found.name for found in desk.book.list()] == ["Acme"]
    assert sandbox.requests == []


def test_a_later_revocation_is_noticed_and_an_outage_is_none(desk: Desk, sandbox: Sandbox, demo: Account) -> None:
    one = desk.first()
    sandbox.faults.plant(Fault("drop_before"))
    with pytest.raises(UnavailableError):
        recheck(desk.book, desk.connector, one, now=desk.now)
    assert desk.book.get(one.id).status == "connected"
    demo.auth_token = OTHER_TOKEN[::-1]
    assert recheck(desk.book, desk.connector, one, now=desk.now).status == "attention"
    assert desk.book.get(one.id).status == "attention"


def test_what_is_saved_or_refused_never_shows_a_secret(desk: Desk) -> None:
    saved = desk.save(GOOD)
    shown = [repr(saved), repr(Wanted("auth_token", "test", "x", GOOD))]
    with pytest.raises(CredentialsError) as caught:
        desk.save({**GOOD, "auth_token": OTHER_TOKEN}, "second")
    shown += [str(caught.value), repr(caught.value.to_json())]
    assert not any(secret in text for text in shown for secret in (AUTH_TOKEN, OTHER_TOKEN))


def test_a_connector_that_knows_nothing_of_test_credentials_is_saved_alike(
    book: ConnectionBook, toy: Connector
) -> None:
    wanted = Wanted("notebook", "production", "mine", {"owner": "Ana", "pin": "1234"})
    (one,) = save(book, toy, wanted, now=lambda: datetime.now(UTC)).connections
    assert (one.connector, one.account, dict(one.public)) == ("toy", "Ana", {"owner": "Ana"})
    with pytest.raises(CredentialsError, match="pin is wrong"):
        save(book, toy, replace(wanted, name="other", values={"owner": "Ana", "pin": "0000"}), now=lambda: NOW)


@pytest.fixture
def two_secrets(toy: Connector) -> Connector:
    """The toy with a second, optional secret."""
    method = toy.manifest.connection[0]
    puk = FieldSpec.model_validate({"id": "puk", "description": "Another.", "type": "optional[sensitive]"})
    owner = method.fields[0].model_copy(update={"identity": True})
    fields = (owner, *method.fields[1:], puk)
    changed = toy.manifest.model_copy(update={"connection": (method.model_copy(update={"fields": fields}),)})
    return Connector(changed, make_plugins([toy_connector], entry_point_group=None))


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({"pin": "new-pin"}, {"pin": "new-pin", "puk": "old-puk"}),
        ({"puk": "new-puk"}, {"pin": "old-pin", "puk": "new-puk"}),
        ({}, {"pin": "old-pin", "puk": "old-puk"}),
        ({"owner": "Eve", "pin": "eves-pin"}, {"pin": "eves-pin"}),
    ],
    ids=["one", "the other", "none", "another owner"],
)
def test_what_is_typed_counts_what_is_blank_stays_and_nothing_moves_to_another_account(
    book: ConnectionBook, two_secrets: Connector, changes: dict[str, str], kept: dict[str, str]
) -> None:
    wanted = Wanted("notebook", "test", "mine", {"owner": "Ana", "pin": "old-pin", "puk": "old-puk"})
    (one,) = save(book, two_secrets, wanted, now=lambda: NOW).connections
    changed = replace(wanted, name="theirs", values={"owner": "Ana", **changes})
    (two,) = save(book, two_secrets, changed, now=lambda: NOW, existing=one).connections
    opened = book.connection(two)
    assert {name: opened.secret(name).get_secret_value() for name in ("pin", "puk") if opened.get(name)} == kept


def test_nothing_half_is_left_by_an_interrupt(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    put = ConnectionBook.put

    def interrupted(book: ConnectionBook, saved: SavedConnection, secrets: Any = None) -> SavedConnection:
        if saved.environment == "test":
            raise KeyboardInterrupt
        return put(book, saved, secrets)

    monkeypatch.setattr(ConnectionBook, "put", interrupted)
    with pytest.raises(KeyboardInterrupt):
        desk.save(GOOD, both=True)
    assert desk.book.list() == []
