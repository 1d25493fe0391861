"""The checks of the pages have teeth: a server that is broken on purpose fails the check that is there for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

import connector_kit as kit
import ui_checks
from connector_kit import Problem
from connector_kit.connections import saving
from connector_kit.hosts.ui import connection_form, drafts, forms, guard
from connector_kit.hosts.ui.access import Access
from connector_kit.hosts.ui.pages import connections
from support import NOW, Wire
from twilio_connector import plugin
from twilio_sandbox import Clock, SandboxTransport
from ui_door import Door
from ui_house import LenientSandbox, accounts
from ui_visitor import Visitor

Patch = pytest.MonkeyPatch


def fresh_door() -> Door:
    """Return the application in this process in front of accounts of every kind, and its link, which nobody has followed."""
    sandbox = LenientSandbox(Clock(NOW))
    for account in accounts():
        sandbox.store.add_account(account)
    plugins = kit.make_plugins([plugin, Wire(SandboxTransport(sandbox), sandbox.clock)], entry_point_group=None)
    visitor = Visitor(None, {"twilio": kit.load_connector("twilio", plugins=plugins)})
    origin = visitor.asker.origin
    return Door(visitor.asker.send, visitor.site.access.link(origin))


def inside(check: Callable[[Door], None]) -> None:
    """Check a door whose link was followed."""
    door = fresh_door()
    door.enter()
    check(door)


def lets_through(refusal: object) -> Callable[[Patch], None]:
    """Break the guard: it does not give this refusal any more."""

    def broken(patch: Patch) -> None:
        refused = guard.Guard._refusal
        patch.setattr(guard.Guard, "_refusal", lambda *of: found if (found := refused(*of)) != refusal else None)

    return broken


def no_origin(patch: Patch) -> None:
    read = guard._Headers.all

    def all_ours(headers: Any, name: str) -> list[bytes]:
        return [b"http://127.0.0.1:8123"] if name == "origin" else read(headers, name)

    patch.setattr(guard._Headers, "all", all_ours)


def no_site(patch: Patch) -> None:
    read = guard._Headers.all
    patch.setattr(guard._Headers, "all", lambda it, name: [] if name == "sec-fetch-site" else read(it, name))


def link_for_ever(patch: Patch) -> None:
    patch.setattr(Access, "launch", lambda access, token: token == access._launch)


def echoed(patch: Patch) -> None:
    """A secret comes back in the field of the name."""
    read = connection_form.entered

    def careless(*of: Any) -> connection_form.Entered:
        given = read(*of)
        return replace(given, name=next((s.get_secret_value() for s in given.secrets.values()), given.name))

    patch.setattr("connector_kit.hosts.ui.pages.connect.entered", careless, raising=False)
    patch.setattr(connection_form, "entered", careless)


def not_cleared(patch: Patch) -> None:
    show = forms._shown

    def careless(spec: Any, given: Any, zone: Any, problem: Problem | None, notes: Mapping[str, str]) -> forms.Shown:
        return show(spec, given, zone, None if problem is None else replace(problem, clear=False), notes)

    patch.setattr(forms, "_shown", careless)


def always_kept(patch: Patch) -> None:
    """The saved secret goes wherever the form says."""

    def careless(book: Any, _fields: Any, existing: Any, values: dict[str, Any], _wanted: Any) -> dict[str, Any]:
        return {**book.store_of(existing).secrets(existing), **values}

    patch.setattr(saving, "_with_kept_secrets", careless)


def never_finished(patch: Patch) -> None:
    patch.setattr(drafts.Draft, "finish", lambda draft: draft.secrets.clear())


@dataclass(frozen=True)
class Mutant:
    """One deliberate breakage, and the check that finds it."""

    name: str
    broken: Callable[[Patch], None]
    finds: Callable[[], None]

    @classmethod
    def of(cls, name: str, broken: Callable[[Patch], None], check: Callable[[Door], None]) -> Mutant:
        return cls(name, broken, lambda: inside(check))


MUTANTS = [
    Mutant.of("host", lets_through(guard._OTHER_HOST), ui_checks.only_its_own_name_is_answered),
    Mutant.of("origin", no_origin, ui_checks.another_origin_is_refused),
    Mutant.of("site", no_site, ui_checks.another_site_is_refused),
    Mutant.of("size", lets_through(guard._TOO_LARGE), ui_checks.a_large_body_is_refused),
    Mutant.of("headers", lambda p: p.setattr(guard, "_HEADERS", []), ui_checks.every_answer_has_the_strict_headers),
    Mutant.of(
        "form token",
        lambda p: p.setattr(Access, "fits_form", lambda *_: True),
        ui_checks.a_form_needs_the_token_of_this_session,
    ),
    Mutant.of(
        "session",
        lambda p: p.setattr(Access, "admits", lambda access, path, _: path.startswith(access.prefix)),
        ui_checks.nothing_is_shown_without_the_session,
    ),
    Mutant.of("link", link_for_ever, ui_checks.the_link_works_once),
    Mutant(
        "look ahead",
        lets_through(guard._TOO_EARLY),
        lambda: ui_checks.a_look_ahead_does_not_use_up_the_link(fresh_door()),
    ),
    Mutant(
        "cookie",
        lambda p: p.setattr(Access, "cookie", property(lambda a: f"session={a._session}; Path=/; HttpOnly; SameSite=Strict")),
        lambda: ui_checks.the_cookie_is_for_our_pages_only(fresh_door()),
    ),
    Mutant.of("echo", echoed, ui_checks.a_secret_never_comes_back),
    Mutant.of("clear", not_cleared, ui_checks.a_misplaced_secret_is_cleared),
    Mutant.of("mask", lambda p: p.setattr(connections, "masked", str), ui_checks.accounts_are_masked),
    Mutant.of("identity", always_kept, ui_checks.another_account_does_not_get_the_saved_secret),
    Mutant.of("twice", never_finished, ui_checks.a_finished_form_is_not_saved_again),
]  # fmt: skip


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_what_is_not_broken_passes(mutant: Mutant) -> None:
    mutant.finds()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_what_is_broken_is_found(mutant: Mutant, monkeypatch: Patch) -> None:
    mutant.broken(monkeypatch)
    with pytest.raises(AssertionError):
        mutant.finds()
