"""Automations over saved connections: found by name in their environment, kept by a run, and opened only where they are used."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import tzinfo
from pathlib import Path

import pytest
from pydantic import SecretStr

from connection_stores import file_store
from connector_kit import ActionCall, Connector, InputError, load_connector
from connector_kit.connections import Environment, NoConnectionError, SavedConnection
from connector_kit.connections.book import ConnectionBook
from connector_kit.english import EnglishError
from connector_kit.english.automations import Automations
from connector_kit.english.running.outcomes import Done, Failed, Waiting
from connector_kit.english.running.run_sqlite import SQLiteRunJournal
from connector_kit.english.running.runs import Begin
from connector_kit.journal.sqlite import SQLiteJournal
from connector_kit.plugins import make_plugins
from support import NOW, RECIPIENT, Wire
from twilio_connector import plugin
from twilio_sandbox import Clock, Sandbox
from twilio_sandbox.seed import ACCOUNT_SID, OWN_NUMBER, account
from twilio_sandbox.transport import SandboxTransport

OTHER_SID = f"AC{2:032x}"
SEND = f'send an SMS message from "{OWN_NUMBER}" to "{RECIPIENT}" saying "Hi"\n'


@dataclasses.dataclass
class Desk:
    """Automations of somebody who saved connections to two accounts of one sandbox."""

    automations: Automations
    book: ConnectionBook
    sandbox: Sandbox
    loaded: list[Connector]

    def save(self, name: str, sid: str = ACCOUNT_SID, environment: Environment = "production") -> SavedConnection:
        """Save a connection to an account."""
        saved = SavedConnection(
            f"id-{name}-{environment}-{sid}", "twilio", "auth_token", environment, name, {"account_sid": sid}
        )
        return self.book.put(saved, {"auth_token": SecretStr(account().auth_token)})

    def begin(self, text: str, connection: str | None = None, environment: Environment = "production") -> str:
        """Write a new run down."""
        return self.automations.start(text, Begin(lambda: NOW, connection=connection, environment=environment))

    def sent(self, sid: str = ACCOUNT_SID) -> int:
        """Count the messages of an account."""
        return len(self.sandbox.store.all(sid))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk without any connection."""
    sandbox = Sandbox(Clock(NOW))
    for sid in (ACCOUNT_SID, OTHER_SID):
        sandbox.store.add_account(dataclasses.replace(account(), sid=sid))
    wire = Wire(SandboxTransport(sandbox), sandbox.clock)
    plugins = make_plugins([plugin, wire], entry_point_group=None)
    loaded: list[Connector] = []
    with (
        closing(ConnectionBook([file_store(tmp_path)])) as book,
        closing(SQLiteJournal(tmp_path / "sends.sqlite3")) as sends,
        closing(SQLiteRunJournal(tmp_path / "runs.sqlite3")) as runs,
    ):

        def load(zone: tzinfo) -> Mapping[str, Connector]:
            loaded.append(
                load_connector(
                    "twilio", plugins=plugins, timezone=zone, journal=sends, now=lambda: NOW, sleep=wire.wait
                )
            )
            return {"twilio": loaded[-1]}

        yield Desk(Automations(book, runs, load, lambda: NOW), book, sandbox, loaded)


def test_an_automation_uses_the_default_connection_unless_another_is_named(desk: Desk) -> None:
    desk.save("main")
    desk.save("second", OTHER_SID)
    assert isinstance(desk.automations.resume(desk.begin(SEND)), Done)
    assert (desk.sent(), desk.sent(OTHER_SID)) == (1, 0)
    assert isinstance(desk.automations.resume(desk.begin(SEND, "second")), Done)
    assert (desk.sent(), desk.sent(OTHER_SID)) == (1, 1)
    assert isinstance(desk.automations.resume(desk.begin('switch twilio to "second"\n' + SEND)), Done)
    assert (desk.sent(), desk.sent(OTHER_SID)) == (1, 2)


def test_a_run_keeps_its_accounts_also_if_the_default_changes_before_it_goes_on(desk: Desk) -> None:
    desk.save("main")
    second = desk.save("second", OTHER_SID)
    run_id = desk.begin(f'{SEND}ask "Again?"\n{SEND}')
    assert isinstance(desk.automations.resume(run_id), Waiting)
    desk.book.set_default(second.id)
    assert isinstance(desk.automations.resume(run_id, answers={"answer": "yes", "Again?": "yes"}), Done)
    assert (desk.sent(), desk.sent(OTHER_SID)) == (2, 0)


def test_a_run_stops_if_its_connection_is_gone_and_takes_no_other(desk: Desk) -> None:
    main = desk.save("main")
    run_id = desk.begin(f'{SEND}ask "Again?"\n{SEND}')
    desk.automations.resume(run_id)
    desk.book.delete(main.id)
    desk.save("main", OTHER_SID)
    outcome = desk.automations.resume(run_id, answers={"answer": "yes", "Again?": "yes"})
    assert isinstance(outcome, Failed)
    assert outcome.kind == NoConnectionError.code
    assert (desk.sent(), desk.sent(OTHER_SID)) == (1, 0)


def test_a_name_leads_to_no_connection_of_another_environment(desk: Desk) -> None:
    desk.save("main", environment="test")
    outcome = desk.automations.resume(desk.begin(SEND, "main"))
    assert isinstance(outcome, Failed)
    assert desk.sent() == 0
    assert isinstance(desk.automations.resume(desk.begin(SEND, "main", "test")), Done)
    assert desk.sent() == 1


def test_every_connector_of_a_run_is_closed_also_after_a_failure(desk: Desk) -> None:
    desk.automations.resume(desk.begin(SEND))
    desk.save("main")
    desk.automations.resume(desk.begin(SEND))
    with pytest.raises(EnglishError):
        desk.begin("send")
    assert len(desk.loaded) >= 4
    assert all(_is_closed(connector) for connector in desk.loaded)


def test_it_is_explained_with_the_names_of_the_connections(desk: Desk) -> None:
    begin = Begin(lambda: NOW)
    assert "the default connection of" in "\n".join(desk.automations.explain(SEND, begin))
    desk.save("main")
    assert 'the default connection, "main",' in "\n".join(desk.automations.explain(SEND, begin))
    named = dataclasses.replace(begin, connection="second")
    assert 'the connection "second"' in "\n".join(desk.automations.explain(SEND, named))


def test_a_dry_run_sends_nothing_and_leaves_no_run(desk: Desk) -> None:
    desk.save("main")
    outcome = desk.automations.dry_run(SEND, Begin(lambda: NOW))
    assert isinstance(outcome, Done)
    assert len(outcome.planned) == 1
    assert desk.sent() == 0
    assert desk.automations.journal.runs() == []


def _is_closed(connector: Connector) -> bool:
    try:
        connector.run(ActionCall("read_sms_messages"))
    except InputError:
        return True
    return False
