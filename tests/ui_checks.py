"""What must hold at the door and behind it, each as a check of its own that raises AssertionError where it does not.

The tests call them for the running server, and ``test_mutations`` for servers that are broken on purpose, which shows that they
find what they look for. All but those of MEMORY only send requests, so they know no more than a stranger, or than
the browser that has the link.
"""

from __future__ import annotations

import base64
import html
import json
import re
import uuid
from urllib.parse import quote, quote_plus

import httpx

import connector_kit as kit
from ui_door import Door, draft, words
from ui_house import ACME, KEY, SALES, TESTER, TOKENS, secret
from ui_visitor import Visitor, fields, text

LIMIT = 64 * 1024
_PATHS = ("/", "/connections", "/settings", "/connect/twilio/auth_token", "/schema/twilio/auth_token.json")
_POLICY = {"default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"}
_HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "same-origin",  # no-referrer would break our own forms
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
_TYPED = {"f-account_sid": ACME, "f-auth_token": TOKENS[ACME], "environment": "production", "save": "checked"}


def disguises(text: str) -> set[str]:
    """Return the ways in which a secret may stand in an answer or a file."""
    plain = text.encode()
    return {
        text,
        quote(text, safe=""),
        quote_plus(text),
        html.escape(text),
        json.dumps(text)[1:-1],
        text[::-1],
        plain.hex(),
        # Base64 of a text depends on what stands before it; these are the parts that do not, for all three places.
        *(base64.b64encode(b"x" * before + plain)[4:-4].decode() for before in (0, 1, 2)),
    }


def holds_no(answer: httpx.Response, *secrets: str) -> None:
    """No secret is in an answer or its headers, however it is written."""
    whole = answer.text + "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    for one in secrets:
        assert not any(written in whole for written in disguises(one)), f"{answer.request.url} shows a secret"


def new_draft() -> str:
    """Return the id of a form that nobody has sent yet; one that was sent is not sent again."""
    return uuid.uuid4().hex


def connected(door: Door, **changes: str) -> httpx.Response:
    """Fill in the form of a new connection, but for the changes, and send it; it must have been saved."""
    page = door.get("/connect/twilio/auth_token")
    answer = door.post("/connect/twilio/auth_token", {**_TYPED, "name": "a", "draft": draft(page), **changes})
    assert answer.status_code == 303, words(answer)
    return answer


# The door


def only_its_own_name_is_answered(door: Door) -> None:
    """A name of an attacker that leads to this computer arrives here too, with all its cookies in the worst case."""
    port = door.origin.rpartition(":")[2]
    for host in (f"evil.example:{port}", f"localhost:{port}", "127.0.0.1", f"127.0.0.1.:{port}", "127.0.0.1:1"):
        for path in ("/settings", "/connections"):
            assert door.get(path, {"host": host}).status_code == 421, host
        answer = door.post("/settings", {"language": "de"}, {"host": host, "origin": f"http://{host}"})
        assert answer.status_code == 421, host


def another_origin_is_refused(door: Door) -> None:
    """A form of another site, even with everything else right."""
    for origin in ("null", "http://127.0.0.1:1", "https://evil.example", door.origin.replace("http:", "https:")):
        for path in ("/settings", "/connect/twilio/auth_token"):
            assert door.post(path, {"language": "de"}, {"origin": origin}).status_code == 403, origin
        assert door.get("/connections", {"origin": origin}).status_code == 403, origin


def another_site_is_refused(door: Door) -> None:
    """What the browser itself says to come from elsewhere; another port of this computer is the same site."""
    for site in ("cross-site", "same-site", "none"):
        assert door.post("/settings", {"language": "de"}, {"sec-fetch-site": site}).status_code == 403, site
    for site in ("cross-site", "same-site"):
        assert door.get("/connections", {"sec-fetch-site": site}).status_code == 403, site


