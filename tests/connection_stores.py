"""What every store of connections must keep to, and the work of processes that race for one."""

from __future__ import annotations

import functools
import itertools
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from connector_kit.connections import (
    ConnectionStore,
    DuplicateNameError,
    Environment,
    NoConnectionError,
    SavedConnection,
    Secrets,
    StaleError,
    StoreError,
)
from connector_kit.connections.keys import MadeKeys
from connector_kit.connections.sqlite import SQLiteConnectionStore
from connector_kit.connections.sqlite_file import digest
from processes import BOUND, SPAWN, received

NOW = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
PIN = "a pin that nobody may see"
OTHER_PIN = "another pin"
PINS: Secrets = {"pin": SecretStr(PIN)}


def connection(
    name: str = "default", id_: str | None = None, environment: Environment = "production", **more: Any
) -> SavedConnection:
    """Return a connection of the toy that was not saved yet."""
    values: dict[str, Any] = {"public": {"owner": "Ana"}, "connector": "toy", "method": "notebook", **more}
    return SavedConnection(id=id_ or f"id-{name}-{environment}", environment=environment, name=name, **values)


def plain(secrets: Secrets) -> dict[str, str]:
    """Take secrets out of their wrapping."""
    return {name: value.get_secret_value() for name, value in secrets.items()}


def file_store(folder: Path, **settings: Any) -> SQLiteConnectionStore:
    """Open a store in a folder, with a made key in a folder beside its own."""
    return SQLiteConnectionStore(folder / "data" / "connections.sqlite3", MadeKeys(folder / "keys"), **settings)


def tampered(path: Path, statements: str) -> None:
    """Change rows as somebody would who knows how their check sums are made."""
    with closing(sqlite3.connect(path)) as other:
        other.executescript(statements)
        cursor = other.execute("SELECT * FROM connection")
        names = [column[0] for column in cursor.description]
        for row in cursor.fetchall():
            values = dict(zip(names, row, strict=True))
            other.execute("UPDATE connection SET digest = ? WHERE id = ?", (digest(values), values["id"]))
        other.commit()


class ReadingContract:
    """The promises to whoever looks; a subclass gives a store with the connection ``main`` of the toy in production."""

    @pytest.fixture
    def filled(self) -> Iterator[ConnectionStore]:
        raise NotImplementedError

    def main(self, store: ConnectionStore) -> SavedConnection:
        (saved,) = store.list()
        return saved

    def test_it_is_a_store(self, filled: ConnectionStore) -> None:
        assert isinstance(filled, ConnectionStore)
        assert filled.name.isidentifier()

    def test_a_connection_is_listed_and_found_by_its_id(self, filled: ConnectionStore) -> None:
        saved = self.main(filled)
        assert (saved.connector, saved.environment, saved.name) == ("toy", "production", "main")
        assert (saved.source, saved.read_only, saved.is_default) == (filled.name, filled.read_only, True)
        assert filled.get(saved.id) == saved

    def test_its_secrets_are_opened_and_nowhere_shown(self, filled: ConnectionStore) -> None:
        saved = self.main(filled)
        secrets = filled.secrets(saved)
        assert plain(secrets)["pin"] == PIN
        assert PIN not in repr((filled, saved, secrets))
        assert "pin" not in saved.public

    def test_secrets_are_not_given_for_other_public_values(self, filled: ConnectionStore) -> None:
        """They would go to another account or address."""
        for other in ({"public": {"owner": "Eve"}}, {"base_url": "https://eve.example"}, {"method": "other"}):
            with pytest.raises(StaleError) as caught:
                filled.secrets(replace(self.main(filled), **other))
            assert PIN not in str(caught.value)

    def test_what_is_not_there_is_refused(self, filled: ConnectionStore) -> None:
        for ask in (filled.get, filled.delete, filled.set_default):
            if not filled.read_only or ask == filled.get:
                with pytest.raises(NoConnectionError):
                    ask("nobody")
        with pytest.raises(NoConnectionError):
            filled.secrets(connection("nobody"))

    def test_all_is_well(self, filled: ConnectionStore) -> None:
        filled.check()
        filled.close()

    def test_a_store_that_is_read_only_refuses_every_change(self, filled: ConnectionStore) -> None:
        saved = self.main(filled)
        if filled.read_only:
            for change in (
                lambda: filled.put(saved),
                lambda: filled.delete(saved.id),
                lambda: filled.set_default(saved.id),
            ):
                with pytest.raises(StoreError, match="changed there"):
                    change()
            assert filled.list() == [saved]


