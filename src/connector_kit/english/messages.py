"""Words and sentences that several parts of the reader use to tell people what to write."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from connector_kit.english.problems import Problem
from connector_kit.english.program import Place

# How Kognitos begins where several things can be meant.
WHICH = "Which procedure should I use?"
_DETERMINER = re.compile(r"(an?|some|any|all|every|another|this|that|these|those|my|our|your)\s+", re.IGNORECASE)
_MOST = 80
_BEFORE = 60
# What may be personal in a line: texts in quotes, also where the second one is missing, and digits.
_PERSONAL = re.compile(r"\"(?:\\.|[^\"\\])*\"?|\u201c[^\u201d]*\u201d?|(?<!\w)'[^']*'?|[0-9]")


def shown(text: str, most: int = _MOST) -> str:
    """Return what somebody wrote so that it can stand in a message: on one line, and not too long."""
    plain = "".join(char if char.isprintable() else " " for char in text)
    return plain if len(plain) <= most else f"{plain[: most - 3]}..."


def listed(names: Iterable[str], last: str = "and") -> str:
    """Return names as a sentence lists them."""
    items = list(names)
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}" if items else "nothing"


def pointed(problem: Problem, text: str, *, masked: bool = False) -> str:
    """Return a problem with the line on which it is and a caret under the wrong words, for a terminal.

    The line of a statement that may hold secrets is left out. ``masked`` shows dots for texts and digits, for a log.
    """
    place = problem.place
    head = f"line {place.line}, column {place.column}: {problem.message}"
    lines = text.removeprefix("\ufeff").split("\n")
    if problem.kind == "unsupported_statement" or place.line > len(lines):
        return head
    line = shown(lines[place.line - 1].rstrip(), len(text))
    line = _PERSONAL.sub(_masked, line) if masked else line
    end = problem.end.column if problem.end is not None and problem.end.line == place.line else place.column + 1
    # A long line is cut so that the wrong words stay in sight.
    cut = max(0, place.column - 1 - _BEFORE)
    carets = " " * (place.column - 1 - cut) + "^" * max(1, min(end - place.column, _MOST))
    return f"{head}\n  {line[cut : cut + _MOST + _BEFORE]}\n  {carets}"


def _masked(found: re.Match[str]) -> str:
    text = found[0]
    return "".join(char if char in "\"'\u201c\u201d" else "\u00b7" for char in text)


def unquoted(place: Place, words: str, end: Place, known: str | None = None) -> Problem:
    """Tell that words stand where a text belongs. ``known`` is the name that these words may be."""
    said = shown(words.strip().rstrip(".").rstrip(), 60)
    quoted = '"' + said.replace('"', "") + '"'
    name = f"the {known or _DETERMINER.sub('', said)}"
    message = f"Put quotes around text: {quoted}, or write {name} if it is the name of something."
    return Problem("unquoted_text", place, message, (quoted, name) if known is None else (name, quoted), end)


def did_you_mean(found: Sequence[str]) -> str:
    """Return the question about what somebody may have meant, or nothing."""
    return f" Did you mean: {listed(found, 'or')}?" if found else ""