def a_form_needs_the_token_of_this_session(door: Door) -> None:
    """A request that a stranger thought up has none."""
    connected(door)
    (id_,) = door.connections()
    for token in ("", "x", door.token[:-1], door.token + "x"):
        for path in (
            f"/connections/{id_}/delete",
            f"/connections/{id_}/check",
            "/settings",
            "/connect/twilio/auth_token",
        ):
            assert door.post(path, {"token": token}).status_code == 403, path
    assert door.connections() == [id_]


def nothing_is_shown_without_the_session(door: Door) -> None:
    """Another user of this computer can ask for everything, and has no cookie."""
    for path in _PATHS:
        for cookie in ("", "session=", "session=x", door.cookie[:-1], door.cookie.upper()):
            answer = door.get(path, {"cookie": cookie})
            assert answer.status_code == 403, (path, cookie)
            assert "Open the link from your terminal" in words(answer)
            holds_no(answer, door.token, door.prefix)
        assert door.plain("GET", path, {"cookie": door.cookie}).status_code == 403, "the prefix is a secret, too"
    assert door.post("/connect/twilio/auth_token", _TYPED, {"cookie": ""}).status_code == 403


def the_link_works_once(door: Door) -> None:
    """Whoever comes second learns that somebody was first."""
    again = door.plain("GET", door.link.removeprefix(door.origin))
    assert again.status_code == 403
    assert "set-cookie" not in again.headers
    assert "Open the link from your terminal" in words(again)


def a_look_ahead_does_not_use_up_the_link(fresh: Door) -> None:
    """A preview of the link, or a browser that loads pages before they are asked for. ``fresh`` has not been entered."""
    path = fresh.link.removeprefix(fresh.origin)
    for headers in ({"sec-purpose": "prefetch;prerender"}, {"purpose": "prefetch"}):
        assert fresh.plain("GET", path, headers).status_code == 503
    fresh.plain("HEAD", path)
    fresh.enter()


def the_cookie_is_for_our_pages_only(fresh: Door) -> None:
    """Browsers send cookies of 127.0.0.1 to every port, so this one has a path that no other server knows."""
    entered = fresh.plain("GET", fresh.link.removeprefix(fresh.origin))
    found = re.fullmatch(
        r"session=[\w-]{32,}; Path=(/c-[\w-]{32,}); HttpOnly; SameSite=Strict", entered.headers.get("set-cookie", "")
    )
    assert found, "the session goes to other servers of this computer"
    assert entered.status_code == 200, "a redirect from another site would leave the cookie out"


def a_large_body_is_refused(door: Door) -> None:
    """Nobody fills this computer's memory."""
    for size in (LIMIT + 1, 4 * LIMIT):
        assert door.post("/settings", {"language": "x" * size}).status_code == 413


def every_answer_has_the_strict_headers(door: Door) -> None:
    """Pages, refusals and files alike."""
    answers = [
        *(door.get(path) for path in _PATHS),
        door.get("/nothing"),
        door.get("/", {"cookie": ""}),
        door.get("/", {"host": "evil.example"}),
        door.post("/settings", {}, {"origin": "null"}),
        door.post("/settings", {"token": ""}),
        door.plain("GET", "/static/style.css"),
        door.plain("DELETE", "/"),
    ]
    for answer in answers:
        policy = answer.headers.get("content-security-policy", "").split("; ")
        assert set(policy) >= _POLICY, answer.request.url
        assert not re.search(r"unsafe|\*|data:|https?:", " ".join(policy))
        for name, value in _HEADERS.items():
            assert answer.headers.get(name) == value, (answer.request.url, name)
        assert "server" not in answer.headers


# Secrets


