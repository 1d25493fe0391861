"""The journal in PostgreSQL keeps the contract, and says what to do when its database cannot be used."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from connector_kit.journal import NOTHING_SENT, STAYS_SENT, JournalError, digest
from journals import CONTENT, KEY, NOW, JournalContract, begun
from processes import at_once

if TYPE_CHECKING:  # pytest itself imports the fixtures below; the journal needs an extra
    from connector_kit.journal.postgres import PostgresJournal
    from postgres import Database

pytest_plugins = ["postgres"]
SOON = 0.05


def opened(url: str, wait: float = SOON) -> PostgresJournal:
    for module in ("sqlalchemy", "psycopg"):
        pytest.importorskip(module, reason="it comes with the extra postgres")
    from connector_kit.journal.postgres import PostgresJournal

    return PostgresJournal(url, wait=wait)


@pytest.fixture
def journal(database: Database) -> Iterator[PostgresJournal]:
    with closing(opened(database.url, wait=5)) as journal:
        yield journal


def refused(url: str, says: str) -> JournalError:
    """Let an attempt begin on a journal that cannot be used, and return the error, which shows no value and no password."""
    with pytest.raises(JournalError, match=says) as caught, closing(opened(url)) as journal:
        journal.begin(KEY, CONTENT, owner="second", now=NOW)
    assert str(caught.value).endswith(NOTHING_SENT)
    assert_silent(caught.value)
    return caught.value


def assert_silent(error: JournalError) -> None:
    told = "".join(traceback.format_exception(error))
    assert KEY not in told
    assert "s3c" not in told


class TestPostgresJournal(JournalContract):
    @pytest.fixture
    def place(self, database: Database) -> str:
        return database.url


def test_neither_key_nor_content_is_in_the_table(journal: PostgresJournal, database: Database) -> None:
    account, order, number = "AC42", "order 4711", "+15551234567"
    key = digest(account, order)
    batch = digest(account, "March run")
    assert journal.begin(key, digest(account, number), owner="first", now=NOW, batch=batch) is None
    [(row,)] = database.execute("SELECT connector_journal::text FROM connector_journal")
    assert key in row
    for planted in (account, order, number, "March run"):
        assert planted not in row


@pytest.mark.parametrize("setting", ["serializable", "repeatable read"])
def test_the_database_may_have_a_stricter_isolation(database: Database, setting: str) -> None:
    database.execute(f"ALTER DATABASE {database.name} SET default_transaction_isolation = '{setting}'")
    with closing(opened(database.url, wait=5)) as journal:
        for number in range(10):
            key = digest(str(number))
            # A lambda, so that each round has its key; mypy cannot type its default.
            work: Callable[[int], object] = lambda n, k=key: journal.begin(k, CONTENT, owner=str(n), now=NOW)  # type: ignore[misc]  # noqa: E731
            assert at_once(8, work).count(None) == 1


@pytest.mark.parametrize(
    ("setting", "used"), [("off", "on"), ("on", "on"), ("local", "local"), ("remote_apply", "remote_apply")]
)
def test_a_commit_lasts_although_the_database_would_be_careless(database: Database, setting: str, used: str) -> None:
    database.execute(f"ALTER DATABASE {database.name} SET synchronous_commit = '{setting}'")
    with closing(opened(database.url, wait=5)) as journal, journal._transaction("") as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == used


def test_the_address_may_name_the_driver(database: Database) -> None:
    with closing(opened(database.url.replace("postgresql:", "postgresql+psycopg:"), wait=5)) as journal:
        begun(journal)


def test_a_connection_that_the_server_dropped_is_replaced(journal: PostgresJournal, database: Database) -> None:
    entry = begun(journal)
    database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    assert journal.get(KEY) == entry


def test_a_locked_table_is_given_up_after_a_bounded_wait_and_may_be_tried_again(
    journal: PostgresJournal, database: Database
) -> None:
    begun(journal)
    with database.connection() as other, other.transaction():
        other.execute("LOCK TABLE connector_journal IN ACCESS EXCLUSIVE MODE")
        assert refused(database.url, "is locked by another program. Try again when that is finished").retryable
    assert journal.get(KEY)


def test_a_second_attempt_does_not_wait_without_end_for_the_first_to_commit(
    journal: PostgresJournal, database: Database
) -> None:
    assert list(journal.entries()) == []
    with database.connection() as other, other.transaction():
        other.execute(
            "INSERT INTO connector_journal (key, fingerprint, state, owner, began, updated) "
            "VALUES (%s, 'f', 'in_flight', 'first', now(), now())",
            [KEY],
        )
        refused(database.url, "is locked by another program")


def test_an_error_after_the_act_does_not_say_that_nothing_was_sent(
    journal: PostgresJournal, database: Database
) -> None:
    begun(journal)
    database.execute("DROP TABLE connector_journal")
    result = "s3cret"
    with pytest.raises(JournalError, match=r"cannot be used \(PostgreSQL says 42P01\)") as caught:
        journal.finish(KEY, owner="first", state="done", result=result, now=NOW)
    assert str(caught.value).endswith(STAYS_SENT)
    assert_silent(caught.value)


def test_a_table_of_another_format_is_refused(journal: PostgresJournal, database: Database) -> None:
    begun(journal)
    database.execute("COMMENT ON TABLE connector_journal IS 'connector journal, format 2'")
    refused(database.url, "is of another format: .* 'connector journal, format 2', not 'connector journal, format 1'")


def test_a_table_of_another_program_is_refused_and_not_changed(database: Database) -> None:
    database.execute("CREATE TABLE connector_journal (invoice text)")
    refused(database.url, "is of another format")
    assert database.execute("SELECT * FROM connector_journal") == []


def test_a_read_only_server_is_refused(database: Database) -> None:
    database.execute(f"ALTER DATABASE {database.name} SET default_transaction_read_only = on")
    assert not refused(database.url, "is read-only. Give the address of the primary server.").retryable


def test_a_user_without_rights_is_refused_with_what_is_missing(database: Database) -> None:
    database.execute("CREATE ROLE guest LOGIN")
    try:
        refused(database.as_user("guest"), "may not be used by this user. Let it create the table")
    finally:
        database.execute("DROP ROLE guest")


def test_a_user_who_may_not_make_tables_can_use_one_that_is_there(journal: PostgresJournal, database: Database) -> None:
    entry = begun(journal)
    database.execute("CREATE ROLE guest LOGIN")
    try:
        database.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON connector_journal TO guest")
        with closing(opened(database.as_user("guest"), wait=5)) as guest:
            assert guest.begin(KEY, CONTENT, owner="guest", now=NOW) == entry
    finally:
        database.execute("DROP OWNED BY guest")
        database.execute("DROP ROLE guest")


def test_a_database_that_is_missing_is_refused(database: Database) -> None:
    refused(database.url.replace(database.name, "nothing_here"), "cannot be reached. Check that the server runs")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://bob:s3cret@127.0.0.1:1/db",
        "postgresql://bob:s3cret@127.0.0.1:1/db?nonsense=1",
        "postgresql://bob:s3cret@127.0.0.1:1/db?connect_timeout=2",
    ],
)
def test_a_server_that_is_away_is_refused_and_may_be_tried_again(url: str) -> None:
    assert refused(url, "in the database db at 127.0.0.1 cannot be reached. Check that the server runs").retryable


def test_a_socket_that_is_missing_is_refused(tmp_path: Path) -> None:
    refused(f"postgresql:///?host={tmp_path}", "^The journal in the database cannot be reached")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "journal.sqlite3",
        "mysql://bob:s3cret@host/db",
        "postgresql+psycopg2://bob:s3cret@host/db",
        "postgresql://bob:s3c@ret@host/db",
        "postgresql://bob:s3c@ret/x@host/db",
        "postgresql://bob:s3c@ret?x@host/db",
        "postgresql://bob:x@s3c:ret@host/db",
        "postgresql://bob:secret@host:s3c/db",
    ],
)
def test_an_address_that_is_not_understood_is_refused_without_a_piece_of_its_password(url: str) -> None:
    error = refused(url, r"is not understood. Write it like postgresql://.* with special characters .* as %XX")
    assert error.__context__ is None
