"""What every journal must keep to, and the processes that race for one: used over SQLite and over PostgreSQL."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from connector_kit.journal import LEASE, Digest, Entry, Journal, JournalError, Outcome, alive, digest
from connector_kit.journal.sqlite import SQLiteJournal
from processes import BOUND, SPAWN, at_once, process, received

NOW = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
KEY = digest("account", "order 4711")
OTHER = digest("account", "order 4712")
CONTENT = digest("account", "content")
BATCH = digest("account", "run 1")
SECOND = timedelta(seconds=1)
GONE = NOW + LEASE  # when an owner that was last heard of at NOW counts as gone


def opened(place: str) -> Journal:
    """Open the journal at a path or a URL."""
    if place.startswith("postgresql"):
        from connector_kit.journal.postgres import PostgresJournal

        return PostgresJournal(place)
    return SQLiteJournal(Path(place))


def begun(journal: Journal, owner: str = "first", key: Digest = KEY) -> Entry:
    """Begin, and return the entry that is then in flight."""
    assert journal.begin(key, CONTENT, owner=owner, now=NOW) is None
    entry = journal.get(key)
    assert entry is not None
    return entry


# -- processes --------------------------------------------------------------------------------------------------------------


def race(pipe: Connection, barrier: Barrier, place: str, owner: str, keys: list[Digest]) -> None:
    """Begin each key at the same moment as the other processes, and tell which were ours."""
    with closing(opened(place)) as journal:
        ours = []
        for key in keys:
            barrier.wait(BOUND)
            if journal.begin(key, CONTENT, owner=owner, now=NOW) is None:
                ours.append(key)
        pipe.send(ours)


def race_to_take_over(pipe: Connection, barrier: Barrier, place: str, owner: str, keys: list[Digest]) -> None:
    """Take over each key that was seen in flight, and tell which we got."""
    with closing(opened(place)) as journal:
        ours = []
        for key in keys:
            seen = journal.get(key)
            barrier.wait(BOUND)
            if seen and journal.take_over(seen, owner=owner, now=GONE):
                ours.append(key)
        pipe.send(ours)


def begin_and_hang(pipe: Connection, place: str, owner: str) -> None:
    """Write an intent, say so, and wait to be killed."""
    with closing(opened(place)) as journal:
        pipe.send(journal.begin(KEY, CONTENT, owner=owner, now=NOW))
        pipe.recv()


def work_on(pipe: Connection, place: str, owner: str) -> None:
    """Begin and finish key after key, and say so after each step."""
    with closing(opened(place)) as journal:
        for number in itertools.count():
            key = digest(owner, str(number))
            assert journal.begin(key, CONTENT, owner=owner, now=NOW) is None
            pipe.send((key, "in_flight"))
            assert journal.finish(key, owner=owner, state="done", result="{}", now=NOW)
            pipe.send((key, "done"))


def fork_in_use(pipe: Connection, place: str) -> None:
    """Fork while the journal is open and a thread uses it; tell what parent and child find."""
    with closing(opened(place)) as journal:
        first = journal.begin(KEY, CONTENT, owner="parent", now=NOW)
        lock = getattr(journal, "_lock", None)
        if lock is not None:
            lock.acquire()  # as a thread of the parent that the child does not have
        child = os.fork()
        if child == 0:
            seen = journal.begin(KEY, CONTENT, owner="child", now=NOW)
            second = journal.begin(OTHER, CONTENT, owner="child", now=NOW)
            pipe.send(("child", (seen and seen.owner, second)))
            os._exit(0)
        if lock is not None:
            lock.release()
        _, status = os.waitpid(child, 0)
        seen = journal.get(OTHER)
        pipe.send(("parent", (first, seen and seen.owner, status)))


def winners(work: Callable[..., None], place: str, keys: list[Digest], count: int = 4) -> list[Digest]:
    """Let processes race for keys, and return what they won together."""
    barrier = SPAWN.Barrier(count)
    with ExitStack() as stack:
        racers = [stack.enter_context(process(work, barrier, place, f"racer {n}", keys)) for n in range(count)]
        return [key for _, pipe in racers for key in received(pipe)]


# -- the contract -----------------------------------------------------------------------------------------------------------


class JournalContract:
    """The promises of connector_kit.journal.Journal; a subclass gives the place, a path or a URL where nothing is yet."""

    @pytest.fixture
    def place(self) -> str:
        raise NotImplementedError

    @pytest.fixture
    def journal(self, place: str) -> Iterator[Journal]:
        with closing(opened(place)) as journal:
            yield journal

    def test_the_first_to_begin_may_act_and_the_next_gets_the_entry(self, journal: Journal) -> None:
        first = journal.begin(KEY, CONTENT, owner="first", now=NOW, batch=BATCH, details='{"before": 2}')
        assert first is None
        entry = Entry(KEY, CONTENT, BATCH, "in_flight", "first", NOW, NOW, '{"before": 2}', None)
        assert journal.begin(KEY, CONTENT, owner="second", now=GONE) == entry
        assert journal.get(KEY) == entry

    def test_an_attempt_that_begins_twice_may_act_once(self, journal: Journal) -> None:
        entry = begun(journal)
        assert journal.begin(KEY, CONTENT, owner="first", now=NOW) == entry

    def test_other_content_under_a_used_key_shows_in_the_entry(self, journal: Journal) -> None:
        begun(journal)
        entry = journal.begin(KEY, digest("other content"), owner="second", now=NOW)
        assert entry is not None
        assert entry.fingerprint == CONTENT

    def test_an_unknown_key_has_no_entry(self, journal: Journal) -> None:
        begun(journal)
        assert journal.get(OTHER) is None

    @pytest.mark.parametrize("state", ["done", "refused", "unknown"])
    def test_an_outcome_is_remembered(self, journal: Journal, state: Outcome) -> None:
        entry = begun(journal)
        assert journal.finish(KEY, owner="first", state=state, result='{"id": 1}', now=NOW + SECOND)
        ended = replace(entry, state=state, result='{"id": 1}', updated=NOW + SECOND)
        assert journal.get(KEY) == ended
        assert journal.begin(KEY, CONTENT, owner="second", now=GONE) == ended

    def test_only_the_owner_finishes_and_only_once(self, journal: Journal) -> None:
        begun(journal)
        assert not journal.finish(KEY, owner="second", state="done", result=None, now=NOW)
        assert journal.finish(KEY, owner="first", state="done", result=None, now=NOW)
        assert not journal.finish(KEY, owner="first", state="unknown", result=None, now=NOW)
        assert not journal.finish(OTHER, owner="first", state="done", result=None, now=NOW)

    def test_a_heartbeat_of_the_owner_renews_the_lease(self, journal: Journal) -> None:
        entry = begun(journal)
        assert not alive(entry, GONE)
        assert journal.heartbeat(KEY, owner="first", now=NOW + SECOND)
        renewed = journal.get(KEY)
        assert renewed == replace(entry, updated=NOW + SECOND)
        assert alive(renewed, GONE)

    def test_there_is_no_heartbeat_of_others_or_after_the_end(self, journal: Journal) -> None:
        entry = begun(journal)
        assert not journal.heartbeat(KEY, owner="second", now=GONE)
        assert not journal.heartbeat(OTHER, owner="first", now=GONE)
        assert journal.get(KEY) == entry
        assert journal.finish(KEY, owner="first", state="done", result=None, now=NOW)
        assert not journal.heartbeat(KEY, owner="first", now=GONE)

    def test_a_released_key_may_be_used_again(self, journal: Journal) -> None:
        begun(journal)
        assert journal.release(KEY, owner="first")
        assert journal.get(KEY) is None
        assert not journal.release(KEY, owner="first")
        begun(journal, owner="second")

    def test_only_the_owner_releases(self, journal: Journal) -> None:
        entry = begun(journal)
        assert not journal.release(KEY, owner="second")
        assert journal.get(KEY) == entry

    @pytest.mark.parametrize(("state", "released"), [("refused", True), ("done", False), ("unknown", False)])
    def test_only_a_refused_outcome_is_ever_forgotten(self, journal: Journal, state: Outcome, released: bool) -> None:
        begun(journal)
        assert journal.finish(KEY, owner="first", state=state, result=None, now=NOW)
        assert journal.release(KEY, owner="first") is released

    def test_who_takes_over_is_the_owner_and_the_former_one_is_not(self, journal: Journal) -> None:
        assert journal.begin(KEY, CONTENT, owner="first", now=NOW, batch=BATCH, details="{}") is None
        seen = journal.get(KEY)
        assert seen is not None
        taken = journal.take_over(seen, owner="second", now=GONE)
        assert taken == replace(seen, owner="second", updated=GONE)
        assert journal.get(KEY) == taken
        assert not journal.heartbeat(KEY, owner="first", now=GONE)
        assert not journal.release(KEY, owner="first")
        assert not journal.finish(KEY, owner="first", state="done", result=None, now=GONE)
        assert journal.finish(KEY, owner="second", state="done", result="{}", now=GONE)

    def test_an_unknown_outcome_can_be_taken_over_to_look_again(self, journal: Journal) -> None:
        begun(journal)
        assert journal.finish(KEY, owner="first", state="unknown", result="{}", now=NOW)
        seen = journal.get(KEY)
        assert seen is not None
        assert journal.take_over(seen, owner="second", now=GONE) == replace(
            seen, owner="second", state="in_flight", result=None, updated=GONE
        )

    @pytest.mark.parametrize("state", ["done", "refused"])
    def test_a_known_outcome_cannot_be_taken_over(self, journal: Journal, state: Outcome) -> None:
        begun(journal)
        assert journal.finish(KEY, owner="first", state=state, result=None, now=NOW)
        seen = journal.get(KEY)
        assert seen is not None
        assert journal.take_over(seen, owner="second", now=GONE) is None
        assert journal.get(KEY) == seen

    def test_an_entry_that_changed_since_it_was_seen_cannot_be_taken_over(self, journal: Journal) -> None:
        """Between the look at the lease and the take-over the owner may have given a sign of life, or finished."""
        seen = begun(journal)
        assert journal.heartbeat(KEY, owner="first", now=NOW + SECOND)
        assert journal.take_over(seen, owner="second", now=GONE) is None
        assert journal.finish(KEY, owner="first", state="unknown", result=None, now=NOW)
        assert journal.take_over(seen, owner="second", now=GONE) is None
        assert journal.take_over(replace(seen, key=OTHER), owner="second", now=GONE) is None

    def test_what_was_taken_over_is_never_released(self, journal: Journal) -> None:
        """Its former owner may have acted, or may wake up and act."""
        taken = journal.take_over(begun(journal), owner="second", now=GONE)
        assert taken is not None
        assert not journal.release(KEY, owner="second")
        assert journal.finish(KEY, owner="second", state="refused", result=None, now=GONE)
        assert not journal.release(KEY, owner="second")

    def test_entries_are_listed_by_batch(self, journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(f"{type(journal).__module__}._PAGE", 2)
        keys = [digest(str(number)) for number in range(5)]
        for key in keys:
            assert journal.begin(key, CONTENT, owner="first", now=NOW, batch=BATCH) is None
        begun(journal)
        assert sorted(entry.key for entry in journal.entries(BATCH)) == sorted(keys)
        assert sorted(entry.key for entry in journal.entries()) == sorted([*keys, KEY])
        assert list(journal.entries(digest("another run"))) == []

    def test_a_list_that_is_not_read_to_its_end_holds_nothing(
        self, journal: Journal, place: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(f"{type(journal).__module__}._PAGE", 1)
        begun(journal)
        begun(journal, key=OTHER)
        listing = journal.entries()
        first = next(listing)
        with closing(opened(place)) as another:
            assert another.release(first.key, owner="first")
        assert [entry.key for entry in listing] == [({KEY, OTHER} - {first.key}).pop()]

    def test_a_journal_that_was_closed_is_opened_again_with_all_its_entries(self, place: str) -> None:
        with closing(opened(place)) as journal:
            entry = begun(journal)
        with closing(opened(place)) as journal:
            assert journal.get(KEY) == entry

    def test_a_closed_journal_refuses_to_work(self, journal: Journal) -> None:
        begun(journal)
        journal.close()
        journal.close()
        with pytest.raises(JournalError, match=r"is closed. Open it again. Nothing was sent by this attempt.$"):
            journal.begin(KEY, CONTENT, owner="second", now=NOW)

    def test_moments_of_any_timezone_are_kept_in_utc_to_the_microsecond(self, journal: Journal) -> None:
        there = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))
        assert journal.begin(KEY, CONTENT, owner="first", now=there) is None
        entry = journal.get(KEY)
        assert entry is not None
        assert (entry.began.isoformat(), entry.updated.isoformat()) == (NOW.isoformat(), NOW.isoformat())
        assert journal.take_over(replace(entry, updated=there), owner="second", now=there)

    def test_a_moment_without_a_timezone_is_refused(self, journal: Journal) -> None:
        naive = NOW.replace(tzinfo=None)
        with pytest.raises(ValueError, match="timezone"):
            journal.begin(KEY, CONTENT, owner="first", now=naive)
        entry = begun(journal)
        with pytest.raises(ValueError, match="timezone"):
            journal.heartbeat(KEY, owner="first", now=naive)
        with pytest.raises(ValueError, match="timezone"):
            journal.finish(KEY, owner="first", state="done", result=None, now=naive)
        with pytest.raises(ValueError, match="timezone"):
            journal.take_over(entry, owner="second", now=naive)
        assert journal.get(KEY) == entry

    # -- races --

    def test_of_threads_that_race_for_a_key_exactly_one_may_act(self, journal: Journal) -> None:
        for number in range(10):
            key = digest(str(number))
            first = at_once(8, lambda n, k=key: journal.begin(k, CONTENT, owner=f"thread {n}", now=NOW))  # type: ignore[misc]  # mypy cannot type a lambda with a default
            assert first.count(None) == 1
            assert {entry.owner for entry in first if entry} == {f"thread {first.index(None)}"}

    def test_of_processes_that_race_for_a_key_exactly_one_may_act(self, place: str) -> None:
        """They also race to make the journal, since there is none yet."""
        keys = [digest(str(number)) for number in range(25)]
        assert sorted(winners(race, place, keys)) == sorted(keys)

    def test_attempts_that_release_a_key_act_one_after_the_other(self, journal: Journal) -> None:
        acting: list[int] = []
        acts: list[int] = []

        def work(number: int) -> None:
            for _ in range(10):
                if journal.begin(KEY, CONTENT, owner=f"thread {number}", now=NOW) is None:
                    acting.append(number)
                    acts.append(len(acting))
                    acting.remove(number)
                    assert journal.release(KEY, owner=f"thread {number}")

        at_once(8, work)
        assert set(acts) == {1}
        assert journal.get(KEY) is None

    def test_what_a_killed_process_left_in_flight_is_taken_over_by_exactly_one(self, place: str) -> None:
        with process(begin_and_hang, place, "killed") as (child, pipe):
            assert received(pipe) is None
            os.kill(child.pid, signal.SIGKILL)
        with closing(opened(place)) as journal:
            seen = journal.begin(KEY, CONTENT, owner="next", now=GONE)
            assert seen is not None
            assert (seen.owner, seen.state) == ("killed", "in_flight")
            assert not alive(seen, GONE)
            taken = at_once(8, lambda n: journal.take_over(seen, owner=f"thread {n}", now=GONE))
            assert sum(entry is not None for entry in taken) == 1

    def test_of_processes_that_race_to_take_over_exactly_one_does(self, place: str) -> None:
        keys = [digest(str(number)) for number in range(10)]
        with closing(opened(place)) as journal:
            for key in keys:
                begun(journal, owner="killed", key=key)
        assert sorted(winners(race_to_take_over, place, keys)) == sorted(keys)

    @pytest.mark.parametrize("steps", [1, 20, 101])
    def test_a_process_that_is_killed_at_any_moment_loses_nothing_that_it_was_told_is_written(
        self, place: str, steps: int
    ) -> None:
        told: dict[Digest, str] = {}
        with process(work_on, place, "killed") as (child, pipe):
            told.update(received(pipe) for _ in range(steps))
            os.kill(child.pid, signal.SIGKILL)
            with suppress(EOFError, ConnectionResetError):
                while True:
                    told.update([received(pipe)])
        with closing(opened(place)) as journal:
            found = {entry.key: entry.state for entry in journal.entries()}
            # What was told to be in flight may be done: the kill may have come before the news of it.
            assert [key for key, state in told.items() if found.get(key) not in (state, "done")] == []
            begun(journal)

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
    def test_a_child_of_a_process_with_an_open_journal_uses_its_own_connection(self, place: str) -> None:
        with process(fork_in_use, place) as (_, pipe):
            said = dict(received(pipe) for _ in range(2))
        assert said["child"] == ("parent", None)
        assert said["parent"] == (None, "child", 0)

    # -- any order of calls --

    def test_any_order_of_calls_gives_what_a_plain_dictionary_gives(self, place: str) -> None:
        with closing(Reopened(place)) as reopened:

            class Here(Machine):
                place = reopened

            run_state_machine_as_test(Here, settings=settings(max_examples=40, stateful_step_count=30))


# -- the model --------------------------------------------------------------------------------------------------------------


class Reopened:
    """A journal that can be closed and opened again, for one example after the other; each has keys of its own."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.examples = 0
        self.reopen()

    def reopen(self) -> None:
        self.journal = opened(self.place)

    def close(self) -> None:
        self.journal.close()


