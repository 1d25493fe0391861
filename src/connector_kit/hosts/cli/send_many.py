"""``connector send-many``: carry out one action for every row of a CSV file, checked whole before the first, resumable."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from connector_kit import ActionSpec, ConnectorError, InputError, Manifest, Problem, load_connector
from connector_kit.hosts.cli.connecting import add_connection_flags, connection
from connector_kit.hosts.cli.csv_rows import lasting_name, read_rows
from connector_kit.hosts.cli.parsing import Parser
from connector_kit.hosts.cli.printing import OutputError, StandardOutputError, say, tell
from connector_kit.hosts.cli.results import results_path, write_result, writing_results
from connector_kit.many import AT_ONCE, RowResult, calls, faults, run_many

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class _Run:
    """One start of a run: its name, the lines of its rows, and where the results go."""

    name: str
    lines: list[int]
    results: Path
    as_json: bool


def send_many(options: argparse.Namespace) -> int:
    """Check the file, carry out its rows, write how each ended; 0 if all are done, else the exit code of an unknown or a no."""
    if not options.arguments or options.arguments[0].startswith("-"):
        raise InputError("Say first which connector: connector send-many CONNECTOR FILE.csv ... See: connector list")
    name, *flags = options.arguments
    with load_connector(name) as connector:
        action = _action(connector.manifest)
        given = _parser(connector.manifest, action).parse_args(flags)
        rows = read_rows(given.file, action)
        run = _Run(_name(given), [row.line for row in rows], results_path(given.results, given.file), given.json)
        connector.open(connection(connector.manifest, given))
        inputs = (row.inputs for row in rows)
        key = action.idempotency_key
        wanted = calls(action.id, inputs, run=run.name, key_input=key, content=connector.content)
        faulty = dict(faults(connector, wanted, action.dry_run))
        problems = _problems(faulty, run.lines)
        if given.dry_run or len(faulty) == len(wanted):
            return _checked(problems, len(faulty), run)
        # Made before the results of an earlier start are overwritten: it may refuse its settings.
        settings = {"at_once": given.at_once, "per_second": given.per_second}
        ended = run_many(connector, wanted, leave_out=faulty, **settings)
        for problem in problems:
            tell(f"- {problem}")
        refused = (RowResult(number, "refused", error=fault) for number, fault in faulty.items())
        with closing(ended):
            return _carried_out(chain(refused, ended), run)


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
        "--run",
        metavar="NAME",
        help="the run's name (default: the full path of the file); under one name, rows that say the same are carried out once, "
        "however often and whenever the command is started: give another name to carry them out again",
    )
    parser.add_argument(
        "--at-once", type=int, default=AT_ONCE, metavar="N", help=f"so many at a time (default {AT_ONCE})"
    )
    parser.add_argument("--per-second", type=float, metavar="N", help="at most so many in a second")
    parser.add_argument("--dry-run", action="store_true", help="check the file and send nothing")
    parser.add_argument("--json", action="store_true", help="print one JSON object, for programs")
    add_connection_flags(parser, manifest)
    return parser


def _name(given: argparse.Namespace) -> str:
    """Return the run's name: one that stays while lines of the file are corrected, so that what was done is not done again."""
    name: str | None = given.run or lasting_name(given.file)
    if name is None or (given.results is None and lasting_name(given.file) is None):
        raise InputError(
            "Rows that come from standard input or a pipe have no path to be known by. Name the run with --run, so that the "
            "same rows are not carried out again when it is started again, and the file of results with --results."
        )
    return name


def _checked(problems: list[Problem], faulty: int, run: _Run) -> int:
    total = len(run.lines)
    if problems:
        raise InputError(f"{faulty} of {total} rows need a change. Nothing was sent now.", problems=problems)
    say(json.dumps({"rows": total, "done": 0}) if run.as_json else f"{total} rows are fine. Nothing was sent now.")
    return 0


def _problems(faulty: dict[int, ConnectorError], lines: list[int]) -> list[Problem]:
    problems = [
        Problem(f"line {lines[number - 1]}{f', {p.path}' if p.path else ''}", p.message)
        for number, fault in faulty.items()
        for p in (fault.problems or (Problem("", fault.message),))
    ]
    return problems[:_SHOWN] + ([Problem("", f"and {len(problems) - _SHOWN} more")] if len(problems) > _SHOWN else [])


def _carried_out(results: Iterator[RowResult], run: _Run) -> int:
    counts: Counter[str] = Counter()
    try:
        with writing_results(run.results) as stream, _progress(len(run.lines), quiet=run.as_json) as advance:
            for result in results:
                counts["repeated" if result.repeated else result.state] += 1
                write_result(stream, run.lines[result.row - 1], result)
                advance()
    except KeyboardInterrupt:
        tell(f"{_counted(counts)} so far. Run: {run.name}\nStart the same command again to go on. {_NEVER_AGAIN}")
        raise
    except OSError as exc:
        raise OutputError(
            f"{run.results.name} cannot be written any more ({exc.strerror}), so the run was stopped: {_counted(counts)} so far. "
            f"Run: {run.name}\nThe journal knows them: make room, or name another file with --results, and start the same "
            f"command again. {_NEVER_AGAIN}"
        ) from None
    code = 10 if counts["unknown"] else 7 if counts["refused"] else 0
    _summarize(counts, run, code)
    return code


_NEVER_AGAIN = "What was done, or may have been, is not done again."


def _counted(counts: Counter[str]) -> str:
    before = f", {counts['repeated']} done before" if counts["repeated"] else ""
    return f"{counts['done']} done, {counts['refused']} refused, {counts['unknown']} unknown{before}"


def _summarize(counts: Counter[str], run: _Run, code: int) -> None:
    """Say how the run ended; where standard output is gone, on standard error, and the exit code stays what it is.

    Raises:
        StandardOutputError: if everything was done, and only the output cannot be written.
    """
    kinds = ("done", "repeated", "refused", "unknown")
    if run.as_json:
        numbers = {kind: counts[kind] for kind in kinds}
        text = json.dumps({"rows": len(run.lines), **numbers, "run": run.name, "results": str(run.results)})
    else:
        text = f"{_counted(counts)}. Each row: {run.results}"
        if counts["repeated"]:
            before = f"{counts['repeated']} were done before by this run, and were not done again."
            text += f"\n{before} To carry out the whole file once more, name another run with --run."
        if code:
            text += f"\nRun: {run.name}\nCorrect what was refused and start the same command again. {_NEVER_AGAIN}"
    try:
        say(text)
    except StandardOutputError:
        tell(text)
        if code == 0:
            raise


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
