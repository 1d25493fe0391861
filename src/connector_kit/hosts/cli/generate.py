"""``connector generate kognitos-book``: write the book of a connector, or say whether it is what the manifest gives now."""

from __future__ import annotations

import argparse
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

from connector_kit import InputError, load_connector
from connector_kit.hosts.cli.exit_codes import exit_code
from connector_kit.hosts.cli.printing import OutputError, print_json, say, tell

_GROUP = "kognitos-book"


def add_generate_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of ``connector generate``."""
    parser.add_argument("what", choices=[_GROUP], help="what to write: the book that Kognitos loads")
    parser.add_argument("connector", metavar="CONNECTOR")
    either = parser.add_mutually_exclusive_group()
    either.add_argument("--write", type=Path, metavar="PATH", help="write it there instead of to standard output")
    either.add_argument(
        "--check",
        action="store_true",
        help="only say whether the installed one is what the manifest gives; exit code 2 if not",
    )


def generate(options: argparse.Namespace) -> int:
    """Print the book of a connector, write it, or compare it with the installed one.

    Raises:
        InputError: if there is no such connector, or no installed book to compare with.
        OutputError: if the file cannot be written.
    """
    from connector_kit.hosts.kognitos.generator import book_text  # noqa: PLC0415 - another host, which no other command needs

    text = book_text(load_connector(options.connector).manifest)
    if options.check:
        return _check(options, text)
    if options.write is None:
        if options.json:
            return print_json({"text": text})
        say(text.rstrip("\n"))
        return 0
    try:
        options.write.write_text(text, encoding="utf-8")
    except OSError as exc:
        raise OutputError(f"{options.write.name} cannot be written: {exc.strerror}.") from None
    return print_json({"path": str(options.write)}) if options.json else 0


def _check(options: argparse.Namespace, text: str) -> int:
    path = _installed(options.connector)
    current = path.read_text(encoding="utf-8") == text
    if options.json:
        print_json({"path": str(path), "current": current})
    elif current:
        tell(f"{path.name} is what the manifest gives.")
    else:
        tell(f"{path.name} is out of date. Run: connector generate {_GROUP} {options.connector} --write {path}")
    return 0 if current else exit_code(InputError(""))


def _installed(connector_id: str) -> Path:
    """Find the file of an installed book. It is not imported: that needs a package of Kognitos, which changes the process."""
    for entry in entry_points(group=_GROUP, name=connector_id):
        found = find_spec(entry.module)
        if found is not None and found.origin is not None:
            return Path(found.origin)
    raise InputError(f"No installed package offers a book of {connector_id}. Write it first, with --write.")
