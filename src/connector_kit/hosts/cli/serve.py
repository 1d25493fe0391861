"""``connector serve``: let other programs call saved connections over HTTP, and look after the tokens that let them in."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from connector_kit import InputError
from connector_kit.connections import ENVIRONMENTS
from connector_kit.hosts.cli.connecting import add_environment_flag
from connector_kit.hosts.cli.parsing import Parser

_EXTRA = ("starlette", "uvicorn")

DEFAULT_PORT = 8088


def add_serve_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of ``connector serve``, and its commands for tokens."""
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="IP", help="where to listen (default: this computer only)"
    )
    parser.add_argument(
        "--port", type=int, default=DEFAULT_PORT, metavar="N", help=f"default {DEFAULT_PORT}; 0: a free one"
    )
    add_environment_flag(parser)
    _add_tokens_flag(parser, None)
    parser.add_argument(
        "--public-url", metavar="URL", help="how clients reach it through a proxy that puts TLS before it"
    )
    parser.add_argument(
        "--without-tls", action="store_true", help="let --public-url be http, in a private network only"
    )
    parser.add_argument("--at-once", type=int, default=16, metavar="N", help="calls at a time (default 16)")
    parser.add_argument(
        "--timeout", type=float, default=110.0, metavar="SECONDS", help="how long a request waits (default 110)"
    )
    token = parser.add_subparsers(metavar="token", parser_class=Parser).add_parser(
        "token", description="Look after the tokens of programs that call connections."
    )
    _add_token_commands(token.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser))


def _add_token_commands(commands: Any) -> None:
    adding = commands.add_parser("add", description="Make a token and print it, once.", allow_abbrev=False)
    adding.add_argument("name", metavar="NAME", help="what it is for, such as zapier")
    adding.add_argument(
        "--connection",
        action="append",
        metavar="NAME",
        help="a connection that it may use; give it several times for more",
    )
    adding.add_argument(
        "--all-connections", action="store_true", help="all connections of its environment, later ones too"
    )
    adding.add_argument("--read-only", action="store_true", help="only actions that change nothing")
    adding.add_argument(
        "--environment",
        choices=ENVIRONMENTS,
        default=argparse.SUPPRESS,
        help="where its connections are (default production)",
    )
    listing = commands.add_parser("list", description="List the tokens, without what is secret.", allow_abbrev=False)
    removing = commands.add_parser("remove", description="Make a token worthless, at once.", allow_abbrev=False)
    removing.add_argument("name", metavar="NAME")
    for command, word in ((adding, "add"), (listing, "list"), (removing, "remove")):
        command.set_defaults(handler=_token, word=word)
        command.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        _add_tokens_flag(command, argparse.SUPPRESS)


def _add_tokens_flag(parser: argparse.ArgumentParser, default: str | None) -> None:
    parser.add_argument(
        "--tokens",
        type=Path,
        metavar="FILE",
        default=default,
        help="the file of tokens (default: in your configuration folder)",
    )


def _token(options: argparse.Namespace) -> int:
    # Only those who look after tokens pay for reading them.
    from connector_kit.hosts.cli.tokens import COMMANDS  # noqa: PLC0415 - see above

    return COMMANDS[options.word](options)


def serve(options: argparse.Namespace) -> int:
    """Serve until Ctrl+C.

    Raises:
        InputError: if the extra is not installed, or a flag is no use.
        StoreError: if the saved connections or the tokens cannot be read.
    """
    try:
        # Starlette and uvicorn are an extra, and no other command needs them.
        from connector_kit.hosts.http.server import Serving, serve_http  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as exc:
        if (exc.name or "").partition(".")[0] not in _EXTRA:
            raise
        message = 'Serving needs the extra "http", which is not installed: pip install starlette uvicorn'
        raise InputError(message) from None
    serving = Serving(
        tokens=options.tokens,
        host=options.host,
        port=options.port,
        environment=options.environment or "production",
        public_url=options.public_url,
        without_tls=options.without_tls,
        at_once=options.at_once,
        seconds=options.timeout,
    )
    serve_http(serving, lambda text: print(text, flush=True))
    return 0
