"""The canonical JSON form of an automation, which says the same for every way of writing the same one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from connector_kit.english.steps import (
    Above,
    Add,
    Ask,
    Call,
    Combine,
    Condition,
    Convert,
    Define,
    Each,
    If,
    Items,
    Joined,
    Literal,
    LookUp,
    Not,
    Say,
    Set,
    Show,
    Step,
    Stop,
    Switch,
    Use,
    Value,
    words,
)


def value_json(value: Value) -> Any:
    """Return a value in canonical form; numbers are whole or floating, as JSON has them."""
    if isinstance(value, Literal):
        number = value.value
        return (int(number) if number == int(number) else float(number)) if isinstance(number, Decimal) else number
    if isinstance(value, Above):
        return {"above": True}
    if isinstance(value, Items):
        return [value_json(item) for item in value.items]
    return {"ref": value.path[0] if len(value.path) == 1 else list(value.path)}


def condition_json(condition: Condition) -> list[Any]:
    """Return a condition in canonical form."""
    if isinstance(condition, Not):
        return ["not", condition_json(condition.part)]
    if isinstance(condition, Joined):
        return [condition.op, *(condition_json(part) for part in condition.parts)]
    left = words(condition.left) if isinstance(condition.left, str) else value_json(condition.left)
    return [condition.op, left, None if condition.right is None else value_json(condition.right)]


def _path(path: tuple[str, ...]) -> Any:
    return path[0] if len(path) == 1 else list(path)


def step_json(step: Step) -> dict[str, Any]:  # noqa: C901, PLR0912 - one case for each kind of step
    """Return a step in canonical form."""
    name = getattr(step, "name", None)
    named = {} if name is None else {"as": name}
    match step:
        case Define():
            return {"define": step.name, "value": value_json(step.value)}
        case Use():
            return {"use": value_json(step.value), "as": step.name}
        case Set():
            return {"set": _path(step.path), "to": value_json(step.value)}
        case Convert():
            return {"convert": value_json(step.value), "to": step.type, **named}
        case Combine():
            return {"combine": [value_json(value) for value in step.values], **named}
        case Add():
            return {"add": value_json(step.value), "to": step.name}
        case Say():
            return {"say": value_json(step.value)}
        case Show():
            return {"show": _path(step.path)}
        case Stop():
            return {"stop": True}
        case Switch():
            return {"switch": step.book, "to": step.connection}
        case LookUp():
            return {"find" if step.find else "get": _path(step.path), **named}
        case Ask():
            choices = {"choices": [value_json(choice) for choice in step.choices]} if step.choices else {}
            return {"ask": step.text, **choices, **named}
        case If():
            otherwise = {"else": [step_json(each) for each in step.otherwise]} if step.otherwise else {}
            condition = condition_json(step.condition)
            return {"if": condition, "then": [step_json(each) for each in step.then], **otherwise}
        case Each():
            return {"each": step.name, "over": _path(step.over), "do": [step_json(each) for each in step.steps]}
        case Call():
            return _call_json(step, named)


def _call_json(step: Call, named: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "inputs": {words(name): value_json(value) for name, value in step.inputs} or None,
        "filter": None if step.filter is None else condition_json(step.filter),
        "limit": None if step.limit is None else value_json(step.limit),
        "offset": None if step.offset is None else value_json(step.offset),
        "one": step.one or None,
        "book": step.book,
    }
    return {"call": step.action, **{key: value for key, value in found.items() if value is not None}, **named}
