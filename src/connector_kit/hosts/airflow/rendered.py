"""Make of what a template was rendered to what the manifest asks for: Airflow renders to text, or natively to a guess."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from connector_kit import ActionSpec

_WHOLE = re.compile(r" *[+-]?[0-9]{1,15} *")
_PAGING = ("limit", "offset")


def as_declared(action: ActionSpec, name: str, value: Any) -> Any:
    """Return the value of an input, a whole number where one is asked for and written, and a text where one is.

    Lists of mapped tasks, which Airflow reads when they are used, become lists. What does not fit stays, and is refused by name.
    """
    field = next((field for field in action.inputs if field.id == name), None)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return list(value)
    whole = name in _PAGING if field is None else field.type.scalar == "number"
    if whole and isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    if field is not None and field.type.scalar == "text" and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value
