"""Which run stands in the way of a new one, so that nobody is texted twice by starting anew."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connector_kit.english.running.run_journal import Left, Record, Run, RunJournal
from connector_kit.english.running.run_sqlite import SQLiteRunJournal
from connector_kit.english.running.runs import Begin
from connector_kit.english.running.unfinished import Unfinished, unfinished
from english_journals import NOW, SENT, SOON

TEXT = 'the list is "a", "b"\nprocess each list as follows\n  send\nsay "done"\n'
RUN = Run("first", "key", TEXT, None, "production", "UTC", NOW, NOW)
BEGUN = Record("1", "", "begun", "null")
READ = Record("1", "", "read", "[]")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[RunJournal]:
    with closing(SQLiteRunJournal(tmp_path / "runs.sqlite3")) as journal:
        yield journal


def left(journal: RunJournal, run: Run, *records: Record, state: Any = "failed", **detail: Any) -> None:
    """Add a run that recorded something and was left."""
    journal.add(run)
    journal.claim(run.id, owner="one", now=NOW)
    for record in records:
        journal.record(run.id, record, owner="one", position=1, now=NOW)
    if state != "running":
        journal.leave(run.id, Left(state, json.dumps(detail), 1, "{}"), owner="one", now=NOW)


def found(journal: RunJournal, text: str = TEXT, **begin: Any) -> Unfinished | None:
    return unfinished(journal, text, Begin(lambda: SOON, **begin), ["Main"])


def test_there_is_none_where_no_run_is(journal: RunJournal) -> None:
    assert found(journal) is None


@pytest.mark.parametrize(
    ("records", "state", "detail", "acted"),
    [
        ([SENT], "failed", {}, True),
        ([SENT], "waiting", {}, True),
        ([BEGUN], "failed", {}, True),
        ([READ], "failed", {"kind": "service"}, False),
        ([READ], "failed", {"kind": "unknown"}, True),
        ([READ], "waiting", {"kind": "unknown"}, False),
        ([], "interrupted", {}, True),
        ([], "running", {}, True),
    ],
)
def test_a_run_may_have_acted_if_it_recorded_so_or_if_nobody_knows(
    journal: RunJournal, records: list[Record], state: str, detail: dict[str, Any], acted: bool
) -> None:
    left(journal, RUN, *records, state=state, **detail)
    there = found(journal)
    assert there is not None
    assert (there.run.id, there.same, there.may_have_acted) == ("first", True, acted)
    assert there.sends == records.count(SENT)


def test_what_is_done_stands_in_nobody_s_way(journal: RunJournal) -> None:
    left(journal, RUN, SENT, state="done")
    assert found(journal) is None


@pytest.mark.parametrize(
    ("text", "alike"),
    [
        (TEXT.replace('"b"', '"c"'), True),
        (f"# corrected\n{TEXT.upper()}", True),
        ('say "done"\nsend\n', True),
        ('say "done"\nread\n', False),
        (TEXT + 'say "more"\n' * 5, False),
        ("# nothing\n", False),
    ],
)
def test_another_text_counts_if_half_of_its_lines_are_the_same_and_it_may_have_acted(
    journal: RunJournal, text: str, alike: bool
) -> None:
    left(journal, RUN, SENT)
    there = found(journal, text)
    assert (there is not None) is alike
    assert there is None or not there.same


def test_another_text_that_did_nothing_does_not_count(journal: RunJournal) -> None:
    left(journal, RUN, READ)
    assert found(journal, TEXT.replace('"b"', '"c"')) is None
    assert found(journal) is not None


@pytest.mark.parametrize(
    ("of_run", "of_new", "one"),
    [(None, None, True), (None, "main", True), ("MAIN", None, True), ("Acme", "acme", True), ("Acme", None, False)],
)
def test_a_run_of_another_connection_does_not_count(
    journal: RunJournal, of_run: str | None, of_new: str | None, one: bool
) -> None:
    left(journal, replace(RUN, connection=of_run), SENT)
    assert (found(journal, connection=of_new) is not None) is one


def test_a_run_of_another_environment_does_not_count(journal: RunJournal) -> None:
    left(journal, RUN, SENT)
    assert found(journal, environment="test") is None


def test_what_may_have_acted_is_told_before_what_is_newer(journal: RunJournal) -> None:
    left(journal, RUN, SENT)
    left(journal, replace(RUN, id="second", started=SOON), state="waiting")
    there = found(journal)
    assert there is not None
    assert there.run.id == "first"
