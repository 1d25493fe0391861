"""Secrets of a form that failed wait a while in memory, and a form that was saved is not saved again."""

from __future__ import annotations

import threading

from pydantic import SecretStr

from connector_kit.hosts.ui.drafts import LIFETIME, MOST, Drafts

PIN = {"pin": SecretStr("1234")}


class Clock:
    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def test_secrets_wait_under_the_id_of_their_form() -> None:
    drafts = Drafts()
    with drafts.turn("a") as draft:
        draft.keep(PIN)
    with drafts.turn("a") as draft, drafts.turn("b") as other:
        assert draft.secrets == PIN
        assert other.secrets == {}
        assert "1234" not in repr((draft, drafts))
    assert drafts.waiting("a") == {"pin"}
    assert drafts.waiting("b") == drafts.waiting("never seen") == set()


def test_they_are_forgotten_after_a_while_without_a_submit() -> None:
    clock = Clock()
    drafts = Drafts(clock)
    for _ in range(3):
        with drafts.turn("a") as draft:
            draft.keep(PIN)
        clock.seconds += LIFETIME - 1
        assert drafts.waiting("a")
    clock.seconds += 1
    assert not drafts.waiting("a")
    with drafts.turn("a") as draft:
        assert draft.secrets == {}


def test_only_the_newest_are_kept() -> None:
    drafts = Drafts()
    for number in range(MOST + 1):
        with drafts.turn(str(number)) as draft:
            draft.keep(PIN)
        with drafts.turn("0"):
            pass
    assert drafts.waiting("0")
    assert not drafts.waiting("1")
    assert all(drafts.waiting(str(number)) for number in range(2, MOST + 1))


def test_a_finished_draft_holds_no_secret() -> None:
    drafts = Drafts()
    with drafts.turn("a") as draft:
        draft.keep(PIN)
        draft.finish()
    assert not drafts.waiting("a")
    with drafts.turn("a") as draft:
        assert draft.done


def test_a_second_submit_waits_for_the_first() -> None:
    drafts, seen, inside, go_on = Drafts(), [], threading.Event(), threading.Event()

    def submit() -> None:
        with drafts.turn("a") as draft:
            seen.append(draft.done)
            inside.set()
            assert go_on.wait(10)
            draft.finish()

    threads = [threading.Thread(target=submit) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert inside.wait(10)
    assert seen == [False]
    go_on.set()
    for thread in threads:
        thread.join()
    assert seen == [False, True]


def test_ids_are_new_and_long() -> None:
    assert len({Drafts.new_id() for _ in range(50)}) == 50
    assert len(Drafts.new_id()) >= 24
