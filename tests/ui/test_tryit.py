"""Try it: reading with a filter and sending over a saved connection, through the pages and the sandbox."""

from __future__ import annotations

import csv
import io
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

import connector_kit
from connector_kit.connections import WrongKeyError
from connector_kit.filters import SPOKEN_OPS
from connector_kit.hosts.ui.conditions import EMPTY, FILLED
from connector_kit.hosts.ui.confirmations import MOST, Confirmations
from connector_kit.hosts.ui.language import ENGLISH
from connector_kit.hosts.ui.read_form import spoken_ops
from support import BODY, NOW, RECIPIENT, stored
from twilio_sandbox import Fault, Message
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN, OPTED_OUT, OWN_NUMBER
from ui_trying import SEND, Person
from ui_visitor import ORIGIN, Visitor, fields, text


@pytest.fixture
def person() -> Iterator[Person]:
    person = Person()
    yield person
    person.site.sessions.close()
    nothing_personal_in_addresses(person)


def nothing_personal_in_addresses(person: Person) -> None:
    """No number and no text is ever in a Location, a link or a form's target, and no secret anywhere."""
    for page in person.seen:
        addresses = re.findall(r'(?:href|action|src|data-preview)="([^"]*)"', page.text)
        for address in (*addresses, page.headers.get("location", "")):
            assert not re.search(r"%2B|\+|15005550006|12125550|Shipment|warehouse", address), address
        assert AUTH_TOKEN not in page.text
        assert AUTH_TOKEN not in str(page.headers)
    assert person.printed == []


def rows(page: httpx.Response) -> list[dict[str, str]]:
    """Return the lines of a CSV answer."""
    return list(csv.DictReader(io.StringIO(page.content.decode("utf-8-sig"), newline="")))


# What can be tried


def test_a_connection_leads_to_its_actions_in_the_words_of_the_manifest(person: Person) -> None:
    listed = person.get("/connections")
    assert f"{person.site.access.prefix}/connections/{person.production.id}/try" in listed.text
    shown = text(person.get(f"/connections/{person.production.id}/try"))
    for action in person.site.connectors["twilio"].manifest.actions:
        assert action.label in shown
        assert action.description in shown
    assert "A real send costs money" in shown


def test_what_is_not_there_cannot_be_tried(person: Person) -> None:
    for path in ("/connections/x/try", f"/connections/{person.production.id}/try/x", person.sending() + "/confirm/x"):
        assert person.get(path).status_code == 404, path


def test_a_connection_that_needs_attention_says_so_and_can_still_be_tried(person: Person) -> None:
    person.site.book.put(replace(person.production, status="attention", detail="The token is old."))
    page = text(person.get(person.reading()))
    assert "This connection needs attention The token is old. Edit “live”" in page


# Reading


def test_operators_are_spoken_as_the_kit_speaks_them() -> None:
    class Reader:
        say = staticmethod(ENGLISH.say)

    assert spoken_ops(Reader()) == SPOKEN_OPS | {EMPTY: "is empty", FILLED: "is not empty"}  # type: ignore[arg-type]  # says is all it asks


def test_two_conditions_reach_the_service_and_the_result(person: Person) -> None:
    stored(
        person.sandbox, 6, change=lambda n: {"recipient": RECIPIENT if n % 2 else "+12125550199", "body": f"text {n}"}
    )
    page = person.read(("recipient_number", "eq", RECIPIENT), ("body", "in", "text 1\ntext 2\ntext 3"))
    assert "Found: 2." in text(page)
    assert "text 3" in page.text
    assert "text 2<" not in page.text
    assert [request.query.get("To") for request in person.sandbox.requests] == [[RECIPIENT]]


def test_one_of_two_conditions_can_be_enough(person: Person) -> None:
    stored(person.sandbox, 4, change=lambda n: {"body": f"text {n}"})
    found = [("body", "eq", "text 0"), ("body", "ends", "3")]
    assert "Found: 0." in text(person.read(*found))
    assert "Found: 2." in text(person.read(*found, joined="or"))


