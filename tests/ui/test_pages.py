"""The pages: what they show, what they refuse, and that a secret never comes back. Any connector gets them; here it is the toy."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import connector_kit as kit
import ui_checks
from connector_kit.connections import DamagedStoreError, SavedConnection
from ui_visitor import ORIGIN, PIN, Visitor, fields, text


@pytest.fixture
def visitor() -> Visitor:
    visitor = Visitor()
    visitor.enter()
    return visitor


def saved(visitor: Visitor) -> list[SavedConnection]:
    return visitor.store.list()


# Who may enter


def test_the_link_opens_the_pages_once() -> None:
    visitor = Visitor()
    link = visitor.site.access.link(ORIGIN)
    page = visitor.enter()
    assert (page.status_code, visitor.launched) == (200, 1)
    assert page.headers["set-cookie"].endswith(f"Path={visitor.site.access.prefix}; HttpOnly; SameSite=Strict")
    assert f'content="0;url={visitor.site.access.prefix}/"' in page.text
    assert visitor.get("/").status_code == 200
    again = visitor.asker.get(link.removeprefix(ORIGIN))
    assert (again.status_code, visitor.launched, "set-cookie" in again.headers) == (403, 1, False)
    assert "Open the link from your terminal" in text(again)


def test_a_look_at_the_link_does_not_use_it_up() -> None:
    visitor = Visitor()
    link = visitor.site.access.link(ORIGIN).removeprefix(ORIGIN)
    assert visitor.asker.request("HEAD", link).status_code == 403
    assert visitor.asker.get(link, headers={"sec-purpose": "prefetch"}).status_code == 503
    assert visitor.enter().status_code == 200


def test_without_the_session_there_is_nothing_but_the_way_in() -> None:
    visitor = Visitor()
    prefix = visitor.site.access.prefix
    for path in (
        "/",
        "/launch",
        "/launch?token=x",
        "/favicon.ico",
        f"{prefix}/",
        f"{prefix}/connections",
        "/c-x/",
        "/static",
    ):
        page = visitor.asker.get(path)
        assert (page.status_code, "Open the link from your terminal" in page.text) == (403, True), path
        assert prefix not in page.text
    assert visitor.post("/connections/x/delete").status_code == 403
    for name in ("style.css", "script.js", "icon.svg"):
        assert visitor.asker.get(f"/static/{name}").status_code == 200
    assert visitor.asker.get("/static/../app.py").status_code in (403, 404)


@pytest.mark.parametrize("token", ["", "x"])
def test_a_form_that_is_not_of_this_session_changes_nothing(visitor: Visitor, token: str) -> None:
    visitor.connect()
    (one,) = saved(visitor)
    paths = ["delete", "check", "default", "edit"]
    for path in [*(f"/connections/{one.id}/{name}" for name in paths), "/connect/toy/notebook", "/settings"]:
        page = visitor.post(path, {"token": token, "name": "other", "language": "de"})
        assert (page.status_code, "out of date" in text(page)) == (403, True), path
    assert saved(visitor) == [one]
    assert visitor.site.preferences.language is None


def test_an_unknown_page_and_a_wrong_method_say_so(visitor: Visitor) -> None:
    for path in ("/nothing", "/connections/", "/connect/toy/nothing", "/connect/other/notebook", "/schema/toy/x.json"):
        page = visitor.get(path)
        assert (page.status_code, "This is not here" in text(page)) == (404, True), path
    assert visitor.get("/connections/nobody/edit").status_code == 404
    assert visitor.get("/connections/nobody/check").status_code == 405
    assert visitor.post("/connections").status_code == 405


# Connect


def test_every_connector_is_offered_and_found_by_its_words(visitor: Visitor) -> None:
    page = visitor.get("/")
    assert "A notebook in memory" in text(page)
    assert "Read some notes" in text(page)
    assert f"{visitor.site.access.prefix}/connect/toy/notebook" in page.text
    assert "Toy" in text(visitor.get("/?q=NOTES+toy"))
    nothing = text(visitor.get("/?q=%3Cb%3Esms"))
    assert "Nothing fits" in nothing
    assert "A notebook" not in nothing


def test_the_first_connection_is_called_default_and_is_it(visitor: Visitor) -> None:
    assert fields(visitor.get("/connect/toy/notebook"))["name"] == "default"
    page = text(visitor.follow(visitor.connect()))
    assert "“default” is connected." in page
    assert "Toy account: Ana's notes." in page
    (one,) = saved(visitor)
    assert (one.name, one.environment, one.is_default, one.status) == ("default", "production", True, "connected")
    assert fields(visitor.get("/connect/toy/notebook"))["name"] == ""
    test = fields(visitor.get("/connect/toy/notebook?environment=test"))
    assert (test["name"], test["environment"]) == ("default", "test")


def test_both_environments_get_the_same_credentials_where_that_is_chosen(visitor: Visitor) -> None:
    page = text(visitor.follow(visitor.connect(both="yes")))
    assert "in Production and in Test" in page
    assert [one.environment for one in saved(visitor)] == ["production", "test"]


def test_what_is_missing_is_said_beside_the_fields_and_in_a_summary(visitor: Visitor) -> None:
    page = visitor.connect(**{"f-owner": " ", "f-pin": ""})
    assert page.status_code == 422
    assert "<title>Error: Connect Toy \N{EN DASH} Connector</title>" in page.text
    assert 'id="summary" tabindex="-1" autofocus' in page.text
    assert page.text.count('aria-invalid="true"') == 2
    assert 'href="#f-owner"' in page.text
    assert 'aria-describedby="f-owner-help f-owner-error"' in page.text
    assert (saved(visitor), visitor.toy.asked) == ([], 0)


def test_a_single_fault_gets_the_cursor(visitor: Visitor) -> None:
    page = visitor.connect(name="")
    assert page.status_code == 422
    assert page.text.count("autofocus") == 1
    assert 'id="name"' in page.text.partition(" autofocus")[0].rpartition("<")[2]


def test_credentials_that_are_not_accepted_are_not_saved_and_need_not_be_typed_again(visitor: Visitor) -> None:
    message = "The pin is not accepted. (1) Look at it again. (2) Ask the owner. (HTTP 401, error 7)"
    visitor.toy.fails(kit.CredentialsError(message))
    page = visitor.connect(name="my <name>")
    assert page.status_code == 422
    assert saved(visitor) == []
    assert (
        "Nothing was saved The pin is not accepted. Look at it again. Ask the owner. Detail for support: HTTP 401, error 7"
        in text(page)
    )
    assert page.text.count('aria-invalid="true"') == 2
    entered = fields(page)
    assert (entered["f-owner"], entered["name"]) == ("Ana", "my <name>")
    assert "You have entered a value" in text(page)
    assert PIN not in page.text
    visitor.toy.answer = kit.Checked
    assert visitor.post("/connect/toy/notebook", {**entered, "f-pin": ""}).status_code == 303
    (one,) = saved(visitor)
    assert visitor.store.secrets(one)["pin"].get_secret_value() == PIN


def test_an_outage_offers_to_try_again_or_to_save_without_a_check(visitor: Visitor) -> None:
    visitor.toy.fails(kit.UnavailableError("The notebook could not be reached."))
    page = visitor.connect()
    assert page.status_code == 503
    assert "Your values were not rejected. Nothing was saved yet. The notebook could not be reached." in text(page)
    assert "Try again" in text(page)
    assert 'class="panel notice"' in page.text
    assert 'aria-invalid="true"' not in page.text
    again = visitor.post("/connect/toy/notebook", {**fields(page), "save": "checked"})
    assert again.status_code == 503
    listed = visitor.follow(visitor.post("/connect/toy/notebook", {**fields(again), "save": "unchecked"}))
    assert "saved without a check" in text(listed)
    assert "? Not checked" in text(listed)
    (one,) = saved(visitor)
    assert visitor.store.secrets(one)["pin"].get_secret_value() == PIN


@pytest.mark.parametrize("check", ui_checks.MEMORY, ids=lambda check: check.__name__)
def test_what_waits_in_memory_is_forgotten_in_time(visitor: Visitor, check: Callable[[Visitor], None]) -> None:
    check(visitor)


def test_a_name_that_is_taken_is_all_that_must_be_changed(visitor: Visitor) -> None:
    visitor.connect()
    page = visitor.connect(name=" DEFAULT")
    assert page.status_code == 409
    assert page.text.count('aria-invalid="true"') == 1
    assert visitor.post("/connect/toy/notebook", {**fields(page), "f-pin": "", "name": "other"}).status_code == 303
    assert [one.name for one in saved(visitor)] == ["default", "other"]


def test_a_second_submit_of_one_form_makes_no_second_connection(visitor: Visitor) -> None:
    entered = {**fields(visitor.get("/connect/toy/notebook")), "f-owner": "Ana", "f-pin": PIN}
    first = visitor.post("/connect/toy/notebook", entered)
    second = visitor.post("/connect/toy/notebook", {**entered, "name": "other"})
    assert (first.status_code, second.status_code) == (303, 303)
    assert second.headers["location"].endswith("/connections")
    assert len(saved(visitor)) == 1


def test_a_double_click_while_the_service_is_asked_makes_no_second_connection(visitor: Visitor) -> None:
    entered = {**fields(visitor.get("/connect/toy/notebook")), "f-owner": "Ana", "f-pin": PIN}
    asked, go_on = threading.Event(), threading.Event()

    def slow() -> kit.Checked:
        asked.set()
        assert go_on.wait(10)
        return kit.Checked()

    visitor.toy.answer = slow
    statuses: list[int] = []
    clicks = [
        threading.Thread(target=lambda: statuses.append(visitor.post("/connect/toy/notebook", entered).status_code))
        for _ in range(2)
    ]
    clicks[0].start()
    assert asked.wait(10)
    clicks[1].start()
    go_on.set()
    for click in clicks:
        click.join()
    assert (statuses, visitor.toy.asked, len(saved(visitor))) == ([303, 303], 1, 1)


def test_an_environment_that_does_not_exist_is_refused(visitor: Visitor) -> None:
    for environment in ("", "staging"):
        page = visitor.connect(environment=environment)
        assert (page.status_code, "Environment is not chosen." in text(page)) == (422, True)
    assert saved(visitor) == []


def test_another_address_is_saved_with_new_connections_and_announced_on_every_page() -> None:
    visitor = Visitor(base_url="http://127.0.0.1:9")
    visitor.enter()
    assert "New connections of this run use http://127.0.0.1:9 instead" in visitor.get("/settings").text
    visitor.connect()
    assert saved(visitor)[0].base_url == "http://127.0.0.1:9"


# Change


def test_a_form_of_a_saved_connection_never_shows_the_secret(visitor: Visitor) -> None:
    visitor.connect()
    (one,) = saved(visitor)
    page = visitor.get(f"/connections/{one.id}/edit")
    assert "A value is saved (01 Mar 2026, 14:05)." in text(page).replace(visitor.site.home.key, "")
    entered = fields(page)
    assert (entered["f-pin"], entered["f-owner"], entered["name"], entered["rev"]) == ("", "Ana", "default", "1")
    assert PIN not in page.text
    assert "environment" not in entered


def test_a_rename_asks_nobody_and_keeps_the_secret(visitor: Visitor) -> None:
    visitor.connect()
    (one,) = saved(visitor)
    visitor.toy.fails(kit.CredentialsError("No."))
    entered = {
        **fields(visitor.get(f"/connections/{one.id}/edit")),
        "name": "main",
        "environment": "test",
        "both": "yes",
    }
    assert "“main” was saved." in text(visitor.follow(visitor.post(f"/connections/{one.id}/edit", entered)))
    (now,) = saved(visitor)
    assert (now.name, now.environment, now.status, visitor.toy.asked) == ("main", "production", "connected", 1)
    assert visitor.store.secrets(now)["pin"].get_secret_value() == PIN


def test_a_change_in_another_window_is_not_overwritten(visitor: Visitor) -> None:
    visitor.connect()
    path = f"/connections/{saved(visitor)[0].id}/edit"
    windows = [fields(visitor.get(path)) for _ in range(2)]
    assert visitor.post(path, {**windows[0], "name": "first"}).status_code == 303
    page = visitor.post(path, {**windows[1], "name": "second"})
    assert page.status_code == 409
    assert "Changed in another window" in text(page)
    assert saved(visitor)[0].name == "first"


# The list


def test_the_list_shows_each_connection_and_what_can_be_done(visitor: Visitor) -> None:
    visitor.connect(both="yes")
    page = visitor.get("/connections")
    shown = text(page)
    assert shown.index("Production") < shown.index("Test")
    assert "default Default Toy 1.0.0 · Notebook Ana's notes ✓ Connected Checked 01 Mar 2026," in shown
    for action in ("Edit", "Check now", "Delete"):
        assert shown.count(f"{action} \N{EN DASH} default") == 2
    assert "Make default" not in shown


def test_without_connections_the_list_says_what_to_do(visitor: Visitor) -> None:
    assert "No connections yet" in text(visitor.get("/connections"))


def test_a_default_that_is_deleted_leaves_a_warning_and_no_substitute(visitor: Visitor) -> None:
    visitor.connect()
    visitor.connect(name="other")
    first = saved(visitor)[0]
    page = text(visitor.get(f"/connections/{first.id}/delete"))
    assert "Delete “default”?" in page
    assert "This is the default." in page
    assert len(saved(visitor)) == 2
    listed = text(visitor.follow(visitor.post(f"/connections/{first.id}/delete")))
    assert "still work at Toy" in listed
    assert "Toy has no default in Production." in listed
    (other,) = saved(visitor)
    again = text(visitor.follow(visitor.post(f"/connections/{first.id}/delete")))
    assert "deleted already" in again
    made = text(visitor.follow(visitor.post(f"/connections/{other.id}/default")))
    assert "“other” is now the default in Production." in made
    assert "has no default" not in made


def test_check_now_tells_what_was_found_and_an_outage_changes_nothing(visitor: Visitor) -> None:
    visitor.connect()
    (one,) = saved(visitor)
    path = f"/connections/{one.id}/check"
    visitor.toy.fails(kit.UnavailableError("Nobody is there."))
    assert "Its status was left as it was. Nobody is there." in text(visitor.follow(visitor.post(path)))
    assert saved(visitor) == [one]
    visitor.toy.fails(kit.CredentialsError("The pin was revoked. (1) Ask the owner. (2) Change it. (HTTP 401)"))
    listed = text(visitor.follow(visitor.post(path)))
    assert "“default” needs attention. The pin was revoked. Connections" in listed
    assert "✕ Needs attention" in listed
    assert "The pin was revoked. Ask the owner. Change it. Detail for support: HTTP 401" in listed
    visitor.toy.answer = kit.Checked
    assert "“default” is connected." in text(visitor.follow(visitor.post(path)))


def test_a_message_is_shown_once(visitor: Visitor) -> None:
    answer = visitor.connect()
    assert "is connected." in text(visitor.follow(answer))
    assert "is connected." not in text(visitor.follow(answer))


def test_what_a_person_wrote_is_shown_as_text(visitor: Visitor) -> None:
    name = "<script>alert(1)</script> \"'&{{7*7}}🐈"
    visitor.connect(name=name, **{"f-owner": "<img src=x onerror=alert(1)>"})
    page = visitor.get("/connections")
    assert name in text(page) or "alert(1)" in text(page)
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text
    assert "{{7*7}}" in page.text


def test_a_connection_whose_connector_is_gone_can_still_be_deleted(visitor: Visitor) -> None:
    visitor.store.put(SavedConnection("1", "gone", "key", "production", "old", {}))
    page = text(visitor.get("/connections"))
    assert "gone" in page
    assert "Edit \N{EN DASH} old" not in page
    assert visitor.get("/connections/1/edit").status_code == 404
    assert visitor.post("/connections/1/delete").status_code == 303
    assert saved(visitor) == []


def test_a_connection_of_the_environment_is_shown_and_checked_but_not_changed() -> None:
    named = {"CONNECTOR_KIT_CONNECTION_MAIN": "toy notebook production owner=MY_OWNER pin=MY_PIN"}
    visitor = Visitor({**named, "MY_OWNER": "Ana", "MY_PIN": PIN})
    visitor.enter()
    (one,) = visitor.site.book.list()
    page = visitor.get("/connections")
    assert "main" in text(page)
    assert "Read-only" in text(page)
    assert "Kept in: environment." in text(page)
    assert PIN not in page.text
    for action in ("edit", "delete", "default"):
        assert f"/connections/{one.id}/{action}" not in page.text
    assert visitor.get(f"/connections/{one.id}/edit").status_code == 403
    assert visitor.get(f"/connections/{one.id}/delete").status_code == 403
    for action in ("edit", "delete", "default"):
        assert visitor.post(f"/connections/{one.id}/{action}", {"name": "other"}).status_code == 403
    assert "“main” is connected." in text(visitor.follow(visitor.post(f"/connections/{one.id}/check")))
    visitor.toy.fails(kit.CredentialsError("The pin was revoked. (1) Ask."))
    assert "The pin was revoked." in text(visitor.follow(visitor.post(f"/connections/{one.id}/check")))
    assert visitor.site.book.list() == [one]


# What is broken is said


def test_a_damaged_store_is_told_in_its_own_sentence(visitor: Visitor) -> None:
    entered = {**fields(visitor.get("/connect/toy/notebook")), "f-owner": "Ana", "f-pin": PIN}
    visitor.store.fault = DamagedStoreError("The file of connections is damaged. Put back a copy.")
    for page in (visitor.get("/connections"), visitor.get("/"), visitor.post("/connect/toy/notebook", entered)):
        assert page.status_code == 500
        assert "The file of connections is damaged. Put back a copy." in text(page)
        assert "<title>Error:" in page.text


def test_a_bug_is_told_without_what_was_typed(visitor: Visitor) -> None:
    def broken() -> kit.Checked:
        raise RuntimeError(PIN)

    visitor.toy.answer = broken
    page = visitor.connect()
    assert (page.status_code, "mistake in the program" in text(page)) == (500, True)
    assert PIN not in page.text
    assert len(visitor.printed) == 1
    assert "RuntimeError" in visitor.printed[0]
    assert PIN not in visitor.printed[0]


# Settings, schema, static files


def test_language_and_time_zone_are_chosen_for_the_session(visitor: Visitor) -> None:
    visitor.connect()
    assert '<html lang="de">' in visitor.get("/settings", **{"accept-language": "de"}).text
    page = visitor.follow(visitor.post("/settings", {"language": "de", "zone": "Europe/Berlin"}))
    assert "Ihre Einstellungen wurden gespeichert." in text(page)
    listed = visitor.get("/connections")
    assert "Geprüft am 01.03.2026, 15:05" in text(listed)
    assert "Zeiten werden in Europe/Berlin angezeigt." in listed.text
    back = visitor.post("/settings", {"zone": "Asia/Tokyo", "back": "connections"})
    assert "/connections?message=" in back.headers["location"]
    assert visitor.site.preferences.language == "de"
    visitor.post("/settings", {"language": "xx", "zone": "../../etc/passwd", "back": "//evil.example"})
    assert visitor.site.preferences.language is None
    assert visitor.site.preferences.zone is None


def test_the_schema_of_a_form_is_served_for_other_programs(visitor: Visitor) -> None:
    page = visitor.get("/schema/toy/notebook.json")
    assert page.headers["content-type"] == "application/schema+json"
    schema = json.loads(page.text)
    assert schema["properties"]["pin"]["writeOnly"] is True
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"


def test_nothing_is_inline_and_every_form_says_where_it_goes() -> None:
    """What the policy would block, and what keeps a fragment of the address in a form's target."""
    for path in (Path(kit.__file__).parent / "hosts" / "ui" / "templates").glob("*.html"):
        source = path.read_text(encoding="utf-8")
        assert " style=" not in source, path.name
        assert not re.search(r"\son[a-z]+=", source), path.name
        assert source.count("<form") == source.count("action=") - source.count("formaction="), path.name
        assert source.count("<script") == source.count("<script src="), path.name
