"""Read the text of an automation into a tree, or say at the right place why it cannot be read."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path

from lark import Lark, Token
from lark.exceptions import UnexpectedInput

from connector_kit.english.problems import EnglishError, Problem
from connector_kit.english.program import Place
from connector_kit.english.reading import tree
from connector_kit.english.reading.building import Builder
from connector_kit.english.reading.layout import Layout
from connector_kit.english.reading.misread import problem_of
from connector_kit.english.unsupported import UNSUPPORTED, unsupported

MOST_CHARACTERS = 200_000
MOST_STEPS = 5_000
_TAIL = " \t\r\n\N{NO-BREAK SPACE}"
_INDENT = re.compile("[ \t\N{NO-BREAK SPACE}]*")
_TEXT = re.compile('"(\\\\.|[^"\\\\])*"|\u201c(\\\\.|[^\u201d\\\\])*\u201d')
# Where a step begins: with its line, or behind then and else.
_VERB = re.compile("(?:^|(?<![\\w-])(?:then|else)(?![\\w-]))[ \t\N{NO-BREAK SPACE}]*([^\\W\\d_]+)", re.IGNORECASE)


@cache
def _parser() -> tuple[Lark, Layout]:
    """Build the parser once; one that is built serves every thread."""
    layout = Layout()
    grammar = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    parser = Lark(grammar, parser="lalr", postlex=layout, transformer=Builder(), maybe_placeholders=True)
    return parser, layout


def read(text: str, verbs: Collection[str] = ()) -> tuple[tree.Step, ...]:
    """Read a text. ``verbs`` are those of the connectors' actions: no statement of Kognitos takes their place.

    Raises:
        EnglishError: with the first problem.
    """
    return _read(text, verbs)[0]


def tokens(text: str) -> Sequence[Token]:
    """Return the tokens of a text that can be read, with the ends of lines and the changes of indentation.

    Raises:
        EnglishError: with the first problem.
    """
    return _read(text, ())[1]


def _read(text: str, verbs: Collection[str]) -> tuple[tuple[tree.Step, ...], Sequence[Token]]:
    _check_size(text)
    prepared = text.removeprefix("\ufeff").rstrip(_TAIL) + "\n"
    parser, layout = _parser()
    try:
        steps: tuple[tree.Step, ...] = parser.parse(prepared)  # type: ignore[assignment]  # the builder makes steps of trees
    except UnexpectedInput as exc:
        problem = problem_of(exc, prepared, layout.tokens)
        raise EnglishError([_in_unsupported(problem, prepared, verbs) or problem]) from None
    except EnglishError as exc:
        problem = exc.found[0]
        raise EnglishError([_in_unsupported(problem, prepared, verbs) or problem]) from None
    return steps, layout.tokens


def _check_size(text: str) -> None:
    if len(text) > MOST_CHARACTERS:
        before = text[:MOST_CHARACTERS]
        place = Place(before.count("\n") + 1, MOST_CHARACTERS - before.rfind("\n"))
        message = f"An automation may have {MOST_CHARACTERS:,} characters at most; this one has {len(text):,}. Split it into several."
        raise EnglishError([Problem("too_long", place, message)])


def _in_unsupported(problem: Problem, text: str, verbs: Collection[str]) -> Problem | None:
    """Return the better problem where what cannot be read is part of a statement that this language does not have."""
    lines = text.split("\n")
    width: int | None = None
    for number in range(min(problem.place.line, len(lines)), 0, -1):
        line = lines[number - 1]
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        indent = _INDENT.match(line)
        found = 0 if indent is None else indent.end()
        if width is not None and found >= width:
            continue
        width = found
        without_texts = _TEXT.sub(lambda text: "." * len(text[0]), line)
        for step in _VERB.finditer(without_texts):
            verb, start = step[1].lower(), step.start(1) + 1
            behind = number == problem.place.line and start > problem.place.column
            if verb in UNSUPPORTED and verb not in verbs and not behind:
                return unsupported(verb, Place(number, start), Place(number, start + len(verb)))
        if width == 0:
            break
    return None