def test_a_field_offers_the_operators_of_its_type_only(person: Person) -> None:
    start = fields(person.get(person.reading()))

    def offered(field: str) -> list[str]:
        page = person.post(person.reading(), {**start, "add": field, "do": "add"})
        return re.findall(r'value="(\w+)"', page.text.partition('id="c0-op"')[2].partition("</select>")[0])

    assert offered("status") == ["eq", "ne", "in", "has", "starts", "ends", "empty", "filled"]
    assert offered("date_sent") == ["eq", "ne", "in", "lt", "le", "gt", "ge", "empty", "filled"]
    assert offered("num_media") == ["eq", "ne", "in", "lt", "le", "gt", "ge"]


def test_values_stay_when_conditions_are_added_and_removed(person: Person) -> None:
    form = fields(person.get(person.reading()))
    page = person.post(person.reading(), {**form, "f-limit": "7", "add": "body", "do": "add"})
    page = person.post(
        person.reading(), {**fields(page), "c0-op": "has", "c0-value": 'a "b" <c>', "add": "price", "do": "add"}
    )
    kept = fields(page)
    assert (kept["c0-op"], kept["c0-value"], kept["c1-field"], kept["f-limit"]) == ("has", 'a "b" <c>', "price", "7")
    page = person.post(person.reading(), {**kept, "c1-op": "lt", "c1-value": "-1", "joined": "or", "remove": "0"})
    kept = fields(page)
    assert (kept["c0-field"], kept["c0-op"], kept["c0-value"]) == ("price", "lt", "-1")
    assert "c1-field" not in kept
    assert person.sandbox.requests == []


def test_a_value_that_is_not_understood_is_named_at_its_condition(person: Person) -> None:
    page = person.read(
        ("date_sent", "ge", "2026-03-01"),
        ("date_sent", "lt", "tomorrow"),
        ("num_media", "eq", "ten"),
        ("body", "eq", ""),
    )
    assert page.status_code == 422
    wrong = [n for n in range(4) if f'id="c{n}-error"' in page.text]
    assert wrong == [1, 2, 3]
    assert 'href="#c1-value"' in page.text
    assert "Date sent needs a datetime, such as 2022-03-01T15:00:00Z, not text." in text(page)
    assert "Choose a comparison and give a value." in text(page)
    assert fields(page)["c1-value"] == "tomorrow"
    assert person.sandbox.requests == []


def test_limits_that_are_no_numbers_are_named(person: Person) -> None:
    page = person.post(person.reading(), {"f-limit": "many", "f-offset": "-1", "do": "read"})
    assert page.status_code == 422
    assert "At most: give a whole number" in text(page)
    assert "Leave out the first: give a whole number" in text(page)
    assert (fields(page)["f-limit"], person.sandbox.requests) == ("many", [])


def test_days_and_times_are_those_of_the_chosen_zone(person: Person) -> None:
    """10 March in Auckland is from 11:00 UTC on the 9th; a text without an offset is a time there too."""
    person.post("/settings", {"zone": "Pacific/Auckland"})
    moments = [NOW - timedelta(hours=26), NOW - timedelta(hours=24), NOW - timedelta(hours=1)]
    stored(person.sandbox, 3, change=lambda n: {"sent": moments[n], "created": moments[n]})
    page = person.read(("date_sent", "eq", "2026-03-10"))
    assert "Found: 1." in text(page)
    assert '<time datetime="2026-03-09T12:00:00Z" title="2026-03-09T12:00:00Z">10 Mar 2026, 01:00</time>' in page.text
    assert "Found: 2." in text(person.read(("date_sent", "ge", "2026-03-10 00:30")))


def test_empty_and_not_empty_are_choices(person: Person) -> None:
    stored(person.sandbox, 3, change=lambda n: {"price": Decimal("-0.0075") if n else None})
    assert "Found: 1." in text(person.read(("price", "empty", "")))
    assert "Found: 2." in text(person.read(("price", "filled", "")))


