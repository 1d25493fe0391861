"""``connector call``: the flags that a manifest declares, one call, its result."""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from zoneinfo import ZoneInfo

from connector_kit import (
    ActionCall,
    ActionSpec,
    Connector,
    FieldSpec,
    Filter,
    InputError,
    Manifest,
    OutcomeUnknownError,
    Result,
    load_connector,
)
from connector_kit.documents import filter_from_json
from connector_kit.hosts.cli.connecting import add_connection_flags, connection, escaped, flag
from connector_kit.hosts.cli.parsing import Parser, typed, zone_named
from connector_kit.hosts.cli.printing import StandardOutputError, print_json, print_result


def call(options: argparse.Namespace) -> int:
    """Call an action; its connector and its name come first, because they decide which flags there are."""
    names, flags = options.arguments[:2], options.arguments[2:]
    if len(names) < 2 or any(name.startswith("-") for name in names):
        message = "Say first which connector and which action: connector call CONNECTOR ACTION ... See: connector list"
        raise InputError(message)
    timezone = _timezone(flags)
    with load_connector(names[0], timezone=timezone) as connector:
        action = _action(connector.manifest, names[1])
        given = _call_parser(connector.manifest, action).parse_args(flags)
        asked = _action_call(connector.manifest, action, given)
        columns = _columns(connector.manifest, action, given)
        connector.open(connection(connector.manifest, given))
        try:
            result = _with_progress(connector, action, asked, quiet=given.json)
        except KeyboardInterrupt:
            if not action.mutation:
                raise
            message = "Interrupted while it was under way, so it may or may not have been carried out. Look before you repeat it."
            raise OutcomeUnknownError(message) from None
    try:
        return print_json(result.to_json()) if given.json else print_result(result, columns, timezone)
    except StandardOutputError as lost:
        if not action.mutation or result.output is None:
            raise
        # What was done has no other place where it is written down than this output.
        message = f"{lost.message} It was carried out, so do not repeat it. The result is: {result.output}"
        raise StandardOutputError(message) from None


def _columns(manifest: Manifest, action: ActionSpec, given: argparse.Namespace) -> list[FieldSpec]:
    """Choose the columns of a table: the ones asked for, else the concept's overview, else all."""
    if not action.output.type.is_list:
        return []
    concept = manifest.concept(action.output.type)
    asked = [name.strip() for name in given.fields.split(",")] if given.fields else list(concept.overview)
    fields = [concept.field(name) for name in asked]
    if not all(fields):
        raise InputError(
            f"There is no such field to show. {concept.label} has: {', '.join(f.id for f in concept.fields)}."
        )
    return [field for field in fields if field] or list(concept.fields)


def _timezone(arguments: list[str]) -> ZoneInfo:
    parser = Parser(add_help=False, prog="connector call")
    parser.add_argument("--timezone", default="UTC")
    return zone_named(parser.parse_known_args(arguments)[0].timezone)


def _action(manifest: Manifest, name: str) -> ActionSpec:
    action = manifest.action(name.replace("-", "_"))
    if action is None:
        known = [a.id for a in manifest.actions]
        near = difflib.get_close_matches(name.replace("-", "_"), known, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise InputError(f"{manifest.name} has no such action.{hint} It has: {', '.join(known)}.")
    return action


def _call_parser(manifest: Manifest, action: ActionSpec) -> argparse.ArgumentParser:
    parser = Parser(
        prog=f"connector call {manifest.id} {action.id}", description=action.description, allow_abbrev=False
    )
    inputs = parser.add_argument_group("inputs")
    for field in action.inputs:
        inputs.add_argument(flag(field.id), metavar=field.type.scalar.upper(), help=escaped(field.description))
    if action.filterable:
        inputs.add_argument("--filter", metavar="JSON", help='conditions, such as ["eq", "status", "failed"]')
    if action.pageable:
        inputs.add_argument("--limit", type=int, metavar="N", help="at most so many")
        inputs.add_argument("--offset", type=int, default=0, metavar="N", help="skip so many first")
    parser.add_argument("--fields", metavar="A,B", help="the fields that the table shows, joined by commas")
    add_connection_flags(parser, manifest)
    parser.add_argument("--timezone", default="UTC", help="the zone of dates without one (default UTC)")
    parser.add_argument("--json", action="store_true", help="print one JSON object, for programs")
    return parser


def _action_call(manifest: Manifest, action: ActionSpec, given: argparse.Namespace) -> ActionCall:
    values = {field.id: getattr(given, field.id) for field in action.inputs}
    inputs = {field.id: typed(field, values[field.id]) for field in action.inputs if values[field.id] is not None}
    paging = {"limit": given.limit, "offset": given.offset} if action.pageable else {}
    return ActionCall(action.id, inputs, filter=_filter(manifest, action, given), **paging)


def _filter(manifest: Manifest, action: ActionSpec, given: argparse.Namespace) -> Filter | None:
    if not action.filterable or given.filter is None:
        return None
    concept = manifest.concept(action.output.type)
    try:
        tree = json.loads(given.filter)
    except (ValueError, RecursionError) as exc:
        where = f" at character {exc.pos + 1}" if isinstance(exc, json.JSONDecodeError) else ""
        message = f'The filter is not JSON{where}. Write it like ["eq", "{concept.fields[0].id}", "..."].'
        raise InputError(message) from None
    return filter_from_json(tree, concept)


def _with_progress(connector: Connector, action: ActionSpec, call: ActionCall, *, quiet: bool) -> Result:
    """Run a call; on a terminal, a long read counts what it has found."""
    if quiet or not action.output.type.is_list or not sys.stderr.isatty():
        return connector.run(call)
    from rich.console import Console  # noqa: PLC0415 - used on a terminal only

    with Console(stderr=True).status("Reading ...") as status:
        return connector.run(call, progress=lambda count: status.update(f"Reading ... {count:,} looked at"))
