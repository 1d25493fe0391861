"""Compare two values as conditions do: two-valued, exactly, and never a text with a number by chance."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from connector_kit.english.running.values import is_empty, is_number
from connector_kit.filters import ORDER, TEXT_PARTS


class NotComparableError(Exception):
    """Values of kinds that an operator does not take."""


def equal(left: object, right: object) -> bool:
    """Tell whether two values are the same; values of different kinds never are."""
    if is_number(left) and is_number(right):
        return left == right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    return type(left) is type(right) and left == right


def holds(op: str, left: Any, right: Any) -> bool:
    """Tell whether a comparison of two values holds. On a missing value all are false but ``ne``, the opposite of ``eq``.

    Raises:
        NotComparableError: if the operator does not take values of these kinds.
    """
    if op == "eq":
        return equal(left, right)
    if op == "ne":
        return not equal(left, right)
    if left is None or right is None:
        return False
    if op == "in":
        return any(equal(left, one) for one in (right if isinstance(right, list) else [right]))
    if op == "has" and isinstance(left, list):
        return any(equal(one, right) for one in left)
    if op in TEXT_PARTS:
        if not isinstance(left, str) or not isinstance(right, str):
            raise NotComparableError
        return TEXT_PARTS[op](left, right)
    if not _ordered(left, right):
        raise NotComparableError
    return bool(ORDER[op](left, right))


def is_nothing(op: str, value: object) -> bool:
    """Tell whether ``is empty`` (eq) or ``is not empty`` (ne) holds."""
    return is_empty(value) == (op == "eq")


def _ordered(left: object, right: object) -> bool:
    if is_number(left) and is_number(right):
        return True
    # A datetime is a date to Python, and not to us.
    return type(left) is type(right) and isinstance(left, date | datetime)
