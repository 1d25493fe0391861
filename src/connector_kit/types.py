"""The type language of a manifest: text, number, boolean, datetime, sensitive, optional[T], list[T], concept names."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

SCALARS = ("text", "number", "boolean", "datetime", "sensitive")
_WRAPPERS = ("optional", "list")
_CONCEPT_NAME = re.compile(r"[a-z][a-z0-9]*( [a-z0-9]+)*")
PATTERN = r"^(optional\[|list\[)*[a-z][a-z0-9 ]*\]*$"

# What a value of each scalar type must be in Python; a bool is an int there, so numbers exclude it by hand.
_PYTHON: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "number": (int, float, Decimal),
    "boolean": (bool,),
    "datetime": (datetime,),
    "sensitive": (str,),
}
_JSON: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "datetime": {"type": "string", "format": "date-time"},
    "sensitive": {"type": "string", "format": "password", "writeOnly": True},
}
_SPOKEN = {"text": "text", "number": "a number", "boolean": "true or false", "datetime": "a datetime"}


@dataclass(frozen=True, slots=True)
class Type:
    """A parsed type: a scalar's or concept's name, or ``optional``/``list`` around another type."""

    name: str
    inner: Type | None = None

    def __str__(self) -> str:
        return self.name if self.inner is None else f"{self.name}[{self.inner}]"

    @property
    def is_optional(self) -> bool:
        """Whether null is a value of this type."""
        return self.name == "optional"

    @property
    def is_list(self) -> bool:
        """Whether values of this type are lists."""
        return self.name == "list"

    @property
    def scalar(self) -> str:
        """The name at the core, without ``optional`` and ``list``."""
        return self.name if self.inner is None else self.inner.scalar

    @property
    def concept(self) -> str | None:
        """The concept's name if there is one at the core."""
        return None if self.scalar in SCALARS else self.scalar

    @classmethod
    def parse(cls, text: str) -> Type:
        """Read ``optional[list[text]]`` and the like.

        Raises:
            ValueError: with a sentence that says what is allowed.
        """
        for wrapper in _WRAPPERS:
            if text.startswith(f"{wrapper}[") and text.endswith("]"):
                inner = cls.parse(text[len(wrapper) + 1 : -1])
                if wrapper == "optional" and inner.is_optional:
                    msg = f"{text!r} says optional twice; once is enough"
                    raise ValueError(msg)
                return cls(wrapper, inner)
        if not _CONCEPT_NAME.fullmatch(text):
            msg = f"{text!r} is not a type; allowed: {', '.join(SCALARS)}, optional[...], list[...] or a concept's name"
            raise ValueError(msg)
        return cls(text)


def concept_name(type_: Type) -> str:
    """Return the name in ``$defs`` of the concept at the core of a type."""
    return type_.scalar.replace(" ", "_")


def json_schema(type_: Type) -> dict[str, Any]:
    """Return the JSON Schema of a type; a concept becomes a reference into ``$defs``."""
    if type_.inner is None:
        return dict(_JSON.get(type_.name) or {"$ref": f"#/$defs/{concept_name(type_)}"})
    inner = json_schema(type_.inner)
    if type_.is_list:
        return {"type": "array", "items": inner}
    if "type" in inner:
        return {**inner, "type": [inner["type"], "null"]}
    return {"anyOf": [inner, {"type": "null"}]}


def mismatch(type_: Type, value: object) -> str | None:
    """Say what is wrong with a value that came in for this type, or None if it fits. The value is never repeated."""
    if type_.inner is not None and type_.is_optional:
        return None if value is None else mismatch(type_.inner, value)
    if type_.inner is not None:
        if not isinstance(value, list | tuple):
            return "give a list"
        return next((f"item {n + 1}: {m}" for n, v in enumerate(value) if (m := mismatch(type_.inner, v))), None)
    spoken = _SPOKEN.get(type_.name, "text")
    if value is None:
        return f"give {spoken}; it is empty"
    wanted = _PYTHON[type_.name]
    if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
        return f"give {spoken}, not {spoken_type(value)}"
    if (isinstance(value, float) and not math.isfinite(value)) or (
        isinstance(value, Decimal) and not value.is_finite()
    ):
        return "give a number that is not infinite"
    return None


def spoken_type(value: object) -> str:
    """Name a value's type the way a person would."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    for name, types in _PYTHON.items():
        if isinstance(value, types):
            return _SPOKEN[name]
    return "a list" if isinstance(value, list | tuple) else "a value of another kind"


_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


def parse_instant(text: str) -> datetime:
    """Read an RFC 3339 date-time, which always says its offset; this is what JSON Schema's ``date-time`` means.

    Raises:
        ValueError: if it is anything else.
    """
    if not _INSTANT.fullmatch(text):
        msg = "is not a date-time with an offset; write it like 2022-03-01T15:00:00Z"
        raise ValueError(msg)
    return datetime.fromisoformat(text)


def in_utc(instant: datetime) -> datetime:
    """Bring an aware datetime to UTC.

    Raises:
        ValueError: if it is naive, or so far away that UTC has no such date.
    """
    if instant.tzinfo is None:
        msg = "has no offset; a datetime must say its zone"
        raise ValueError(msg)
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        msg = "is too far away"
        raise ValueError(msg) from None
