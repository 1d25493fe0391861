"""The command ``connector``: list, look at, validate and call connectors from a terminal or a script.

Exit codes: 0 done, 1 a bug, 2 the request needs a change, 3 manifest, 4 plugin, 5 credentials, 6 refused by policy,
7 the service said no, 8 rate limited, 9 unavailable, 10 outcome unknown, 11 contract, 130 interrupted.
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from connector_kit import (
    ActionCall,
    ActionSpec,
    Concept,
    Connection,
    ConnectionMethodSpec,
    Connector,
    ConnectorError,
    ContractError,
    CredentialsError,
    FieldSpec,
    Filter,
    InputError,
    Manifest,
    ManifestError,
    OutcomeUnknownError,
    PluginError,
    Problem,
    RateLimitedError,
    RefusedError,
    Result,
    ServiceError,
    UnavailableError,
    load_connector,
    load_connectors,
    load_manifest,
    make_plugins,
    parse_filter,
)

# The first class that an error is an instance of decides.
EXIT_CODES: tuple[tuple[type[BaseException], int], ...] = (
    (InputError, 2),
    (ManifestError, 3),
    (PluginError, 4),
    (CredentialsError, 5),
    (RefusedError, 6),
    (RateLimitedError, 8),
    (ServiceError, 7),
    (UnavailableError, 9),
    (OutcomeUnknownError, 10),
    (ContractError, 11),
    (KeyboardInterrupt, 130),
)
_SHOWN_ROWS = 200
_NEVER_CUT = 24


class _Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are InputErrors, and never repeat a value: it could be a secret."""

    def error(self, message: str) -> NoReturn:
        unknown = "there is an argument that this command does not know"
        # argparse puts the value behind the second colon: "argument --limit: invalid int value: 'x'".
        text = unknown if "unrecognized" in message else ": ".join(message.split(": ")[:2])
        raise InputError(f"{text[0].upper()}{text[1:]}. See: {self.prog} --help")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    as_json = "--json" in arguments
    try:
        return _run(arguments)
    except (ConnectorError, KeyboardInterrupt) as exc:
        return _report(exc, as_json=as_json)
    except BrokenPipeError:
        # The reader, such as head, has seen enough; there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _report(exc: BaseException, *, as_json: bool) -> int:
    code = next(code for kind, code in EXIT_CODES if isinstance(exc, kind))
    if isinstance(exc, ConnectorError) and as_json:
        print(json.dumps({"error": exc.to_json()}, ensure_ascii=False))
    else:
        print(str(exc) or "Interrupted.", file=sys.stderr)
        if isinstance(exc, ConnectorError) and exc.service and exc.service.more_info:
            print(f"More: {exc.service.more_info}", file=sys.stderr)
    return code


def _run(arguments: list[str]) -> int:
    parser = _parser()
    # "call" is parsed in two steps: which connector and action first, then the flags that its manifest declares.
    options, rest = parser.parse_known_args(arguments)
    if options.command != "call" and rest:
        parser.error("unrecognized")
    handler: Callable[[argparse.Namespace, list[str]], int] = options.handler
    return handler(options, rest)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="connector", description="Look at connectors and call their actions.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)

    def command(name: str, handler: Callable[..., int], help_: str, **settings: Any) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help_, description=help_, **settings)
        added.set_defaults(handler=handler)
        added.add_argument("--json", action="store_true", help="print one JSON object, for programs")
        return added

    command("list", _list, "List the installed connectors.")
    command("plugins", _plugins, "List the loaded plugins and the hooks that each implements.")
    show = command("show", _show, "Show a connector: how to connect, what it can do, its data.")
    show.add_argument("connector", metavar="CONNECTOR")
    validate = command("validate", _validate, "Check a connector.yaml and report every fault in it.")
    validate.add_argument("path", type=Path, metavar="PATH")
    schema = command("schema", _schema, "Print a JSON Schema of a connector.")
    schema.add_argument("connector", metavar="CONNECTOR")
    schema.add_argument("name", nargs="?", metavar="NAME", help="leave it out to see the names")
    schema.add_argument("--write", type=Path, metavar="FOLDER", help="write all schemas into a folder instead")
    call = command("call", _call, "Call an action.", add_help=False)
    call.add_argument("connector", metavar="CONNECTOR", nargs="?")
    call.add_argument("action", metavar="ACTION", nargs="?", help="its id, with - or _")
    call.add_argument("-h", "--help", action="store_true", dest="wants_help")
    return parser


