"""``connector ui``: serve the pages on which connections are set up."""

from __future__ import annotations

import argparse

from connector_kit import InputError

_EXTRA = ("jinja2", "starlette", "uvicorn")


def add_ui_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of ``connector ui``."""
    parser.add_argument("--port", type=int, default=0, metavar="N", help="the port on 127.0.0.1 (default: a free one)")
    parser.add_argument("--no-browser", action="store_true", help="only print the link")
    parser.add_argument(
        "--base-url", metavar="URL", help="save new connections with this address instead of the service's own"
    )
    parser.add_argument(
        "--idle",
        type=float,
        default=30.0,
        metavar="MINUTES",
        help="stop after so long without use (default 30; 0: never)",
    )


def ui(options: argparse.Namespace) -> int:
    """Serve the pages until Ctrl+C.

    Raises:
        InputError: if the extra is not installed, or a flag is no use.
        StoreError: if the saved connections cannot be opened.
    """
    try:
        # Starlette, Jinja and uvicorn are an extra, and no other command needs them.
        from connector_kit.hosts.ui.server import Serving, serve_ui  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as exc:
        if (exc.name or "").partition(".")[0] not in _EXTRA:
            raise
        message = 'The pages need the extra "ui", which is not installed: pip install Jinja2 python-multipart starlette uvicorn'
        raise InputError(message) from None
    serving = Serving(options.port, not options.no_browser, options.idle, options.base_url)
    serve_ui(serving, lambda text: print(text, flush=True))
    return 0
