"""The command itself: its subcommands, its exit codes, and how an error is shown."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from connector_kit import (
    ConnectorError,
    InputError,
    Manifest,
    load_connector,
    load_connectors,
    load_manifest,
    make_plugins,
)
from connector_kit.hosts.cli.call import call
from connector_kit.hosts.cli.exit_codes import exit_code
from connector_kit.hosts.cli.generate import add_generate_flags, generate
from connector_kit.hosts.cli.mcp import add_mcp_flags, mcp
from connector_kit.hosts.cli.parsing import Parser
from connector_kit.hosts.cli.printing import (
    StandardOutputError,
    help_for_a_person,
    output,
    print_json,
    print_table,
    say,
    tell,
)
from connector_kit.hosts.cli.send_many import send_many
from connector_kit.hosts.cli.serve import add_serve_flags, serve
from connector_kit.hosts.cli.ui import add_ui_flags, ui


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    as_json = "--json" in arguments
    try:
        return _run(arguments)
    except StandardOutputError as exc:
        # A reader that has seen enough, such as head, is no fault, and there is nobody left to tell.
        return 0 if exc.reader_gone else _report(exc, as_json=False)
    except (ConnectorError, KeyboardInterrupt) as exc:
        return _report(exc, as_json=as_json)
    except SystemExit as done:
        # argparse ends the process itself once it has printed a help.
        return int(done.code or 0)


def _report(exc: BaseException, *, as_json: bool) -> int:
    code = exit_code(exc)
    if isinstance(exc, ConnectorError) and as_json:
        try:
            print_json({"error": exc.to_json()})
        except StandardOutputError:
            tell(str(exc))
        return code
    tell(str(exc) or "Interrupted.")
    if isinstance(exc, ConnectorError):
        help_for_a_person(exc)
    return code


def _run(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    handler: Callable[[argparse.Namespace], int] = options.handler
    return handler(options)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="connector", description="Look at connectors and call their actions.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Parser)

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
    calling = command("call", call, "Call an action: connector call CONNECTOR ACTION, then its flags; see its --help.")
    calling.add_argument("arguments", nargs=argparse.REMAINDER, metavar="CONNECTOR ACTION ...")
    many = command("send-many", send_many, "Carry out the sending action for every row of a CSV file; see its --help.")
    many.add_argument("arguments", nargs=argparse.REMAINDER, metavar="CONNECTOR FILE.csv ...")
    connecting = command("connect", _connect, "Save a connection: connector connect CONNECTOR; see its --help.")
    connecting.add_argument("arguments", nargs=argparse.REMAINDER, metavar="CONNECTOR ...")
    saved = command("connections", _connections, "List, check, rename, remove and export saved connections.")
    saved.add_argument("arguments", nargs=argparse.REMAINDER, metavar="COMMAND ...")
    exporting = command(
        "export", _export, "Print the actions of a connector as tools of language models; see its --help."
    )
    exporting.add_argument("arguments", nargs=argparse.REMAINDER, metavar="CONNECTOR --format FORMAT")
    language = command(
        "english",
        _english,
        "Check, explain, format and run automations in English.",
        epilog="Commands: check, explain, format and run, with a FILE; runs list, show, resume and remove. Each has a --help.",
    )
    language.add_argument("arguments", nargs=argparse.REMAINDER, metavar="COMMAND ...")
    add_serve_flags(
        command(
            "serve",
            serve,
            "Let other programs call saved connections over HTTP.",
            epilog="Tokens: connector serve token add, list and remove. Each has a --help.",
        )
    )
    add_mcp_flags(command("mcp", mcp, "Serve the actions of a connector as tools to Model Context Protocol clients."))
    generating = command("generate", generate, "Write what a platform needs of a connector: its book for Kognitos.")
    add_generate_flags(generating)
    add_ui_flags(command("ui", ui, "Set up connections on pages in your browser, served on this computer only."))
    return parser


def _connect(options: argparse.Namespace) -> int:
    # Only those who save or look after connections pay for their cryptography.
    from connector_kit.hosts.cli.connect import connect  # noqa: PLC0415 - see above

    return connect(options)


def _connections(options: argparse.Namespace) -> int:
    from connector_kit.hosts.cli.connections import connections  # noqa: PLC0415 - as above

    return connections(options)


def _english(options: argparse.Namespace) -> int:
    # Only those who use the language pay for its reader.
    from connector_kit.hosts.cli.english import english  # noqa: PLC0415 - see above

    return english(options)


def _export(options: argparse.Namespace) -> int:
    # Only those who export tools pay for the schemas.
    from connector_kit.hosts.cli.export import export  # noqa: PLC0415 - see above

    return export(options)


def _list(options: argparse.Namespace) -> int:
    manifests = [connector.manifest for connector in load_connectors().values()]
    if options.json:
        return print_json([{"id": m.id, "name": m.name, "version": m.version} for m in manifests])
    return print_table(["connector", "name", "version", "actions"], [
        [m.id, m.name, m.version, "\n".join(action.label for action in m.actions)] for m in manifests
    ])  # fmt: skip


def _plugins(options: argparse.Namespace) -> int:
    described = list(make_plugins().describe())
    if options.json:
        return print_json([{"plugin": name, "hooks": hooks} for name, hooks in described])
    return print_table(["plugin", "hooks"], [[name, "\n".join(hooks)] for name, hooks in described])


def _show(options: argparse.Namespace) -> int:
    manifest = load_connector(options.connector).manifest
    if options.json:
        return print_json(manifest.model_dump(mode="json", exclude_defaults=True))
    with output():
        _print_manifest(manifest)
    return 0


def _print_manifest(manifest: Manifest) -> None:
    print(f"{manifest.name} {manifest.version}\n{manifest.description}")
    for method in manifest.connection:
        print(f"\nConnect by {method.label}: {method.description}")
        print_table(["field", "type", "description"], [[f.label, str(f.type), f.description] for f in method.fields])
    for action in manifest.actions:
        effect = "changes something or costs money" if action.mutation else "reads only"
        print(f"\n{action.label} ({action.id}, {effect}): {action.description}")
        rows = [[f.phrase, str(f.type), f.description] for f in action.inputs]
        rows += [["filter", "tree", "which items to give back"]] * action.filterable
        rows += [["limit, offset", "number", "how many, and how many to skip"]] * action.pageable
        print_table(["input", "type", "description"], rows)
        print(f"Gives back {action.output.type}: {action.output.description}")
        print(f"Example: {action.examples[0].title}\n  " + action.examples[0].automation.strip().replace("\n", "\n  "))
    for concept in manifest.concepts:
        print(f"\n{concept.label}")
        print_table(["field", "type"], [[f.id, str(f.type)] for f in concept.fields])


def _validate(options: argparse.Namespace) -> int:
    manifest = load_manifest(options.path)
    if options.json:
        return print_json({"valid": True, "id": manifest.id, "version": manifest.version})
    say(f"{options.path.name} is a valid manifest: {manifest.name} {manifest.version}.")
    return 0


def _schema(options: argparse.Namespace) -> int:
    from connector_kit.schemas import schemas, to_text  # noqa: PLC0415 - jsonschema is slow to import, and used here only

    available = schemas(load_connector(options.connector).manifest)
    if options.write is not None:
        for name, schema in available.items():
            (options.write / f"{name}.schema.json").write_text(to_text(schema), encoding="utf-8")
        return 0
    if options.name is None:
        return print_json(list(available)) if options.json else print_table(["schema"], [[name] for name in available])
    if options.name not in available:
        raise InputError(f"There is no schema of that name. There are: {', '.join(available)}.")
    say(to_text(available[options.name]).rstrip("\n"))
    return 0
