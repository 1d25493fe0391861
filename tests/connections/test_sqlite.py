"""Connections in a file: whose it is, what it holds, and what it does when it is damaged, raced for or cut off."""

from __future__ import annotations

import os
import random
import re
import shutil
import sqlite3
import stat
import traceback
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from connection_stores import (
    OTHER_PIN,
    PIN,
    PINS,
    StoreContract,
    connection,
    file_store,
    killed_while_rotating,
    killed_while_writing,
    plain,
    save_first,
    save_many,
    tampered,
    use_while_rotated,
)
from connector_kit import ConnectorError
from connector_kit.connections import (
    DamagedStoreError,
    NoConnectionError,
    SavedConnection,
    StoreError,
    WrongKeyError,
)
from connector_kit.connections.keys import GivenKeys, Key, MadeKeys, parsed, spelled
from connector_kit.connections.sealing import BrokenSealError, bound_to, unseal
from connector_kit.connections.sqlite import SQLiteConnectionStore
from processes import BOUND, SPAWN, at_once, process, received

SOON = 0.01
OPERATIONS: list[Callable[[SQLiteConnectionStore], object]] = [
    lambda store: store.list(),
    lambda store: store.get("id-default-production"),
    lambda store: store.secrets(connection()),
    lambda store: store.put(connection("new")),
    lambda store: store.delete("id-default-production"),
    lambda store: store.set_default("id-default-production"),
    lambda store: store.check(),
    lambda store: store.rotate(),
]