def test_the_table_has_a_caption_headers_and_plain_words(person: Person) -> None:
    stored(person.sandbox, 1, change=lambda _: {"status": "queued", "body": "<b>bold</b>\nsecond line"})
    page = person.read()
    assert "<caption" in page.text
    headers = re.findall(r'<th scope="col" role="columnheader">([^<]*)<', page.text)
    assert headers == ["Date sent", "Status", "Sender number", "Recipient number", "Body", "Error code"]
    assert page.text.count('<th scope="row"') == 1
    assert 'on its way <span class="light code">queued</span>' in page.text
    assert "&lt;b&gt;bold&lt;/b&gt;\nsecond line" in page.text
    assert "<b>bold" not in page.text
    every = re.findall(r"<dt>([^<]*)</dt>", page.text)
    assert every == [spec.label for spec in person.site.connectors["twilio"].manifest.concepts[0].fields]


def test_what_lies_behind_the_limit_is_a_button_away(person: Person) -> None:
    stored(person.sandbox, 5, change=lambda n: {"body": f"text {n}"})
    page = person.post(person.reading(), {"f-limit": "2", "do": "read"})
    assert ("text 4" in page.text, "text 2" in page.text) == (True, False)
    page = person.post(person.reading(), {"f-limit": "2", "f-offset": "0", "do": "next"})
    assert ("text 4" in page.text, "text 2" in page.text, "Show the 2 before" in page.text) == (False, True, True)
    assert fields(page)["f-offset"] == "2"


def test_a_csv_file_holds_every_field_exactly(person: Person) -> None:
    (message,) = stored(person.sandbox, 1, change=lambda _: {"price": Decimal("-0.00750"), "body": 'a "b",\r\n€ 🎉'})
    page = person.read(do="csv")
    assert page.headers["content-type"] == "text/csv; charset=utf-8"
    assert page.headers["content-disposition"] == 'attachment; filename="twilio-read_sms_messages-2026-03-01.csv"'
    (line,) = rows(page)
    assert list(line) == [spec.id for spec in person.site.connectors["twilio"].manifest.concepts[0].fields]
    assert (line["sid"], line["body"], line["price"]) == (message.sid, 'a "b",\r\n€ 🎉', "-0.00750")
    assert (line["date_sent"], line["error_code"], line["sender_number"]) == ("2026-03-10T11:59:00Z", "", OWN_NUMBER)


@pytest.mark.parametrize("evil", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "+1 555 ="])
def test_a_message_cannot_be_a_formula_in_a_spreadsheet(person: Person, evil: str) -> None:
    stored(person.sandbox, 1, change=lambda _: {"body": evil})
    (line,) = rows(person.read(do="csv"))
    assert line["body"] == f"'{evil}"
    assert line["recipient_number"] == RECIPIENT


def test_a_read_that_fails_says_why_and_keeps_the_form(person: Person) -> None:
    person.sandbox.faults.plant(Fault("server_error", times=9))
    page = person.read(("body", "has", "x"))
    assert (page.status_code, fields(page)["c0-value"]) == (503, "x")
    assert "It did not work" in text(page)
    person.sandbox.faults.clear()
    person.sandbox.faults.plant(Fault("error", status=401, code=20003))
    page = person.read()
    assert (page.status_code, "Twilio did not accept the connection" in text(page)) == (422, True)
    assert f"/connections/{person.production.id}/edit" in page.text


def test_a_changed_connection_is_used_as_it_is_now_and_a_deleted_one_not_at_all(person: Person) -> None:
    person.read()
    saved = person.site.book.get(person.production.id)
    other = {"account_sid": f"AC{2:032x}"}
    person.site.book.put(replace(saved, public=other), {"auth_token": SecretStr("another-token-0002")})
    person.read()
    assert [request.path.split("/")[3] for request in person.sandbox.requests] == [ACCOUNT_SID, f"AC{2:032x}"]
    person.post(f"/connections/{person.production.id}/delete")
    assert person.get(person.reading()).status_code == 404


