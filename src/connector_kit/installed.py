"""Load the connectors that the installed plugins offer."""

from __future__ import annotations

from typing import Unpack

from connector_kit.connector import Connector, Settings
from connector_kit.errors import InputError, ManifestError
from connector_kit.loading import load_manifest
from connector_kit.plugins import Plugins, make_plugins


def load_connectors(*, plugins: Plugins | None = None, **settings: Unpack[Settings]) -> dict[str, Connector]:
    """Load every connector that the installed plugins offer, by id.

    Raises:
        ManifestError: if a manifest has faults, two have one id, or an action is not bound.
        PluginError: if a plugin cannot be loaded.
    """
    plugins = plugins or make_plugins()
    connectors: dict[str, Connector] = {}
    for path in plugins.manifests():
        connector = Connector(load_manifest(path), plugins, **settings)
        if connector.manifest.id in connectors:
            msg = f"Two plugins offer a connector with the id {connector.manifest.id!r}. Disable one of them."
            raise ManifestError(msg)
        connectors[connector.manifest.id] = connector
    return connectors


def load_connector(id_: str, *, plugins: Plugins | None = None, **settings: Unpack[Settings]) -> Connector:
    """Load one connector by its id; the settings are those of ``Settings``.

    Raises:
        InputError: if no installed plugin offers it.
        ManifestError, PluginError: as ``load_connectors``.
    """
    connectors = load_connectors(plugins=plugins, **settings)
    if id_ not in connectors:
        msg = f"There is no connector {id_!r}. Installed: {', '.join(sorted(connectors)) or 'none'}."
        raise InputError(msg)
    return connectors[id_]
