"""What every journal of runs must keep to, and a process that holds a run."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

import pytest

from connector_kit import InputError
from connector_kit.english.running.run_journal import Left, NoRunError, Record, Run, RunBusyError, RunJournal, RunState
from connector_kit.english.running.run_sqlite import SQLiteRunJournal
from connector_kit.journal import LEASE

NOW = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
SOON, GONE = NOW + timedelta(seconds=1), NOW + LEASE
RUN = Run("bcdf-2345", "key", "say 1", "Main", "test", "Europe/Berlin", NOW, NOW)
SENT = Record("1", "", "sent", '["SM1", []]')
READ = Record("2", "", "read", b"packed")
LEFT = Left("waiting", '{"question": 1}', 3, '{"a": "1"}')


def hold(pipe: Pipe, path: Path) -> None:
    """Claim the run, say so, and wait to be killed."""
    from connector_kit.journal.owners import new_owner

    with closing(SQLiteRunJournal(path)) as journal:
        journal.claim(RUN.id, owner=new_owner(), now=datetime.now(UTC))
        pipe.send("claimed")
        pipe.recv()


class RunJournalContract:
    """The promises of connector_kit.english.running.run_journal.RunJournal; a subclass gives the journal, empty."""

    @pytest.fixture
    def journal(self) -> RunJournal:
        raise NotImplementedError

    def test_a_run_is_found_as_it_was_added(self, journal: RunJournal) -> None:
        journal.add(RUN)
        assert journal.get(RUN.id) == RUN

    def test_an_id_is_used_once(self, journal: RunJournal) -> None:
        journal.add(RUN)
        with pytest.raises(InputError, match="There is a run bcdf-2345 already"):
            journal.add(replace(RUN, program="other"))
        assert journal.get(RUN.id) == RUN

    def test_runs_are_listed_with_the_newest_first(self, journal: RunJournal) -> None:
        assert journal.runs() == []
        later = replace(RUN, id="later", started=SOON)
        journal.add(RUN)
        journal.add(later)
        assert journal.runs() == [later, RUN]

    def test_a_run_has_one_owner_at_a_time(self, journal: RunJournal) -> None:
        journal.add(RUN)
        assert journal.claim(RUN.id, owner="first", now=SOON) == RUN
        assert journal.get(RUN.id) == replace(RUN, owner="first", state="running", updated=SOON)
        with pytest.raises(RunBusyError):
            journal.claim(RUN.id, owner="second", now=SOON)

    def test_a_run_that_is_done_stays_done_whoever_claims_it(self, journal: RunJournal) -> None:
        journal.add(RUN)
        journal.claim(RUN.id, owner="first", now=NOW)
        journal.leave(RUN.id, replace(LEFT, state="done"), owner="first", now=NOW)
        assert journal.claim(RUN.id, owner="second", now=SOON).state == "done"
        assert journal.get(RUN.id).state == "done"
        assert journal.claim(RUN.id, owner="third", now=SOON + LEASE).state == "done"

    def test_a_run_is_left_for_others_as_it_stands(self, journal: RunJournal) -> None:
        journal.add(RUN)
        journal.claim(RUN.id, owner="first", now=NOW)
        journal.leave(RUN.id, LEFT, owner="first", now=SOON)
        left = replace(RUN, state="waiting", detail=LEFT.detail, answers=LEFT.answers, position=3, updated=SOON)
        assert journal.get(RUN.id) == left
        assert journal.claim(RUN.id, owner="second", now=SOON) == left

    def test_an_owner_that_gives_no_sign_of_life_loses_the_run(self, journal: RunJournal) -> None:
        journal.add(RUN)
        journal.claim(RUN.id, owner="first", now=NOW)
        assert journal.heartbeat(RUN.id, owner="first", now=SOON)
        with pytest.raises(RunBusyError):
            journal.claim(RUN.id, owner="second", now=GONE)
        journal.claim(RUN.id, owner="second", now=SOON + LEASE)
        assert not journal.heartbeat(RUN.id, owner="first", now=GONE)
        with pytest.raises(RunBusyError):
            journal.record(RUN.id, SENT, owner="first", position=1, now=GONE)
        journal.forget(RUN.id, "1", "", owner="first")
        journal.leave(RUN.id, LEFT, owner="first", now=GONE)
        assert journal.get(RUN.id).owner == "second"
        assert list(journal.records(RUN.id)) == []

    def test_records_are_kept_in_order_and_one_for_each_name(self, journal: RunJournal) -> None:
        journal.add(RUN)
        journal.claim(RUN.id, owner="first", now=NOW)
        begun = Record("1", "", "begun", "null")
        answer = Record("1", "body", "answer", '"x"')
        for position, record in enumerate((begun, READ, answer, SENT)):
            journal.record(RUN.id, record, owner="first", position=position, now=SOON)
        assert list(journal.records(RUN.id)) == [SENT, READ, answer]
        assert journal.get(RUN.id).position == 3
        journal.forget(RUN.id, "1", "body", owner="first")
        assert list(journal.records(RUN.id)) == [SENT, READ]

    def test_the_position_never_goes_back(self, journal: RunJournal) -> None:
        journal.add(RUN)
        journal.claim(RUN.id, owner="first", now=NOW)
        journal.record(RUN.id, SENT, owner="first", position=9, now=NOW)
        journal.record(RUN.id, READ, owner="first", position=0, now=NOW)
        journal.leave(RUN.id, LEFT, owner="first", now=NOW)
        assert journal.get(RUN.id).position == 9

    def test_what_was_read_is_forgotten_when_the_run_is_done(self, journal: RunJournal) -> None:
        journal.add(RUN)
        ways: list[tuple[RunState, list[Record]]] = [("failed", [SENT, READ]), ("done", [SENT])]
        for state, kept in ways:
            journal.claim(RUN.id, owner="first", now=NOW)
            for record in (SENT, READ):
                journal.record(RUN.id, record, owner="first", position=1, now=NOW)
            journal.leave(RUN.id, replace(LEFT, state=state), owner="first", now=NOW)
            assert list(journal.records(RUN.id)) == kept

    def test_a_run_is_removed_with_everything_unless_somebody_is_at_work_on_it(self, journal: RunJournal) -> None:
        journal.add(RUN)
        journal.claim(RUN.id, owner="first", now=NOW)
        journal.record(RUN.id, SENT, owner="first", position=1, now=NOW)
        with pytest.raises(RunBusyError):
            journal.remove(RUN.id, now=SOON)
        journal.remove(RUN.id, now=GONE)
        assert journal.runs() == []
        journal.add(RUN)
        assert list(journal.records(RUN.id)) == []

    def test_what_is_not_there_is_told_as_such(self, journal: RunJournal) -> None:
        for act in (
            lambda: journal.get("none"),
            lambda: journal.claim("none", owner="first", now=NOW),
            lambda: journal.remove("none", now=NOW),
        ):
            with pytest.raises(NoRunError, match="There is no run 'none'"):
                act()
