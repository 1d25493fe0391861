"""What the file of an SQLite journal looks like, and what its loss means."""

from __future__ import annotations

from connector_kit.sqlite_files import FileKind

JOURNAL_FILE = FileKind(
    name="journal",
    application=0x636A6E6C,  # "cjnl"
    version=1,
    schema="""
CREATE TABLE entry (
  key TEXT NOT NULL PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  batch TEXT,
  state TEXT NOT NULL CHECK (state IN ('in_flight', 'done', 'refused', 'unknown')),
  owner TEXT NOT NULL,
  began TEXT NOT NULL,
  updated TEXT NOT NULL,
  details TEXT,
  result TEXT,
  taken_over INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX entry_batch ON entry (batch, key);
""",
    lost="Restore it from a backup. Without it, keys that were used before are forgotten and would act again.",
    log=True,
)