# ---- looking -------------------------------------------------------------------------------------------------


def _list(options: argparse.Namespace, _: list[str]) -> int:
    manifests = [connector.manifest for connector in load_connectors().values()]
    if options.json:
        return _print_json([{"id": m.id, "name": m.name, "version": m.version} for m in manifests])
    return _print_table(["connector", "name", "version", "actions"], [
        [m.id, m.name, m.version, "\n".join(action.label for action in m.actions)] for m in manifests
    ])  # fmt: skip


def _plugins(options: argparse.Namespace, _: list[str]) -> int:
    described = list(make_plugins().describe())
    if options.json:
        return _print_json([{"plugin": name, "hooks": hooks} for name, hooks in described])
    return _print_table(["plugin", "hooks"], [[name, "\n".join(hooks)] for name, hooks in described])


def _show(options: argparse.Namespace, _: list[str]) -> int:
    manifest = load_connector(options.connector).manifest
    if options.json:
        return _print_json(manifest.model_dump(mode="json", exclude_defaults=True))
    print(f"{manifest.name} {manifest.version}\n{manifest.description}")
    for method in manifest.connection:
        print(f"\nConnect by {method.label}: {method.description}")
        _print_table(["field", "type", "description"], [[f.label, str(f.type), f.description] for f in method.fields])
    for action in manifest.actions:
        effect = "changes something or costs money" if action.mutation else "reads only"
        print(f"\n{action.label} ({action.id}, {effect}): {action.description}")
        rows = [[f.phrase, str(f.type), f.description] for f in action.inputs]
        rows += [["filter", "tree", "which items to give back"]] * action.filterable
        rows += [["limit, offset", "number", "how many, and how many to skip"]] * action.pageable
        _print_table(["input", "type", "description"], rows)
        print(f"Gives back {action.output.type}: {action.output.description}")
        print(f"Example: {action.examples[0].title}\n  " + action.examples[0].automation.strip().replace("\n", "\n  "))
    for concept in manifest.concepts:
        print(f"\n{concept.label}")
        _print_table(["field", "type"], [[f.id, str(f.type)] for f in concept.fields])
    return 0


def _validate(options: argparse.Namespace, _: list[str]) -> int:
    manifest = load_manifest(options.path)
    if options.json:
        return _print_json({"valid": True, "id": manifest.id, "version": manifest.version})
    print(f"{options.path.name} is a valid manifest: {manifest.name} {manifest.version}.")
    return 0


def _schema(options: argparse.Namespace, _: list[str]) -> int:
    from connector_kit.schemas import schemas, to_text  # noqa: PLC0415 - jsonschema is slow to import, and used here only

    available = schemas(load_connector(options.connector).manifest)
    if options.write is not None:
        for name, schema in available.items():
            (options.write / f"{name}.schema.json").write_text(to_text(schema), encoding="utf-8")
        return 0
    if options.name is None:
        return (
            _print_json(list(available)) if options.json else _print_table(["schema"], [[name] for name in available])
        )
    if options.name not in available:
        raise InputError(f"There is no schema of that name. There are: {', '.join(available)}.")
    print(to_text(available[options.name]), end="")
    return 0


# ---- calling -------------------------------------------------------------------------------------------------


def _call(options: argparse.Namespace, rest: list[str]) -> int:
    if options.connector is None or options.action is None:
        message = "Say which connector and which action, such as: connector call CONNECTOR ACTION. See: connector list"
        raise InputError(message)
    timezone = _timezone(rest)
    with load_connector(options.connector, timezone=timezone) as connector:
        action = _action(connector.manifest, options.action)
        parser = _call_parser(connector.manifest, action)
        if options.wants_help:
            parser.print_help()
            return 0
        given = parser.parse_args(rest)
        call = _action_call(connector.manifest, action, given)
        connector.open(_connection(connector.manifest, given))
        result = _with_progress(connector, action, call, quiet=options.json)
    if options.json:
        return _print_json(result.to_json())
    return _print_result(result, _columns(connector.manifest, action, given), timezone)


