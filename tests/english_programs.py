"""Build checked programs by hand, and run them against a connector: what the reader of texts would hand over."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Any

from connector_kit import Connector
from connector_kit.english import program as p
from connector_kit.english.running.outcomes import Outcome
from connector_kit.english.running.run_journal import RunJournal
from connector_kit.english.running.run_sqlite import SQLiteRunJournal
from connector_kit.english.running.runner import run
from connector_kit.english.running.runs import Begin, start
from support import NOW, RECIPIENT
from twilio_sandbox.seed import OWN_NUMBER

HERE = p.Place(1, 1)
ABOVE = p.Above(HERE)


def value(plain: Any) -> p.Value:
    """Make a value of a plain one; what is a value already stays."""
    if isinstance(plain, list):
        return p.Items(tuple(map(value, plain)), HERE)
    return p.Literal(plain, HERE) if isinstance(plain, str | int | Decimal | bool) else plain


def ref(*path: str) -> p.Ref:
    return p.Ref(path, HERE)


def define(name: str, plain: Any) -> p.Define:
    return p.Define(name, value(plain), HERE)


def use(plain: Any, name: str) -> p.Use:
    return p.Use(value(plain), name, HERE)


def assign(path: str | tuple[str, ...], plain: Any) -> p.Set:
    return p.Set((path,) if isinstance(path, str) else path, value(plain), HERE)


def convert(plain: Any, name: str | None = None, to: str = "datetime") -> p.Convert:
    return p.Convert(value(plain), to, name, HERE)


def combine(*plain: Any, name: str | None = None) -> p.Combine:
    return p.Combine(tuple(map(value, plain)), name, HERE)


def add(plain: Any, name: str) -> p.Add:
    return p.Add(value(plain), name, HERE)


def say(plain: Any) -> p.Say:
    return p.Say(value(plain), HERE)


def ask(text: str, *choices: Any, name: str | None = None) -> p.Ask:
    return p.Ask(text, tuple(map(value, choices)), name, HERE)


def get(*path: str, name: str | None = None) -> p.LookUp:
    return p.LookUp(False, path, name, HERE)


def find(*path: str, name: str | None = None) -> p.LookUp:
    return p.LookUp(True, path, name, HERE)


def compare(op: str, left: Any, right: Any) -> p.Compare:
    """Make a condition of an if."""
    return p.Compare(op, value(left), None if right is None else value(right), HERE)


def where(op: str, field: str, right: Any) -> p.Compare:
    """Make a condition of a filter."""
    return p.Compare(op, field, None if right is None else value(right), HERE)


def when(condition: p.Condition, *then: p.Step, otherwise: tuple[p.Step, ...] = ()) -> p.If:
    return p.If(condition, then, otherwise, HERE)


def each(name: str, over: str | tuple[str, ...], *steps: p.Step) -> p.Each:
    return p.Each(name, (over,) if isinstance(over, str) else over, steps, HERE)


STOP = p.Stop(HERE)


def switch(connection: str, connector: str = "twilio") -> p.Switch:
    return p.Switch(connector, connector, connection, HERE)


def call(action: str, connector: str = "twilio", **changes: Any) -> p.Call:
    """Make a call of an action; inputs are given as ``inputs={...}``."""
    inputs = tuple((name, value(plain)) for name, plain in changes.pop("inputs", {}).items())
    paging: dict[str, Any] = {name: value(changes.pop(name)) for name in ("limit", "offset") if name in changes}
    unset = p.Call(connector, action, inputs, None, None, None, False, False, None, None, "answer", HERE)
    return dataclasses.replace(unset, **paging, **changes)


def read(condition: p.Condition | None = None, **changes: Any) -> p.Call:
    return call("read_sms_messages", filter=condition, **{"result": "sms messages", **changes})


def read_one(condition: p.Condition | None = None, **changes: Any) -> p.Call:
    return read(condition, **{"one": True, "result": "sms message", **changes})


def send(to: Any = RECIPIENT, body: Any = "Hello", **changes: Any) -> p.Call:
    inputs = {"sender_number": OWN_NUMBER, "recipient_number": to, "message_body": body, **changes.pop("inputs", {})}
    return call("send_sms_message", inputs=inputs, **changes)


def program(*steps: p.Step) -> p.Program:
    """Make a program; its text differs from that of another program."""
    made = p.Program(steps, "")
    return dataclasses.replace(made, text=json.dumps(made.to_json(), default=str))


@dataclasses.dataclass
class Runs:
    """Runs programs with a journal in a file, and remembers what they said and told."""

    connectors: list[Connector]
    path: Path
    now: Callable[[], datetime] = lambda: NOW
    zone: tzinfo = UTC
    said: list[str] = dataclasses.field(default_factory=list)
    told: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    opened: list[tuple[str, str | None]] = dataclasses.field(default_factory=list)

    def __post_init__(self) -> None:
        self.journal: RunJournal = SQLiteRunJournal(self.path)

    def start(self, made: p.Program, connection: str | None = None) -> str:
        return start(self.journal, made, Begin(self.now, self.zone, connection))

    def go(self, made: p.Program, run_id: str | None = None, /, **settings: Any) -> Outcome:
        """Carry a run on, or a new one."""

        def open_connection(connector: str, name: str | None, opened: str | None) -> str:
            del opened
            self.opened.append((connector, name))
            return "default"

        usual: dict[str, Any] = {
            "journal": self.journal,
            "run_id": run_id or self.start(made),
            "now": self.now,
            "open_connection": open_connection,
            "say": self.said.append,
            "progress": lambda path, sentence: self.told.append((path, sentence)),
        }
        return run(made, self.connectors, **{**usual, **settings})
