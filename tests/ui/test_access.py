"""Only whoever has the link comes in; the link works once, and nothing that a stranger can guess or steal replaces it."""

from __future__ import annotations

import threading

from connector_kit.hosts.ui.access import Access


def made() -> Access:
    tokens = iter(["prefix", "form", "session", "launch"])
    return Access(lambda: next(tokens))


def test_the_link_works_once() -> None:
    access = made()
    assert access.link("http://127.0.0.1:1") == "http://127.0.0.1:1/launch?token=launch"
    assert not access.launch("")
    assert not access.launch("launch ")
    assert not access.launch("l\xe4unch")
    assert access.launch("launch")
    assert not access.launch("launch")
    assert not access.launch("None")


def test_the_link_works_once_among_many_at_the_same_time() -> None:
    access, won, start = made(), [], threading.Barrier(8)

    def race() -> None:
        start.wait()
        won.append(access.launch("launch"))

    threads = [threading.Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 7 + [True]


def test_the_cookie_goes_to_our_own_path_only() -> None:
    """A cookie of 127.0.0.1 goes to every port; the server of somebody else does not know the path."""
    assert made().cookie == "session=session; Path=/c-prefix; HttpOnly; SameSite=Strict"


def test_a_request_of_the_session_is_admitted_below_the_secret_path() -> None:
    access = made()
    assert access.admits("/c-prefix/", ["session=session"])
    assert access.admits("/c-prefix/connections", ["a=b; session=session"])
    # Another server on this computer may have set a cookie of the same name, for all paths.
    assert access.admits("/c-prefix/", ["session=other; session=session"])


def test_everything_else_is_not_admitted() -> None:
    access = made()
    for path in ("/", "/c-prefix", "/c-prefiX/", "/c-other/", "//c-prefix/", "/x/c-prefix/"):
        assert not access.admits(path, ["session=session"]), path
    for cookies in (
        [],
        [""],
        ["session=other"],
        ["other=session"],
        ["session"],
        ["session=session2"],
        ["Session=session"],
    ):
        assert not access.admits("/c-prefix/", cookies), cookies


def test_a_form_needs_its_token() -> None:
    access = made()
    assert access.fits_form("form")
    assert not any(access.fits_form(token) for token in ("", "for", "form2", "session", "\ud800"))


def test_two_runs_share_nothing() -> None:
    first, second = Access(), Access()
    assert first.prefix != second.prefix
    assert first.cookie != second.cookie
    assert not second.admits(f"{second.prefix}/", [first.cookie.partition(";")[0]])
    assert not second.launch(first.link("").partition("=")[2])
    assert len({first.prefix[3:], first.form_token, first.cookie[8:51], first.link("")[14:]}) == 4