def _columns(manifest: Manifest, action: ActionSpec, given: argparse.Namespace) -> list[FieldSpec]:
    """Choose the columns of a table: the ones asked for, else the concept's overview, else all."""
    concept = manifest.concept_of(action.output.type)
    if concept is None:
        return []
    asked = [name.strip() for name in given.fields.split(",")] if given.fields else list(concept.overview)
    fields = [concept.field(name) for name in asked]
    if not all(fields):
        raise InputError(
            f"There is no such field to show. {concept.label} has: {', '.join(f.id for f in concept.fields)}."
        )
    return [field for field in fields if field] or list(concept.fields)


def _timezone(arguments: list[str]) -> ZoneInfo:
    parser = _Parser(add_help=False, prog="connector call")
    parser.add_argument("--timezone", default="UTC")
    name = parser.parse_known_args(arguments)[0].timezone
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        message = "There is no such timezone. Write it like Europe/Amsterdam or UTC."
        raise InputError(message, problems=[Problem("timezone", "is not in the timezone database")]) from None


def _action(manifest: Manifest, name: str) -> ActionSpec:
    action = manifest.action(name.replace("-", "_"))
    if action is None:
        known = [a.id for a in manifest.actions]
        near = difflib.get_close_matches(name.replace("-", "_"), known, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise InputError(f"{manifest.name} has no such action.{hint} It has: {', '.join(known)}.")
    return action


def _call_parser(manifest: Manifest, action: ActionSpec) -> argparse.ArgumentParser:
    parser = _Parser(
        prog=f"connector call {manifest.id} {action.id}", description=action.description, allow_abbrev=False
    )
    inputs = parser.add_argument_group("inputs")
    for field in action.inputs:
        inputs.add_argument(_flag(field.id), metavar=field.type.scalar.upper(), help=_escaped(field.description))
    if action.filterable:
        inputs.add_argument("--filter", metavar="JSON", help='conditions, such as ["eq", "status", "failed"]')
    if action.pageable:
        inputs.add_argument("--limit", type=int, metavar="N", help="at most so many")
        inputs.add_argument("--offset", type=int, default=0, metavar="N", help="skip so many first")
    parser.add_argument("--fields", metavar="A,B", help="the fields that the table shows, joined by commas")
    connection = parser.add_argument_group(
        "connection", "A secret comes from a file, from standard input or from an environment variable that you name."
    )
    connection.add_argument("--method", choices=[m.id for m in manifest.connection], default=manifest.connection[0].id)
    for field in _connection_fields(manifest):
        _add_connection_field(connection, field)
    connection.add_argument(
        "--base-url", metavar="URL", help="another address of the service: https, or http on this machine"
    )
    parser.add_argument("--timezone", default="UTC", help="the zone of dates without one (default UTC)")
    parser.add_argument("--json", action="store_true", help="print one JSON object, for programs")
    return parser


def _connection_fields(manifest: Manifest) -> Iterable[FieldSpec]:
    return {field.id: field for method in manifest.connection for field in method.fields}.values()


def _add_connection_field(group: Any, field: FieldSpec) -> None:
    description = _escaped(field.description)
    if field.type.scalar != "sensitive":
        group.add_argument(_flag(field.id), metavar="TEXT", help=description)
        return
    sources = group.add_mutually_exclusive_group()
    sources.add_argument(
        f"{_flag(field.id)}-file", type=Path, metavar="PATH", help=f"{description} Read from this file."
    )
    sources.add_argument(f"{_flag(field.id)}-env", metavar="NAME", help="Read from this environment variable.")
    sources.add_argument(f"{_flag(field.id)}-stdin", action="store_true", help="Read from standard input.")


def _flag(id_: str) -> str:
    return f"--{id_.replace('_', '-')}"


def _escaped(text: str) -> str:
    return text.replace("%", "%%")


def _action_call(manifest: Manifest, action: ActionSpec, given: argparse.Namespace) -> ActionCall:
    values = {field.id: getattr(given, field.id) for field in action.inputs}
    inputs = {field.id: _typed(field, values[field.id]) for field in action.inputs if values[field.id] is not None}
    paging = {"limit": given.limit, "offset": given.offset} if action.pageable else {}
    return ActionCall(action.id, inputs, filter=_filter(manifest, action, given), **paging)


def _typed(field: FieldSpec, text: str) -> Any:
    """Flags are texts: read numbers, booleans, datetimes and lists as JSON, and leave the rest to the check of the call."""
    if field.type.scalar == "text" and not field.type.is_list:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _filter(manifest: Manifest, action: ActionSpec, given: argparse.Namespace) -> Filter | None:
    concept = manifest.concept_of(action.output.type)
    if not action.filterable or given.filter is None or concept is None:
        return None
    try:
        tree = json.loads(given.filter)
    except ValueError as exc:
        where = f" at character {exc.pos + 1}" if isinstance(exc, json.JSONDecodeError) else ""
        message = f'The filter is not JSON{where}. Write it like ["eq", "{concept.fields[0].id}", "..."].'
        raise InputError(message) from None
    return parse_filter(tree, concept)


def _connection(manifest: Manifest, given: argparse.Namespace) -> Connection:
    method = manifest.method(given.method) or manifest.connection[0]
    values = {field.id: _connection_value(method, field, given) for field in method.fields}
    return Connection(method.id, {k: v for k, v in values.items() if v is not None}, base_url=given.base_url)


def _connection_value(
    method: ConnectionMethodSpec, field: FieldSpec, given: argparse.Namespace
) -> str | SecretStr | None:
    if field.type.scalar != "sensitive":
        value: str | None = getattr(given, field.id)
        return value
    path: Path | None = getattr(given, f"{field.id}_file")
    variable: str | None = getattr(given, f"{field.id}_env")
    if path is not None:
        try:
            return SecretStr(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError):
            raise InputError(f"The file for the {field.label} cannot be read.") from None
    if variable is not None:
        if variable not in os.environ:
            raise InputError(f"The environment variable that you named for the {field.label} is not set.")
        return SecretStr(os.environ[variable])
    if getattr(given, f"{field.id}_stdin"):
        return SecretStr(sys.stdin.readline())
    if not field.required:
        return None
    flag = _flag(field.id)
    raise InputError(
        f"{method.label}: say where the {field.label} comes from: {flag}-file, {flag}-env or {flag}-stdin."
    )


def _with_progress(connector: Connector, action: ActionSpec, call: ActionCall, *, quiet: bool) -> Result:
    """Run a call; on a terminal, a long read counts what it has found."""
    if quiet or not action.output.type.is_list or not sys.stderr.isatty():
        return connector.run(call)
    from rich.console import Console  # noqa: PLC0415 - used on a terminal only

    with Console(stderr=True).status("Reading ...") as status:
        return connector.run(call, progress=lambda count: status.update(f"Reading ... {count:,} looked at"))


# ---- printing ------------------------------------------------------------------------------------------------


def _print_json(document: Any) -> int:
    print(json.dumps(document, ensure_ascii=False))
    return 0


def _print_result(result: Result, columns: list[FieldSpec], timezone: ZoneInfo) -> int:
    if isinstance(result.output, list):
        _print_items(result.output, columns, timezone)
    else:
        print(result.output)
    for notice in result.notices:
        print(notice.message, file=sys.stderr)
    return 0


def _print_items(items: list[Concept], columns: list[FieldSpec], timezone: ZoneInfo) -> None:
    if items:
        headers = [f"{f.phrase} ({timezone})" if f.type.scalar == "datetime" else f.phrase for f in columns]
        _print_table(headers, [[_cell(getattr(item, f.id), timezone) for f in columns] for item in items[:_SHOWN_ROWS]])
    shown = f", {_SHOWN_ROWS} shown; --json prints all" if len(items) > _SHOWN_ROWS else ""
    print(f"{len(items)} found{shown}.", file=sys.stderr)


def _cell(value: object, timezone: ZoneInfo) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(timezone):%Y-%m-%d %H:%M}"
    return "" if value is None else str(value)


def _print_table(headers: list[str], rows: list[list[str]]) -> int:
    from rich import box  # noqa: PLC0415 - a program that reads --json does not pay for it
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

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


if __name__ == "__main__":
    sys.exit(main())
