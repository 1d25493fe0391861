"""``connector send-many``: carry out one action for every row of a CSV file, checked whole before the first, resumable."""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

from connector_kit import ActionSpec, ConnectorError, FieldSpec, InputError, Manifest, Problem, load_connector
from connector_kit.hosts.cli.connecting import add_connection_flags, connection
from connector_kit.hosts.cli.parsing import Parser, typed
from connector_kit.many import AT_ONCE, RowResult, calls, faults, run_many

_SHOWN = 20


def send_many(options: argparse.Namespace) -> int:
    """Check the file, carry out its rows, write how each ended; 0 if all are done, else the exit code of an unknown or a no."""
    if not options.arguments or options.arguments[0].startswith("-"):
        raise InputError("Say first which connector: connector send-many CONNECTOR FILE.csv ... See: connector list")
    name, *flags = options.arguments
    with load_connector(name) as connector:
        action = _action(connector.manifest)
        given = _parser(connector.manifest, action).parse_args(flags)
        rows = _rows(given.file, action)
        run = given.run or hashlib.sha256(given.file.read_bytes()).hexdigest()
        connector.open(connection(connector.manifest, given))
        wanted = calls(action.id, rows, run=run, key_input=action.idempotency_key)
        faulty = dict(faults(connector, wanted, action.dry_run))
        if given.dry_run or len(faulty) == len(wanted):
            return _checked(faulty, len(wanted), as_json=given.json)
        for problem in _problems(faulty):
            print(f"- {problem}", file=sys.stderr)
        settings = {"at_once": given.at_once, "per_second": given.per_second}
        refused = (RowResult(number, "refused", error=fault) for number, fault in faulty.items())
        results = chain(refused, run_many(connector, wanted, leave_out=faulty, **settings))
        return _carried_out(results, len(wanted), given)


def _action(manifest: Manifest) -> ActionSpec:
    action = next((a for a in manifest.actions if a.mutation and a.idempotency_key), None)
    if action is None:
        raise InputError(f"{manifest.name} has no action that can be repeated safely for many rows.")
    return action


def _parser(manifest: Manifest, action: ActionSpec) -> argparse.ArgumentParser:
    columns = ", ".join(field.id for field in action.inputs)
    parser = Parser(
        prog=f"connector send-many {manifest.id}",
        description=f"{action.label}, once for every row of a CSV file. Columns: {columns}.",
        allow_abbrev=False,
    )
    parser.add_argument("file", type=Path, metavar="FILE.csv")
    parser.add_argument("--results", type=Path, metavar="FILE", help="where to write how each row ended, as CSV")
    parser.add_argument(
        "--run", metavar="NAME", help="the run's name: a run started again under its name repeats nothing"
    )
    parser.add_argument(
        "--at-once", type=int, default=AT_ONCE, metavar="N", help=f"so many at a time (default {AT_ONCE})"
    )
    parser.add_argument("--per-second", type=float, metavar="N", help="at most so many in a second")
    parser.add_argument("--dry-run", action="store_true", help="check the file and send nothing")
    parser.add_argument("--json", action="store_true", help="print one JSON object, for programs")
    add_connection_flags(parser, manifest)
    return parser


def _rows(path: Path, action: ActionSpec) -> list[dict[str, Any]]:
    try:
        # Spreadsheets put a byte order mark in front.
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            columns = {name: _field(action, name) for name in reader.fieldnames or ()}
            rows = [_row(row, columns) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error):
        raise InputError(f"{path.name} cannot be read as CSV. Save it as CSV in UTF-8.") from None
    if not rows:
        raise InputError(
            f"{path.name} has no rows. The first line names the columns, each further line is one message."
        )
    return rows


def _field(action: ActionSpec, name: str) -> FieldSpec:
    wanted = "_".join(name.strip().lower().split())
    field = next((field for field in action.inputs if field.id == wanted), None)
    if field is None or field.id == action.dry_run:
        known = ", ".join(field.id for field in action.inputs if field.id != action.dry_run)
        raise InputError(f"The file has a column that {action.label} does not take. It takes: {known}.")
    return field


def _row(row: dict[str | None, Any], columns: dict[str, FieldSpec]) -> dict[str, Any]:
    # A line with more cells than columns would lose the rest without a word; None marks them.
    extra = {"extra_cells": True} if row.get(None) else {}
    return extra | {field.id: typed(field, row[name]) for name, field in columns.items() if row[name] not in (None, "")}


def _checked(faulty: dict[int, ConnectorError], total: int, *, as_json: bool) -> int:
    if faulty:
        message = f"{len(faulty)} of {total} rows need a change. Nothing was sent."
        raise InputError(message, problems=_problems(faulty))
    print(json.dumps({"rows": total, "done": 0}) if as_json else f"{total} rows are fine. Nothing was sent.")
    return 0


def _problems(faulty: dict[int, ConnectorError]) -> list[Problem]:
    # Line 1 of the file holds the names of the columns.
    problems = [
        Problem(f"line {number + 1}{f', {p.path}' if p.path else ''}", p.message)
        for number, fault in faulty.items()
        for p in (fault.problems or (Problem("", fault.message),))
    ]
    return problems[:_SHOWN] + ([Problem("", f"and {len(problems) - _SHOWN} more")] if len(problems) > _SHOWN else [])


def _carried_out(results: Iterator[RowResult], total: int, given: argparse.Namespace) -> int:
    counts = {"done": 0, "repeated": 0, "refused": 0, "unknown": 0}
    path = given.results or given.file.with_suffix(".results.csv")
    with _opened(path) as stream, _progress(total, quiet=given.json) as advance:
        for result in _written(results, stream):
            counts["repeated" if result.repeated else result.state] += 1
            advance()
    if given.json:
        print(json.dumps({"rows": total, **counts, "results": str(path)}))
    else:
        print(f"{counts['done']} done, {counts['refused']} refused, {counts['unknown']} unknown. Each row: {path}")
        if counts["repeated"]:
            before = f"{counts['repeated']} were done before by this run, and were not done again."
            print(f"{before} To carry out the whole file once more, name another run with --run.")
    return 10 if counts["unknown"] else 7 if counts["refused"] else 0


def _opened(path: Path) -> TextIO:
    """Open the file of results before anything is sent."""
    try:
        return path.open("w", encoding="utf-8", newline="")
    except OSError as exc:
        message = f"{path.name} cannot be written ({exc.strerror}). Nothing was sent; name another file with --results."
        raise InputError(message) from None


def _written(results: Iterator[RowResult], stream: TextIO) -> Iterator[RowResult]:
    """Write a line for each row as it ends, so that a run that is broken off leaves what it knows."""
    writer = csv.writer(stream)
    writer.writerow(["line", "state", "output", "error", "message"])
    for result in results:
        error = result.error
        code, message = ("", "") if error is None else (error.code, " ".join(str(error).split()))
        writer.writerow([result.row + 1, result.state, result.output or "", code, message])
        stream.flush()
        yield result


@contextmanager
def _progress(total: int, *, quiet: bool) -> Iterator[Any]:
    if quiet or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console  # noqa: PLC0415 - used on a terminal only
    from rich.progress import Progress  # noqa: PLC0415 - as above

    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("Sending", total=total)
        yield lambda: bar.advance(task)
