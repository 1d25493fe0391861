"""Runs of automations on the pages: they wait, fail, go on, are stopped, are listed and are removed, and send nothing twice."""

from __future__ import annotations

import re
import threading

from connector_kit.english import Begin
from connector_kit.hosts.ui.runs import MOST
from support import NOW, RECIPIENT
from twilio_sandbox import Fault
from twilio_sandbox.seed import OPTED_OUT, OWN_NUMBER
from ui_automating import ASK, OTHER, PRODUCTION, SEND, SEND_OTHER, TEST, Author, panel
from ui_visitor import fields, text

LOST = f'send an SMS message from "{OWN_NUMBER}" to "{OPTED_OUT}" saying "The third one"\n'


def stands(author: Author, path: str) -> dict[str, str]:
    """Return what a form on the page of a run sends along."""
    found = re.search(r'name="stands" value="([^"]+)"', author.get(path).text)
    assert found
    return {"stands": found[1]}


# Questions


def test_a_question_waits_and_the_run_goes_on_with_the_answer(author: Author) -> None:
    path, page = author.confirmed(f"{SEND}{ASK}say the choice\n{SEND_OTHER}")
    assert "It waits for an answer Which one?" in text(page)
    assert re.findall(r'type="radio" name="answer-0" value="(\w+)"', page.text) == ["red", "green"]
    assert author.recipients == [RECIPIENT]
    page = author.on(path, "answer", **{"about-0": "choice", "answer-0": "green"})
    assert "What it said green" in text(page)
    assert author.recipients == [RECIPIENT, OTHER]


def test_everything_that_is_open_before_the_first_step_is_asked_at_once(author: Author) -> None:
    path, page = author.confirmed(f'send an SMS message from "{OWN_NUMBER}" to the customer number\n')
    about = ["message body", "customer number"]
    assert [fields(page)[f"about-{number}"] for number in (0, 1)] == about
    author.begin_anew()
    page = author.get(path)
    assert [fields(page)[f"about-{number}"] for number in (0, 1)] == about
    given = {"about-0": about[0], "answer-0": "Hi\r\nthere", "about-1": about[1], "answer-1": OTHER}
    assert "came to its end" in text(author.on(path, "answer", **given))
    assert [create["Body"] for create in author.creates] == [["Hi\nthere"]]


def test_an_answer_is_for_one_question_though_it_is_sent_twice(author: Author) -> None:
    written = (
        f'the names are "a", "b"\nprocess each name as follows\n  {ASK.replace(chr(10), chr(10) + "  ").rstrip()}\n'
    )
    path, _ = author.ran(written)
    form = {**stands(author, path), "do": "answer", "about-0": "choice", "answer-0": "red"}
    for _ in range(3):
        author.arrived(author.post(path, form))
    assert "It waits for an answer" in text(author.get(path))
    page = author.on(path, "answer", **{"about-0": "choice", "answer-0": "red"})
    assert "came to its end" in text(page)


def test_an_answer_that_cannot_be_used_is_asked_for_again(author: Author) -> None:
    path, _ = author.ran(ASK)
    page = author.on(path, "answer", **{"about-0": "choice", "answer-0": "blue"})
    assert "choose one of: red, green" in panel(page)
    assert "It waits for an answer" in text(page)
    blank = author.post(path, {**stands(author, path), "do": "answer", "about-0": "choice"})
    assert (blank.status_code, "Give an answer first." in text(blank)) == (422, True)


# Failures


def test_a_step_that_fails_is_told_with_its_place_and_can_be_tried_again(author: Author) -> None:
    author.sandbox.faults.plant(Fault("error", method="POST", status=400, code=21211, message="no"))
    path, page = author.confirmed(f"say 1\n{SEND}{SEND_OTHER}")
    assert "Line 2: this step could not be done" in text(page)
    assert "^^^^" in page.text
    assert "Nothing after it was done." in text(page)
    assert "came to its end" in text(author.on(path, "go"))
    assert author.recipients[-2:] == [RECIPIENT, OTHER]
    assert len(author.sandbox.store.all(author.test.public["account_sid"])) == 2