@pytest.fixture
def store(tmp_path: Path) -> SQLiteConnectionStore:
    return file_store(tmp_path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "connections.sqlite3"


class TestSQLiteConnectionStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> SQLiteConnectionStore:
        return file_store(tmp_path)


def filled(folder: Path, *names: str) -> list[SavedConnection]:
    """Save connections with one PIN each."""
    store = file_store(folder)
    return [store.put(connection(name), {"pin": SecretStr(f"pin of {name}")}) for name in names]


def opened(folder: Path) -> dict[str, str]:
    """Return the PIN of each connection, by its name."""
    store = file_store(folder)
    return {saved.name: plain(store.secrets(saved))["pin"] for saved in store.list()}


def key_file(folder: Path) -> Path:
    (path,) = (folder / "keys").glob("connections-*.key")
    return path


def blobs(path: Path) -> list[bytes]:
    with closing(sqlite3.connect(path)) as other:
        return [blob for (blob,) in other.execute("SELECT blob FROM connection ORDER BY id")]


def with_key(path: Path, *keys: Key) -> SQLiteConnectionStore:
    return SQLiteConnectionStore(path, GivenKeys("the test", lambda: spelled(keys, ",")))


# -- the file ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("umask", [0o022, 0o000])
def test_files_and_folders_are_for_this_user_alone(tmp_path: Path, store: SQLiteConnectionStore, umask: int) -> None:
    before = os.umask(umask)
    try:
        store.put(connection(), PINS)
        store.rotate()
    finally:
        os.umask(before)
    found = {str(p.relative_to(tmp_path)): stat.S_IMODE(p.stat().st_mode) for p in tmp_path.rglob("*")}
    key = key_file(tmp_path).relative_to(tmp_path)
    assert found == {"data": 0o700, "keys": 0o700, "data/connections.sqlite3": 0o600, str(key): 0o600}


def test_looking_makes_nothing(tmp_path: Path, store: SQLiteConnectionStore) -> None:
    assert store.list() == []
    store.check()
    assert store.rotate() == 0
    with pytest.raises(NoConnectionError):
        store.get("nobody")
    assert list(tmp_path.iterdir()) == []


def test_a_public_field_alone_needs_no_key_to_be_read(tmp_path: Path, store: SQLiteConnectionStore) -> None:
    saved = store.put(connection(), PINS)
    shutil.rmtree(tmp_path / "keys")
    assert store.list() == [saved]
    assert store.put(replace(saved, status="attention")).status == "attention"
    store.set_default(saved.id)
    store.delete(saved.id)
    assert not (tmp_path / "keys").exists()


def test_no_secret_is_in_any_file_and_what_was_deleted_is_overwritten(
    tmp_path: Path, store: SQLiteConnectionStore, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    saved = store.put(connection(), PINS)
    saved = store.put(replace(saved, name="renamed"), {"pin": SecretStr(OTHER_PIN)})
    store.rotate()
    store.put(connection("second", "second"), PINS)
    (sealed, _) = blobs(path)
    assert sealed in path.read_bytes()
    store.delete(saved.id)
    held = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert sealed not in held
    for secret in (PIN, OTHER_PIN):
        assert secret.encode() not in held
        assert secret not in caplog.text


def test_equal_secrets_are_sealed_differently_each_time(store: SQLiteConnectionStore, path: Path) -> None:
    saved = store.put(connection(), PINS)
    first = blobs(path)
    store.put(saved, PINS)
    assert first[0][1:] != blobs(path)[0][1:]


def test_the_disk_has_what_was_saved(store: SQLiteConnectionStore) -> None:
    store.put(connection())
    with store._writing() as file:
        asked = ("journal_mode", "synchronous", "secure_delete")
        assert [file.execute(f"PRAGMA {name}").fetchone()[0] for name in asked] == ["delete", 2, 1]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_link_is_refused_by_every_operation(
    tmp_path: Path, path: Path, operation: Callable[[SQLiteConnectionStore], object]
) -> None:
    filled(tmp_path, "default")
    for target in (path.with_name("real"), path.with_name("nowhere")):
        path.rename(path.with_name("real")) if not path.is_symlink() else path.unlink()
        path.symlink_to(target)
        with pytest.raises(StoreError, match="is a symbolic link, which could lead to another user's file"):
            operation(file_store(tmp_path))


def test_a_file_of_another_user_is_refused(tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path, "default")
    owner = path.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(StoreError, match=f"belongs to another user \\(number {owner}\\)"):
        file_store(tmp_path).list()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_file_that_others_can_read_or_change_is_refused_with_what_to_run(
    tmp_path: Path, path: Path, mode: int
) -> None:
    filled(tmp_path, "default")
    path.chmod(mode)
    with pytest.raises(StoreError, match=re.escape(f"Run: chmod 600 '{path}'")):
        file_store(tmp_path).list()
    path.chmod(0o600)
    assert file_store(tmp_path).list()


def test_a_folder_in_the_place_of_the_file_is_refused(store: SQLiteConnectionStore, path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(StoreError, match="is not a file"):
        store.list()


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path, store: SQLiteConnectionStore) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(StoreError, match=r"cannot be opened and written. Make the file and its folder writable"):
        store.put(connection())


def test_another_programs_file_is_refused_and_not_changed(store: SQLiteConnectionStore, path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE invoice (number)")
    path.chmod(0o600)
    before = path.read_bytes()
    for operation in OPERATIONS:
        with pytest.raises(StoreError, match="is not a connection store"):
            operation(store)
    assert path.read_bytes() == before


def test_a_store_that_another_program_holds_is_given_up_after_a_bounded_wait(tmp_path: Path, path: Path) -> None:
    filled(tmp_path, "default")
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match=r"is locked by another program. Try again") as caught:
            file_store(tmp_path, wait=SOON).list()
        assert caught.value.retryable


def test_an_unfinished_change_without_its_file_is_not_taken_for_a_new_store(
    store: SQLiteConnectionStore, path: Path
) -> None:
    """SQLite would write it into the new file."""
    path.parent.mkdir()
    path.with_name(f"{path.name}-journal").write_bytes(b"pages")
    for operation in OPERATIONS:
        with pytest.raises(DamagedStoreError, match="is gone, but a part of it"):
            operation(store)
    assert not path.exists()


# -- damage and tampering ---------------------------------------------------------------------------------------------------


def test_every_single_flipped_bit_of_a_sealed_secret_is_detected(tmp_path: Path, path: Path) -> None:
    (saved,) = filled(tmp_path, "default")
    (key,) = parsed(key_file(tmp_path).read_text(), "the file")
    (blob,) = blobs(path)
    assert plain(unseal(key, bound_to(saved), blob)) == {"pin": "pin of default"}
    for bit in range(len(blob) * 8):
        flipped = bytearray(blob)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(BrokenSealError):
            unseal(key, bound_to(saved), bytes(flipped))
    for length in range(len(blob)):
        with pytest.raises(BrokenSealError):
            unseal(key, bound_to(saved), blob[:length])


@pytest.mark.parametrize(
    "change",
    [
        """
        CREATE TEMP TABLE old AS SELECT id, blob FROM connection;
        UPDATE connection SET blob = (SELECT blob FROM old WHERE old.id <> connection.id);
        """,
        'UPDATE connection SET public = \'{"owner": "Eve"}\'',
        "UPDATE connection SET base_url = 'https://eve.example'",
        """
        UPDATE connection SET is_default = 0;
        UPDATE connection SET environment = CASE environment WHEN 'test' THEN 'production' ELSE 'test' END;
        """,
        "UPDATE connection SET method = 'other'",
        "UPDATE connection SET connector = 'other'",
        "UPDATE connection SET name = name || ' '",
        "UPDATE connection SET id = id || '2'",
        "UPDATE connection SET blob = x''",
    ],
)
def test_secrets_that_were_moved_or_put_beside_other_values_are_not_used(
    tmp_path: Path, path: Path, change: str
) -> None:
    """Not even where the row's check sum was made anew: the seal is bound to what decides where a secret is sent."""
    store = file_store(tmp_path)
    store.put(connection(), PINS)
    store.put(connection("other", environment="test", public={"owner": "Bob"}), {"pin": SecretStr(OTHER_PIN)})
    tampered(path, change)
    for saved in store.list():
        with pytest.raises(DamagedStoreError, match="were changed by something else since they were saved") as caught:
            store.secrets(saved)
        assert PIN not in "".join(traceback.format_exception(caught.value))
        with pytest.raises(DamagedStoreError):
            store.put(replace(saved, name="renamed"))  # which must seal them anew
        assert store.put(saved, PINS).rev == saved.rev + 1  # entering them again helps


@pytest.mark.parametrize(
    "column", ["status = 'attention'", "is_default = 0", "detail = x'00'", "rev = 9", "kid = 'x'", "id = 'x'"]
)
def test_a_value_that_changed_in_the_file_is_noticed_without_the_key(tmp_path: Path, path: Path, column: str) -> None:
    filled(tmp_path, "default")
    with closing(sqlite3.connect(path)) as other:
        other.execute(f"UPDATE connection SET {column}")  # noqa: S608 - the test's own words
        other.commit()
    shutil.rmtree(tmp_path / "keys")
    with pytest.raises(DamagedStoreError, match=r"is damaged. Restore it from a backup"):
        file_store(tmp_path).list()


def test_no_flipped_bit_of_the_file_changes_anything_without_a_word(tmp_path: Path, path: Path) -> None:
    filled(tmp_path, "a", "b", "c")
    expected, listed, whole = opened(tmp_path), file_store(tmp_path).list(), path.read_bytes()
    chance = random.Random(4)  # noqa: S311 - no secret comes from it
    written = [place for place, byte in enumerate(whole) if byte]
    noticed = 0
    for place in chance.sample(written, 250):
        content = bytearray(whole)
        content[place] ^= 1 << chance.randrange(8)
        path.write_bytes(content)
        try:
            assert (opened(tmp_path), file_store(tmp_path).list()) == (expected, listed)
        except ConnectorError:
            noticed += 1
    assert noticed > 200


def test_a_file_that_was_cut_short_is_refused(tmp_path: Path, path: Path) -> None:
    filled(tmp_path, "default")
    whole = path.read_bytes()
    for length in (0, 1, 99, 4096, len(whole) // 2, len(whole) - 4096, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(StoreError, match=r"is damaged|is not a connection store"):
            file_store(tmp_path).list()
        with pytest.raises(StoreError, match=r"is damaged|is not a connection store"):
            file_store(tmp_path).put(connection("new"))


def test_no_damage_gives_a_foreign_error(tmp_path: Path, path: Path) -> None:
    filled(tmp_path, "default")
    whole, chance = path.read_bytes(), random.Random(7)  # noqa: S311 - no secret comes from it
    for _ in range(40):
        content = bytearray(whole)
        start, length = chance.randrange(len(content)), chance.choice([1, 8, 100, 4096])
        content[start : start + length] = chance.randbytes(min(length, len(content) - start))
        for operation in OPERATIONS:
            path.write_bytes(content)
            with suppress(ConnectorError):
                operation(file_store(tmp_path))


def test_an_id_of_a_store_that_could_be_a_path_is_refused(tmp_path: Path, path: Path) -> None:
    filled(tmp_path, "default")
    tampered(path, "UPDATE meta SET value = '/../../secret'")
    with pytest.raises(DamagedStoreError):
        opened(tmp_path)


# -- keys -------------------------------------------------------------------------------------------------------------------


def test_a_wrong_key_and_a_damaged_file_are_told_apart(tmp_path: Path, path: Path) -> None:
    key = Key.new()
    saved = with_key(path, key).put(connection(), PINS)
    wrong = with_key(path, Key.new())
    for refuse in (
        lambda: wrong.secrets(saved),
        lambda: wrong.put(connection("b"), PINS),
        lambda: wrong.put(replace(saved, name="b")),
        wrong.check,
        wrong.rotate,
    ):
        with pytest.raises(
            WrongKeyError, match=r"were saved with another key than the one in the test. Put that key back"
        ):
            refuse()
    assert wrong.list() == [saved]
    with_key(path, key).check()
    content = path.read_bytes()
    path.write_bytes(content[:-100] + b"?" * 100)
    with pytest.raises(DamagedStoreError, match="is damaged"):
        wrong.check()


def test_a_key_file_that_is_gone_is_not_replaced(tmp_path: Path, path: Path) -> None:
    (saved,) = filled(tmp_path, "default")
    name = key_file(tmp_path)
    name.unlink()
    for refuse in (lambda: opened(tmp_path), file_store(tmp_path).check, file_store(tmp_path).rotate):
        with pytest.raises(WrongKeyError, match=re.escape(f"with the key file {name}, which is gone")):
            refuse()
    with pytest.raises(WrongKeyError):
        file_store(tmp_path).put(connection("new"), PINS)
    assert not name.exists()
    # What the sentence advises works without the key.
    file_store(tmp_path).delete(saved.id)
    assert filled(tmp_path, "again")
    assert opened(tmp_path) == {"again": "pin of again"}


def test_an_old_key_still_opens_and_a_new_one_seals(path: Path) -> None:
    old, new = Key.new(), Key.new()
    first = with_key(path, old).put(connection("a"), PINS)
    both = with_key(path, new, old)
    second = both.put(connection("b"), PINS)
    both.check()
    assert plain(both.secrets(first)) == plain(both.secrets(second)) == {"pin": PIN}
    only_new = with_key(path, new)
    assert plain(only_new.secrets(second)) == {"pin": PIN}
    with pytest.raises(WrongKeyError, match=r"'a' in .* were saved with a key that is no longer at hand"):
        only_new.secrets(first)
    with pytest.raises(WrongKeyError):
        only_new.check()
    with pytest.raises(WrongKeyError):
        only_new.rotate()
    assert both.rotate() == 2
    only_new.check()
    assert plain(only_new.secrets(first)) == {"pin": PIN}
    with pytest.raises(WrongKeyError):
        with_key(path, old).secrets(first)


def test_rotation_makes_the_old_key_useless(tmp_path: Path, path: Path) -> None:
    saved = filled(tmp_path, "a", "b")
    (old,) = parsed(key_file(tmp_path).read_text(), "the file")
    assert file_store(tmp_path).rotate() == 2
    assert opened(tmp_path) == {"a": "pin of a", "b": "pin of b"}
    assert file_store(tmp_path).list() == saved  # no rev has changed: a form that is open can still be saved
    (new,) = parsed(key_file(tmp_path).read_text(), "the file")
    assert new != old
    for one, blob in zip(saved, blobs(path), strict=True):
        with pytest.raises(BrokenSealError):
            unseal(old, bound_to(one), blob)


def test_rotating_one_store_leaves_another_of_the_same_user_alone(tmp_path: Path) -> None:
    stores = [SQLiteConnectionStore(tmp_path / name, MadeKeys(tmp_path / "keys")) for name in ("a", "b")]
    saved = [store.put(connection(), PINS) for store in stores]
    stores[0].rotate()
    assert plain(stores[1].secrets(saved[1])) == {"pin": PIN}


def test_a_store_that_is_moved_keeps_its_key(tmp_path: Path, path: Path) -> None:
    filled(tmp_path, "default")
    moved = path.rename(tmp_path / "moved")
    store = SQLiteConnectionStore(moved, MadeKeys(tmp_path / "keys"))
    assert plain(store.secrets(store.list()[0])) == {"pin": "pin of default"}


# -- processes and threads --------------------------------------------------------------------------------------------------


def test_of_eight_processes_that_write_at_once_none_loses_a_write(tmp_path: Path) -> None:
    barrier = SPAWN.Barrier(8)
    with ExitStack() as stack:
        for _, pipe in [stack.enter_context(process(save_many, barrier, tmp_path, n, 25)) for n in range(8)]:
            assert received(pipe) == "done"
    expected = {f"{worker}-{number}": f"pin {worker} {number}" for worker in range(8) for number in range(25)}
    assert opened(tmp_path) == expected
    assert len([saved for saved in file_store(tmp_path).list() if saved.is_default]) == 1


def test_eight_processes_that_start_at_once_make_one_key_and_one_default(tmp_path: Path) -> None:
    folders = [tmp_path / str(number) for number in range(15)]
    barrier = SPAWN.Barrier(8)
    with ExitStack() as stack:
        for _, pipe in [stack.enter_context(process(save_first, barrier, folders, n)) for n in range(8)]:
            assert received(pipe) == "done"
    for folder in folders:
        assert len(opened(folder)) == 8
        assert sum(saved.is_default for saved in file_store(folder).list()) == 1
        assert len(parsed(key_file(folder).read_text(), "the file")) == 1
        assert len(list(folder.rglob("*"))) == 4  # two folders, and nothing left beside the two files


def test_a_key_is_dropped_under_the_hands_of_nobody(tmp_path: Path) -> None:
    """A process that loaded its key before a rotation and sealed with it afterwards would lose what it saved."""
    with ExitStack() as stack:
        pipes = [stack.enter_context(process(use_while_rotated, tmp_path, n))[1] for n in range(3)]
        assert [received(pipe) for pipe in pipes] == ["ready"] * 3
        for _ in range(15):
            assert file_store(tmp_path, wait=BOUND).rotate() == 3
        for pipe in pipes:
            pipe.send("stop")
        last = {f"worker {n}": str(received(pipe)) for n, pipe in enumerate(pipes)}
    assert opened(tmp_path) == last


def test_threads_share_a_store(store: SQLiteConnectionStore) -> None:
    at_once(8, lambda number: store.put(connection(f"n{number}"), PINS))
    assert len(store.list()) == 8


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_process_that_is_killed_25_times_while_it_writes_leaves_all_intact(tmp_path: Path) -> None:
    store, before = file_store(tmp_path), 0
    with process(killed_while_writing, tmp_path, 25) as (_, pipe):
        for begun, done in iter(lambda: received(pipe), None):
            (saved,) = store.list()
            found = plain(store.secrets(saved))["pin"]
            assert found == saved.detail
            assert max([before, *done]) <= int(found) <= max([before, *begun])
            before = int(found)
            pipe.send("looked at")
    assert before >= 25  # each had written


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_rotation_that_is_killed_anywhere_loses_nothing_and_can_be_finished(tmp_path: Path) -> None:
    names = [str(number) for number in range(20)]
    filled(tmp_path / "0", *names)
    (old,) = parsed(key_file(tmp_path / "0").read_text(), "the file")
    expected = opened(tmp_path / "0")
    folders = [shutil.copytree(tmp_path / "0", tmp_path / str(n + 1)) for n in range(27)]
    with process(killed_while_rotating, folders) as (_, pipe):
        ended = [received(pipe) for _ in folders]
    held = [parsed(key_file(folder).read_text(), "the file") for folder in folders]
    # Some were killed when the new key was there and the old one was not dropped.
    assert {len(keys) for keys in held} == {1, 2}
    assert not all(ended)
    for folder in folders:
        assert opened(folder) == expected
        assert file_store(folder).rotate() == 20
        assert opened(folder) == expected
        assert len(list(folder.rglob("*"))) == 4  # what killed processes had left aside is gone
        keys = parsed(key_file(folder).read_text(), "the file")
        assert len(keys) == 1
        assert old not in keys
