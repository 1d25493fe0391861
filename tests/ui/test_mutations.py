"""The checks have teeth: each of these deliberate breakages of the product is found by a check that the real tests call, too.

A breakage changes the text of a module and gives its functions the code that comes of it, for one test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from inspect import getsource, unwrap
from types import FunctionType, ModuleType

import pytest
from jinja2 import ChoiceLoader, DictLoader

import ui_checks
from connector_kit import Connector, load_connectors, make_plugins
from connector_kit.connections import saving
from connector_kit.hosts.ui import access, app, connection_form, drafts, forms, guard, visit
from connector_kit.hosts.ui.pages import connect, connections
from support import Wire
from twilio_connector import plugin
from twilio_sandbox import SandboxTransport
from ui_door import Door
from ui_house import LenientSandbox, accounts
from ui_visitor import ORIGIN, Visitor

Breakage = Callable[[pytest.MonkeyPatch], None]


def functions(module: ModuleType) -> Iterator[FunctionType]:
    """Yield every function of a module and method of its classes, without what is put around them."""
    for found in [it for it in vars(module).values() if getattr(it, "__module__", "") == module.__name__]:
        for one in [found, *(vars(found).values() if isinstance(found, type) else ())]:
            inner = unwrap(getattr(one, "fget", None) or one)
            if isinstance(inner, FunctionType):
                yield inner


def codes(source: str, name: str) -> dict[str, object]:
    """Return the code of every function in a source by its qualified name."""
    found: dict[str, object] = {}
    waiting = [compile(source, name, "exec", dont_inherit=True)]
    while waiting:
        code = waiting.pop()
        found[code.co_qualname] = code
        waiting += [constant for constant in code.co_consts if isinstance(constant, type(code))]
    return found


def edit(module: ModuleType, old: str, new: str) -> Breakage:
    """Put another text into a module; the old one must be there once, so that no breakage is lost when the product changes."""

    def apply(patch: pytest.MonkeyPatch) -> None:
        source = getsource(module)
        assert source.count(old) == 1, f"{module.__name__} has {old!r} {source.count(old)} times"
        before = codes(source, module.__name__)
        after = codes(source.replace(old, new), module.__name__)
        changed = [it for it in functions(module) if after.get(it.__qualname__) != before.get(it.__qualname__)]
        assert changed, "only what runs at import has changed"
        for function in changed:
            patch.setattr(function, "__code__", after[function.__qualname__])

    return apply


def template(name: str, old: str, new: str) -> Breakage:
    """Put another text into a template."""

    def apply(patch: pytest.MonkeyPatch) -> None:
        whole = visit.environment()
        assert whole.loader is not None
        source = whole.loader.get_source(whole, name)[0]
        assert source.count(old) == 1, f"{name} has {old!r} {source.count(old)} times"
        broken = whole.overlay(loader=ChoiceLoader([DictLoader({name: source.replace(old, new)}), whole.loader]))
        patch.setattr(visit, "environment", lambda: broken)

    return apply


def no_escapes(patch: pytest.MonkeyPatch) -> None:
    """Let templates put in what they get as it is."""
    broken = visit.environment().overlay(autoescape=False)
    patch.setattr(visit, "environment", lambda: broken)


def header(name: str, old: str = "", new: str = "") -> Breakage:
    """Leave a header out, or put another text into it."""

    def apply(patch: pytest.MonkeyPatch) -> None:
        headers = dict(guard.SECURITY_HEADERS)
        value = headers.pop(name)
        assert old in value
        changed = {**headers, name: value.replace(old, new)} if old else headers
        patch.setattr(guard, "_HEADERS", [(one.encode(), text.encode()) for one, text in changed.items()])

    return apply


# Breakages that need more than one change: another defence holds while only one is broken.
SECRET_IN_ITS_FIELD = (
    template("field.html", '<input type="password" ', '<input type="password" value="{{ shown.value }}" '),
    edit(forms, 'if given is None or isinstance(given, SecretStr) or kind(spec) == "secret":', "if given is None:"),
    edit(
        connection_form,
        "values={id_: given for id_, given in given.items() if id_ not in secrets},",
        "values={**given, **{id_: it.get_secret_value() for id_, it in secrets.items()}},",
    ),
)

MUTANTS: dict[Callable[..., None], dict[str, tuple[Breakage, ...]]] = {
    ui_checks.only_its_own_name_is_answered: {
        "host": (edit(guard, 'headers.all("host") != [self._host]', "False"),),
        "port": (edit(guard, "!= [self._host]", '[0].partition(b":")[0] != self._host.partition(b":")[0]'),),
    },
    ui_checks.another_origin_is_refused: {
        "origin of forms": (edit(guard, "origins != [self._origin] or any", "any"),),
        "origin of pages": (edit(guard, "any(origin != self._origin for origin in origins)", "False"),),
    },
    ui_checks.another_site_is_refused: {
        "site of forms": (edit(guard, ' or any(site != b"same-origin" for site in sites)', ""),),
        "site of pages": (edit(guard, 'all(site in (b"same-origin", b"none") for site in sites)', "True"),),
    },
    ui_checks.a_form_needs_the_token_of_this_session: {
        "form token": (edit(access, "return _same(token, self.form_token)", "return True"),),
        "form token begins alike": (edit(access, "_same(token, self.form_token)", "token.startswith(self.form_token)"),),
    },
    ui_checks.nothing_is_shown_without_the_session: {
        "session cookie": (edit(access, "return inside and any(", "return inside or any("),),
        "secret path of the session": (edit(access, "return inside and any(", "return any("),),
    },
    ui_checks.the_link_works_once: {"link again": (edit(access, "self._launch = None", "pass"),)},
    ui_checks.a_large_body_is_refused: {"body limit": (edit(guard, " and int(lengths[0]) <= limit", ""),)},
    ui_checks.every_answer_has_the_strict_headers: {
        **{f"no {name}": (header(name),) for name in guard.SECURITY_HEADERS},
        **{
            f"{directive} in the policy": (header("content-security-policy", f"{directive} '", "x '"),)
            for directive in ("default-src", "form-action", "frame-ancestors", "base-uri")
        },
        "inline scripts": (header("content-security-policy", "script-src", "script-src 'unsafe-inline'"),),
        "no headers": (edit(guard, "[*own, *_HEADERS]", "own"),),
        "no headers on refusals": (edit(guard, "_say(with_headers, *refusal)", "_say(send, *refusal)"),),
    },
    ui_checks.a_look_ahead_does_not_use_up_the_link: {
        "prefetch": (edit(guard, "return _TOO_EARLY", "return None"),),
        "preview": (edit(app, 'request.method != "GET" or not', "not"),),
    },
    ui_checks.the_cookie_is_for_our_pages_only: {
        "cookie path": (edit(access, "Path={self.prefix}", "Path=/"),),
        "cookie for scripts": (edit(access, "; HttpOnly", ""),),
        "cookie for other sites": (edit(access, "SameSite=Strict", "SameSite=Lax"),),
    },
    ui_checks.a_secret_never_comes_back: {"secret in its field": SECRET_IN_ITS_FIELD},
    ui_checks.a_misplaced_secret_is_cleared: {
        "clear": (edit(forms, "emptied = problem is not None and problem.clear", "emptied = False"),),
        "clear the name": (edit(connection_form, 'problem.path == "name" and problem.clear', "False"),),
    },
    ui_checks.accounts_are_masked: {"mask": (edit(connections, "yield masked(str(value))", "yield str(value)"),)},
    ui_checks.another_account_does_not_get_the_saved_secret: {"identity": (edit(saving, "if not changed:", "if True:"),)},
    ui_checks.a_finished_form_is_not_saved_again: {
        "finished": (edit(connect, "if draft.done:", "if False:"),),
        "finish": (edit(drafts, "self.done = True", "pass"),),
    },
    ui_checks.a_faulty_secret_is_typed_again: {
        "faulty secrets wait": (edit(forms, "if id_ not in faulty", ""),),
        "no secret waits": (edit(drafts, "self.secrets = dict(secrets)", "pass"),),
    },
    ui_checks.a_change_in_another_window_is_not_overwritten: {
        "revision": (edit(connect, "dataclasses.replace(saved, rev=given.rev)", "saved"),),
    },
    ui_checks.credentials_for_tests_stay_out_of_production: {
        "test credentials": (edit(saving, 'checked.test_only and "production" in environments', "False"),),
        "both": (edit(saving, "connection, environments) if check", "connection, environments[-1:]) if check"),),
    },
    ui_checks.what_people_write_stays_text: {"escapes": (no_escapes,)},
    ui_checks.a_wrong_token_is_not_saved: {
        "save all the same": (edit(saving, "_tried_out(connector, connection, environments) if check else None", "None"),),
    },
    ui_checks.typed_secrets_are_forgotten_after_a_while: {
        "drafts stay": (edit(drafts, "if draft.touched <= before", "if False"),),
        "drafts stay longer": (edit(drafts, "- LIFETIME", "- 2 * LIFETIME"),),
        "drafts go early": (edit(drafts, "- LIFETIME", "- LIFETIME / 2"),),
    },
    ui_checks.a_saved_form_leaves_no_secret_waiting: {"secrets stay": (edit(drafts, "self.secrets.clear()", "pass"),)},
}  # fmt: skip


@dataclass
class Place:
    """Where checks are made: a new server in this process for each, in front of one sandbox."""

    twilio: Mapping[str, Connector]

    def door(self) -> Door:
        visitor = Visitor(connectors=self.twilio)
        return Door(visitor.asker.send, visitor.site.access.link(ORIGIN))

    def ready(self, check: Callable[..., None]) -> Callable[[], None]:
        """Prepare what a check is about, so that nothing but the check itself can fail afterwards."""
        if check in ui_checks.MEMORY:
            visitor = Visitor()
            visitor.enter()
            return lambda: check(visitor)
        door = self.door()
        if check not in ui_checks.FRESH:
            door.enter()
        return lambda: check(door)


@pytest.fixture(scope="module")
def place() -> Place:
    sandbox = LenientSandbox()
    for account in accounts():
        sandbox.store.add_account(account)
    wire = Wire(SandboxTransport(sandbox))
    return Place(load_connectors(plugins=make_plugins([plugin, wire], entry_point_group=None)))


@pytest.mark.parametrize("check", MUTANTS, ids=lambda check: check.__name__)
def test_nothing_is_found_where_nothing_is_broken(place: Place, check: Callable[..., None]) -> None:
    place.ready(check)()


@pytest.mark.parametrize(
    ("check", "breakages"),
    [
        pytest.param(check, breakages, id=f"{name}: {check.__name__}")
        for check, mutants in MUTANTS.items()
        for name, breakages in mutants.items()
    ],
)
def test_what_is_broken_is_found(
    place: Place, monkeypatch: pytest.MonkeyPatch, check: Callable[..., None], breakages: tuple[Breakage, ...]
) -> None:
    for breakage in breakages:
        breakage(monkeypatch)
    ready = place.ready(check)
    if check not in ui_checks.FRESH:
        # Otherwise it works: a server that is broken altogether would be found by anything.
        healthy = place.door()
        healthy.enter()
        ui_checks.connected(healthy)
    with pytest.raises(AssertionError):
        ready()


def test_every_check_has_found_something() -> None:
    assert set(MUTANTS) == {*ui_checks.DOOR, *ui_checks.INSIDE, *ui_checks.FRESH, *ui_checks.MEMORY}