def a_secret_never_comes_back(door: Door) -> None:
    """Not in the answer to a form that failed, whatever failed, nor on any page after it was saved."""
    wrong = secret("wrong")
    page = door.get("/connect/twilio/auth_token")
    form = {**_TYPED, "name": "a", "draft": draft(page)}
    for changes in ({"f-auth_token": wrong}, {"f-account_sid": "AC1"}, {"name": " "}, {"environment": "moon"}):
        answer = door.post("/connect/twilio/auth_token", {**form, **changes})
        assert answer.status_code == 422
        holds_no(answer, wrong, TOKENS[ACME])
    done = door.post("/connect/twilio/auth_token", form)
    holds_no(done, TOKENS[ACME])
    holds_no(door.follow(done), TOKENS[ACME])
    (id_,) = door.connections()
    for path in (*_PATHS, f"/connections/{id_}/edit", f"/connections/{id_}/delete"):
        holds_no(door.get(path), TOKENS[ACME], wrong)
    answer = door.post(
        f"/connections/{id_}/edit", {"name": "a", "rev": "1", "f-account_sid": "AC", "f-auth_token": wrong}
    )
    holds_no(answer, wrong, TOKENS[ACME])


def a_misplaced_secret_is_cleared(door: Door) -> None:
    """A token in the field of the account, or in that of the name, would be on the screen, and in the page's text."""
    for changes in ({"f-account_sid": TOKENS[ACME], "f-auth_token": ACME}, {"name": TOKENS[ACME]}):
        answer = door.post("/connect/twilio/auth_token", {**_TYPED, "name": "a", "draft": new_draft(), **changes})
        assert answer.status_code == 422
        assert "the field was cleared" in words(answer)
        holds_no(answer, TOKENS[ACME])


def accounts_are_masked(door: Door) -> None:
    """The list and the question before a deletion say whose account it is, and no more of it than that takes."""
    connected(door)
    (id_,) = door.connections()
    for path in ("/connections", f"/connections/{id_}/delete"):
        page = door.get(path)
        assert f"{ACME[:2]}…{ACME[-4:]}" in words(page)
        assert ACME not in page.text


def another_account_does_not_get_the_saved_secret(door: Door) -> None:
    """Whoever changes the account to their own must not be sent the secret of the one that is saved."""
    connected(door)
    (id_,) = door.connections()
    form = {"name": "a", "rev": "1", "draft": new_draft(), "f-account_sid": SALES, "f-auth_token": ""}
    answer = door.post(f"/connections/{id_}/edit", form)
    assert answer.status_code == 422
    assert "Auth Token is needed again, because the Account SID was changed" in words(answer)
    kept = door.post(f"/connections/{id_}/edit", {**form, "f-account_sid": ACME})
    assert kept.status_code == 303, words(kept)


# Forms


def a_finished_form_is_not_saved_again(door: Door) -> None:
    """A second click, a reload, or Back and Enter, even with another name."""
    page = door.get("/connect/twilio/auth_token")
    form = {**_TYPED, "draft": draft(page)}
    for name in ("a", "a", "b"):
        assert door.post("/connect/twilio/auth_token", {**form, "name": name}).status_code == 303
    assert len(door.connections()) == 1


def a_faulty_secret_is_typed_again(door: Door) -> None:
    """The values of a form that failed wait, so that nobody types twice; one that has a fault itself does not."""
    page = door.get("/connect/twilio/auth_token")
    form = {**_TYPED, "name": "a", "draft": draft(page), "f-auth_token": KEY}
    answer = door.post("/connect/twilio/auth_token", form)
    assert (answer.status_code, "You have entered a value" in words(answer)) == (422, False)
    again = door.post("/connect/twilio/auth_token", {**form, "f-auth_token": ""})
    assert "Auth Token is missing" in words(again)
    waiting = door.post("/connect/twilio/auth_token", {**form, "f-auth_token": TOKENS[ACME], "f-account_sid": KEY})
    assert "You have entered a value" in words(waiting)
    assert door.post("/connect/twilio/auth_token", {**form, "f-auth_token": ""}).status_code == 303


