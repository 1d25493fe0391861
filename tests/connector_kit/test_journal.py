"""The journal in a file keeps the contract, and says what to do when its file cannot be used."""

from __future__ import annotations

import functools
import os
import shutil
import sqlite3
import stat
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_kit.journal import LEASE, NOTHING_SENT, STAYS_SENT, JournalError, State, alive, digest
from connector_kit.journal.sqlite import SQLiteJournal
from journals import BATCH, CONTENT, GONE, KEY, NOW, OTHER, JournalContract, begun
from processes import at_once

SOON = 0.01
OPERATIONS: list[Callable[[SQLiteJournal], object]] = [
    lambda journal: journal.begin(KEY, CONTENT, owner="second", now=NOW),
    lambda journal: journal.heartbeat(KEY, owner="first", now=NOW),
    lambda journal: journal.finish(KEY, owner="first", state="done", result=None, now=NOW),
    lambda journal: journal.release(KEY, owner="first"),
    lambda journal: journal.get(KEY),
    lambda journal: list(journal.entries()),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "journal.sqlite3"


@pytest.fixture
def journal(path: Path) -> Iterator[SQLiteJournal]:
    with closing(SQLiteJournal(path, wait=SOON)) as journal:
        yield journal


@functools.cache
def pages() -> bytes:
    """Return the file of a journal of several pages."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.sqlite3"
        fill(path)
        return path.read_bytes()


def fill(path: Path) -> None:
    """Make a journal of several pages, and close it."""
    with closing(SQLiteJournal(path)) as journal:
        begun(journal)
        for number in range(60):
            assert journal.begin(digest(str(number)), CONTENT, owner="first", now=NOW, batch=BATCH) is None


def refused(path: Path, says: str) -> JournalError:
    """Let an attempt begin on a journal that cannot be used, and return the error, which has no foreign words."""
    with closing(SQLiteJournal(path, wait=SOON)) as journal, pytest.raises(JournalError, match=says) as caught:
        journal.begin(KEY, CONTENT, owner="second", now=NOW)
    error = caught.value
    assert str(error).endswith(NOTHING_SENT)
    assert KEY not in "".join(traceback.format_exception(error))
    return error


class TestSQLiteJournal(JournalContract):
    @pytest.fixture
    def place(self, path: Path) -> str:
        return str(path)


# -- the file ---------------------------------------------------------------------------------------------------------------


def test_the_file_and_its_parts_are_for_this_user_alone(journal: SQLiteJournal, path: Path) -> None:
    begun(journal)
    assert {file.name for file in path.parent.iterdir()} == {path.name, f"{path.name}-wal", f"{path.name}-shm"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}


def test_folders_that_are_missing_are_made_for_this_user_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with closing(SQLiteJournal(tmp_path / "a" / "b" / "journal.sqlite3")) as journal:
        begun(journal)
    modes = [stat.S_IMODE(folder.stat().st_mode) for folder in (tmp_path / "a" / "b", tmp_path / "a", tmp_path)]
    assert modes == [0o700, 0o700, 0o755]


def test_nothing_is_made_before_the_first_use(path: Path) -> None:
    SQLiteJournal(path).close()
    assert not path.parent.exists()


def test_an_intent_is_on_the_disk_before_its_act(journal: SQLiteJournal) -> None:
    begun(journal)
    assert journal._connection is not None
    assert journal._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert journal._connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL


def test_a_relative_path_stays_the_same_file_when_the_program_changes_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with closing(SQLiteJournal(Path("journal.sqlite3"))) as journal:
        begun(journal)
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        assert journal.get(KEY)


@pytest.mark.parametrize("name", ["a b?mode=ro#1 %41.db", "ключ.sqlite3"])
def test_a_path_may_have_any_name(tmp_path: Path, name: str) -> None:
    with closing(SQLiteJournal(tmp_path / name)) as journal:
        begun(journal)
        assert (tmp_path / name).exists()


def test_neither_key_nor_content_is_in_the_file(journal: SQLiteJournal, path: Path) -> None:
    account, order, number = "AC42", "order 4711", "+15551234567"
    key, fingerprint = digest(account, order), digest(account, number, "Your parcel is here")
    assert journal.begin(key, fingerprint, owner="first", now=NOW, batch=digest(account, "March run")) is None
    held = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert key.encode() in held
    for planted in (account, order, number, "parcel", "March run"):
        assert planted.encode() not in held


def test_an_interrupted_write_is_taken_back(journal: SQLiteJournal) -> None:
    """Ctrl-C may come between any two statements."""
    entry = begun(journal)
    with suppress(KeyboardInterrupt), journal._writing(NOTHING_SENT) as connection:
        connection.execute("DELETE FROM entry")
        raise KeyboardInterrupt
    assert journal.get(KEY) == entry


# -- a file that cannot be used ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_file_of_something_else_is_refused_by_every_operation(
    journal: SQLiteJournal, path: Path, operation: Callable[[SQLiteJournal], object]
) -> None:
    path.parent.mkdir()
    path.write_bytes(b"an invoice, not a database\n" * 500)
    with pytest.raises(JournalError, match=rf"^The journal {path} is damaged. Restore it from a backup.") as caught:
        operation(journal)
    assert not caught.value.retryable
    assert caught.value.code == "journal"


def test_an_error_after_the_act_does_not_say_that_nothing_was_sent(journal: SQLiteJournal, path: Path) -> None:
    begun(journal)
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(JournalError) as caught:
            journal.finish(KEY, owner="first", state="done", result=None, now=NOW)
    assert str(caught.value).endswith(STAYS_SENT)
    assert NOTHING_SENT not in str(caught.value)


def test_an_emptied_file_is_refused_and_not_filled(path: Path) -> None:
    """To begin again in it would forget every key."""
    fill(path)
    path.write_bytes(b"")
    refused(path, "is not a journal: it is another program's file, or it was emptied")
    assert path.read_bytes() == b""


@given(data=st.data())
def test_a_file_that_was_cut_short_anywhere_is_refused(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.sqlite3"
        path.write_bytes(pages()[: data.draw(st.integers(1, len(pages()) - 1))])
        refused(path, "is damaged|is not a journal")


@given(data=st.data())
def test_no_damage_gives_a_foreign_error(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.sqlite3"
        content = bytearray(pages())
        start = data.draw(st.integers(0, len(content) - 1))
        junk = data.draw(st.binary(min_size=1, max_size=64)) * data.draw(st.sampled_from([1, 100]))
        content[start : start + len(junk)] = junk
        path.write_bytes(content)
        with closing(SQLiteJournal(path, wait=SOON)) as journal:
            for operation in OPERATIONS:
                with suppress(JournalError):
                    operation(journal)


@pytest.mark.parametrize("column", ["began = 'yesterday'", "updated = '2026-03-01T00:00:00'", "began = 7"])
def test_a_row_that_makes_no_sense_counts_as_damage(path: Path, column: str) -> None:
    fill(path)
    with closing(sqlite3.connect(path)) as other:
        other.execute(f"UPDATE entry SET {column}")  # noqa: S608 - the test's own words
        other.commit()
    refused(path, "is damaged")


def test_a_state_of_no_known_name_counts_as_damage(path: Path) -> None:
    fill(path)
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA ignore_check_constraints = ON")
        other.execute("UPDATE entry SET state = 'lost'")
        other.commit()
    refused(path, "is damaged")


def test_the_database_of_another_program_is_refused_and_not_changed(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE invoice (number)")
    before = path.read_bytes()
    refused(path, "is not a journal")
    assert path.read_bytes() == before


def test_a_journal_of_another_format_is_refused(path: Path) -> None:
    fill(path)
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA user_version = 2")
    refused(path, "has format 2, this program writes format 1. Use the version that wrote it")


def test_a_journal_without_its_table_is_refused(path: Path) -> None:
    fill(path)
    with closing(sqlite3.connect(path)) as other:
        other.execute("DROP TABLE entry")
    refused(path, "is damaged")


def test_a_locked_journal_is_given_up_after_a_bounded_wait_and_may_be_tried_again(path: Path) -> None:
    fill(path)
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert refused(path, "is locked by another program. Try again when that is finished").retryable
    with closing(SQLiteJournal(path)) as journal:
        assert journal.get(KEY)


def test_an_operation_does_not_wait_for_other_threads_without_end(journal: SQLiteJournal) -> None:
    with journal._lock, pytest.raises(JournalError, match=r"is too busy. Try again later.") as caught:
        journal.get(KEY)
    assert caught.value.retryable


def test_a_folder_in_the_place_of_the_file_is_refused(path: Path) -> None:
    path.mkdir(parents=True)
    refused(path, "cannot be opened and written. Make the file and its folder writable for this user")


def test_a_file_in_the_place_of_the_folder_is_refused(path: Path) -> None:
    path.parent.write_text("a file")
    refused(path, r"cannot be opened and written. .*\(Not a directory\)")


def test_a_link_that_leads_nowhere_is_refused(path: Path) -> None:
    path.parent.mkdir()
    path.symlink_to("nowhere")
    refused(path, "cannot be opened and written")


@contextmanager
def without_rights(folder: Path) -> Iterator[None]:
    """Make a folder and its files read-only; root, whom modes do not bind, becomes nobody."""
    for file in folder.iterdir():
        file.chmod(0o444)
    folder.chmod(0o555)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o700)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that nobody can reach: those of pytest lie below one that is for this user alone."""
    folder = Path(tempfile.mkdtemp())
    yield folder
    shutil.rmtree(folder)


def test_a_read_only_file_is_refused(open_folder: Path) -> None:
    path = open_folder / "journal.sqlite3"
    fill(path)
    with without_rights(open_folder):
        refused(path, "cannot be opened and written. Make the file and its folder writable")


def test_a_file_that_became_read_only_while_it_was_open_is_refused(journal: SQLiteJournal) -> None:
    begun(journal)
    assert journal._connection is not None
    journal._connection.execute("PRAGMA query_only = ON")
    with pytest.raises(JournalError, match="cannot be opened and written"):
        journal.release(KEY, owner="first")


def test_a_read_only_folder_is_refused(open_folder: Path) -> None:
    with without_rights(open_folder):
        refused(open_folder / "journal.sqlite3", r"cannot be opened and written. .*\(Permission denied\)")
        refused(open_folder / "folder" / "journal.sqlite3", r"cannot be opened and written. .*\(Permission denied\)")


def test_a_journal_of_which_only_the_log_is_left_is_refused(path: Path) -> None:
    """Its latest entries stand in the log; SQLite would delete it, or write it into the new file."""
    path.parent.mkdir()
    (path.parent / f"{path.name}-wal").write_bytes(b"entries")
    refused(path, f"is gone, but a part of it, {path.name}-wal, is still there. Restore it from a backup")
    assert not path.exists()


def test_a_journal_that_is_replaced_while_it_is_in_use_is_noticed(journal: SQLiteJournal, path: Path) -> None:
    begun(journal)
    for file in list(path.parent.iterdir()):
        file.rename(file.with_name(f"old-{file.name}"))
    with closing(SQLiteJournal(path)) as another:
        begun(another, owner="another")
        with pytest.raises(JournalError, match=r"was moved or replaced while it was in use. Try again. Nothing was"):
            journal.begin(OTHER, CONTENT, owner="first", now=NOW)
        seen = journal.begin(KEY, CONTENT, owner="first", now=NOW)
        assert seen is not None
        assert seen.owner == "another"
        begun(another, key=OTHER)  # its log is still its own
    assert sorted(path.parent.glob(".*")) == []


def test_journals_that_are_made_at_once_by_threads_are_one(path: Path) -> None:
    def work(number: int) -> object:
        with closing(SQLiteJournal(path)) as journal:
            return journal.begin(KEY, CONTENT, owner=str(number), now=NOW)

    assert at_once(8, work).count(None) == 1
    assert [file.name for file in path.parent.iterdir()] == [path.name]


# -- what needs no file -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (timedelta(0), True),
        (LEASE - timedelta(microseconds=1), True),
        (LEASE, False),
        (-LEASE + timedelta(microseconds=1), True),
        (-LEASE, False),
    ],
)
def test_an_owner_is_alive_until_the_lease_ends_also_by_a_clock_that_was_set_back(
    journal: SQLiteJournal, after: timedelta, expected: bool
) -> None:
    assert alive(begun(journal), NOW + after) is expected


@pytest.mark.parametrize("state", ["done", "refused", "unknown"])
def test_an_owner_that_has_ended_is_not_at_work(journal: SQLiteJournal, state: State) -> None:
    assert not alive(replace(begun(journal), state=state), NOW)


def test_a_lease_may_be_longer(journal: SQLiteJournal) -> None:
    assert alive(begun(journal), GONE, lease=2 * LEASE)


@given(st.lists(st.text()), st.lists(st.text()))
def test_a_digest_tells_different_parts_apart(one: list[str], other: list[str]) -> None:
    assert (digest(*one) == digest(*other)) is (one == other)
    assert digest("ab", "c") != digest("a", "bc")
