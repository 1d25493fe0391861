"""Carry out a canonical program as somebody would who has nothing but JSON and a connector: what English must be equal to."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from connector_kit import ActionCall, parse_filter
from connector_kit.english.running.values import text_of
from support import NOW, Twilio

ANSWER = "yes"


class StoppedError(Exception):
    """The program said stop."""


class Canon:
    """Carries out a canonical program as somebody would who has nothing but JSON and the connector."""

    def __init__(self, at: Twilio) -> None:
        self.at = at
        self.facts: dict[str, Any] = {}
        self.above: Any = None

    def steps(self, steps: list[dict[str, Any]]) -> None:
        """Carry steps out; the first key of each says what it is."""
        for step in steps:
            kind = next(key for key in step if key in self.KINDS)
            self.KINDS[kind](self, step)

    def value(self, value: Any) -> Any:
        """Evaluate a value."""
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if value == {"above": True}:
            return self.above
        if isinstance(value, dict):
            path = value["ref"] if isinstance(value["ref"], list) else [value["ref"]]
            found = self.facts.get(path[0], ANSWER)
            for name in path[1:]:
                found = None if found is None else found[name.replace(" ", "_")]
            return found
        return value

    def result(self, step: dict[str, Any], value: Any, name: str | None = None) -> None:
        """Keep the result of a step."""
        self.above = value
        if (name := step.get("as", name)) is not None:
            self.facts[name] = value

    def define(self, step: dict[str, Any]) -> None:
        name, value = (step["define"], step["value"]) if "define" in step else (step["as"], step["use"])
        self.facts[name] = self.value(value)

    def set_to(self, step: dict[str, Any]) -> None:
        path = step["set"] if isinstance(step["set"], list) else [step["set"]]
        if len(path) == 1:
            self.facts[path[0]] = self.value(step["to"])
        else:
            self.facts[path[0]][path[1].replace(" ", "_")] = self.value(step["to"])

    def add(self, step: dict[str, Any]) -> None:
        value, now = self.value(step["add"]), self.facts[step["to"]]
        self.facts[step["to"]] = [*now, value] if isinstance(now, list) else now + value

    def convert(self, step: dict[str, Any]) -> None:
        self.result(step, _moment(self.value(step["convert"])))

    def combine(self, step: dict[str, Any]) -> None:
        self.result(step, "".join(_text(self.value(value)) for value in step["combine"]))

    def look_up(self, step: dict[str, Any]) -> None:
        path = step.get("get", step.get("find"))
        self.result(step, self.value({"ref": path}))

    def ask(self, step: dict[str, Any]) -> None:
        self.result(step, step.get("choices", [ANSWER])[0])

    def stop(self, step: dict[str, Any]) -> None:
        raise StoppedError

    def nothing(self, step: dict[str, Any]) -> None:
        """Say, show and switch call nothing."""

    def branch(self, step: dict[str, Any]) -> None:
        self.steps(step["then"] if self.holds(step["if"]) else step.get("else", []))

    def each(self, step: dict[str, Any]) -> None:
        for item in self.value({"ref": step["over"]}):
            self.facts[step["each"]] = item
            self.steps(step["do"])

    def call(self, step: dict[str, Any]) -> None:
        """Make the JSON call, and carry it out."""
        manifest = self.at.connector.manifest
        action = manifest.action(step["call"])
        assert action is not None
        document: dict[str, Any] = {
            "inputs": {name.replace(" ", "_"): self.value(value) for name, value in step.get("inputs", {}).items()},
            "filter": None if "filter" not in step else self.filter(step["filter"]),
            **{name: self.value(step[name]) for name in ("limit", "offset") if name in step},
        }
        received = json.loads(json.dumps(document, default=str))
        tree = received.pop("filter")
        wanted = None if tree is None else parse_filter(tree, manifest.concept(action.output.type))
        inputs = received.pop("inputs")
        for field in action.inputs:
            if field.type.scalar == "datetime" and field.id in inputs:
                inputs[field.id] = datetime.fromisoformat(inputs[field.id])
        call = ActionCall(action.id, inputs, filter=wanted, **received)
        output = self.at.connector.run(call).to_json()["output"]
        if step.get("one"):
            self.result(step, output[0] if output else None, "sms message")
        else:
            self.result(step, output, "sms messages" if action.output.type.is_list else "answer")

    def filter(self, tree: list[Any]) -> list[Any]:
        """Write a filter with its values in it."""
        op, *rest = tree
        if op in ("and", "or", "not"):
            return [op, *(self.filter(part) for part in rest)]
        value = self.value(rest[1])
        return [op, rest[0].replace(" ", "_"), [value] if op == "in" and not isinstance(value, list) else value]

    def holds(self, tree: list[Any]) -> bool:
        """Tell whether a condition holds."""
        op, *rest = tree
        if op == "not":
            return not self.holds(rest[0])
        if op in ("and", "or"):
            return (all if op == "and" else any)(self.holds(part) for part in rest)
        left, right = (self.value(value) for value in rest)
        return bool(OPERATORS[op](left, right))

    KINDS: ClassVar[dict[str, Callable[[Canon, dict[str, Any]], None]]] = {
        "define": define, "use": define, "set": set_to, "add": add, "convert": convert, "combine": combine, "get": look_up,
        "find": look_up, "ask": ask, "stop": stop, "say": nothing, "show": nothing, "switch": nothing, "if": branch,
        "each": each, "call": call,
    }  # fmt: skip


OPERATORS: dict[str, Callable[[Any, Any], object]] = {
    **{name: getattr(operator, name) for name in ("eq", "ne", "gt", "ge", "lt", "le")},
    "in": lambda left, right: left in right,
    "has": lambda left, right: right in left,
    "starts": lambda left, right: left.startswith(right),
    "ends": lambda left, right: left.endswith(right),
}
_AGO = re.compile(r"(\d+) (minute|hour|day|week)s? ago")


def _moment(text: str) -> str:
    today = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
    named = {"now": NOW, "today": today, "yesterday": today - timedelta(days=1), "tomorrow": today + timedelta(days=1)}
    if (ago := _AGO.fullmatch(text.lower())) is not None:
        return (NOW - timedelta(**{f"{ago[2]}s": int(ago[1])})).isoformat()
    if text.lower() in named:
        return named[text.lower()].isoformat()
    found = datetime.fromisoformat(text.replace(" UTC", "Z").replace(" ", "T", 1))
    return (found if found.tzinfo else found.replace(tzinfo=NOW.tzinfo)).isoformat()


def _text(value: Any) -> str:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT.*", value):
        return datetime.fromisoformat(value).strftime("%Y-%m-%d %H:%M:%S UTC")
    return value if isinstance(value, str) else text_of(value, NOW.tzinfo)  # type: ignore[arg-type]  # it is aware