_KEYS = st.integers(0, 2)
_OWNERS = st.sampled_from(["a", "b", "c"])
_STEPS = st.timedeltas(timedelta(0), 2 * LEASE)
_TEXTS = st.none() | st.sampled_from(["{}", '{"id": 1}'])


class Machine(RuleBasedStateMachine):
    """The journal beside a dictionary that says what it should hold."""

    place: ClassVar[Reopened]

    def __init__(self) -> None:
        super().__init__()
        self.place.examples += 1
        self.name = str(self.place.examples)
        self.now = NOW
        self.model: dict[Digest, Entry] = {}
        self.in_doubt: set[Digest] = set()
        self.seen: list[Entry] = []

    @property
    def journal(self) -> Journal:
        return self.place.journal

    def key(self, number: int) -> Digest:
        return digest(self.name, str(number))

    def change(self, key: Digest, **changes: Any) -> None:
        self.model[key] = replace(self.model[key], **changes)

    def owned(self, key: Digest, owner: str, *states: str) -> bool:
        entry = self.model.get(key)
        return entry is not None and entry.owner == owner and entry.state in states

    @rule(step=_STEPS)
    def time_passes(self, step: timedelta) -> None:
        self.now += step

    @rule(number=_KEYS, owner=_OWNERS, batched=st.booleans(), details=_TEXTS)
    def begin(self, number: int, owner: str, batched: bool, details: str | None) -> None:
        key = self.key(number)
        batch = digest(self.name) if batched else None
        answer = self.journal.begin(key, CONTENT, owner=owner, now=self.now, batch=batch, details=details)
        assert answer == self.model.get(key)
        if answer is None:
            self.model[key] = Entry(key, CONTENT, batch, "in_flight", owner, self.now, self.now, details, None)
            self.in_doubt.discard(key)

    @rule(number=_KEYS, owner=_OWNERS)
    def heartbeat(self, number: int, owner: str) -> None:
        key = self.key(number)
        expected = self.owned(key, owner, "in_flight")
        assert self.journal.heartbeat(key, owner=owner, now=self.now) is expected
        if expected:
            self.change(key, updated=self.now)

    @rule(number=_KEYS, owner=_OWNERS, state=st.sampled_from(["done", "refused", "unknown"]), result=_TEXTS)
    def finish(self, number: int, owner: str, state: Outcome, result: str | None) -> None:
        key = self.key(number)
        expected = self.owned(key, owner, "in_flight")
        assert self.journal.finish(key, owner=owner, state=state, result=result, now=self.now) is expected
        if expected:
            self.change(key, state=state, result=result, updated=self.now)

    @rule(number=_KEYS, owner=_OWNERS)
    def release(self, number: int, owner: str) -> None:
        key = self.key(number)
        expected = self.owned(key, owner, "in_flight", "refused") and key not in self.in_doubt
        assert self.journal.release(key, owner=owner) is expected
        if expected:
            del self.model[key]

    @rule(number=_KEYS)
    def look(self, number: int) -> None:
        entry = self.journal.get(self.key(number))
        assert entry == self.model.get(self.key(number))
        self.seen += [entry] if entry else []

    @precondition(lambda self: self.seen)
    @rule(data=st.data(), owner=_OWNERS)
    def take_over(self, data: st.DataObject, owner: str) -> None:
        seen = data.draw(st.sampled_from(self.seen))
        current = self.model.get(seen.key)
        same = current and (current.owner, current.state, current.updated) == (seen.owner, seen.state, seen.updated)
        taken = self.journal.take_over(seen, owner=owner, now=self.now)
        if same and seen.state in ("in_flight", "unknown"):
            self.change(seen.key, state="in_flight", owner=owner, updated=self.now, result=None)
            self.in_doubt.add(seen.key)
            assert taken == self.model[seen.key]
        else:
            assert taken is None

    @rule()
    def reopen(self) -> None:
        self.place.close()
        self.place.reopen()

    @invariant()
    def the_batch_is_listed(self) -> None:
        batch = digest(self.name)
        listed = {entry.key: entry for entry in self.journal.entries(batch)}
        assert listed == {key: entry for key, entry in self.model.items() if entry.batch == batch}
