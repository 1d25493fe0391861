"""``connector export``: the actions of a connector as tools of a vendor of models, or as an OpenAPI document."""

from __future__ import annotations

import argparse
from typing import Any

from connector_kit import InputError, Manifest, load_connector
from connector_kit.hosts.cli.parsing import Parser
from connector_kit.hosts.cli.printing import print_json
from connector_kit.hosts.cli.serve import DEFAULT_PORT
from connector_kit.hosts.export import FORMATS, tools

_OPENAPI = "openapi"


def export(options: argparse.Namespace) -> int:
    """Print the tools of a connector, or its OpenAPI document, as JSON.

    Raises:
        InputError: if there is no such connector, or the document cannot be made here.
    """
    parser = Parser(prog="connector export", description="Print the actions of a connector as tools, as JSON.")
    parser.add_argument("connector", metavar="CONNECTOR")
    parser.add_argument("--format", required=True, choices=[*FORMATS, _OPENAPI], help="whose form the tools have")
    parser.add_argument(
        "--server",
        default=f"http://127.0.0.1:{DEFAULT_PORT}",
        metavar="URL",
        help=f"for openapi: where it is served (default this computer, port {DEFAULT_PORT})",
    )
    parser.add_argument("--json", action="store_true", help="print it in one line")
    given = parser.parse_args(options.arguments)
    with load_connector(given.connector) as connector:
        manifest = connector.manifest
    document = _openapi(manifest, given.server) if given.format == _OPENAPI else tools(manifest, given.format)
    return print_json(document, indent=None if given.json else 2)


def _openapi(manifest: Manifest, server: str) -> Any:
    try:
        from connector_kit.hosts.http.openapi import Described, document  # noqa: PLC0415 - only where it is asked for
    except ModuleNotFoundError as exc:
        raise InputError(f"The OpenAPI document needs {exc.name}, which is not installed.") from None
    return document(Described([(manifest, manifest.actions)], server))
