"""Open the journal that is used where nobody gave one: a file of this user, or what CONNECTOR_KIT_JOURNAL names."""

from __future__ import annotations

import os
from pathlib import Path

from connector_kit.journal import Journal
from connector_kit.private_files import user_folder

VARIABLE = "CONNECTOR_KIT_JOURNAL"


def default_journal() -> Journal:
    """Open the journal at the path or ``postgresql`` address in CONNECTOR_KIT_JOURNAL, or in this user's state folder.

    The folder is the one of the XDG Base Directory Specification: ``$XDG_STATE_HOME``, or ``~/.local/state``.
    """
    where = os.environ.get(VARIABLE, "")
    if where.startswith("postgresql"):
        # An extra, and heavy: imported only where it is asked for.
        from connector_kit.journal.postgres import PostgresJournal  # noqa: PLC0415 - an extra

        return PostgresJournal(where)
    from connector_kit.journal.sqlite import SQLiteJournal  # noqa: PLC0415 - most processes never see a key

    return SQLiteJournal(Path(where) if where else user_folder("XDG_STATE_HOME", ".local", "state") / "journal.sqlite3")
