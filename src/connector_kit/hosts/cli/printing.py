"""Print results: tables for people, one JSON object for programs, what is beside the point on standard error."""

from __future__ import annotations

import json
import re
import sys
from datetime import datetime, tzinfo
from typing import Any

from connector_kit import Concept, FieldSpec, Result

_SHOWN_ROWS = 200
_NEVER_CUT = 24


def print_json(document: Any) -> int:
    """Print one JSON object."""
    print(json.dumps(document, ensure_ascii=False))
    return 0


def print_result(result: Result, columns: list[FieldSpec], timezone: tzinfo) -> int:
    """Print what an action gave back; what there is to know about it goes to standard error."""
    if isinstance(result.output, list):
        _print_items(result.output, columns, timezone)
    elif result.preview is not None:
        print(json.dumps(result.preview, indent=2, ensure_ascii=False))
    else:
        print(result.output)
    for notice in result.notices:
        print(notice.message, file=sys.stderr)
    return 0


def _print_items(items: list[Concept], columns: list[FieldSpec], timezone: tzinfo) -> None:
    if items:
        headers = [f"{f.phrase} ({timezone})" if f.type.scalar == "datetime" else f.phrase for f in columns]
        print_table(headers, [[_cell(item, f, timezone) for f in columns] for item in items[:_SHOWN_ROWS]])
    shown = f", {_SHOWN_ROWS} shown; --json prints all" if len(items) > _SHOWN_ROWS else ""
    print(f"{len(items)} found{shown}.", file=sys.stderr)


def _cell(item: Concept, field: FieldSpec, timezone: tzinfo) -> str:
    value = getattr(item, field.id)
    if field.words:
        # People read what a code means; programs get the code itself by --json.
        return field.words.get(str(value), "" if value is None else str(value))
    if isinstance(value, datetime):
        return f"{value.astimezone(timezone):%Y-%m-%d %H:%M}"
    # A message from outside must not steer the terminal.
    return "" if value is None else re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "\ufffd", str(value))


def print_table(headers: list[str], rows: list[list[str]]) -> int:
    """Print a table as wide as the terminal."""
    from rich import box  # noqa: PLC0415 - a program that reads --json does not pay for it
    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.table import Table  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for number, header in enumerate(headers):
        # Only long texts give way on a narrow terminal: half a phone number or date helps nobody.
        longest = max((len(row[number]) for row in rows), default=0)
        table.add_column(
            header.replace(" ", "\n"), no_wrap=longest <= _NEVER_CUT, min_width=min(longest, _NEVER_CUT // 2)
        )
    for row in rows:
        # Texts that people wrote are shown as they are: "[red]" in a message is not markup.
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)
    return 0
