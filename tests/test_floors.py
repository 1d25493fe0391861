"""Imports point down only: contract, engine, public face, connector, hosts, entry-point glue."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import ROOT

SRC = ROOT / "src"
# A module may import modules of lower floors, and of its own floor those that stand before it in this list.
FLOORS = [
    ("connector_kit.errors",),
    ("connector_kit.types",),
    ("connector_kit.fields",),
    ("connector_kit.manifest",),
    ("connector_kit.loading",),
    ("connector_kit.filters",),
    ("connector_kit.private_files",),
    ("connector_kit.sqlite_files",),
    ("connector_kit.journal",),
    ("connector_kit.journal.forks", "connector_kit.journal.sqlite_file", "connector_kit.journal.postgres_table"),
    ("connector_kit.journal.shared_file", "connector_kit.journal.owners"),
    ("connector_kit.journal.sqlite", "connector_kit.journal.postgres", "connector_kit.journal.heart"),
    ("connector_kit.journal.opening",),
    ("connector_kit.values",),
    ("connector_kit.hookspecs", "connector_kit.checks"),
    ("connector_kit.conformity", "connector_kit.schemas", "connector_kit.default_plugins.audit"),
    ("connector_kit.default_plugins",),
    ("connector_kit.acts",),
    ("connector_kit.plugins", "connector_kit.mutations", "connector_kit.reads"),
    ("connector_kit.connections",),
    (
        "connector_kit.connections.keys",
        "connector_kit.connections.sqlite_file",
        "connector_kit.connections.environment",
    ),
    ("connector_kit.connections.sealing", "connector_kit.connections.system_keyring"),
    ("connector_kit.connections.sqlite",),
    ("connector_kit.connections.opening",),
    ("connector_kit.connections.book",),
    ("connector_kit.connector",),
    ("connector_kit.many", "connector_kit.installed", "connector_kit.connections.saving"),
    (
        "connector_kit.documents",
        "connector_kit.connections.sessions",
        "connector_kit.tool_texts",
        "connector_kit.tokens",
    ),
    ("connector_kit.tool_schemas",),
    ("connector_kit.english.steps", "connector_kit.english.names", "connector_kit.english.meaning.moments"),
    ("connector_kit.english.canonical",),
    ("connector_kit.english.program", "connector_kit.english.reading.leaves"),
    ("connector_kit.english.problems", "connector_kit.english.reading.tree", "connector_kit.english.meaning.kinds"),
    (
        "connector_kit.english.reading.layout",
        "connector_kit.english.messages",
        "connector_kit.english.unsupported",
    ),
    ("connector_kit.english.reading.tokens", "connector_kit.english.meaning.scope"),
    ("connector_kit.english.reading.building_values",),
    ("connector_kit.english.reading.building",),
    (
        "connector_kit.english.reading.stopped",
        "connector_kit.english.meaning.references",
        "connector_kit.english.meaning.fitting",
    ),
    ("connector_kit.english.reading.missing", "connector_kit.english.reading.hints"),
    (
        "connector_kit.english.reading.misread",
        "connector_kit.english.meaning.catalogue",
        "connector_kit.english.meaning.clauses",
    ),
    ("connector_kit.english.reading.reader", "connector_kit.english.meaning.conditions"),
    ("connector_kit.english.meaning.refusing", "connector_kit.english.meaning.looping"),
    ("connector_kit.english.meaning.calling",),
    ("connector_kit.english.meaning.resolver",),
    ("connector_kit.english.checker", "connector_kit.english.sayable", "connector_kit.english.formatter"),
    ("connector_kit.english.sentences",),
    (
        "connector_kit.english.running.dates",
        "connector_kit.english.running.values",
        "connector_kit.english.running.run_journal",
    ),
    (
        "connector_kit.english.running.recorded",
        "connector_kit.english.running.facts",
        "connector_kit.english.running.comparing",
        "connector_kit.english.running.singular",
        "connector_kit.english.running.answers",
        "connector_kit.english.running.outcomes",
        "connector_kit.english.running.run_sqlite",
        "connector_kit.english.running.run_memory",
        "connector_kit.english.running.runs",
    ),
    (
        "connector_kit.english.running.evaluate",
        "connector_kit.english.running.track",
        "connector_kit.english.running.unfinished",
    ),
    ("connector_kit.english.saying", "connector_kit.english.bounds"),
    (
        "connector_kit.english.running.calls",
        "connector_kit.english.running.under_way",
        "connector_kit.english.running.resuming",
    ),
    ("connector_kit.english.running.acting", "connector_kit.english.explain"),
    ("connector_kit.english.running.steps",),
    ("connector_kit.english.running.runner",),
    ("connector_kit.english.automations",),
    ("connector_kit.english.reading", "connector_kit.english.meaning", "connector_kit.english.running"),
    ("connector_kit.english",),
    ("connector_kit",),
    ("twilio_connector.numbers",),
    (
        "connector_kit.testing",
        "twilio_connector.models",
        "twilio_connector.advice",
        "twilio_connector.addresses",
        "twilio_connector.segments",
        "twilio_connector.regions",
        "twilio_connector",
    ),
    (
        "twilio_connector.mapping",
        "twilio_connector.query",
        "twilio_connector.privacy",
        "twilio_connector.retries",
        "twilio_connector.connections",
    ),
    ("twilio_connector.answers", "twilio_connector.draft"),
    ("twilio_connector.failures", "twilio_connector.environment"),
    ("twilio_connector.client", "twilio_connector.preview"),
    ("twilio_connector.lookup", "twilio_connector.checking"),
    ("twilio_connector.session",),
    ("twilio_connector.actions", "twilio_connector.opening", "twilio_connector.policy"),
    ("twilio_connector.plugin",),
    ("connector_kit.hosts",),
    ("connector_kit.hosts.serving", "connector_kit.hosts.writing"),
    ("connector_kit.hosts.http.problems", "connector_kit.hosts.http.examples"),
    ("connector_kit.hosts.http.reading", "connector_kit.hosts.http.workers", "connector_kit.hosts.http.guard"),
    ("connector_kit.hosts.http.site", "connector_kit.hosts.http.openapi", "connector_kit.hosts.http.streaming"),
    ("connector_kit.hosts.http.swagger", "connector_kit.hosts.http.describing", "connector_kit.hosts.http.calling"),
    ("connector_kit.hosts.http.app",),
    ("connector_kit.hosts.http.server",),
    ("connector_kit.hosts.http",),
    ("connector_kit.hosts.ui.guard", "connector_kit.hosts.ui.drafts", "connector_kit.hosts.ui.times"),
    ("connector_kit.hosts.ui.told",),
    ("connector_kit.hosts.ui.confirmations", "connector_kit.hosts.ui.csv_file"),
    ("connector_kit.hosts.ui.access", "connector_kit.hosts.ui.language", "connector_kit.hosts.ui.forms"),
    ("connector_kit.hosts.ui.conditions",),
    ("connector_kit.hosts.ui.runs", "connector_kit.hosts.ui.questions", "connector_kit.hosts.ui.automation_text"),
    ("connector_kit.hosts.ui.site",),
    ("connector_kit.hosts.ui.visit",),
    ("connector_kit.hosts.ui.connection_form", "connector_kit.hosts.ui.read_form", "connector_kit.hosts.ui.table"),
    ("connector_kit.hosts.ui.trial",),
    (
        "connector_kit.hosts.ui.pages.connections",
        "connector_kit.hosts.ui.pages.explore",
        "connector_kit.hosts.ui.pages.settings",
    ),
    ("connector_kit.hosts.ui.automating",),
    ("connector_kit.hosts.ui.carrying_on", "connector_kit.hosts.ui.run_view"),
    ("connector_kit.hosts.ui.pages.automation_confirm", "connector_kit.hosts.ui.pages.automation_runs"),
    ("connector_kit.hosts.ui.pages.automation",),
    ("connector_kit.hosts.ui.pages.connect",),
    (
        "connector_kit.hosts.ui.pages.confirm",
        "connector_kit.hosts.ui.pages.try_act",
        "connector_kit.hosts.ui.pages.try_read",
    ),
    ("connector_kit.hosts.ui.pages.try_it",),
    ("connector_kit.hosts.ui.pages",),
    ("connector_kit.hosts.ui.routes",),
    ("connector_kit.hosts.ui.app", "connector_kit.hosts.ui.browser"),
    ("connector_kit.hosts.ui.server",),
    ("connector_kit.hosts.ui",),
    ("connector_kit.hosts.export.strict", "connector_kit.hosts.export.answering"),
    ("connector_kit.hosts.export.formats",),
    ("connector_kit.hosts.export",),
    ("connector_kit.hosts.mcp",),
    ("connector_kit.hosts.mcp.tools", "connector_kit.hosts.mcp.work", "connector_kit.hosts.mcp.logs"),
    ("connector_kit.hosts.mcp.results", "connector_kit.hosts.mcp.confirming"),
    ("connector_kit.hosts.mcp.desk",),
    ("connector_kit.hosts.mcp.acting", "connector_kit.hosts.mcp.automating"),
    ("connector_kit.hosts.mcp.server", "connector_kit.hosts.mcp.stdio", "connector_kit.hosts.mcp.http"),
    ("connector_kit.hosts.mcp.serving",),
    ("connector_kit.hosts.opened",),
    ("connector_kit.hosts.kognitos.generator",),
    ("connector_kit.hosts.kognitos.adapter",),
    ("connector_kit.hosts.kognitos",),
    (
        "connector_kit.hosts.airflow.arguments",
        "connector_kit.hosts.airflow.names",
        "connector_kit.hosts.airflow.form",
        "connector_kit.hosts.airflow.keys",
    ),
    ("connector_kit.hosts.airflow.provider", "connector_kit.hosts.airflow.opening"),
    (
        "connector_kit.hosts.airflow.failing",
        "connector_kit.hosts.airflow.ndjson",
        "connector_kit.hosts.airflow.rendered",
    ),
    (
        "connector_kit.hosts.airflow.generator",
        "connector_kit.hosts.airflow.retrying",
        "connector_kit.hosts.airflow.hook",
    ),
    ("connector_kit.hosts.airflow.watching", "connector_kit.hosts.airflow.toolset"),
    ("connector_kit.hosts.airflow.trigger",),
    ("connector_kit.hosts.airflow.sensor",),
    ("connector_kit.hosts.airflow.batch",),
    ("connector_kit.hosts.airflow.operators",),
    ("connector_kit.hosts.airflow",),
    ("connector_kit.hosts.cli.printing", "connector_kit.hosts.cli.parsing", "connector_kit.hosts.cli.ui"),
    ("connector_kit.hosts.cli.exit_codes",),
    ("connector_kit.hosts.cli.connecting", "connector_kit.hosts.cli.csv_rows", "connector_kit.hosts.cli.results"),
    ("connector_kit.hosts.cli.mcp",),
    (
        "connector_kit.hosts.cli.generate",
        "connector_kit.hosts.cli.call",
        "connector_kit.hosts.cli.send_many",
        "connector_kit.hosts.cli.connect",
        "connector_kit.hosts.cli.connections",
    ),
    ("connector_kit.hosts.cli.tokens",),
    ("connector_kit.hosts.cli.serve",),
    ("connector_kit.hosts.cli.export",),
    ("connector_kit.hosts.cli.english.source",),
    ("connector_kit.hosts.cli.english.answers", "connector_kit.hosts.cli.english.texts"),
    ("connector_kit.hosts.cli.english.telling",),
    ("connector_kit.hosts.cli.english.running",),
    ("connector_kit.hosts.cli.english.runs",),
    ("connector_kit.hosts.cli.english.command",),
    ("connector_kit.hosts.cli.english",),
    ("connector_kit.hosts.cli.command",),
    ("connector_kit.hosts.cli",),
    ("connector_kit.hosts.cli.__main__",),
    ("twilio_connector.book", "twilio_connector.airflow", "twilio_connector.airflow.get_provider_info"),
    ("twilio_connector.airflow.hooks",),
    ("twilio_connector.airflow.operators", "twilio_connector.airflow.sensors"),
    ("twilio_sandbox",),
    ("twilio_connector.demo",),
]
# What a command hands over to.
STARTED = {
    "connector_kit.hosts.cli.ui": {"connector_kit.hosts.ui.server"},
    "connector_kit.hosts.cli.export": {"connector_kit.hosts.export", "connector_kit.hosts.http.openapi"},
    "connector_kit.hosts.cli.serve": {"connector_kit.hosts.http.server"},
    "connector_kit.hosts.cli.generate": {f"connector_kit.hosts.{name}.generator" for name in ("kognitos", "airflow")},
    "connector_kit.hosts.cli.mcp": {f"connector_kit.hosts.mcp.{name}" for name in ("serving", "stdio", "http")},
}
GLUE = ("twilio_connector.demo", "twilio_connector.book", "twilio_connector.airflow")
RANK = {name: rank for rank, names in enumerate(FLOORS) for name in names}


def modules() -> Iterator[tuple[str, Path]]:
    """Yield every module of ours by its name."""
    for path in sorted(SRC.rglob("*.py")):
        yield ".".join(path.relative_to(SRC).with_suffix("").parts).removesuffix(".__init__"), path


# The modules of a host that can be imported only where its platform is installed.
NEED_AIRFLOW = {
    *(
        f"connector_kit.hosts.airflow.{name}"
        for name in (
            "batch", "failing", "hook", "keys", "ndjson", "operators", "retrying", "sensor", "toolset", "trigger", "watching"
        )
    ),
    *(f"twilio_connector.airflow.{name}" for name in ("hooks", "operators", "sensors")),
}  # fmt: skip


def imports(path: Path) -> set[str]:
    """Return the modules of ours that a file imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            # `from package import module` imports the module, not the package's names.
            names |= {full if (full := f"{node.module}.{alias.name}") in RANK else node.module for alias in node.names}
    return {name for name in names if name.partition(".")[0] in ("connector_kit", "twilio_connector", "twilio_sandbox")}


