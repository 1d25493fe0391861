"""Make one and the same call through each host, and bring how it ended to one form. A new host adds its driver to the list."""

from __future__ import annotations

import functools
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from connector_kit import (
    ActionCall,
    Connection,
    Connector,
    ConnectorError,
    Manifest,
    Result,
    load_connector,
    load_connectors,
    load_manifest,
    make_plugins,
    parse_filter,
)
from connector_kit.connections.book import open_book
from connector_kit.english import (
    Automations,
    Begin,
    EnglishError,
    Failed,
    NotSayableError,
    Waiting,
    default_runs,
    to_english,
)
from connector_kit.hosts.cli import main
from connector_kit.hosts.export import answer
from english_command import connect
from one_path import SEND, Asked
from support import NOW, ROOT, Wire
from twilio_sandbox import Clock, Sandbox, SandboxTransport
from twilio_sandbox.app import LoggedRequest
from twilio_sandbox.seed import ACCOUNT_SID, seeded
from twilio_sandbox.server import serving

_RESULT = ("output", "notices", "more", "preview")
_ERROR = ("code", "retryable", "service", "retry_after", "reason")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC")
# Nothing listens there: connectors of these tests are wired to a sandbox in this process.
_ADDRESS = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Ending:
    """How a call ended: done with a result, or with an error of which ``paths`` are the inputs that it names."""

    ends: str
    result: Mapping[str, Any] = field(default_factory=dict)
    error: Mapping[str, Any] = field(default_factory=dict)
    paths: frozenset[str] = frozenset()
    requests: tuple[LoggedRequest, ...] = ()

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Ending:
        """Read a result or an error in the one JSON form of each."""
        if "error" not in document:
            return cls("done", result={name: _timeless(document[name]) for name in _RESULT if name in document})
        error = document["error"]
        paths = frozenset(problem["path"] for problem in error.get("problems", []))
        return cls(error["code"], error={name: error[name] for name in _ERROR if name in error}, paths=paths)


def _timeless(value: Any) -> Any:
    """Take the moment out of notices: hosts in a process of their own are on the real clock."""
    return json.loads(_MOMENT.sub("some time", json.dumps(value)))


