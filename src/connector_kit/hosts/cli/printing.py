"""Print results: tables for people, one JSON object for programs, what is beside the point on standard error."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, tzinfo
from typing import Any, TextIO

from connector_kit import Concept, ConnectorError, FieldSpec, Result

_SHOWN_ROWS = 200
_NEVER_CUT = 24


class OutputError(ConnectorError):
    """What was asked for was done, but cannot be written where it was asked for."""

    code = "output"


class StandardOutputError(OutputError):
    """Standard output is closed or full, or ``reader_gone``: whoever read it, such as ``head``, has seen enough and ended."""

    def __init__(self, message: str, *, reader_gone: bool = False) -> None:
        super().__init__(message)
        self.reader_gone = reader_gone


@contextmanager
def output() -> Iterator[None]:
    """Print on standard output within this, and what was printed has arrived when it ends.

    Raises:
        StandardOutputError: if standard output is closed or full, or its reader is gone.
    """
    try:
        _prepare(sys.stdout)
        yield
        sys.stdout.flush()
    except OSError as exc:
        _abandon(sys.stdout)
        gone = isinstance(exc, BrokenPipeError)
        raise StandardOutputError(f"The output could not be written ({exc.strerror}).", reader_gone=gone) from None


def _prepare(stream: TextIO | None) -> None:
    if stream is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    if isinstance(stream, io.TextIOWrapper):
        # A terminal or file that cannot show a character gets another one, and not half of the output.
        stream.reconfigure(errors="replace")


def say(text: str) -> None:
    """Print a text on standard output.

    Raises:
        StandardOutputError: if it cannot be written.
    """
    with output():
        print(text)


def tell(text: str) -> None:
    """Print a text for a person on standard error; where nobody can read it, nothing else changes."""
    if sys.stderr is None:
        return
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        _abandon(sys.stderr)


def help_for_a_person(exc: ConnectorError) -> None:
    """Tell what helps beside an error: corrected values where a person sits, and where to read more."""
    if sys.stderr is not None and sys.stderr.isatty():
        # Whoever typed a value may see it corrected; a file or log that standard error goes to may not hold it.
        for problem in exc.problems:
            if problem.suggestion is not None:
                tell(f"Did you mean {problem.suggestion} for {problem.path}?")
    if exc.service and exc.service.more_info:
        tell(f"More: {exc.service.more_info}")


def _abandon(stream: TextIO | None) -> None:
    """Let a stream lead nowhere: what is left in it would fail once more when the process ends, and change its exit code."""
    with suppress(OSError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())  # type: ignore[union-attr]  # None is suppressed
        os.close(nowhere)


def print_json(document: Any, indent: int | None = None) -> int:
    """Print one JSON document, in one line unless it is indented."""
    say(_json(document, indent))
    return 0


def _json(document: Any, indent: int | None = None) -> str:
    """Write JSON with the characters as they are, or as escapes if standard output cannot take them all."""
    text = json.dumps(document, indent=indent, ensure_ascii=False)
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return json.dumps(document, indent=indent)
    return text


def print_result(result: Result, columns: list[FieldSpec], timezone: tzinfo) -> int:
    """Print what an action gave back; what there is to know about it goes to standard error."""
    if isinstance(result.output, list):
        _print_items(result.output, columns, timezone)
    elif result.preview is not None:
        say(_json(result.preview, indent=2))
    else:
        say(str(result.output))
    for notice in result.notices:
        tell(notice.message)
    return 0


def _print_items(items: list[Concept], columns: list[FieldSpec], timezone: tzinfo) -> None:
    if items:
        headers = [f"{f.phrase} ({timezone})" if f.type.scalar == "datetime" else f.phrase for f in columns]
        print_table(headers, [[_cell(item, f, timezone) for f in columns] for item in items[:_SHOWN_ROWS]])
    shown = f", {_SHOWN_ROWS} shown; --json prints all" if len(items) > _SHOWN_ROWS else ""
    tell(f"{len(items)} found{shown}.")


def _cell(item: Concept, field: FieldSpec, timezone: tzinfo) -> str:
    value = getattr(item, field.id)
    if field.words:
        # People read what a code means; programs get the code itself by --json.
        return field.words.get(str(value), "" if value is None else str(value))
    if isinstance(value, datetime):
        return f"{value.astimezone(timezone):%Y-%m-%d %H:%M}"
    return "" if value is None else harmless(str(value))


def harmless(text: str) -> str:
    """Return a text without the characters that steer a terminal: a message from outside must not."""
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "\ufffd", text)


def print_table(headers: list[str], rows: list[list[str]]) -> int:
    """Print a table as wide as the terminal."""
    from rich import box  # noqa: PLC0415 - a program that reads --json does not pay for it
    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.table import Table  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for number, header in enumerate(headers):
        # Only long texts give way on a narrow terminal: half a phone number or date helps nobody.
        longest = max((len(line) for row in rows for line in row[number].split("\n")), default=0)
        table.add_column(
            header.replace(" ", "\n"), no_wrap=longest <= _NEVER_CUT, min_width=min(longest, _NEVER_CUT // 2)
        )
    for row in rows:
        # Texts that people wrote are shown as they are: "[red]" in a message is not markup.
        table.add_row(*(Text(cell) for cell in row))
    console = Console()
    # Not printed by rich itself: it ends the process when a reader is gone.
    with console.capture() as drawn:
        console.print(table)
    with output():
        print(drawn.get(), end="")
    return 0
