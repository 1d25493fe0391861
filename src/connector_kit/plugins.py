"""Find plugins, hold them to the hook specifications, and call them: the only module that touches pluggy's manager."""

from __future__ import annotations

import inspect
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, TypeVar

import pluggy

from connector_kit import hookspecs
from connector_kit.default_plugins import audit
from connector_kit.errors import PluginError, RefusedError
from connector_kit.manifest import ActionSpec, Manifest
from connector_kit.values import ActionCall, Connection, Handler, Result, Session, Streamed

DISABLED = "CONNECTOR_KIT_DISABLED_PLUGINS"
_HOOKS = tuple(name for name in vars(hookspecs) if name.startswith("connector_"))
T = TypeVar("T")
_log = logging.getLogger("connector_kit.plugins")


class Plugins:
    """A typed face for the loaded plugins: one method for each hook."""

    def __init__(self, manager: pluggy.PluginManager) -> None:
        self._manager = manager
        self._alone: list[tuple[object, Any]] = []

    def register(self, plugin: object, name: str | None = None) -> str:
        """Add a plugin by hand; the one added last is asked first.

        Raises:
            PluginError: if it does not match the hook specifications, or its name is taken.
        """
        if getattr(plugin, "__hash__", None) is None:
            raise PluginError(f"The plugin {name or type(plugin).__name__!r} cannot be used: it is not hashable.")
        try:
            registered = self._manager.register(plugin, name)
        except (pluggy.PluginValidationError, ValueError) as exc:
            msg = f"The plugin {name or type(plugin).__name__!r} cannot be used: {exc}"
            raise PluginError(msg) from exc
        self._check(plugin, registered or "")
        return registered or ""

    def _check(self, plugin: object, name: str) -> None:
        # pluggy takes a misspelt hook without a word; only check_pending tells, and it names the hook.
        try:
            self._manager.check_pending()
        except pluggy.PluginValidationError as exc:
            self._manager.unregister(plugin)
            msg = f"The plugin {name!r} has a hook that does not exist. The hooks are: {', '.join(_HOOKS)}."
            raise PluginError(msg) from exc

    def manifests(self) -> list[Path]:
        """Return the manifest locations of all plugins, the first registered first."""
        return list(reversed(self._manager.hook.connector_manifest()))

    def open(self, manifest: Manifest, connection: Connection) -> Session | None:
        """Ask for an open session."""
        session: Session | None = self._manager.hook.connector_open(manifest=manifest, connection=connection)
        return session

    def bind(self, manifest: Manifest, action: ActionSpec) -> Handler | None:
        """Ask for the handler of an action."""
        handler: Handler | None = self._manager.hook.connector_bind(manifest=manifest, action=action)
        return handler

    def before(self, call: ActionCall, connection: Connection) -> None:
        """Let every plugin refuse a call.

        Raises:
            RefusedError: if a plugin refused.
            PluginError: if a plugin broke; that refuses too.
        """
        try:
            self._manager.hook.connector_before(call=call, connection=connection)
        except RefusedError:
            raise
        except Exception as exc:
            msg = "A plugin broke while it checked the call, so the call was refused and nothing has happened."
            raise PluginError(msg) from exc

    def after(self, call: ActionCall, outcome: Result | Streamed | BaseException, connection: Connection) -> None:
        """Tell every plugin how a call ended; one that breaks is logged and keeps nothing from the others."""
        for plugin, caller in self._observers():
            try:
                caller(call=call, outcome=_copied(outcome), connection=connection)
            except (Exception, SystemExit) as exc:  # noqa: BLE001 - an observer must not break a finished action
                # Only the kind of the failure: its text could repeat what the call held.
                _log.error(
                    "plugin %s failed in connector_after: %s", self._manager.get_name(plugin), type(exc).__name__
                )

    def _observers(self) -> list[tuple[object, Any]]:
        """Return each plugin with a caller that reaches it alone; made once for as long as the plugins stay the same."""
        everyone = [plugin for _, plugin in self._manager.list_name_plugin() if plugin is not None]
        if [plugin for plugin, _ in self._alone] != everyone:
            self._alone = [(plugin, self._reaching(plugin, everyone)) for plugin in everyone]
        return self._alone

    def _reaching(self, plugin: object, everyone: list[object]) -> Any:
        others = [other for other in everyone if other is not plugin]
        return self._manager.subset_hook_caller("connector_after", remove_plugins=others)

    def describe(self) -> Iterator[tuple[str, list[str]]]:
        """Say which plugin implements which hooks, the one asked first at the top."""
        for name, plugin in reversed(self._manager.list_name_plugin()):
            if plugin is not None:
                yield name, [caller.name for caller in self._manager.get_hookcallers(plugin) or ()]


def _copied(outcome: Result | Streamed | BaseException) -> Result | Streamed | BaseException:
    """Give an observer a list of its own: emptying it must not empty the caller's."""
    if isinstance(outcome, Result) and isinstance(outcome.output, list):
        return replace(outcome, output=list(outcome.output))
    return outcome


def make_plugins(extra: Iterable[object] = (), *, entry_point_group: str | None = hookspecs.PROJECT) -> Plugins:
    """Build a fresh set of plugins: the kit's own first, then installed ones, then ``extra``; the last is asked first.

    Names listed in the environment variable CONNECTOR_KIT_DISABLED_PLUGINS (comma-separated) are left out.

    Raises:
        PluginError: if an installed plugin cannot be imported or does not match the hooks.
    """
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    for name in disabled():
        manager.set_blocked(name)
    plugins = Plugins(manager)
    if not manager.is_blocked("audit"):
        plugins.register(audit, "audit")
    for entry_point in entry_points(group=entry_point_group) if entry_point_group else ():
        if not manager.is_blocked(entry_point.name):
            # A plugin with a memory is a class: every host gets one of its own.
            plugin: object = loaded(entry_point, lambda plugin: plugin() if inspect.isclass(plugin) else plugin)
            plugins.register(plugin, entry_point.name)
    for plugin in extra:
        plugins.register(plugin, plugin.__name__ if inspect.ismodule(plugin) else None)
    return plugins


def disabled() -> set[str]:
    """Return the names of entry points that CONNECTOR_KIT_DISABLED_PLUGINS leaves out."""
    return {name.strip() for name in os.environ.get(DISABLED, "").split(",")} - {""}


def loaded(entry_point: Any, use: Callable[[Any], T]) -> T:
    """Load an entry point and make of it what is used.

    Raises:
        PluginError: which names it and says how to leave it out.
    """
    try:
        return use(entry_point.load())
    except Exception as exc:
        msg = (
            f"The plugin {entry_point.name!r} cannot be loaded ({type(exc).__name__}). "
            f"Reinstall it, or leave it out with {DISABLED}={entry_point.name}."
        )
        raise PluginError(msg) from exc