def test_a_step_that_fails_can_be_left_out(author: Author) -> None:
    path, page = author.confirmed(LOST + SEND_OTHER)
    assert "Leave this step out and go on" in text(page)
    assert "came to its end" in text(author.on(path, "skip"))
    assert len(author.sandbox.store.all(author.test.public["account_sid"])) == 1


def test_a_send_of_which_nobody_knows_how_it_ended_is_only_looked_for(author: Author) -> None:
    author.sandbox.faults.plant(Fault("drop_after", method="POST"))
    author.sandbox.faults.plant(Fault("error", method="GET", status=400, code=20001, message="no"))
    path, page = author.confirmed(SEND + SEND_OTHER)
    assert "Line 1: it may have been done, or not" in text(page)
    assert "It is never done a second time." in text(page)
    assert author.recipients == [RECIPIENT]
    author.sandbox.faults.clear()
    author.begin_anew()
    assert "Look for it" in text(author.get(path))
    assert "came to its end" in text(author.on(path, "go"))
    assert author.recipients == [RECIPIENT, OTHER]


def test_an_old_page_of_a_run_does_nothing(author: Author) -> None:
    path, _ = author.confirmed(LOST + SEND)
    old = stands(author, path)
    author.on(path, "skip")
    before = author.recipients
    for do in ("skip", "go", "answer"):
        author.post(path, {**old, "do": do, "about-0": "choice", "answer-0": "red"})
    assert author.recipients == before


def test_a_bug_is_told_without_what_was_typed(author: Author) -> None:
    def fails(zone: object) -> dict[str, object]:
        raise RuntimeError(SEND)

    path, _ = author.ran(ASK)
    load = author.site.load
    object.__setattr__(author.site, "load", fails)
    page = author.on(path, "answer", **{"about-0": "choice", "answer-0": "red"})
    object.__setattr__(author.site, "load", load)
    assert "This is a mistake in the program." in panel(page)
    assert "RuntimeError" in author.printed[0]
    assert "SMS" not in author.printed[0]
    author.printed.clear()
    assert "came to its end" in text(author.on(path, "answer", **{"about-0": "choice", "answer-0": "red"}))


# Under way


def held(author: Author, text_: str) -> tuple[str, threading.Event]:
    """Begin a run whose first send waits until the event that is returned is set."""
    reached, let_go = threading.Event(), threading.Event()
    handle = author.sandbox.handle

    def slow(method: str, *rest: object) -> object:
        if method == "POST":
            reached.set()
            assert let_go.wait(30)
        return handle(method, *rest)  # type: ignore[arg-type]

    author.sandbox.handle = slow  # type: ignore[method-assign, assignment]
    page = author.follow(author.write(text_, "run"))
    confirm = re.search(r'action="[^"]*?(/automations/confirm/[^"]+)"', page.text)
    assert confirm
    answer = author.post(confirm[1], fields(page))
    assert reached.wait(30)
    return answer.headers["location"].removeprefix(author.site.access.prefix), let_go


def test_a_run_that_is_under_way_says_so_and_cannot_be_begun_or_removed(author: Author) -> None:
    path, let_go = held(author, f"say 1\n{SEND}")
    page = author.get(path)
    assert "It is being carried out right now." in text(page)
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in page.text
    told = author.get(f"{path}/progress").json()
    assert (told["running"], told["lines"]) == (True, ["1"])
    author.post(path, {**stands(author, path), "do": "go"})
    assert "Stop it first, or wait." in text(author.follow(author.post(f"{path}/remove")))
    let_go.set()
    author.ended(path.rpartition("/")[2])
    assert author.get(f"{path}/progress").json()["running"] is False
    assert author.recipients == [RECIPIENT]


def test_a_run_that_is_stopped_ends_after_its_step_and_can_go_on(author: Author) -> None:
    path, let_go = held(author, SEND + SEND_OTHER)
    author.post(path, {**stands(author, path), "do": "stop"})
    let_go.set()
    author.ended(path.rpartition("/")[2])
    page = author.get(path)
    assert "It was stopped. What was done is not done again." in text(page)
    assert author.recipients == [RECIPIENT]
    assert "came to its end" in text(author.on(path, "go"))
    assert author.recipients == [RECIPIENT, OTHER]


