"""Write pieces of Python modules, the way the formatter would, for the hosts whose platforms load generated code."""

from __future__ import annotations

import re
from collections.abc import Iterable

INDENT = "    "


def inside(depth: int, parts: Iterable[str]) -> list[str]:
    """Write parameters or arguments, each on its line: so the formatter has nothing to fold."""
    return [f"{INDENT * depth}{part}," for part in parts]


def one_line(text: str) -> str:
    """Write a text inside a docstring, on one line."""
    return escaped(" ".join(text.split()))


def escaped(text: str) -> str:
    """Write a text inside a docstring."""
    return re.sub('"(?=")', r"\"", text.replace("\\", "\\\\"))


def quoted(text: str) -> str:
    """Write a text as a literal."""
    quote = "'" if '"' in text and "'" not in text else '"'
    plain = text.replace("\\", "\\\\").replace(quote, f"\\{quote}").replace("\n", "\\n")
    return f"{quote}{plain}{quote}"


def pascal(words: str) -> str:
    """Write words that are joined by _ as the name of a class."""
    return "".join(word[:1].upper() + word[1:] for word in words.split("_"))