def faults(name: str, imported: set[str]) -> list[str]:
    """Say which imports point up."""
    if name.startswith("twilio_sandbox"):
        return [
            f"{name} imports {other}: the sandbox shares no code"
            for other in sorted(imported)
            if not other.startswith("twilio_sandbox")
        ]
    floor = RANK[name]
    known = {
        other: RANK.get(other, RANK["twilio_sandbox"] if other.startswith("twilio_sandbox") else len(FLOORS))
        for other in imported
    }
    return [f"{name} imports {other}, which is not below it" for other, rank in sorted(known.items()) if rank >= floor]


def room(name: str) -> tuple[str, ...]:
    """Return the package of a host: connector_kit.hosts.NAME."""
    return tuple(name.split(".")[:3])


@pytest.mark.parametrize(("name", "path"), list(modules()), ids=lambda value: value if isinstance(value, str) else "")
def test_imports_point_down(name: str, path: Path) -> None:
    assert faults(name, imports(path)) == []


def test_the_check_finds_an_import_that_points_up() -> None:
    assert faults("connector_kit.errors", {"connector_kit.values"}) == [
        "connector_kit.errors imports connector_kit.values, which is not below it"
    ]
    assert faults("connector_kit.hosts.cli", {"twilio_connector.demo"})
    assert faults("twilio_sandbox.app", {"twilio_connector.mapping"})


