"""A call that takes longer than the lease is not taken for dead, and one that died is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from connector_kit.journal import LEASE, Digest, Journal, JournalError, alive
from connector_kit.journal.heart import Heart
from connector_kit.journal.sqlite import SQLiteJournal
from journals import CONTENT, KEY, NOW


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = SQLiteJournal(tmp_path / "journal.sqlite3")
    assert journal.begin(KEY, CONTENT, owner="first", now=NOW) is None
    yield journal
    journal.close()


def is_alive(journal: Journal, now: datetime) -> bool:
    entry = journal.get(KEY)
    assert entry is not None
    return alive(entry, now)


def test_a_call_under_way_is_alive_however_long_it_takes(journal: Journal) -> None:
    now = NOW
    heart = Heart(lambda: journal, lambda: now)
    with heart.beating(KEY, "first"):
        for _ in range(5):
            now += LEASE * 0.9
            heart.beat()
            assert is_alive(journal, now + LEASE * 0.5)


def test_a_call_that_has_ended_gives_no_more_signs_of_life(journal: Journal) -> None:
    now = NOW
    heart = Heart(lambda: journal, lambda: now)
    with heart.beating(KEY, "first"):
        pass
    now += LEASE * 2
    heart.beat()
    assert not is_alive(journal, now)


class Listening:
    """A journal that says when it was given a sign of life, and then fails."""

    def __init__(self) -> None:
        self.beats = threading.Semaphore(0)

    def heartbeat(self, key: Digest, *, owner: str, now: datetime) -> bool:
        self.beats.release()
        message = "The journal is locked."
        raise JournalError(message)


def test_a_thread_beats_on_its_own_also_after_a_beat_that_failed() -> None:
    listening = Listening()
    heart = Heart(lambda: listening, lambda: NOW, every=0.001)  # the one method that it calls
    for _ in range(2):
        with heart.beating(KEY, "first"):
            assert all(listening.beats.acquire(timeout=10) for _ in range(3))


def test_a_child_process_has_no_calls_under_way(journal: Journal) -> None:
    """What a fork copied is its parent's: a dead parent must not be kept alive by its child."""
    now = NOW
    heart = Heart(lambda: journal, lambda: now)
    with heart.beating(KEY, "first"):
        heart.after_fork()
        now += LEASE * 2
        heart.beat()
        assert not is_alive(journal, now)
