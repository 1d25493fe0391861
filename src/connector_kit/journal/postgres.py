"""Keep a journal in a PostgreSQL table, for the workers of a team on many machines (extra ``postgres``)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Delete,
    Engine,
    Select,
    Update,
    create_engine,
    delete,
    make_url,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from connector_kit.journal import NOTHING_SENT, STAYS_SENT, WAIT, Digest, Entry, JournalError, Outcome, in_utc
from connector_kit.journal.forks import watch
from connector_kit.journal.postgres_table import TABLE, fault, limits, prepare

_DRIVER = "postgresql+psycopg"
_PAGE = 1000
_column = TABLE.c
_ENTRY = [_column[field.name] for field in fields(Entry)]


class PostgresJournal:
    """A journal in the database at a URL, ``postgresql://user:password@host/database``; the table is made where it is missing.

    The clocks of the machines must agree to well within the lease. ``wait`` bounds the wait for a lock, in seconds.
    """

    def __init__(self, url: str, *, wait: float = WAIT) -> None:
        address = _address(url)
        self._where = " ".join(
            filter(None, ["in the database", address.database, address.host and f"at {address.host}"])
        )
        self._engine = _engine(address, wait)
        self._limits = limits(wait)
        self._prepared = False
        self._closed = False
        self._of_parent: list[object] = []
        watch(self)

    def begin(
        self,
        key: Digest,
        fingerprint: Digest,
        *,
        owner: str,
        now: datetime,
        batch: Digest | None = None,
        details: str | None = None,
    ) -> Entry | None:
        """Write the intent; return None if it is ours, or the entry of who was first."""
        moment = in_utc(now)
        statement = (
            insert(TABLE)
            .values(key=key, fingerprint=fingerprint, batch=batch, state="in_flight", owner=owner, details=details)
            .values(began=moment, updated=moment)
            .on_conflict_do_nothing(index_elements=[_column.key])
            .returning(_column.key)
        )
        while True:
            with self._transaction(NOTHING_SENT) as connection:
                if connection.execute(statement).first():
                    return None
                if entry := _first(connection, select(*_ENTRY).where(_column.key == key)):
                    return entry
            # Whoever was first released its intent between the two statements, so the key is free again.

    def heartbeat(self, key: Digest, *, owner: str, now: datetime) -> bool:
        """Say that the owner of an entry in flight is at work."""
        return self._change(STAYS_SENT, _in_flight(key, owner).values(updated=in_utc(now)))

    def finish(self, key: Digest, *, owner: str, state: Outcome, result: str | None, now: datetime) -> bool:
        """Write how an entry in flight ended."""
        outcome = _in_flight(key, owner).values(state=state, result=result, updated=in_utc(now))
        return self._change(STAYS_SENT, outcome)

    def release(self, key: Digest, *, owner: str) -> bool:
        """Forget an intent that provably was not acted on."""
        ours = delete(TABLE).where(_column.key == key, _column.owner == owner)
        return self._change(NOTHING_SENT, ours.where(_column.state.in_(["in_flight", "refused"]), ~_column.taken_over))

    def take_over(self, seen: Entry, *, owner: str, now: datetime) -> Entry | None:
        """Become the owner of an entry in flight or unknown, if it still is as it was seen."""
        statement = (
            update(TABLE)
            .where(_column.key == seen.key, _column.owner == seen.owner, _column.updated == in_utc(seen.updated))
            .where(_column.state == seen.state, _column.state.in_(["in_flight", "unknown"]))
            .values(state="in_flight", owner=owner, updated=in_utc(now), result=None, taken_over=True)
            .returning(*_ENTRY)
        )
        with self._transaction(NOTHING_SENT) as connection:
            return _first(connection, statement)

    def get(self, key: Digest) -> Entry | None:
        """Return the entry of a key."""
        with self._transaction(NOTHING_SENT) as connection:
            return _first(connection, select(*_ENTRY).where(_column.key == key))

    def entries(self, batch: Digest | None = None) -> Iterator[Entry]:
        """Yield the entries of a batch, or all; page by page, so that nothing is held while the caller works on one."""
        wanted = select(*_ENTRY).where(true() if batch is None else _column.batch == batch).order_by(_column.key)
        last = ""
        while True:
            with self._transaction(NOTHING_SENT) as connection:
                page = [_entry(row) for row in connection.execute(wanted.where(_column.key > last).limit(_PAGE))]
            yield from page
            if len(page) < _PAGE:
                return
            last = page[-1].key

    def close(self) -> None:
        """Let go of all connections."""
        self._closed = True
        self._engine.dispose()

    def after_fork(self) -> None:
        """Start with connections of this process's own: two processes on one socket would mix up their answers."""
        self._of_parent.append(self._engine.pool)  # kept from being collected, which would warn of unclosed connections
        self._engine.dispose(close=False)

    @contextmanager
    def _transaction(self, consequence: str) -> Iterator[Connection]:
        """Open a transaction with bounded waits, and turn whatever goes wrong with it into a JournalError."""
        if self._closed:
            raise JournalError(f"The journal {self._where} is closed. Open it again. {consequence}")
        try:
            with self._engine.begin() as connection:
                connection.execute(self._limits)
                if not self._prepared:
                    prepare(connection, self._where)
                yield connection
            self._prepared = True
        except JournalError as exc:
            raise JournalError(f"{exc.message} {consequence}") from exc
        except SQLAlchemyError as exc:
            raise fault(exc, self._where, consequence) from exc

    def _change(self, consequence: str, statement: Update | Delete) -> bool:
        with self._transaction(consequence) as connection:
            return connection.execute(statement).rowcount == 1


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except (SQLAlchemyError, ValueError):
        address = None
    # With a second @, a piece of the password may count as the host, which messages name.
    if address is None or url.count("@") > 1 or address.drivername not in ("postgresql", _DRIVER):
        # Outside the except clause and without a word of the URL: the reason would show a piece of the password.
        raise JournalError(
            "The journal's address is not understood. Write it like postgresql://user:password@host:5432/database, "
            f"with special characters of the password as %XX. {NOTHING_SENT}"
        )
    return address.set(drivername=_DRIVER)


def _engine(address: URL, wait: float) -> Engine:
    seconds = max(2, math.ceil(wait))
    bounds = {
        "connect_timeout": seconds,
        # A server that vanished answers nothing, so no timeout of its own ends the wait for it.
        "tcp_user_timeout": seconds * 1000,
        "keepalives_idle": seconds,
        "keepalives_interval": 1,
        "keepalives_count": 3,
        "prepare_threshold": None,  # poolers such as PgBouncer hand each transaction another connection
    }
    return create_engine(
        address,
        connect_args={name: value for name, value in bounds.items() if name not in address.query},
        isolation_level="READ COMMITTED",  # begin must see the entry of a winner that committed while it waited
        pool_pre_ping=True,
        pool_timeout=wait,
        hide_parameters=True,
    )


def _in_flight(key: Digest, owner: str) -> Update:
    return update(TABLE).where(_column.key == key, _column.owner == owner, _column.state == "in_flight")


def _first(connection: Connection, statement: Select[Any] | Update) -> Entry | None:
    row = connection.execute(statement).first()
    return None if row is None else _entry(row)


def _entry(row: Sequence[Any]) -> Entry:
    entry = Entry(*row)
    return replace(entry, began=in_utc(entry.began), updated=in_utc(entry.updated))