class StoreContract(ReadingContract):
    """The promises of a store that can be written; a subclass gives an empty one."""

    @pytest.fixture
    def store(self) -> Iterator[ConnectionStore]:
        raise NotImplementedError

    @pytest.fixture
    def filled(self, store: ConnectionStore) -> ConnectionStore:
        store.put(connection("main"), PINS)
        return store

    def test_everything_is_kept_as_it_was_saved(self, store: ConnectionStore) -> None:
        public = {"owner": "Zoë 🐈", "cap": 12, "ratio": 0.1, "on": True, "allowed": ["+1", "+2"]}
        whole = connection(
            "Acme & Söhne", public=public, base_url="https://a.example", status="attention", detail="No.", account="Acme",
            checked_at=NOW, secret_at=NOW - timedelta(days=1), version="2.0.1",
        )  # fmt: skip
        saved = store.put(whole, PINS)
        assert saved == replace(whole, rev=1, is_default=True, source=store.name)
        assert store.get(whole.id) == saved
        assert plain(store.secrets(saved)) == {"pin": PIN}

    def test_moments_are_kept_in_utc(self, store: ConnectionStore) -> None:
        there = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))
        store.put(connection(checked_at=there))
        checked_at = store.list()[0].checked_at
        assert checked_at is not None
        assert checked_at.isoformat() == NOW.isoformat()

    def test_a_connection_may_have_no_secrets(self, store: ConnectionStore) -> None:
        assert plain(store.secrets(store.put(connection()))) == {}

    def test_secrets_that_are_not_given_are_kept_through_every_change(self, store: ConnectionStore) -> None:
        saved = store.put(connection(), PINS)
        for change in (
            {"name": "renamed"},
            {"public": {"owner": "Bob"}},
            {"status": "connected"},
            {"base_url": "https://b.c"},
        ):
            saved = store.put(replace(saved, **change))
            assert plain(store.secrets(store.get(saved.id))) == {"pin": PIN}
        assert (saved.rev, saved.name, saved.public["owner"]) == (5, "renamed", "Bob")

    def test_secrets_that_are_given_replace_all(self, store: ConnectionStore) -> None:
        saved = store.put(connection(), {"pin": SecretStr(PIN), "second": SecretStr("x")})
        saved = store.put(saved, {"pin": SecretStr(OTHER_PIN)})
        assert plain(store.secrets(saved)) == {"pin": OTHER_PIN}

    def test_a_save_of_somebody_else_is_not_overwritten(self, store: ConnectionStore) -> None:
        first = store.put(connection(), PINS)
        second = store.put(replace(first, detail="theirs"))
        for stale in (first, replace(first, rev=0), replace(first, rev=7)):
            with pytest.raises(StaleError):
                store.put(replace(stale, detail="ours"), {"pin": SecretStr(OTHER_PIN)})
        assert store.get(first.id) == second
        assert plain(store.secrets(second)) == {"pin": PIN}

    def test_what_was_deleted_is_not_saved_again(self, store: ConnectionStore) -> None:
        saved = store.put(connection())
        store.delete(saved.id)
        with pytest.raises(NoConnectionError):
            store.put(saved)
        assert store.list() == []

    @pytest.mark.parametrize(
        "name", ["DEFAULT", " default ", "\uff44\uff45\uff46\uff41\uff55\uff4c\uff54", "de\u200bfault"]
    )
    def test_a_name_that_reads_the_same_is_taken(self, store: ConnectionStore, name: str) -> None:
        store.put(connection())
        with pytest.raises(DuplicateNameError) as caught:
            store.put(connection(name, "another"))
        (problem,) = caught.value.problems
        assert problem.path == "name"
        other = store.put(connection("other"))
        with pytest.raises(DuplicateNameError):
            store.put(replace(other, name=name))
        assert [one.name for one in store.list()] == ["default", "other"]

    def test_a_name_may_be_used_again_elsewhere_and_by_its_owner(self, store: ConnectionStore) -> None:
        saved = store.put(connection())
        store.put(connection(environment="test"))
        store.put(connection(id_="toy 2", connector="toy 2"))
        assert store.put(replace(saved, name="Default")).name == "Default"

    def test_the_list_is_ordered_production_first_then_by_name(self, store: ConnectionStore) -> None:
        for name, environment in (("b", "test"), ("B", "production"), ("a", "production"), ("a", "test")):
            store.put(connection(name, environment=environment))  # type: ignore[arg-type]  # mypy sees texts
        listed = [(one.environment, one.name) for one in store.list()]
        assert listed == [("production", "a"), ("production", "B"), ("test", "a"), ("test", "b")]

    def test_the_first_of_each_environment_is_its_default_and_stays_it(self, store: ConnectionStore) -> None:
        saved = [store.put(connection(name, environment=e)) for e in ("production", "test") for name in ("a", "b")]
        assert [one.is_default for one in saved] == [True, False, True, False]
        # Saving does not change it.
        assert not store.put(replace(saved[1], is_default=True)).is_default
        assert store.put(replace(saved[0], is_default=False)).is_default

    def test_the_default_is_moved_and_is_never_more_than_one(self, store: ConnectionStore) -> None:
        first, second = (store.put(connection(name)) for name in ("a", "b"))
        test = store.put(connection("a", environment="test"))
        for chosen in (second, second, first):
            store.set_default(chosen.id)
            assert [one.id for one in store.list() if one.is_default] == [chosen.id, test.id]
        store.put(first)  # its rev is still good

    def test_deleting_the_default_leaves_none_until_one_is_chosen(self, store: ConnectionStore) -> None:
        first, second = (store.put(connection(name)) for name in ("a", "b"))
        store.delete(first.id)
        assert [one.is_default for one in store.list()] == [False]
        assert not store.put(connection("c")).is_default
        store.delete(second.id)
        store.delete("id-c-production")
        assert store.put(connection("d")).is_default

    def test_a_connection_stays_in_its_environment(self, store: ConnectionStore) -> None:
        saved = store.put(connection(), PINS)
        for moved in (replace(saved, environment="test"), replace(saved, connector="other")):
            with pytest.raises(StoreError, match="stays with its connector and in its environment"):
                store.put(moved)
        assert store.list() == [saved]

    def test_nothing_is_changed_by_a_save_that_fails(self, store: ConnectionStore) -> None:
        store.put(connection("a"), PINS)
        second = store.put(connection("b"), PINS)
        with pytest.raises(DuplicateNameError):
            store.put(replace(second, name="a"), {"pin": SecretStr(OTHER_PIN)})
        assert store.get(second.id) == second
        assert plain(store.secrets(second)) == {"pin": PIN}


