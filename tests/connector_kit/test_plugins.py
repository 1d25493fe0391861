"""Plugins and hooks: order, blocking, broken ones, and one test for each hook."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import toy_connector
from connector_kit import (
    ActionCall,
    Connection,
    Connector,
    PluginError,
    RefusedError,
    Result,
    Streamed,
    hookimpl,
    load_connector,
    make_plugins,
)
from connector_kit import plugins as plugins_module

READ = ActionCall("read_notes")


def toy_with(*extra: object) -> Connector:
    """Load the toy connector with more plugins."""
    connector = load_connector("toy", plugins=make_plugins([toy_connector, *extra], entry_point_group=None))
    connector.open({"owner": "Ana", "pin": "1234"})
    return connector


def test_hook_connector_manifest_makes_a_connector_known() -> None:
    assert make_plugins([toy_connector], entry_point_group=None).manifests() == [
        Path(toy_connector.__file__).with_suffix(".yaml")
    ]


def test_hook_connector_open_is_answered_by_the_last_plugin_registered() -> None:
    """Third parties win over what comes with a connector: that is how a host brings its own transport."""
    opened = []

    class Opener:
        @hookimpl
        def connector_open(self, connection: Any) -> Any:
            opened.append(connection.name)
            return toy_connector.Notebook(connection)

    toy_with(Opener())
    assert opened == ["default"]


def test_hook_connector_bind_can_wrap_a_handler() -> None:
    """Rewrite: a wrapper takes the handler and returns it decorated; it never performs the action itself."""
    ran = []

    class Watching:
        @hookimpl(wrapper=True)
        def connector_bind(self) -> Any:
            handler = yield

            def watched(session: Any, call: ActionCall) -> Any:
                ran.append(call.action)
                return handler(session, call)

            return watched

    connector = toy_with(Watching())
    connector.run(READ)
    assert ran == ["read_notes"]


def test_hook_connector_before_refuses_before_anything_happens() -> None:
    class Policy:
        @hookimpl
        def connector_before(self, call: ActionCall) -> None:
            if call.action == "write_note":
                message = "Writing is not allowed on Sundays."
                raise RefusedError(message)

    connector = toy_with(Policy())
    with pytest.raises(RefusedError, match="Sundays"):
        connector.run(ActionCall("write_note", {"note_text": "a"}))
    assert len(connector.run(READ).output) == 2


def test_a_policy_that_breaks_refuses_too() -> None:
    """Fail closed."""

    class Broken:
        @hookimpl
        def connector_before(self) -> None:
            raise ZeroDivisionError

    with pytest.raises(PluginError, match="nothing has happened"):
        toy_with(Broken()).run(READ)


def test_hook_connector_after_learns_every_outcome() -> None:
    seen: list[Any] = []

    class Observer:
        @hookimpl
        def connector_after(self, call: ActionCall, outcome: Any, connection: Connection) -> None:
            seen.append((call.action, type(outcome)))
            assert connection.name == "default"

    connector = toy_with(Observer())
    connector.run(READ)
    list(connector.stream(READ))
    next(stream := connector.stream(READ))
    stream.close()  # type: ignore[attr-defined]  # a generator behind the iterator
    with pytest.raises(RefusedError):
        toy_with(Observer(), _refusing()).run(READ)
    assert seen == [("read_notes", kind) for kind in (Result, Streamed, Streamed, RefusedError)]


def _refusing() -> object:
    class Policy:
        @hookimpl
        def connector_before(self) -> None:
            message = "no"
            raise RefusedError(message)

    return Policy()


def test_an_observer_that_breaks_changes_nothing_and_starves_nobody(caplog: pytest.LogCaptureFixture) -> None:
    """A sent SMS must not turn into an exception, or the host sends it again."""
    seen: list[str] = []

    class Quiet:
        @hookimpl
        def connector_after(self, call: ActionCall) -> None:
            seen.append(call.action)

    class Broken:
        @hookimpl
        def connector_after(self) -> None:
            message = "+15005550123"
            raise RuntimeError(message)

    with caplog.at_level(logging.DEBUG):
        assert toy_with(Quiet(), Broken()).run(READ).output
    assert seen == ["read_notes"]
    assert "failed in connector_after: RuntimeError" in caplog.text
    assert "5550123" not in caplog.text


def test_an_observer_cannot_take_the_result_away() -> None:
    class Greedy:
        @hookimpl
        def connector_after(self, outcome: Any) -> None:
            outcome.output.clear()
            raise SystemExit

    assert len(toy_with(Greedy()).run(READ).output) == 2


def test_a_plugin_that_cannot_be_told_apart_is_refused() -> None:
    """Pluggy keeps plugins in sets; one without a hash would break after the act."""

    @dataclass
    class Observer:
        seen: int = 0

        @hookimpl
        def connector_after(self) -> None: ...

    with pytest.raises(PluginError, match="not hashable"):
        make_plugins([Observer()], entry_point_group=None)


def test_a_misspelt_hook_is_refused_by_name() -> None:
    """Pluggy itself registers it silently."""

    class Misspelt:
        @hookimpl
        def connector_befor(self) -> None: ...

    with pytest.raises(PluginError, match=r"hook that does not exist\. The hooks are: connector_manifest"):
        make_plugins([Misspelt()], entry_point_group=None)


def test_a_hook_with_an_unknown_argument_is_refused() -> None:
    class Wrong:
        @hookimpl
        def connector_before(self, message: str) -> None: ...

    with pytest.raises(PluginError, match="cannot be used"):
        make_plugins([Wrong()], entry_point_group=None)


def test_a_plugin_that_cannot_be_imported_is_named_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        name = "broken"

        def load(self) -> object:
            raise ImportError

    monkeypatch.setattr(plugins_module, "entry_points", lambda **_: [Broken()])
    with pytest.raises(PluginError, match="CONNECTOR_KIT_DISABLED_PLUGINS=broken"):
        make_plugins()
    monkeypatch.setenv("CONNECTOR_KIT_DISABLED_PLUGINS", "other, broken")
    make_plugins()


def test_the_audit_can_be_disabled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNECTOR_KIT_DISABLED_PLUGINS", "audit")
    assert [name for name, _ in make_plugins([toy_connector], entry_point_group=None).describe()] == ["toy_connector"]


def test_plugins_are_described_in_the_order_in_which_they_are_asked() -> None:
    described = dict(make_plugins([toy_connector], entry_point_group=None).describe())
    assert list(described) == ["toy_connector", "audit"]
    assert sorted(described["toy_connector"]) == ["connector_bind", "connector_manifest", "connector_open"]


def test_the_audit_says_who_did_what_and_how_it_ended(caplog: pytest.LogCaptureFixture) -> None:
    connector = toy_with()
    with caplog.at_level(logging.INFO, "connector_kit.audit"):
        connector.run(READ)
        list(connector.stream(READ))
        with pytest.raises(RefusedError):
            toy_with(_refusing()).run(READ)
    start, done = "start action=read_notes connection='default'", "done action=read_notes connection='default' items=2"
    failed = "failed action=read_notes connection='default' error=refused service_code=None request_id=None"
    assert caplog.messages == [start, done, start, done, failed]


def test_two_managers_share_nothing() -> None:
    """No module-wide manager: each host, and each test, builds its own."""
    make_plugins([_refusing()], entry_point_group=None)
    assert toy_with().run(READ).output