def test_a_wrong_key_is_a_readable_page(person: Person) -> None:
    person.store.fault = WrongKeyError("The key does not open your connections.")
    page = person.get(person.reading())
    assert (page.status_code, "The key does not open your connections." in text(page)) == (500, True)


# Sending


def test_the_fields_stand_as_their_types_ask_and_options_are_apart(person: Person) -> None:
    page = person.get(person.sending())
    before, _, options = page.text.partition("<details")
    assert '<textarea id="f-message_body"' in before
    assert 'id="f-recipient_number"' in before
    assert '<textarea id="f-media_urls"' in options
    assert '<input type="datetime-local" id="f-send_at"' in options
    assert "dry_run" not in page.text
    assert "idempotency_key" not in page.text


def test_a_preview_costs_nothing_and_says_what_a_message_takes(person: Person) -> None:
    page = person.post(person.sending(), {**SEND, "do": "preview"})
    assert "1 segment, GSM-7, 30 characters" in text(page)
    answer = person.post(f"{person.sending()}/preview", {**SEND, "f-message_body": "“" + "a" * 80 + "”"})
    assert answer.json() == {
        "text": "2 segments, UCS-2, 82 characters, because of “ and ”, 1 segment if written with plain characters"
    }
    assert person.sandbox.requests == []


def test_the_live_preview_says_quietly_what_it_waits_for(person: Person) -> None:
    answer = person.post(f"{person.sending()}/preview", {"f-message_body": "Hello"})
    assert answer.json() == {"text": "A preview needs: Sender number, Recipient number"}
    assert person.post(f"{person.sending()}/preview", {"token": "x"}).status_code == 403


def test_what_is_wrong_is_said_before_anything_is_confirmed(person: Person) -> None:
    page = person.post(
        person.sending(), {**SEND, "f-recipient_number": "5551234", "f-message_body": "", "do": "confirm"}
    )
    assert page.status_code == 422
    assert 'href="#f-message_body"' in page.text
    assert fields(page)["f-sender_number"] == OWN_NUMBER
    assert person.sandbox.requests == []


def test_a_suggested_value_is_taken_by_one_click(person: Person) -> None:
    page = person.post(person.sending(), {**SEND, "f-recipient_number": "12125550123", "do": "confirm"})
    assert f"Did you mean {RECIPIENT}?" in text(page)
    use = re.findall(r'name="use" value="([^"]*)"', page.text)
    assert use == [f"recipient_number={RECIPIENT}"]
    page = person.post(person.sending(), {**fields(page), "use": use[0]})
    assert (page.status_code, fields(page)["f-recipient_number"]) == (200, RECIPIENT)
    assert "1 segment, GSM-7" in text(page)


def test_the_confirmation_shows_the_inputs_as_they_will_be_used(person: Person) -> None:
    path, page = person.confirmation()
    shown = text(page)
    assert f"Recipient number {RECIPIENT} (you wrote +1 (212) 555-0123)" in shown
    assert BODY in shown
    assert "A real send costs money and reaches a person." in shown
    assert "Each segment to each recipient is paid for" in shown
    assert "live · Twilio" in shown
    assert "Shipment" not in path
    assert person.sandbox.requests == []


def test_in_production_a_send_needs_the_box_ticked(person: Person) -> None:
    path, page = person.confirmation()
    refused = person.post(path, fields(page))
    assert (refused.status_code, person.creates) == (422, [])
    assert "Nothing was done. Tick this box" in text(refused)
    done = person.follow(person.post(path, {**fields(refused), "sure": "yes"}))
    (create,) = person.creates
    assert create == {"To": [RECIPIENT], "From": [OWN_NUMBER], "Body": [BODY]}
    assert re.search(r"SM[0-9a-f]{32}", done.text)
    assert "its status is queued, which is not yet delivered" in text(done)


