"""A real PostgreSQL server for tests, from Debian's package ``postgresql``: a fixture that starts it once per session."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

_USER = "postgres"
_BOUND = 60


@dataclass(frozen=True)
class Database:
    """An empty database of a server that is reached through a Unix socket in ``folder``."""

    folder: Path
    name: str

    @property
    def url(self) -> str:
        return self.as_user(_USER)

    def as_user(self, user: str) -> str:
        return f"postgresql://{user}@/{self.name}?host={self.folder}"

    @contextmanager
    def connection(self) -> Iterator[Any]:
        """Connect past the journal; each statement commits by itself."""
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as connection:
            yield connection

    def execute(self, statement: str) -> list[Any]:
        """Execute a statement and return its rows."""
        with self.connection() as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []


def programs() -> Path | None:
    """Return the folder of the newest server programs; Debian does not put them on the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


def missing() -> str | None:
    """Say what a server is missing on this machine."""
    for module in ("sqlalchemy", "psycopg"):
        if importlib.util.find_spec(module) is None:
            return f"{module} is not installed: it comes with the extra postgres"
    if programs() is None:
        return "PostgreSQL is not installed: apt-get install postgresql"
    return None


@contextmanager
def running(bin_folder: Path) -> Iterator[Database]:
    """Start a server on a data folder of its own, yield its first database, and stop exactly that server."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short: the path of a Unix socket has at most 107 bytes
    if os.geteuid() == 0:
        shutil.chown(folder, _USER)  # initdb refuses to run as root
    data = folder / "data"

    def run(program: str, *words: str) -> None:
        command = [str(bin_folder / program), "-D", str(data), *words]
        if os.geteuid() == 0:
            command = ["runuser", "-u", _USER, "--", *command]
        # To a file: a server that inherits a pipe would keep it open.
        with (folder / "log").open("ab") as log:
            done = subprocess.run(command, stdout=log, stderr=log, cwd="/", timeout=_BOUND, check=False)  # noqa: S603 - the server's own programs
        assert done.returncode == 0, (folder / "log").read_text(encoding="utf-8")

    try:
        run("initdb", "--username", _USER, "--auth", "trust", "--encoding", "UTF8", "--no-sync")
        # -F: the data need not survive a power loss of the test machine. Each process that races has connections of its own.
        options = f"-F -c listen_addresses='' -c unix_socket_directories='{folder}' -c max_connections=200"
        run("pg_ctl", "-w", "-t", str(_BOUND), "-o", options, "start")
        try:
            yield Database(folder, _USER)
        finally:
            run("pg_ctl", "-w", "-t", str(_BOUND), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def first_database() -> Iterator[Database]:
    """Start a server, or skip with what is missing."""
    folder = programs()
    reason = missing()
    if reason is not None or folder is None:
        pytest.skip(reason or "")
    with running(folder) as database:
        yield database


@pytest.fixture
def database(first_database: Database) -> Iterator[Database]:
    """Make an empty database, and drop it with whoever is still connected."""
    name = f"test_{uuid.uuid4().hex}"
    first_database.execute(f"CREATE DATABASE {name}")
    yield replace(first_database, name=name)
    first_database.execute(f"DROP DATABASE {name} WITH (FORCE)")