# -- processes --------------------------------------------------------------------------------------------------------------


def save_many(pipe: Connection, barrier: Barrier, folder: Path, worker: int, count: int) -> None:
    """Save connections while the other processes do."""
    store = file_store(folder, wait=BOUND)  # the disk of a busy machine may need longer than a person would wait
    barrier.wait(BOUND)
    for number in range(count):
        store.put(connection(f"{worker}-{number}"), {"pin": SecretStr(f"pin {worker} {number}")})
    pipe.send("done")


def save_first(pipe: Connection, barrier: Barrier, folders: list[Path], worker: int) -> None:
    """Save the first connection of a store at the same moment as the other processes, once in each folder."""
    for folder in folders:
        barrier.wait(BOUND)
        file_store(folder, wait=BOUND).put(connection(f"worker {worker}"), PINS)
    pipe.send("done")


def use_while_rotated(pipe: Connection, folder: Path, worker: int) -> None:
    """Save and open one connection until told to stop; tell how often that went well."""
    store = file_store(folder, wait=BOUND)
    saved = store.put(connection(f"worker {worker}"), {"pin": SecretStr("0")})
    pipe.send("ready")
    for number in itertools.count(1):
        saved = store.put(saved, {"pin": SecretStr(str(number))})
        assert plain(store.secrets(saved)) == {"pin": str(number)}
        if pipe.poll():
            pipe.send(number)
            return


def die_in(seconds: float) -> None:
    """Let the system end this process then, wherever it is, as kill -9 does: nobody handles the signal."""
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.0001))


def told_before_death(work: Callable[[Connection], None]) -> list[Any]:
    """Let a forked child work until it dies, and return what it had told until then."""
    ours, theirs = SPAWN.Pipe(duplex=False)
    child = os.fork()
    if child == 0:
        work(theirs)
        os._exit(0)
    theirs.close()
    os.waitpid(child, 0)
    told = []
    with suppress(EOFError), closing(ours):
        while True:
            told.append(ours.recv())
    return told


def killed_while_writing(pipe: Connection, folder: Path, times: int) -> None:
    """Save one connection again and again, in one killed process after the other; tell what each had begun and done."""
    store = file_store(folder)
    store.put(connection(detail="0"), {"pin": SecretStr("0")})

    def work(told: Connection, moment: float) -> None:
        for number in itertools.count(int(store.list()[0].detail or 0) + 1):
            began = time.monotonic()
            told.send(("begun", number))
            store.put(replace(store.list()[0], detail=str(number)), {"pin": SecretStr(str(number))})
            told.send(("done", number))
            if moment:  # how long a write takes is known now
                die_in(moment * (time.monotonic() - began))
                moment = 0

    for number in range(times):
        told = told_before_death(functools.partial(work, moment=(number + 1) / times))
        pipe.send(tuple([number for word, number in told if word == wanted] for wanted in ("begun", "done")))
        received(pipe)  # until it was looked at
    pipe.send(None)


def killed_while_rotating(pipe: Connection, folders: list[Path]) -> None:
    """Rotate each store twice, in a process that is killed somewhere in the second time; tell whether it came to its end."""

    def work(told: Connection, store: SQLiteConnectionStore, moment: float) -> None:
        began = time.monotonic()
        store.rotate()
        die_in(moment * (time.monotonic() - began))
        told.send(store.rotate())

    for number, folder in enumerate(folders):
        store, moment = file_store(folder), (number + 1) / len(folders)
        told = told_before_death(functools.partial(work, store=store, moment=moment))
        pipe.send(bool(told))