@pytest.mark.parametrize("package", ["twilio_connector", "connector_kit.hosts"])
def test_what_stands_above_the_kit_uses_its_public_face_only(package: str) -> None:
    """Connectors and hosts import connector_kit itself, not its insides; the demo and what is generated are glue and may call a host."""
    allowed = {
        "connector_kit", "connector_kit.documents", "connector_kit.filters", "connector_kit.hosts.opened", "connector_kit.hosts.writing",
        "connector_kit.schemas", "connector_kit.many",
        "connector_kit.journal", "connector_kit.journal.opening",
        "connector_kit.tool_schemas", "connector_kit.tool_texts",
        "connector_kit.tokens", "connector_kit.hosts.serving",
    }  # fmt: skip
    for name, path in modules():
        if name.startswith(package) and not name.startswith(GLUE):
            inside = {o for o in imports(path) if o.startswith("connector_kit.") and room(o) != room(name)}
            # The command starts the other hosts; otherwise hosts do not know each other.
            inside -= STARTED.get(name, set())
            open_rooms = ("connector_kit.connections", "connector_kit.english")
            assert {other for other in inside if not other.startswith(open_rooms)} <= allowed, name


def test_the_kit_does_not_know_any_connector() -> None:
    """The word itself does not occur: manifest and hooks really carry everything."""
    found = [
        str(path)
        for path in (SRC / "connector_kit").rglob("*")
        if path.is_file() and path.suffix != ".pyc" and "twilio" in path.read_text(encoding="utf-8").lower()
    ]
    assert found == []


def test_every_module_opens_with_a_sentence() -> None:
    for name, path in modules():
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        assert docstring, name
        assert docstring.splitlines()[0].endswith((".", ":", "``.")), name
