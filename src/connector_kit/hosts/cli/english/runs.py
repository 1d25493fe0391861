"""``connector english runs list``, ``show`` and ``remove``: what is kept of the runs of automations."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from typing import Any

from connector_kit import InputError
from connector_kit.english import Place, Problem, default_runs, shown, summary
from connector_kit.hosts.cli.english.running import now
from connector_kit.hosts.cli.english.source import problem_shown
from connector_kit.hosts.cli.english.telling import RESUME, STATES
from connector_kit.hosts.cli.printing import harmless, output, print_json, print_table, tell

# States of which a removal loses nothing.
_NOTHING_LEFT = ("done", "ready")


def list_runs(given: argparse.Namespace) -> int:
    """List all runs, the newest first, without what they hold."""
    with closing(default_runs()) as journal:
        found = [summary(run, now()) for run in journal.runs()]
    if given.json:
        return print_json({"runs": found})
    if not found:
        tell("There are no runs. Start one: connector english run FILE")
        return 0
    headers = ["run", "state", "started (UTC)", "connection", "environment", "steps done"]
    return print_table(headers, [_row(each) for each in found])


def _row(each: Mapping[str, Any]) -> list[str]:
    started = datetime.fromisoformat(each["started"])
    connection = each["connection"] or "(default)"
    return [
        each["run"],
        each["state"],
        f"{started:%Y-%m-%d %H:%M}",
        connection,
        each["environment"],
        str(each["steps_done"]),
    ]


def show_run(given: argparse.Namespace) -> int:
    """Show one run: its text, how it stands, what it said and did, and how to go on."""
    with closing(default_runs()) as journal:
        found = shown(journal, given.run, now())
    if given.json:
        return print_json(found)
    with output():
        _print_run(found)
    return 0


def _print_run(found: Mapping[str, Any]) -> None:
    connection = f"the connection {found['connection']!r}" if found["connection"] else "the default connection"
    started = datetime.fromisoformat(found["started"])
    print(f"Run {found['run']}: {found['state']}")
    print(
        f"Started {started:%Y-%m-%d %H:%M} UTC in {found['environment'].title()} with {connection}, timezone {found['zone']}."
    )
    print(f"Steps carried out: {found['steps_done']:,}\n")
    for line in found["program"].splitlines():
        print(f"  {harmless(line)}")
    detail = found["detail"]
    print()
    if found["state"] == "done":
        for text in detail["said"]:
            print(f"Said: {harmless(text)}")
        for message in dict.fromkeys(notice["message"] for notice in detail["notices"]):
            print(message)
        for sent in detail["sends"]:
            print(f"Done in line {sent['line']}: {sent['action'].replace('_', ' ')}: {harmless(str(sent['output']))}")
        return
    for path in found["sends"]:
        print(f"Done in step {path}.")
    if found["state"] in ("waiting", "failed"):
        what = detail["question"] if found["state"] == "waiting" else detail
        place, message = Place(what["line"], what["column"]), what.get("text") or what["message"]
        print(problem_shown(Problem(what["kind"], place, message), found["program"]))
    if found["state"] != "running":
        print(f"Go on: {RESUME} {found['run']}{' --answers FILE' if found['state'] == 'waiting' else ''}")


def remove_run(given: argparse.Namespace) -> int:
    """Forget a run; one that is not done only on demand, because then it cannot go on."""
    with closing(default_runs()) as journal:
        state = journal.get(given.run).shown_state(now())
        if state not in _NOTHING_LEFT and not given.yes:
            _confirm(given.run, state)
        journal.remove(given.run, now=now())
    if given.json:
        return print_json({"run": given.run, "removed": True})
    with output():
        print(f"Removed the run {given.run}. What it sent stays sent.")
    return 0


def _confirm(run_id: str, state: str) -> None:
    """Ask before a run is forgotten that could go on.

    Raises:
        InputError: if nobody says yes.
    """
    advice = f"The run {run_id} {STATES.get(state, state)}. Without it nothing goes on, and nothing tells a new run what it sent."
    if not sys.stdin.isatty():
        raise InputError(f"{advice} Say --yes to remove it all the same.")
    print(f"{advice} Type yes to remove it: ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() != "yes":
        raise InputError("Nothing was removed.")