class EndOf(threading.Event):
    """The end of an attempt, of which whoever waits for it lets the send go first."""

    def __init__(self, let_go: threading.Event) -> None:
        super().__init__()
        self.let_go = let_go

    def wait(self, timeout: float | None = None) -> bool:
        self.let_go.set()
        return super().wait(timeout)


def test_the_end_of_the_server_stops_a_run_after_its_step(author: Author) -> None:
    path, let_go = held(author, SEND + SEND_OTHER)
    attempt = author.site.runs.attempt(path.rpartition("/")[2])
    assert attempt is not None
    # As the send is let go only once the run is to stop, it is the last one.
    attempt.ended = EndOf(let_go)
    author.begin_anew()
    assert author.recipients == [RECIPIENT]
    assert "came to its end" in text(author.on(path, "go"))
    assert author.recipients == [RECIPIENT, OTHER]


# The list


def test_runs_are_listed_with_time_state_connection_and_steps_and_without_their_text(author: Author) -> None:
    author.confirmed(SEND)
    author.ran(f"say 1\n{ASK}", "production:live")
    page = author.get("/automations/runs")
    assert "✓ Done 01 Mar 2026, " in text(page)
    assert "Test: the default connection 1" in text(page)
    assert "? Waits for an answer" in text(page)
    assert "Production: live 1" in text(page)
    assert "Which one" not in page.text
    assert RECIPIENT not in page.text


def test_a_run_shows_its_text_and_what_it_sent_also_after_a_restart(author: Author) -> None:
    to_each = SEND.replace(f'"{RECIPIENT}"', "the person")
    people = f'the people are "{RECIPIENT}", "{OTHER}"\nprocess each person as follows\n  {to_each}'
    path, _ = author.confirmed(people)
    author.begin_anew()
    page = text(author.get(path))
    assert "Sent or changed: 2" in page
    assert re.search(r"2\[1\]\.1 3 send an SMS message .*? SM[0-9a-f]{32} 2\[2\]\.1 3 ", page)
    assert "process each person as follows" in page
    form = fields(author.get(f"/automations?run={path.rpartition('/')[2]}"))
    assert (form["text"], form["connection"]) == (people, TEST)


def test_a_run_is_removed_after_a_question_and_once(author: Author) -> None:
    path, _ = author.ran(ASK)
    asked = author.get(f"{path}/remove")
    assert "It is not done. Once it is removed it cannot go on" in text(asked)
    assert "was removed." in text(author.follow(author.post(f"{path}/remove")))
    assert "is removed already." in text(author.follow(author.post(f"{path}/remove")))
    assert "No runs yet" in text(author.get("/automations/runs"))
    for gone in (path, f"{path}/remove", f"{path}/progress", f"/automations?run={path.rpartition('/')[2]}"):
        assert author.get(gone).status_code == 404


def test_a_run_that_was_begun_elsewhere_can_be_looked_at_and_go_on(author: Author) -> None:
    from connector_kit.english import check, start

    program = check(SEND, [author.site.connectors["twilio"]]).program
    id_ = start(author.site.runs.journal, program, Begin(lambda: NOW, environment="test"))
    assert "Nothing of it was done yet." in text(author.get(f"/automations/runs/{id_}"))
    assert "came to its end" in text(author.on(f"/automations/runs/{id_}", "go"))
    assert author.recipients == [RECIPIENT]


def test_a_run_keeps_to_the_environment_in_which_it_was_begun(author: Author) -> None:
    author.site.book.delete(author.test.id)
    _, page = author.confirmed(SEND, PRODUCTION, sure="yes")
    assert "Production" in text(page)
    assert author.write(SEND, "run", TEST).status_code == 422
    assert author.recipients == [RECIPIENT]


def test_what_old_runs_told_is_not_remembered_for_ever(author: Author) -> None:
    for _ in range(MOST + 2):
        author.ran("say 1\n")
    assert len(author.site.runs._attempts) == MOST
    assert len(author.site.runs.journal.runs()) == MOST + 2