def test_in_test_one_button_is_enough(person: Person) -> None:
    path, page = person.confirmation(person.test)
    assert 'name="sure"' not in page.text
    assert person.post(path, fields(page)).status_code == 303
    assert len(person.creates) == 1


def test_reload_back_and_a_second_window_send_once(person: Person) -> None:
    path, page = person.confirmation(person.test)
    sent = person.post(path, fields(page))
    shown = [text(person.follow(sent))]
    shown += [text(person.follow(person.post(path, form))) for form in (fields(page), {**fields(page), "attempt": "1"})]
    shown.append(text(person.get(path)))
    assert len(set(shown)) == 1
    assert len(person.creates) == 1


def test_the_form_sent_again_as_it_was_leads_to_the_same_confirmation(person: Person) -> None:
    form = {**fields(person.get(person.sending())), **SEND, "do": "confirm"}
    first, again = (person.post(person.sending(), form).headers["location"] for _ in range(2))
    other = person.post(person.sending(), {**form, "f-message_body": "another"}).headers["location"]
    assert first == again != other


def test_many_clicks_at_the_same_time_send_once(person: Person) -> None:
    path, page = person.confirmation(person.test)
    form, start, answers = fields(page), threading.Barrier(6), []

    def click() -> None:
        start.wait()
        answers.append(person.post(path, form).status_code)

    threads = [threading.Thread(target=click) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (answers, len(person.creates)) == ([303] * 6, 1)


def test_a_recipient_who_opted_out_is_told_in_plain_words_and_can_be_changed(person: Person) -> None:
    path, page = person.confirmation(person.test, **{"f-recipient_number": OPTED_OUT})
    answer = person.follow(person.post(path, fields(page)))
    shown = text(answer)
    assert "This recipient cannot be reached" in shown
    assert "Nothing was done." in shown
    assert "<title>Error:" in answer.text
    change = re.search(r'href="([^"]*from=[^"]*)"', answer.text)
    assert change is not None
    form = person.get(change.group(1).removeprefix(person.site.access.prefix).replace("&amp;", "&"))
    assert fields(form)["f-recipient_number"] == OPTED_OUT
    assert fields(form)["f-message_body"] == BODY


def test_what_a_rule_refuses_is_refused_before_the_confirmation(person: Person) -> None:
    strict = person.save("strict", allowed_countries=["NL"])
    page = person.post(person.sending(strict), {**SEND, "do": "confirm"})
    assert (page.status_code, person.sandbox.requests) == (422, [])
    assert "A rule of this connection does not allow it" in text(page)


def test_after_a_failure_that_did_nothing_the_person_may_confirm_again(person: Person) -> None:
    person.sandbox.faults.plant(Fault("error", method="POST", status=400, code=21606, message="no"))
    path, page = person.confirmation(person.test)
    answer = person.follow(person.post(path, fields(page)))
    assert "Twilio said no" in text(answer)
    done = person.follow(person.post(path, fields(answer)))
    assert re.search(r"SM[0-9a-f]{32}", done.text)
    assert len(person.creates) == 2


def test_an_unknown_outcome_is_a_state_of_its_own_and_is_only_looked_for(person: Person) -> None:
    person.sandbox.faults.plant(Fault("drop_before", method="POST"))
    path, page = person.confirmation()
    answer = person.follow(person.post(path, {**fields(page), "sure": "yes"}))
    shown = text(answer)
    assert "It may have been done, or not" in shown
    assert "look again after" in shown
    assert "Do not do it again before you have looked." in shown
    for form in (fields(page) | {"sure": "yes"}, fields(answer) | {"do": "act", "sure": "yes"}):
        assert "It may have been done" in text(person.follow(person.post(path, form)))
    still = person.follow(person.post(path, {**fields(answer), "do": "look"}))
    assert "It may have been done" in text(still)
    late = Message(
        sid=f"SM{7:032x}", account_sid=ACCOUNT_SID, sender=OWN_NUMBER, recipient=RECIPIENT, body=BODY,
        created=NOW + timedelta(seconds=1), sent=None, status="queued",
    )  # fmt: skip
    person.sandbox.store.extend(ACCOUNT_SID, [late])
    found = person.follow(person.post(path, {**fields(still), "do": "look"}))
    assert f"SM{7:032x}" in found.text
    assert len(person.creates) == 1


def test_a_look_never_sends_also_if_the_journal_is_gone(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    person.sandbox.faults.plant(Fault("drop_before", method="POST"))
    path, page = person.confirmation()
    answer = person.follow(person.post(path, {**fields(page), "sure": "yes"}))
    monkeypatch.setattr(connector_kit.Connector, "remembers", lambda *_: False)  # as with another, empty journal
    still = person.follow(person.post(path, {**fields(answer), "do": "look"}))
    assert "nobody can tell what became of it" in text(still)
    assert len(person.creates) == 1


def test_a_connection_changed_meanwhile_is_not_used(person: Person) -> None:
    """With another account the same confirmation would reach it from somebody else."""
    path, page = person.confirmation(person.test)
    saved = person.site.book.get(person.test.id)
    person.site.book.put(replace(saved, public={"account_sid": f"AC{2:032x}"}), {"auth_token": SecretStr("x" * 32)})
    answer = person.post(path, fields(page))
    assert (answer.status_code, person.creates) == (409, [])
    assert "may lead to another account now" in text(answer)


def test_while_it_is_carried_out_the_page_says_so_and_looks_again(person: Person) -> None:
    path, page = person.confirmation(person.test)
    kept = person.site.confirmations.get(path.rpartition("/")[2], (person.test.id, "send_sms_message"))
    assert kept is not None
    assert kept.begin("0", look=False)
    answer = person.get(path)
    assert "It is being carried out right now." in text(answer)
    assert '<meta http-equiv="refresh" content="2">' in answer.text
    person.post(path, fields(page))
    assert person.creates == []


def test_only_the_last_confirmations_are_kept() -> None:
    kept = Confirmations(lambda: 0.0)
    made = [kept.make("", ("connection", "action"), (), {"number": n}, {}) for n in range(MOST + 1)]
    assert kept.get(made[0].id, made[0].place) is None
    assert kept.get(made[1].id, made[1].place) is made[1]


def test_a_connection_that_is_changed_while_it_is_used_is_closed_afterwards(person: Person) -> None:
    twilio, sessions, book = person.site.connectors["twilio"], person.site.sessions, person.site.book
    with sessions._used(book, twilio, person.test) as before:
        changed = book.put(
            replace(person.test, public={"account_sid": f"AC{2:032x}"}), {"auth_token": SecretStr("y" * 32)}
        )
        with sessions._used(book, twilio, changed) as after:
            assert before != after
            assert set(twilio._opened) == {before, after}
    assert set(twilio._opened) == {after}
    sessions.end(changed.id)
    assert twilio._opened == {}


def test_a_confirmation_is_not_kept_for_ever(person: Person) -> None:
    path, page = person.confirmation(person.test)
    person.seconds += 4000
    answer = person.post(path, fields(page))
    assert (answer.status_code, person.creates) == (404, [])
    assert "kept for an hour" in text(answer)


def test_a_confirmation_belongs_to_its_connection(person: Person) -> None:
    path, page = person.confirmation(person.test)
    elsewhere = path.replace(person.test.id, person.production.id)
    assert person.post(elsewhere, {**fields(page), "sure": "yes"}).status_code == 404
    assert person.creates == []


def test_pages_of_others_cannot_send(person: Person) -> None:
    path, page = person.confirmation(person.test)
    assert person.post(path, {**fields(page), "token": "x"}).status_code == 403
    assert person.post(path, fields(page), origin="http://evil.example").status_code == 403
    assert person.post(path, fields(page), **{"sec-fetch-site": "cross-site"}).status_code == 403
    assert ORIGIN.startswith("http://127")
    assert person.creates == []


def test_a_connection_of_the_environment_can_be_tried_too() -> None:
    definition = "twilio auth_token test account_sid=MY_SID auth_token=MY_TOKEN"
    environ = {"CONNECTOR_KIT_CONNECTION_MINE": definition, "MY_SID": ACCOUNT_SID, "MY_TOKEN": AUTH_TOKEN}
    person = Person(environ)
    (mine,) = (saved for saved in person.site.book.list() if saved.read_only)
    assert f"/connections/{mine.id}/try" in person.get("/connections").text
    assert person.post(person.reading(mine), {"do": "read"}).status_code == 200
    path, page = person.confirmation(mine)
    person.post(path, fields(page))
    assert len(person.creates) == 1
    nothing_personal_in_addresses(person)


# Any connector


@pytest.fixture
def toy() -> Visitor:
    visitor = Visitor()
    visitor.enter()
    visitor.connect()
    return visitor


def test_the_toy_gets_its_pages_for_free(toy: Visitor) -> None:
    (saved,) = toy.store.list()
    start = f"/connections/{saved.id}/try"
    assert "Read some notes" in text(toy.get(start))
    page = toy.post(
        f"{start}/read_notes", {"c0-field": "stars", "c0-op": "ge", "c0-value": "2", "f-limit": "", "do": "read"}
    )
    assert "Found: 1." in text(page)
    assert "milk" in page.text
    assert toy.post(f"{start}/read_notes", {"do": "csv"}).text.count("\n") == 3


def test_without_dry_run_and_key_an_action_is_still_confirmed_and_done_once(toy: Visitor) -> None:
    (saved,) = toy.store.list()
    start = f"/connections/{saved.id}/try/write_note"
    form = fields(toy.get(start))
    assert "Preview" not in toy.get(start).text
    wrong = toy.post(start, {**form, "f-note_text": "eggs", "f-stars": "many"})
    assert (wrong.status_code, "Stars: give a number, not text." in text(wrong)) == (422, True)
    went = toy.post(start, {**form, "f-note_text": "eggs", "f-stars": "3"})
    path = went.headers["location"].removeprefix(toy.site.access.prefix)
    page = toy.follow(went)
    for _ in range(2):
        assert "Write a note: done" in text(toy.follow(toy.post(path, {**fields(page), "sure": "yes"})))
    notes = toy.post(f"/connections/{saved.id}/try/read_notes", {"do": "csv"})
    assert notes.text.count("eggs") == 1


def test_a_handler_that_breaks_leaves_the_outcome_unknown_and_is_not_run_again(
    toy: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def broken(notebook: Any, call: Any) -> Any:
        calls.append(call)
        raise ZeroDivisionError

    monkeypatch.setitem(toy.site.connectors["toy"]._handlers, "write_note", broken)
    (saved,) = toy.store.list()
    went = toy.post(f"/connections/{saved.id}/try/write_note", {"f-note_text": "eggs"})
    path = went.headers["location"].removeprefix(toy.site.access.prefix)
    form = {**fields(toy.follow(went)), "sure": "yes"}
    assert toy.post(path, form).status_code == 500
    page = toy.follow(toy.post(path, {**form, "attempt": "1", "do": "look"}))
    assert "It may have been done, or not" in text(page)
    assert (len(calls), "Look for it" in page.text) == (1, False)
    assert "eggs" not in "".join(toy.printed)


def test_pages_of_a_german_reader_hold_no_english_of_ours(person: Person) -> None:
    page = person.asker.get(
        person.site.access.prefix + person.reading(), headers={"cookie": person.cookie, "accept-language": "de"}
    )
    assert "Bedingung hinzufügen" in page.text
    assert "Add a condition" not in page.text
