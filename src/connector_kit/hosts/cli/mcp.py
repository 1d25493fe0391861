"""``connector mcp``: serve a connector's actions to Model Context Protocol clients."""

from __future__ import annotations

import argparse
import os
import re
import secrets
from pathlib import Path

from connector_kit import InputError
from connector_kit.hosts.cli.connecting import add_environment_flag
from connector_kit.hosts.cli.parsing import zone_named
from connector_kit.hosts.cli.printing import tell

_EXTRA = ("mcp", "mcp_types")
_TOKEN = re.compile("[!-~]{16,512}")


def add_mcp_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of ``connector mcp``."""
    parser.add_argument("connector", metavar="CONNECTOR")
    parser.add_argument(
        "--connection",
        metavar="NAME",
        help="the saved connection (default: the default one); see: connector connections list",
    )
    add_environment_flag(parser)
    parser.add_argument("--timezone", default="UTC", help="the zone of dates without one (default UTC)")
    parser.add_argument(
        "--confirm",
        choices=("auto", "never", "required"),
        default="auto",
        help="ask a person before something is sent or changed: auto, where the client can ask (default); never; "
        "required, where a client that cannot ask may not send or change anything",
    )
    http = parser.add_argument_group(
        "HTTP", "Without --http the server speaks over standard input and output, as clients on this computer start it."
    )
    http.add_argument("--http", action="store_true", help="serve over HTTP at /mcp")
    http.add_argument("--host", metavar="ADDRESS", help="listen there (default 127.0.0.1)")
    http.add_argument("--port", type=int, metavar="N", help="the port (default: a free one)")
    token = http.add_mutually_exclusive_group()
    token.add_argument(
        "--token-file", type=Path, metavar="PATH", help="the file with the token that clients must bring"
    )
    token.add_argument("--token-env", metavar="NAME", help="the environment variable with the token")
    http.add_argument(
        "--allow-host",
        action="append",
        metavar="NAME",
        help="a name, with its port if it has one, under which clients on other computers reach it; may stand several times",
    )


def mcp(options: argparse.Namespace) -> int:
    """Serve until the client ends, or Ctrl+C.

    Raises:
        InputError: if the extra is not installed, or a flag is no use.
        NoConnectionError: if there is no such saved connection.
        StoreError: if the saved connections cannot be read.
    """
    _check_flags(options)
    try:
        # The SDK is an extra, and slow to import.
        from connector_kit.hosts.mcp.serving import Asked, serve  # noqa: PLC0415 - see above
    except ModuleNotFoundError as exc:
        if (exc.name or "").partition(".")[0] not in _EXTRA:
            raise
        raise InputError('This needs the extra "mcp", which is not installed: pip install "mcp>=2.3,<3"') from None
    asked = Asked(
        options.connector,
        options.connection,
        options.environment or "production",
        options.confirm,
        zone_named(options.timezone),
    )
    if not options.http:
        from connector_kit.hosts.mcp.stdio import serve_stdio  # noqa: PLC0415 - as above

        serve(asked, serve_stdio)
        return 0
    from connector_kit.hosts.mcp.http import LOOPBACK, Listening, serve_http  # noqa: PLC0415 - as above

    listening = Listening(_token(options), options.host or LOOPBACK, options.port or 0, tuple(options.allow_host or ()))
    serve(asked, lambda server, desk: serve_http(server, desk, listening, lambda url: tell(f"Serving at {url}")))
    return 0


def _check_flags(options: argparse.Namespace) -> None:
    flags = ("host", "port", "token_file", "token_env", "allow_host")
    given = [f"--{name.replace('_', '-')}" for name in flags if getattr(options, name) is not None]
    if given and not options.http:
        raise InputError(f"{given[0]} goes with --http only.")
    if options.json:
        raise InputError("connector mcp prints nothing, so it has no --json.")


def _token(options: argparse.Namespace) -> str:
    """Return the token that clients must bring; without one a new one is made and told once, on standard error.

    Raises:
        InputError: if its source cannot be read, or it is too easy to guess.
    """
    if options.token_file is not None:
        try:
            token: str = options.token_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise InputError("The file with the token cannot be read.") from None
    elif options.token_env is not None:
        token = os.environ.get(options.token_env, "").strip()
    else:
        token = secrets.token_urlsafe(32)
        tell(f'The token of this run, for the header "Authorization: Bearer ..." of its clients:\n\n  {token}\n')
    if not _TOKEN.fullmatch(token):
        raise InputError(
            "The token is missing, too short or holds a blank: write at least 16 characters, such as a random one."
        )
    return token
