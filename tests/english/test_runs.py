"""The journal of runs: its file, who may have a run, and what a list of runs shows."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from connector_kit import InputError, JournalError
from connector_kit.english.running.run_journal import Run, RunBusyError, RunJournal
from connector_kit.english.running.run_memory import MemoryRunJournal
from connector_kit.english.running.run_sqlite import RUNS_FILE, SQLiteRunJournal, default_runs
from connector_kit.english.running.runs import Begin, start, summary, zone_name, zone_of
from connector_kit.english.running.track import Track
from connector_kit.journal.owners import died_here, new_owner
from english_journals import GONE, NOW, READ, RUN, SENT, SOON, RunJournalContract, hold
from english_programs import program, say
from processes import process, received


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "runs.sqlite3"


@pytest.fixture
def file(path: Path) -> Iterator[SQLiteRunJournal]:
    with closing(SQLiteRunJournal(path)) as journal:
        yield journal


class TestSQLiteRunJournal(RunJournalContract):
    @pytest.fixture
    def journal(self, file: SQLiteRunJournal) -> RunJournal:
        return file

    def test_a_thousand_records_are_all_found(self, file: SQLiteRunJournal) -> None:
        file.add(RUN)
        file.claim(RUN.id, owner="first", now=NOW)
        records = [replace(SENT, path=str(number)) for number in range(1001)]
        for record in records:
            file.record(RUN.id, record, owner="first", position=0, now=NOW)
        assert list(file.records(RUN.id)) == records


class TestMemoryRunJournal(RunJournalContract):
    @pytest.fixture
    def journal(self) -> RunJournal:
        return MemoryRunJournal()


# -- the file ---------------------------------------------------------------------------------------------------------------


def test_the_file_and_its_folder_are_for_this_user_alone(file: SQLiteRunJournal, path: Path) -> None:
    file.add(RUN)
    assert {stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_file_that_others_could_read_is_refused(file: SQLiteRunJournal, path: Path) -> None:
    file.add(RUN)
    file.close()
    path.chmod(0o644)
    with closing(SQLiteRunJournal(path)) as journal, pytest.raises(JournalError, match="chmod 600"):
        journal.get(RUN.id)


def test_a_link_in_its_place_is_refused(path: Path, tmp_path: Path) -> None:
    with closing(SQLiteRunJournal(tmp_path / "other.sqlite3")) as other:
        other.add(RUN)
    path.parent.mkdir()
    path.symlink_to(tmp_path / "other.sqlite3")
    with closing(SQLiteRunJournal(path)) as journal, pytest.raises(JournalError, match="is a symbolic link"):
        journal.get(RUN.id)


def test_to_list_runs_makes_no_file(file: SQLiteRunJournal, path: Path) -> None:
    assert file.runs() == []
    assert not path.parent.exists()


def test_a_removed_run_leaves_no_trace_in_the_file(file: SQLiteRunJournal, path: Path) -> None:
    file.add(replace(RUN, program="the secret plan"))
    file.claim(RUN.id, owner="first", now=NOW)
    file.record(RUN.id, replace(SENT, value="+15551234567"), owner="first", position=1, now=NOW)
    file.remove(RUN.id, now=GONE)
    file.close()
    assert b"secret plan" not in path.read_bytes()
    assert b"15551234567" not in path.read_bytes()


@pytest.mark.parametrize(("column", "value"), [("state", "lost"), ("started", "today")])
def test_a_row_that_makes_no_sense_counts_as_damage(
    file: SQLiteRunJournal, path: Path, column: str, value: str
) -> None:
    file.add(RUN)
    file.close()
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA ignore_check_constraints = ON")
        other.execute(f"UPDATE run SET {column} = ?", (value,))  # noqa: S608 - our own names
        other.commit()
    with closing(SQLiteRunJournal(path)) as journal, pytest.raises(JournalError, match="is damaged") as caught:
        journal.get(RUN.id)
    assert str(caught.value).startswith(f"The run journal {path} is damaged. {RUNS_FILE.lost}")


def test_a_record_that_makes_no_sense_is_an_error_of_ours(file: SQLiteRunJournal) -> None:
    file.add(RUN)
    file.claim(RUN.id, owner="first", now=NOW)
    file.record(RUN.id, READ, owner="first", position=1, now=NOW)
    track = Track(file, RUN, "first", lambda: NOW, lambda *_: pytest.fail("no concept"))
    record = track.find("2")
    assert record is not None
    with pytest.raises(JournalError, match="is damaged"):
        track.value(record)


# -- its place --------------------------------------------------------------------------------------------------------------


def place(monkeypatch: pytest.MonkeyPatch, **variables: str) -> str:
    monkeypatch.delenv("CONNECTOR_KIT_RUNS")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with closing(default_runs()) as journal:
        return str(journal._path)


def test_the_journal_is_in_this_users_state_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    assert place(monkeypatch, XDG_STATE_HOME="/var/state") == "/var/state/connector-kit/runs.sqlite3"
    monkeypatch.setenv("CONNECTOR_KIT_RUNS", "")
    monkeypatch.delenv("XDG_STATE_HOME")
    assert place(monkeypatch, HOME="/home/ana") == "/home/ana/.local/state/connector-kit/runs.sqlite3"


def test_a_variable_names_another_place(monkeypatch: pytest.MonkeyPatch) -> None:
    assert place(monkeypatch, CONNECTOR_KIT_RUNS="/srv/runs.db") == "/srv/runs.db"
    with pytest.raises(JournalError, match="must be a whole path"):
        place(monkeypatch, CONNECTOR_KIT_RUNS="runs.db")


# -- who may have a run -----------------------------------------------------------------------------------------------------


def test_a_run_of_a_living_process_is_its_own_and_that_of_a_killed_one_is_free(path: Path) -> None:
    with closing(SQLiteRunJournal(path)) as journal:
        journal.add(RUN)
        with process(hold, path) as (child, pipe):
            assert received(pipe) == "claimed"
            with pytest.raises(RunBusyError, match="bcdf-2345 is being carried out by another process"):
                journal.claim(RUN.id, owner=new_owner(), now=datetime.now(UTC))
            os.kill(child.pid, signal.SIGKILL)
            child.join()
        # At once, and not after the lease.
        run = journal.get(RUN.id)
        assert (run.state, run.shown_state(datetime.now(UTC))) == ("running", "broken off")
        journal.claim(RUN.id, owner=new_owner(), now=datetime.now(UTC))
        assert journal.get(RUN.id).shown_state(datetime.now(UTC)) == "running"


@pytest.mark.parametrize("owner", ["", "x", "elsewhere:1:x", "a:b:c"])
def test_only_a_process_of_this_machine_can_be_known_to_be_gone(owner: str) -> None:
    assert not died_here(owner)
    assert not died_here(new_owner())


# -- ids, zones and what is shown -------------------------------------------------------------------------------------------


def test_a_run_begins_with_a_short_id_and_a_secret_of_its_own() -> None:
    journal, made = MemoryRunJournal(), program(say("x"))
    ids = [start(journal, made, Begin(lambda: NOW, ZoneInfo("Europe/Berlin"), "Main")) for _ in range(3)]
    runs = [journal.get(each) for each in ids]
    assert len({run.key for run in runs}) == len(set(ids)) == 3
    assert all(len(each) == 9 and each[4] == "-" for each in ids)
    assert (runs[0].program, runs[0].connection, runs[0].zone, runs[0].state) == (
        made.text,
        "Main",
        "Europe/Berlin",
        "ready",
    )


def test_no_free_id_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    journal, made = MemoryRunJournal(), program(say("x"))
    monkeypatch.setattr("connector_kit.english.running.runs._new_id", lambda: "same")
    start(journal, made, Begin(lambda: NOW))
    with pytest.raises(InputError, match="Remove old runs"):
        start(journal, made, Begin(lambda: NOW))


@pytest.mark.parametrize(
    "zone",
    [
        UTC,
        ZoneInfo("Europe/Berlin"),
        ZoneInfo("UTC"),
        timezone(timedelta(hours=-5)),
        timezone(timedelta(hours=5, minutes=30)),
    ],
)
def test_a_zone_is_found_again_by_its_name(zone: tzinfo) -> None:
    assert zone_of(zone_name(zone)).utcoffset(NOW) == zone.utcoffset(NOW)


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "UTC+5"])
def test_a_zone_that_is_none_is_told_as_such(name: str) -> None:
    with pytest.raises(InputError, match="There is no timezone"):
        zone_of(name)


def test_a_zone_without_a_name_cannot_be_that_of_a_run() -> None:
    with pytest.raises(InputError, match="Name the timezone"):
        zone_name(timezone(timedelta(hours=1), "Summer"))


def test_a_list_shows_no_text_of_a_run() -> None:
    run = Run(
        "a",
        "k",
        "secret",
        None,
        "production",
        "UTC",
        NOW,
        SOON,
        "failed",
        None,
        7,
        '{"x": "secret"}',
        '{"step": "3", "said": ["secret"]}',
    )
    assert "secret" not in str(summary(run, SOON))
    assert summary(run, SOON)["step"] == "3"
    assert "secret" not in repr(run)
