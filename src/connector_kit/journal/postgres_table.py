"""Make and recognise the table of a PostgreSQL journal, bound its waits and judge its faults."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    DateTime,
    Index,
    MetaData,
    Select,
    Table,
    Text,
    case,
    false,
    func,
    inspect,
    select,
)
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from connector_kit.journal import JournalError

_NAME = "connector_journal"
# The format stands in the table's comment. A program of another format must not write to a table that this one reads.
_FORMAT = "connector journal, format 1"
TABLE = Table(
    _NAME,
    MetaData(),
    Column("key", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("batch", Text),
    Column("state", Text, CheckConstraint("state IN ('in_flight', 'done', 'refused', 'unknown')"), nullable=False),
    Column("owner", Text, nullable=False),
    Column("began", DateTime(timezone=True), nullable=False),
    Column("updated", DateTime(timezone=True), nullable=False),
    Column("details", Text),
    Column("result", Text),
    Column("taken_over", Boolean, nullable=False, server_default=false()),
    Index("connector_journal_batch", "batch", "key"),
    comment=_FORMAT,
)
_MAKING = 0x636A6E6C  # any number that all journals agree on
_LOCKED = "is locked by another program. Try again when that is finished."
_AWAY = "cannot be reached. Check that the server runs and that the address, user and password are right."
_FAULTS = {
    "55P03": _LOCKED,  # lock_not_available
    "57014": "took too long to answer. Try again when the server is less busy.",  # query_canceled
    "25006": "is read-only. Give the address of the primary server.",  # read_only_sql_transaction
    "42501": "may not be used by this user. Let it create the table, or select, insert, update and delete in it.",
    "53100": "cannot grow: the server's disk is full. Free some space.",
}
_PASSING = ("08", "40", "53", "55", "57")  # classes: connection, rollback, resources, not in the right state, stopped


def limits(wait: float) -> Select[tuple[str, ...]]:
    """Return the statement that bounds the waits of a transaction, and makes its commit last.

    Sent in each transaction and not when connecting: a pooler refuses such options, or gives them to somebody else.
    """
    patience = max(1, round(wait * 1000))
    # A statement that waits for a lock is to end by the lock's bound, so that the message names the lock.
    bounds = {
        "lock_timeout": patience,
        "statement_timeout": 2 * patience,
        "idle_in_transaction_session_timeout": 2 * patience,
    }
    commit = func.current_setting("synchronous_commit")
    # With "off" a commit may be lost in a crash, and a lost intent would be acted on twice.
    lasting = func.set_config("synchronous_commit", case((commit == "off", "on"), else_=commit), True)
    return select(*(func.set_config(name, f"{bound}ms", True) for name, bound in bounds.items()), lasting)


def prepare(connection: Connection, where: str) -> None:
    """Make the table where it is missing, and make sure that it is of our format."""
    if not inspect(connection).has_table(_NAME):
        # IF NOT EXISTS alone fails when two processes make the table at once.
        connection.execute(select(func.pg_advisory_xact_lock(_MAKING)))
        TABLE.metadata.create_all(connection)
    found = inspect(connection).get_table_comment(_NAME)["text"]
    if found != _FORMAT:
        raise JournalError(
            f"The journal {where} is of another format: the table {_NAME} has the comment {found!r}, not {_FORMAT!r}. "
            "Use the version that wrote it, or another database."
        )


def fault(exc: SQLAlchemyError, where: str, consequence: str) -> JournalError:
    """Say in a sentence what is wrong with the database and what to do, without a word of the driver's."""
    state = getattr(exc.orig, "sqlstate", None) if isinstance(exc, DBAPIError) else None
    says = _FAULTS.get(state or "", f"cannot be used (PostgreSQL says {state}). Ask who runs the server.")
    if state is None or state.startswith(
        ("08", "28", "3D", "57P")
    ):  # connection, authorization, no such database, shut down
        says = _AWAY
    retryable = state is None or (state != "53100" and state.startswith(_PASSING))
    return JournalError(f"The journal {where} {says} {consequence}", retryable=retryable)