@dataclass
class Desk:
    """Where hosts run. Each call gets a sandbox, a journal and runs of its own, so that nothing is left of the one before."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]
    sandbox: Sandbox = field(default_factory=Sandbox)
    _count: int = 0

    def ending(self, driver: Driver, asked: Asked) -> Ending:
        """Make a call, and the calls before it, through a host."""
        self._count += 1
        self.sandbox = seeded(Sandbox(Clock(NOW)))
        wire = Wire(SandboxTransport(self.sandbox), self.sandbox.clock)
        with ExitStack() as stack:
            patch = stack.enter_context(self.monkeypatch.context())
            address = stack.enter_context(serving(self.sandbox)) if driver.own_process else _ADDRESS
            patch.setenv("CONNECTOR_KIT_JOURNAL", str(self.folder / f"journal-{self._count}.sqlite3"))
            patch.setenv("CONNECTOR_KIT_RUNS", str(self.folder / f"runs-{self._count}.sqlite3"))
            connect(patch, address)
            if asked.wrong_token:
                patch.setenv("MY_TOKEN", "a-token-of-nobody")
            patch.setattr("connector_kit.installed.make_plugins", lambda: make_plugins([wire]))
            patch.setattr("connector_kit.connector._utc_now", self.sandbox.clock.now)
            patch.setattr("connector_kit.connector.time", SimpleNamespace(sleep=wire.wait))
            for document in asked.before:
                driver.call(self, replace(asked, document=document))
            self.sandbox.requests.clear()
            for fault in asked.faults:
                self.sandbox.faults.plant(replace(fault))
            ending = driver.call(self, asked)
        return replace(ending, requests=tuple(self.sandbox.requests))


class Driver:
    """One way in. ``needs`` are modules of its host; ``own_process`` says that it runs elsewhere, on the real clock."""

    name: ClassVar[str]
    needs: ClassVar[tuple[str, ...]] = ()
    own_process: ClassVar[bool] = False

    def call(self, desk: Desk, asked: Asked) -> Ending:
        """Make the call."""
        raise NotImplementedError

    def expected(self, asked: Asked, wanted: Ending) -> Ending:
        """Return how a call must end here that ended like this in Python."""
        return wanted


@contextmanager
def opened() -> Iterator[Connector]:
    """Open the connection by its fields, as a program does."""
    with load_connector("twilio") as connector:
        values = {"account_sid": ACCOUNT_SID, "auth_token": os.environ["MY_TOKEN"]}
        connector.open(Connection("auth_token", values, base_url=_ADDRESS))
        yield connector


class Python(Driver):
    """An ActionCall made by hand, of Python values."""

    name = "python"

    def call(self, desk: Desk, asked: Asked) -> Ending:
        with opened() as connector:
            try:
                return Ending.of(connector.run(python_call(asked)).to_json())
            except ConnectorError as exc:
                return Ending.of({"error": exc.to_json()})


def python_call(asked: Asked) -> ActionCall:
    """Make the call by hand."""
    inputs = dict(asked.document)
    tree = inputs.pop("filter", None)
    paging = {name: inputs.pop(name) for name in ("limit", "offset") if name in inputs}
    wanted = None if tree is None else parse_filter(tree, manifest().concepts[0])
    return ActionCall(asked.action, inputs, filter=wanted, **paging)


@functools.cache
def manifest() -> Manifest:
    """Return the manifest."""
    return load_manifest(ROOT / "connector.yaml")


class Cli(Driver):
    """``connector call``: what is not a flag is refused as such, so its errors do not name the input."""

    name = "cli"

    def call(self, desk: Desk, asked: Asked) -> Ending:
        flags = []
        for name, value in asked.document.items():
            text = value if isinstance(value, str) else json.dumps(value)
            flags += [f"--{name.replace('_', '-')}", text]
        desk.capsys.readouterr()
        main(["call", "twilio", asked.action.replace("_", "-"), *flags, "--json"])
        return Ending.of(json.loads(desk.capsys.readouterr().out))

    def expected(self, asked: Asked, wanted: Ending) -> Ending:
        return replace(wanted, paths=frozenset()) if "colour" in wanted.paths and asked.action == SEND else wanted


class Exported(Driver):
    """A tool call of a model, whose arguments are a text, with the filter as the exported schema has it."""

    name = "exported"

    def call(self, desk: Desk, asked: Asked) -> Ending:
        arguments = {name: _objects(value) if name == "filter" else value for name, value in asked.document.items()}
        with opened() as connector:
            return Ending.of(answer(connector, f"twilio_{asked.action}", json.dumps(arguments)))


def _objects(tree: Any) -> Any:
    """Write a filter of lists as one of objects."""
    op, *rest = tree
    if op == "not":
        return {op: _objects(rest[0])}
    if op in ("and", "or"):
        return {op: [_objects(part) for part in rest]}
    return {"field": rest[0], "op": op, "value": rest[1]}


class English(Driver):
    """The sentence of the call, run as an automation; its result is seen where the run asks the connector for it."""

    name = "english"

    def call(self, desk: Desk, asked: Asked) -> Ending:
        with closing(open_book([manifest()])) as book, closing(default_runs()) as journal:
            seen: list[Result] = []
            automations = Automations(book, journal, lambda zone: watched(seen, zone), desk.sandbox.clock.now)
            begin = Begin(desk.sandbox.clock.now)
            try:
                outcome = automations.resume(automations.start(to_english(python_call(asked), manifest()), begin))
            except NotSayableError:
                return Ending("not_sayable")
            except EnglishError as exc:
                return Ending(exc.found[0].kind)
        if isinstance(outcome, Waiting):
            return Ending(outcome.question.kind)
        return Ending.of({"error": outcome.error.to_json()} if isinstance(outcome, Failed) else seen[-1].to_json())

    def expected(self, asked: Asked, wanted: Ending) -> Ending:
        return Ending(asked.english) if asked.english else wanted


def watched(seen: list[Result], zone: tzinfo) -> dict[str, Connector]:
    """Load the connectors as an automation does, and write down every result."""
    connectors = load_connectors(timezone=zone)
    for connector in connectors.values():
        connector.run = noting(seen, connector.run)  # type: ignore[method-assign]  # the one path that every host takes
    return connectors


def noting(seen: list[Result], run: Callable[..., Result]) -> Callable[..., Result]:
    """Return a function that does the same and writes down what comes of it."""

    def noted(call: ActionCall, **settings: Any) -> Result:
        seen.append(run(call, **settings))
        return seen[-1]

    return noted
