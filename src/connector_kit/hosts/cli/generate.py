"""``connector generate``: write what another platform loads as Python, or say whether it is what the manifest gives now."""

from __future__ import annotations

import argparse
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

from connector_kit import InputError, load_connector
from connector_kit.hosts.cli.exit_codes import exit_code
from connector_kit.hosts.cli.printing import OutputError, print_json, say, tell

_BOOK = "kognitos-book"
_PROVIDER = "airflow-provider"
_GROUP = "connector_kit"


def add_generate_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of ``connector generate``."""
    parser.add_argument(
        "what",
        choices=[_BOOK, _PROVIDER],
        help="what to write: the book that Kognitos loads, or the modules of a provider for Apache Airflow",
    )
    parser.add_argument("connector", metavar="CONNECTOR")
    either = parser.add_mutually_exclusive_group()
    either.add_argument(
        "--write", type=Path, metavar="PATH", help="write the book to this file, or the modules into this folder"
    )
    either.add_argument(
        "--check",
        action="store_true",
        help="only say whether the installed one is what the manifest gives; exit code 2 if not",
    )


def generate(options: argparse.Namespace) -> int:
    """Print what was asked for, write it, or compare it with the installed one.

    Raises:
        InputError: if there is no such connector, or nothing installed to compare with.
        OutputError: if a file cannot be written.
    """
    texts = _book(options.connector) if options.what == _BOOK else _provider(options.connector)
    if options.check:
        return _check(options, texts)
    if options.write is None:
        return _print(options, texts)
    for path, text in _paths(options.write, texts).items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as exc:
            raise OutputError(f"{path.name} cannot be written: {exc.strerror}.") from None
    return print_json({"path": str(options.write)}) if options.json else 0


def _book(connector_id: str) -> dict[str, str]:
    """Return the text of a book. It has no name: it is one file, and where it is written says which."""
    from connector_kit.hosts.kognitos.generator import book_text  # noqa: PLC0415 - another host, which no other command needs

    return {"": book_text(load_connector(connector_id).manifest)}


def _provider(connector_id: str) -> dict[str, str]:
    """Return the texts of a provider's modules by their files' names."""
    from connector_kit.hosts.airflow.generator import modules  # noqa: PLC0415 - another host, which no other command needs

    manifest = load_connector(connector_id).manifest
    for entry in entry_points(group=_GROUP, name=connector_id):
        if entry.dist is not None:
            return modules(manifest, package=entry.dist.name, module=f"{entry.module.partition('.')[0]}.airflow")
    raise InputError(
        f"The connector {connector_id!r} is not part of an installed package, and Airflow knows providers by their package."
    )


def _print(options: argparse.Namespace, texts: dict[str, str]) -> int:
    if options.json:
        return print_json({"text": texts[""]} if "" in texts else {"files": texts})
    for name, text in texts.items():
        if name:
            say(f"# ---- {name}")
        say(text.rstrip("\n"))
    return 0


def _paths(place: Path, texts: dict[str, str]) -> dict[Path, str]:
    return {place / name if name else place: text for name, text in texts.items()}


def _check(options: argparse.Namespace, texts: dict[str, str]) -> int:
    place = _installed(options.what, options.connector)
    paths = _paths(place, texts)
    current = all(path.is_file() and path.read_text(encoding="utf-8") == text for path, text in paths.items())
    if options.json:
        print_json({"path": str(place), "current": current})
    elif current:
        tell(f"{place.name} is what the manifest gives.")
    else:
        tell(f"{place.name} is out of date. Run: connector generate {options.what} {options.connector} --write {place}")
    return 0 if current else exit_code(InputError(""))


def _installed(what: str, connector_id: str) -> Path:
    """Find what is installed. It is not imported: that needs a package of the platform, and may change the process."""
    for entry in entry_points(group=_BOOK if what == _BOOK else _GROUP, name=connector_id):
        found = find_spec(entry.module)
        if found is not None and found.origin is not None:
            place = Path(found.origin)
            # A provider stands in the package of its connector.
            place = place if what == _BOOK else place.with_name("airflow")
            if place.exists():
                return place
    raise InputError(f"No installed package offers this of {connector_id}. Write it first, with --write.")