def a_change_in_another_window_is_not_overwritten(door: Door) -> None:
    """Two windows with the same form: the second one is told."""
    connected(door)
    (id_,) = door.connections()
    form = {"rev": "1", "f-account_sid": ACME, "f-auth_token": ""}
    assert door.post(f"/connections/{id_}/edit", {**form, "name": "first", "draft": new_draft()}).status_code == 303
    late = door.post(f"/connections/{id_}/edit", {**form, "name": "second", "draft": new_draft()})
    assert (late.status_code, "Nothing was overwritten" in words(late)) == (409, True)
    assert "first" in words(door.get("/connections"))


def credentials_for_tests_stay_out_of_production(door: Door) -> None:
    """Automations would believe that they have sent something."""
    form = {**_TYPED, "name": "a", "f-account_sid": TESTER, "f-auth_token": TOKENS[TESTER]}
    refused = door.post("/connect/twilio/auth_token", {**form, "draft": new_draft()})
    assert (refused.status_code, "cannot be used in Production" in words(refused)) == (422, True)
    both = door.post("/connect/twilio/auth_token", {**form, "draft": new_draft(), "both": "yes", "environment": "test"})
    assert both.status_code == 422
    assert door.connections() == []


def what_people_write_stays_text(door: Door) -> None:
    """No name becomes markup."""
    connected(door, name="<img src=x onerror=x()> {{7*7}}")
    (id_,) = door.connections()
    for path in ("/connections", f"/connections/{id_}/edit", f"/connections/{id_}/delete", "/?q=<img src=x>"):
        page = door.get(path)
        assert "<img src=x" not in page.text
        assert "&lt;img src=x" in page.text


def a_wrong_token_is_not_saved(door: Door) -> None:
    """Nor anything else that the service does not accept."""
    form = {**_TYPED, "name": "a", "draft": new_draft(), "f-auth_token": secret("wrong")}
    answer = door.post("/connect/twilio/auth_token", form)
    assert (answer.status_code, "Nothing was saved" in words(answer)) == (422, True)
    assert door.connections() == []


# What waits in memory, which takes a clock of our own


def typed_secrets_are_forgotten_after_a_while(visitor: Visitor) -> None:
    """A secret waits for a quarter of an hour after the last try, and no longer."""
    visitor.toy.fails(kit.UnavailableError("The notebook could not be reached."))
    form = {**fields(visitor.connect()), "f-pin": "", "save": "checked"}
    visitor.seconds += 899
    assert visitor.post("/connect/toy/notebook", form).status_code == 503, "it still waits"
    visitor.seconds += 900
    page = visitor.post("/connect/toy/notebook", {**form, "save": "unchecked"})
    assert page.status_code == 422
    assert "Pin is missing" in text(page)


def a_saved_form_leaves_no_secret_waiting(visitor: Visitor) -> None:
    """What is sealed in the store has no reason to be in memory as well."""
    visitor.toy.fails(kit.UnavailableError("The notebook could not be reached."))
    form = fields(visitor.connect())
    assert visitor.site.drafts.waiting(form["draft"]) == {"pin"}
    assert visitor.post("/connect/toy/notebook", {**form, "save": "unchecked"}).status_code == 303
    assert visitor.site.drafts.waiting(form["draft"]) == set()


FRESH = (a_look_ahead_does_not_use_up_the_link, the_cookie_is_for_our_pages_only)
MEMORY = (typed_secrets_are_forgotten_after_a_while, a_saved_form_leaves_no_secret_waiting)
DOOR = (
    only_its_own_name_is_answered,
    another_origin_is_refused,
    another_site_is_refused,
    a_form_needs_the_token_of_this_session,
    nothing_is_shown_without_the_session,
    the_link_works_once,
    a_large_body_is_refused,
    every_answer_has_the_strict_headers,
)
INSIDE = (
    a_secret_never_comes_back,
    a_misplaced_secret_is_cleared,
    accounts_are_masked,
    another_account_does_not_get_the_saved_secret,
    a_finished_form_is_not_saved_again,
    a_faulty_secret_is_typed_again,
    a_change_in_another_window_is_not_overwritten,
    credentials_for_tests_stay_out_of_production,
    what_people_write_stays_text,
    a_wrong_token_is_not_saved,
)
