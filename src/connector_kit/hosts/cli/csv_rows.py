"""Read the rows of a CSV file: the inputs of a call each, and the line of the file on which it starts."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connector_kit import ActionSpec, FieldSpec, InputError
from connector_kit.hosts.cli.parsing import typed

# Files that are there for one process or one moment: a path that names them names something else next time.
_PASSING = ("dev", "proc")


@dataclass(frozen=True, slots=True)
class Row:
    """One row; ``line`` counts from 1, and line 1 holds the names of the columns."""

    line: int
    inputs: dict[str, Any] = field(repr=False)


def read_rows(path: Path, action: ActionSpec) -> list[Row]:
    """Read a file once, from its beginning to its end.

    Raises:
        InputError: if it is no CSV file, has no rows, or has a column that is not an input of the action, or is one twice.
    """
    try:
        # Spreadsheets put a byte order mark in front.
        with path.open(encoding="utf-8-sig", newline="") as stream:
            # Strict, because a quotation mark that nobody closed would make one message of the rest of the file.
            numbered = _numbered(csv.reader(stream, strict=True))
            _, names = next(numbered, (1, []))
            columns = _columns(names, action)
            rows = [Row(line, _inputs(cells, columns)) for line, cells in numbered]
    except (OSError, UnicodeDecodeError, csv.Error):
        raise InputError(f"{path.name} cannot be read as CSV. Save it as CSV in UTF-8.") from None
    if not rows:
        raise InputError(
            f"{path.name} has no rows. The first line names the columns, each further line is one message."
        )
    return rows


def lasting_name(path: Path) -> str | None:
    """Return the full path of a file, or None if it is none that will be there again, such as standard input or a pipe."""
    full = path.resolve()
    passing = any(each.absolute().parts[1:2] in [(name,) for name in _PASSING] for each in (path, full))
    return None if passing or not full.is_file() else str(full)


def _numbered(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Yield each row that is not blank with its line; a row is as many lines as its quoted cells have."""
    line = 1
    for cells in reader:
        if cells:
            yield line, cells
        line = reader.line_num + 1


def _columns(names: list[str], action: ActionSpec) -> list[FieldSpec]:
    columns = [_field(action, name) for name in names]
    twice = next((field.id for number, field in enumerate(columns) if field in columns[:number]), None)
    if twice is not None:
        raise InputError(f"The file has two columns for {twice}. Remove one: nobody can tell which of them is meant.")
    return columns


def _field(action: ActionSpec, name: str) -> FieldSpec:
    wanted = "_".join(name.strip().lower().split())
    field = next((field for field in action.inputs if field.id == wanted), None)
    if field is None or field.id == action.dry_run:
        known = ", ".join(field.id for field in action.inputs if field.id != action.dry_run)
        raise InputError(f"The file has a column that {action.label} does not take. It takes: {known}.")
    return field


def _inputs(cells: list[str], columns: list[FieldSpec]) -> dict[str, Any]:
    # A line with more cells than columns would lose the rest without a word.
    extra = {"extra_cells": True} if len(cells) > len(columns) else {}
    return extra | {field.id: typed(field, cell) for field, cell in zip(columns, cells, strict=False) if cell}
