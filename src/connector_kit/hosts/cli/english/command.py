"""The words and flags of ``connector english``."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from connector_kit.hosts.cli.connecting import add_environment_flag
from connector_kit.hosts.cli.english.running import explain_text, resume_run, run_file
from connector_kit.hosts.cli.english.runs import list_runs, remove_run, show_run
from connector_kit.hosts.cli.english.texts import check_text, format_file
from connector_kit.hosts.cli.parsing import Parser

_EXIT_CODES = (
    "Exit codes: 0 done, 2 the automation or request needs a change, 16 it needs an answer; others as connector call."
)


def english(options: argparse.Namespace) -> int:
    """Do what the first word says."""
    given = _parser().parse_args(options.arguments)
    given.json = given.json or options.json
    code: int = given.handler(given)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="connector english",
        description="Check, explain, format and run automations in English.",
        epilog=_EXIT_CODES,
        allow_abbrev=False,
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object, for programs")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    checking = _command(commands, "check", check_text, "Say whether an automation can run, and what it asks.")
    _add_file(checking)
    explaining = _command(commands, "explain", explain_text, "Say what it would do, in order, with which connection.")
    _add_file(explaining)
    _add_begin(explaining)
    formatting = _command(commands, "format", format_file, "Print an automation in the one style.")
    _add_file(formatting)
    either = formatting.add_mutually_exclusive_group()
    either.add_argument("--write", action="store_true", help="write it back into the file instead")
    either.add_argument("--check", action="store_true", help="only say whether it has the style; exit code 2 if not")
    running = _command(commands, "run", run_file, "Carry an automation out.")
    _add_file(running)
    _add_begin(running)
    _add_answers(running)
    running.add_argument("--dry-run", action="store_true", help="read, and show what would be sent or changed")
    running.add_argument("--new", action="store_true", help="start a new run although an earlier one is not done")
    _add_runs(commands)
    return parser


def _add_runs(commands: Any) -> None:
    parser = commands.add_parser("runs", help="List, show, resume and remove runs.", allow_abbrev=False)
    runs = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    _command(runs, "list", list_runs, "List all runs, the newest first.")
    _add_run(_command(runs, "show", show_run, "Show a run: its text, how it stands, what it did."))
    resuming = _command(runs, "resume", resume_run, "Go on with a run; what was done is not done again.")
    _add_run(resuming)
    _add_answers(resuming)
    resuming.add_argument("--skip", metavar="STEP", help="leave out the call at which it failed, such as 3.1")
    removing = _command(runs, "remove", remove_run, "Forget a run and everything that it recorded.")
    _add_run(removing)
    removing.add_argument("--yes", action="store_true", help="also if it is not done")


def _command(
    commands: Any, name: str, handler: Callable[[argparse.Namespace], int], help_: str
) -> argparse.ArgumentParser:
    added: argparse.ArgumentParser = commands.add_parser(name, help=help_, description=help_, allow_abbrev=False)
    added.set_defaults(handler=handler)
    added.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON object, for programs"
    )
    return added


def _add_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="the automation, a text file; - for standard input")


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="its id; see: connector english runs list")


def _add_answers(parser: argparse.ArgumentParser) -> None:
    help_ = 'answers to its questions, YAML or JSON: a line such as recipient number: "+15551234567" for each'
    parser.add_argument("--answers", type=Path, metavar="FILE", help=help_)


def _add_begin(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--connection",
        metavar="NAME",
        help="the saved connection that is used where it does not switch (default: the default one)",
    )
    add_environment_flag(parser)
    parser.add_argument("--timezone", default="UTC", metavar="NAME", help="the zone of its dates (default UTC)")
