"""What the tests of the language share: the manifests, the two files of cases, and what a program that has no facts calls."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from connector_kit import ActionCall, Combination, Comparison, Filter, Manifest, Negation, load_manifest
from connector_kit.english import EnglishError, Program, check
from connector_kit.english.program import (
    Call,
    Condition,
    Convert,
    Items,
    Joined,
    Literal,
    Not,
    Ref,
    Switch,
    Use,
    Value,
)  # fmt: skip
from support import ROOT

SHARED_CASES = ROOT.parent / "shared" / "reference" / "english_dev.yaml"
OWN_CASES = ROOT / "tests" / "english" / "cases.yaml"
MORE_CASES = ROOT / "tests" / "english" / "more_cases.yaml"


@functools.cache
def twilio_manifest() -> Manifest:
    return load_manifest(ROOT / "connector.yaml")


@functools.cache
def toy_manifest() -> Manifest:
    return load_manifest(ROOT / "tests" / "toy_connector.yaml")


def cases(path: Path) -> list[dict[str, Any]]:
    """Return the cases of a file; none if it is not there, as outside of this repository's home."""
    if not path.exists():
        return []
    found: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))["cases"]
    return found


def outcome(text: str, *manifests: Manifest) -> dict[str, Any]:
    """Return what a check says, in the form that a case expects."""
    try:
        checked = check(text, manifests or (twilio_manifest(),))
    except EnglishError as exc:
        return {"error": exc.found[0].to_json()}
    if checked.questions:
        return {"question": checked.questions[0].to_json()}
    return {"program": checked.program.to_json()}


def call_in(program: Program) -> ActionCall:
    """Return the one call of a program whose other steps are convert, use and switch, with their values in it."""
    facts: dict[str, Any] = {}
    connection = "default"
    for step in program.steps:
        match step:
            case Convert():
                assert step.name is not None
                facts[step.name] = datetime.fromisoformat(str(_plain(step.value, facts)))
            case Use():
                facts[step.name] = _plain(step.value, facts)
            case Switch():
                connection = step.connection
            case Call():
                return _call(step, facts, connection)
            case _:
                raise AssertionError(step)
    raise AssertionError(program)


def _call(step: Call, facts: Mapping[str, Any], connection: str) -> ActionCall:
    return ActionCall(
        step.action,
        {name: _plain(value, facts) for name, value in step.inputs},
        filter=None if step.filter is None else _filter(step.filter, facts),
        limit=None if step.limit is None else _plain(step.limit, facts),
        offset=0 if step.offset is None else _plain(step.offset, facts),
        connection=connection,
    )


def _plain(value: Value, facts: Mapping[str, Any]) -> Any:
    match value:
        case Literal():
            return value.value
        case Ref(path=(name,)):
            return facts[name]
        case Items():
            return [_plain(item, facts) for item in value.items]
        case _:
            raise AssertionError(value)


def _filter(condition: Condition, facts: Mapping[str, Any]) -> Filter:
    match condition:
        case Not():
            return Negation(_filter(condition.part, facts))
        case Joined():
            return Combination(condition.op, tuple(_filter(part, facts) for part in condition.parts))
        case _:
            assert isinstance(condition.left, str)
            right = None if condition.right is None else _plain(condition.right, facts)
            return Comparison(condition.op, condition.left, right)


def same(value: Any) -> Any:
    """Return a value so that numbers compare by what they are written as."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, list | tuple):
        return [same(item) for item in value]
    return value


ZONE = UTC
