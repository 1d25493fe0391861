"""Say the values and conditions of a program as a person would write them."""

from __future__ import annotations

from datetime import UTC
from decimal import Decimal

from connector_kit.english.formatter import quoted
from connector_kit.english.program import Above, Compare, Condition, Items, Joined, Literal, Not, Value, words
from connector_kit.english.running.evaluate import chain
from connector_kit.english.running.values import plain, text_of
from connector_kit.filters import SPOKEN_OPS

_SHOWN = 60  # characters of a text that is repeated


def said(value: Value) -> str:
    """Return a value as it is written in an automation; long texts are cut."""
    if isinstance(value, Items):
        return ", ".join(said(item) for item in value.items)
    if isinstance(value, Above):
        return "the above"
    if not isinstance(value, Literal):
        return f"the {chain(value.path)}"
    if not isinstance(value.value, str):
        number: int | Decimal | bool = plain(value.value)
        return text_of(number, UTC)
    text = value.value if len(value.value) <= _SHOWN else f"{value.value[: _SHOWN - 1]}…"
    return quoted(text)


def condition_said(condition: Condition) -> str:
    """Return a condition in words; what is joined inside of a join stands in parentheses."""
    if isinstance(condition, Not):
        return f"not ({condition_said(condition.part)})"
    if isinstance(condition, Joined):
        parts = (
            f"({condition_said(part)})" if isinstance(part, Joined) else condition_said(part)
            for part in condition.parts
        )
        return f" {condition.op} ".join(parts)
    return _comparison(condition)


def _comparison(compare: Compare) -> str:
    left = words(compare.left) if isinstance(compare.left, str) else said(compare.left)
    right = "empty" if compare.right is None else said(compare.right)
    return f"{left} {SPOKEN_OPS[compare.op]} {right}"
