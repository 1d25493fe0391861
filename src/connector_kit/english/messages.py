"""Words and sentences that several parts of the reader use to tell people what to write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from connector_kit.english.problems import Problem
from connector_kit.english.program import Place

_MOST = 80


def shown(text: str, most: int = _MOST) -> str:
    """Return what somebody wrote so that it can stand in a message: on one line, and not too long."""
    plain = "".join(char if char.isprintable() else " " for char in text)
    return plain if len(plain) <= most else f"{plain[: most - 3]}..."


def listed(names: Iterable[str], last: str = "and") -> str:
    """Return names as a sentence lists them."""
    items = list(names)
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}" if items else "nothing"


def unquoted(place: Place, words: str, end: Place, known: str | None = None) -> Problem:
    """Tell that words stand where a text belongs. ``known`` is the name that these words may be."""
    said = shown(words.strip().rstrip(".").rstrip(), 60)
    quoted = '"' + said.replace('"', "") + '"'
    name = f"the {known or said}"
    message = f"Put quotes around text: {quoted}, or write {name} if it is the name of something."
    return Problem("unquoted_text", place, message, (quoted, name) if known is None else (name, quoted), end)


def did_you_mean(found: Sequence[str]) -> str:
    """Return the question about what somebody may have meant, or nothing."""
    return f" Did you mean: {listed(found, 'or')}?" if found else ""
