"""Automations on the pages: written, checked, explained, rehearsed, confirmed and run over saved connections to the sandbox."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from html import unescape

import pytest

from connector_kit.connections import SavedConnection
from connector_kit.english import check
from support import RECIPIENT
from twilio_sandbox.seed import OWN_NUMBER
from ui_automating import ASK, OTHER, PRODUCTION, SEND, SEND_OTHER, TEST, Author, panel
from ui_visitor import fields, text

READ = 'read the first 2 sms messages whose status is "failed"\nsay "Ready"\n'
# Beyond the basic plane, so that scripts count it as two characters.
WRONG = 'say "\N{PARTY POPPER}"\nsennd an SMS mesage\n'


# Writing


def test_the_navigation_leads_to_the_editor_and_it_names_every_connection_with_its_environment(author: Author) -> None:
    assert f'href="{author.site.access.prefix}/automations"' in author.get("/").text
    page = author.get("/automations")
    options = re.findall(r'<option value="([^"]*)"[^>]*>(.*?)</option>', page.text)
    assert [value for value, _ in options] == ["production:", "production:live", "test:", "test:trial"]
    words = ["Production: the default connection, “live”", "Production: live", "Test: the default connection, “trial”"]
    assert [said.partition(" ·")[0] for _, said in options[:3]] == words


def test_every_example_of_the_manifest_can_be_added_and_means_something(author: Author) -> None:
    manifest = author.site.connectors["twilio"].manifest
    page = author.get("/automations")
    written = [unescape(found) for found in re.findall(r'data-example="([^"]*)"', page.text)]
    assert written == [example.automation for action in manifest.actions for example in action.examples]
    (id_, *_) = re.findall(r'name="example" value="([^"]*)"', page.text)
    added = author.write("say 1", example=id_)
    assert fields(added)["text"] == f"say 1\n{written[0]}"
    for example in written:
        assert check(example, [manifest]).questions == ()


def test_a_problem_is_told_with_its_place_in_characters_as_scripts_count_them(author: Author) -> None:
    told = author.look(WRONG)
    assert told["wrong"] is True
    assert told["summary"] == "Something needs a change in line 2."
    (start, end) = map(int, re.findall(r'data-(?:start|end)="(\d+)"', str(told["found"])))
    units = WRONG.encode("utf-16-le")
    assert units[2 * start : 2 * end].decode("utf-16-le") == "sennd"
    assert "Line 2, column 1" in str(told["found"])
    assert "^^^^^" in str(told["found"])


def test_what_is_missing_at_the_end_of_a_line_has_its_place_behind_the_last_word(author: Author) -> None:
    told = author.look("if the count > 3\n  say 1\n")
    assert re.findall(r'data-(?:start|end)="(\d+)"', str(told["found"])) == ["16", "16"]


def test_questions_are_told_before_anything_runs(author: Author) -> None:
    told = author.look(f'send an SMS message from "{OWN_NUMBER}" to the customer number saying "Hi"\n')
    assert (told["wrong"], told["summary"]) == (False, "It can run. Before its first step it asks for: customer number")
    found = str(told["found"])
    assert "Please provide the customer number." in unescape(found)
    assert 'data-kind="question"' in found


def test_what_is_written_is_shown_as_text_in_every_part(author: Author) -> None:
    evil = '<img src=x onerror=alert(1)> "</textarea><script>"\n'
    page = author.write(evil)
    assert page.status_code == 422
    assert "<img src=x" not in page.text + str(author.look(evil)["found"])
    assert "&lt;img src=x" in page.text
    assert fields(page)["text"] == evil
    told = str(author.look('convert "<b>day" to a datetime\n')["found"])
    assert "<b>" not in told
    assert "Could not convert &#34;&lt;b&gt;day&#34;" in told


def test_the_line_of_a_statement_that_may_hold_secrets_is_not_repeated(author: Author) -> None:
    found = str(author.look("connect twilio via some api keys\n  the token is abc\n")["found"])
    assert "is not part of this language" in found
    assert "<pre" not in found


@pytest.mark.parametrize(("count", "status"), [(199_990, 200), (200_001, 422), (1_100_000, 413)])
def test_a_text_that_is_too_long_is_refused_with_a_sentence(author: Author, count: int, status: int) -> None:
    page = author.post("/automations", {"text": "#" + "x" * (count - 1), "connection": TEST, "do": "check"})
    assert page.status_code == status
    if status == 422:
        assert "200,000 characters at most" in text(page)
    if status == 413:
        assert page.text == "That is too much to send at once.\n"


def test_an_empty_text_does_nothing(author: Author) -> None:
    for do in ("check", "explain", "rehearse", "run"):
        page = author.write(" \n", do)
        assert (page.status_code, "There is nothing to check yet." in text(page)) == (200, True)
    assert author.site.runs.journal.runs() == []


def test_a_form_of_another_session_does_nothing(author: Author) -> None:
    for path in ("/automations", "/automations/look"):
        assert author.post(path, {"text": SEND, "do": "run", "connection": TEST, "token": "other"}).status_code == 403


def test_a_connection_that_is_gone_is_not_replaced_by_another_one(author: Author) -> None:
    page = author.write(SEND, "run", "test:nobody")
    assert page.status_code == 422
    assert "is not there any more" in panel(page)


# Explaining and rehearsing


def test_it_is_explained_in_order_with_the_connection_and_how_often_it_sends(author: Author) -> None:
    page = text(author.write(SEND + ASK + SEND_OTHER, "explain"))
    steps = ["1 Send an SMS message", "2 Ask: Which one?", "3 Send an SMS message", "at most 2 times"]
    assert [page.index(step) for step in steps] == sorted(page.index(step) for step in steps)
    assert 'With the default connection, "trial", of Twilio.' in page
    assert author.recipients == []


def test_a_dry_run_shows_what_would_be_sent_and_sends_nothing(author: Author) -> None:
    page = text(author.write(SEND + SEND_OTHER + 'say "Ready"\n', "rehearse"))
    assert "Dry run: nothing was sent or changed It would send or change: 2" in page
    for shown in (RECIPIENT, OTHER, "The first one", "1 segment, GSM-7, 13 characters", "What it said Ready"):
        assert shown in page
    assert (author.recipients, author.site.runs.journal.runs()) == ([], [])


def test_a_dry_run_asks_and_goes_on_with_the_answers(author: Author) -> None:
    written = f'send an SMS message from "{OWN_NUMBER}" to the customer number saying "Hi"\n{ASK}say the choice\n'
    page = author.write(written, "rehearse")
    assert "It stops here and asks." in text(page)
    form = {**fields(page), "answer-0": OTHER, "do": "rehearse"}
    page = author.post("/automations", form)
    assert "Which one?" in text(page)
    page = author.post("/automations", {**fields(page), "answer-0": "green", "do": "rehearse"})
    assert "What it said green" in text(page)
    assert OTHER in text(page)
    assert author.recipients == []


def test_a_dry_run_shows_where_a_step_would_fail(author: Author) -> None:
    page = author.write(f'switch twilio to "nobody"\n{READ}', "rehearse")
    assert page.status_code == 422
    assert "Line 2: this step would fail. twilio has no connection called 'nobody' in Test." in text(page)
    assert re.search(r'data-kind="problem" data-start="26" data-end="30"', page.text)


# Confirming


def test_what_changes_nothing_runs_at_once(author: Author) -> None:
    path, page = author.ran(READ, PRODUCTION)
    assert "The automation came to its end." in text(page)
    assert "What it said Ready" in text(page)
    assert path.endswith(author.site.runs.journal.runs()[0].id)


def test_what_sends_is_confirmed_first_with_the_account_the_steps_and_the_warning(author: Author) -> None:
    page = text(author.follow(author.write(SEND + SEND_OTHER, "run", PRODUCTION)))
    for shown in ("Run this automation?", "Production live", "at most 2 times", "A real send costs money"):
        assert shown in page
    assert author.site.runs.journal.runs() == []


def test_production_takes_a_second_step_and_test_does_not(author: Author) -> None:
    page = author.follow(author.write(SEND, "run", PRODUCTION))
    path = re.search(r'action="[^"]*?(/automations/confirm/[^"]+)"', page.text)
    assert path
    refused = author.post(path[1], fields(page))
    assert (refused.status_code, "Tick this box" in text(refused)) == (422, True)
    assert author.recipients == []
    author.arrived(author.post(path[1], {**fields(refused), "sure": "yes"}))
    assert author.recipients == [RECIPIENT]
    author.confirmed(SEND_OTHER, TEST)
    assert author.recipients == [RECIPIENT, OTHER]


def test_one_confirmation_is_one_run_however_often_it_is_sent(author: Author) -> None:
    written = author.write(SEND, "run")
    page = author.follow(written)
    path = written.headers["location"].removeprefix(author.site.access.prefix)
    form = fields(page)
    first, _ = author.arrived(author.post(path, form))
    for again in (author.post(path, form), author.post(path, {**form, "attempt": "1"}), author.get(path)):
        assert again.headers["location"].partition("?")[0].endswith(first)
    assert "It was not run again" in panel(author.follow(again))
    assert author.recipients == [RECIPIENT]
    assert len(author.site.runs.journal.runs()) == 1


def test_two_windows_that_confirm_at_the_same_moment_begin_one_run(author: Author) -> None:
    written = author.write(SEND, "run")
    form = fields(author.follow(written))
    path = written.headers["location"].removeprefix(author.site.access.prefix)
    both, list_ = threading.Barrier(2), author.site.book.list
    known: set[int] = set()

    def met() -> list[SavedConnection]:
        if len(known) < 2 and threading.get_ident() not in known:
            known.add(threading.get_ident())
            both.wait(30)
        return list_()

    author.site.book.list = met  # type: ignore[method-assign]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: author.post(path, form), range(2)))
    runs = {answer.headers["location"] for answer in answers}
    assert len(runs) == len(author.site.runs.journal.runs()) == 1
    author.ended(runs.pop().rpartition("/")[2])
    assert author.recipients == [RECIPIENT]


def test_the_same_form_sent_again_leads_to_the_run_that_it_had(author: Author) -> None:
    form = {**fields(author.get("/automations")), "text": SEND, "connection": TEST, "do": "run"}
    page = author.follow(author.post("/automations", form))
    path = re.search(r'action="[^"]*?(/automations/confirm/[^"]+)"', page.text)
    assert path
    author.arrived(author.post(path[1], fields(page)))
    again = author.follow(author.post("/automations", form))
    assert "This was run already." in panel(again)
    assert author.recipients == [RECIPIENT]


def test_a_connection_that_was_changed_meanwhile_is_not_used(author: Author) -> None:
    page = author.follow(author.write(SEND, "run"))
    path = re.search(r'action="[^"]*?(/automations/confirm/[^"]+)"', page.text)
    assert path
    author.site.book.delete(author.test.id)
    author.save("trial", environment="test")
    refused = author.post(path[1], fields(page))
    assert (refused.status_code, "may lead to another account" in panel(refused)) == (409, True)
    assert author.site.runs.journal.runs() == []


def test_a_confirmation_that_is_not_kept_any_more_says_so(author: Author) -> None:
    assert author.get("/automations/confirm/nothing").status_code == 404


def test_a_journal_of_runs_that_cannot_be_used_is_told_and_nothing_runs(
    author: Author, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONNECTOR_KIT_RUNS", "not/a/whole/path")
    refused = author.write(SEND, "run")
    assert (refused.status_code, "must be a whole path" in panel(refused)) == (422, True)
    assert author.get("/automations/runs").status_code == 500
    assert author.recipients == []


def test_the_text_of_a_confirmation_comes_back_to_the_editor(author: Author) -> None:
    page = author.follow(author.write(SEND, "run"))
    back = re.search(r'href="[^"]*?(/automations\?from=[^"]+)"', page.text)
    assert back
    form = fields(author.get(back[1]))
    assert (form["text"], form["connection"]) == (SEND, TEST)


def test_a_connection_that_is_missing_is_named_before_anything_runs(author: Author) -> None:
    for text_ in (f'switch twilio to "nobody"\n{SEND}', f'switch twilio to "nobody"\n{READ}'):
        page = author.write(text_, "run")
        assert (page.status_code, "no connection called 'nobody' in Test" in panel(page)) == (422, True)
    assert author.site.runs.journal.runs() == []


def test_a_run_that_is_not_done_is_gone_on_with_unless_a_person_wants_all_of_it_again(author: Author) -> None:
    first, _ = author.confirmed(SEND + ASK)
    written = author.write(SEND + ASK + "say 1\n", "run")
    page = author.follow(written)
    assert "is not done. It has sent or changed: 1." in text(page)
    assert f'href="{author.site.access.prefix}{first}"' in page.text
    path = written.headers["location"].removeprefix(author.site.access.prefix)
    refused = author.post(path, fields(page))
    assert (refused.status_code, "Tick this box" in text(refused)) == (422, True)
    assert author.recipients == [RECIPIENT]
    author.arrived(author.post(path, {**fields(refused), "anew": first.rpartition("/")[2]}))
    assert author.recipients == [RECIPIENT, RECIPIENT]


def test_a_run_that_has_done_nothing_yet_is_only_mentioned(author: Author) -> None:
    author.confirmed(f"say the greeting\n{SEND}")
    page = author.follow(author.write(f"say the greeting\n{SEND}", "run"))
    assert "is not done. Go on with the run" in text(page)
    assert 'name="anew"' not in page.text
