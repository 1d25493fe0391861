"""What the file of saved connections looks like, and how a connection becomes a row that notices its own damage."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import datetime
from hashlib import blake2b
from typing import Any

from connector_kit.connections import SavedConnection, name_key
from connector_kit.sqlite_files import FileKind
from connector_kit.types import in_utc

# Without a log: the file is small and seldom written, and one file is easier to copy than three.
STORE_FILE = FileKind(
    name="connection store",
    application=0x63636F6E,  # "ccon"
    version=1,
    schema="""
CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO meta VALUES ('store', lower(hex(randomblob(8))));
CREATE TABLE connection (
  id TEXT NOT NULL PRIMARY KEY,
  connector TEXT NOT NULL,
  method TEXT NOT NULL,
  environment TEXT NOT NULL CHECK (environment IN ('test', 'production')),
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  public TEXT NOT NULL,
  base_url TEXT,
  is_default INTEGER NOT NULL CHECK (is_default IN (0, 1)),
  status TEXT NOT NULL CHECK (status IN ('connected', 'attention', 'unchecked')),
  detail TEXT,
  account TEXT,
  checked_at TEXT,
  secret_at TEXT,
  version TEXT NOT NULL,
  rev INTEGER NOT NULL,
  kid TEXT NOT NULL,
  blob BLOB NOT NULL,
  digest BLOB NOT NULL
);
CREATE UNIQUE INDEX connection_name ON connection (connector, environment, name_key);
CREATE UNIQUE INDEX connection_default ON connection (connector, environment) WHERE is_default = 1;
""",
    lost="Restore it from a backup, or move it away and save the connections again.",
)
_UNSAVED = ("source", "read_only")
_COLUMNS = [
    *(column.name for column in fields(SavedConnection) if column.name not in _UNSAVED),
    *("name_key", "kid", "blob", "digest"),
]
_NAMES = ", ".join(_COLUMNS)
_UPSERT = (
    f"INSERT INTO connection ({_NAMES}) VALUES ({', '.join('?' * len(_COLUMNS))}) "  # noqa: S608 - our own names
    f"ON CONFLICT (id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _COLUMNS)}"
)


@dataclass(frozen=True, slots=True)
class Row:
    """A connection with its sealed secrets and the id of the key that opens them."""

    saved: SavedConnection
    kid: str
    blob: bytes = field(repr=False)


def rows(connection: sqlite3.Connection, where: str = "1", *given: str) -> Iterator[Row]:
    """Yield the rows for which a condition holds.

    Raises:
        sqlite3.DatabaseError: if one is not what was written.
    """
    found = connection.execute(f"SELECT {_NAMES} FROM connection WHERE {where}", given)  # noqa: S608 - our own words
    for values in found.fetchall():
        yield _row(dict(zip(_COLUMNS, values, strict=True)))


def write(connection: sqlite3.Connection, row: Row) -> None:
    """Insert a row, or replace the one with its id."""
    saved = row.saved
    values = {name: getattr(saved, name, None) for name in _COLUMNS}
    values |= {
        "name_key": name_key(saved.name),
        "public": json.dumps(dict(saved.public), sort_keys=True, allow_nan=False),
        "is_default": int(saved.is_default),
        "checked_at": _text(saved.checked_at),
        "secret_at": _text(saved.secret_at),
        "kid": row.kid,
        "blob": row.blob,
    }
    values["digest"] = digest(values)
    connection.execute(_UPSERT, [values[name] for name in _COLUMNS])


def digest(values: dict[str, Any]) -> bytes:
    """Return a check sum of a row. It finds damage, also without the key; who changes a row on purpose can make it anew."""
    parts = [values[name] for name in _COLUMNS if name != "digest"]
    plain = [["bytes", part.hex()] if isinstance(part, bytes) else part for part in parts]
    return blake2b(json.dumps(plain).encode("ascii"), digest_size=16).digest()


def _row(values: dict[str, Any]) -> Row:
    if digest(values) != values.pop("digest"):
        raise sqlite3.DatabaseError("a row is not what was written")
    kid, blob = values.pop("kid"), values.pop("blob")
    del values["name_key"]
    try:
        saved = SavedConnection(
            **values
            | {
                "public": json.loads(values["public"]),
                "is_default": bool(values["is_default"]),
                "checked_at": _moment(values["checked_at"]),
                "secret_at": _moment(values["secret_at"]),
            }
        )
    except (TypeError, ValueError) as exc:
        raise sqlite3.DatabaseError("a row makes no sense") from exc
    return Row(saved, kid, blob)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else in_utc(moment).isoformat(timespec="microseconds")


def _moment(text: str | None) -> datetime | None:
    return None if text is None else in_utc(datetime.fromisoformat(text))
