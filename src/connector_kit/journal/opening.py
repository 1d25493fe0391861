"""Open the journal that is used where nobody gave one: a file of this user, or what CONNECTOR_KIT_JOURNAL names."""

from __future__ import annotations

import os
import re
from pathlib import Path

from connector_kit.journal import NOTHING_SENT, Journal, JournalError

VARIABLE = "CONNECTOR_KIT_JOURNAL"


def default_journal() -> Journal:
    """Open the journal at the path or ``postgresql`` address in CONNECTOR_KIT_JOURNAL, or in this user's state folder.

    The folder is the one of the XDG Base Directory Specification: ``$XDG_STATE_HOME``, or ``~/.local/state``.

    Raises:
        JournalError: if the place is not understood, or what it needs is not installed. Another place is never taken instead: it
            would not know the keys that were used before.
    """
    where = os.environ.get(VARIABLE, "").strip()
    if "://" in where:
        return _postgres(where)
    from connector_kit.journal.sqlite import SQLiteJournal  # noqa: PLC0415 - most processes never see a key

    return SQLiteJournal(_path(where) if where else _state_folder() / "journal.sqlite3")


def _postgres(address: str) -> Journal:
    try:
        # An extra, and heavy: imported only where it is asked for.
        from connector_kit.journal.postgres import PostgresJournal  # noqa: PLC0415 - an extra
    except ImportError:
        raise JournalError(
            f"{VARIABLE} names a database, but SQLAlchemy and psycopg are not installed. Install the extra postgres of the connector. "
            f"{NOTHING_SENT}"
        ) from None
    # Hosting services write the address in this older way.
    return PostgresJournal(re.sub("^postgres://", "postgresql://", address))


def _path(text: str) -> Path:
    path = _expanded(text)
    if not path.is_absolute():
        # From another folder it would be another journal, and keys would act again.
        raise JournalError(
            f"{VARIABLE} must be a whole path, such as /var/lib/connector/journal.sqlite3. {NOTHING_SENT}"
        )
    return path


def _state_folder() -> Path:
    base = os.environ.get("XDG_STATE_HOME", "")
    # A relative path there is to be ignored, says the specification.
    return (Path(base) if Path(base).is_absolute() else _expanded("~/.local/state")) / "connector-kit"


def _expanded(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:
        message = f"This user has no home folder, so say in {VARIABLE} where the journal is to be. {NOTHING_SENT}"
        raise JournalError(message) from None
