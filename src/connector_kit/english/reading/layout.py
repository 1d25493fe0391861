"""Turn the indentation of lines into the start and the end of blocks, for the grammar."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from lark import Token
from lark.lark import PostLex

from connector_kit.english.problems import EnglishError, Problem
from connector_kit.english.program import Place

MOST_LEVELS = 50
_TAB = 4


class Layout(PostLex):
    """Emits _INDENT and _DEDENT. One object serves every text and thread: what belongs to one text lives in its generator."""

    always_accept = ("_NL",)

    def __init__(self) -> None:
        self._read = threading.local()

    @property
    def tokens(self) -> list[Token]:
        """What this thread's latest text was read as, as far as it could be read."""
        tokens: list[Token] = self._read.tokens
        return tokens

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        """Pass the tokens on, with a token for every change of the indentation."""
        levels = [0]
        tokens: list[Token] = []
        self._read.tokens = tokens
        for token in stream:
            if not tokens:
                # Blanks before the first step are no token of their own.
                _first_stands_at_the_margin(token)
            tokens.append(token)
            yield token
            if token.type == "_NL":
                for change in _changes(token, levels):
                    tokens.append(change)
                    yield change
        while len(levels) > 1:
            levels.pop()
            yield Token("_DEDENT", "")


def _first_stands_at_the_margin(token: Token) -> None:
    if token.type == "_NL":
        indented, place = bool(_blanks(token)), Place(token.end_line or 1, token.end_column or 1)
    else:
        place = Place(token.line or 1, token.column or 1)
        indented = place.column > 1
    if indented:
        raise EnglishError([not_opened(place)])


def _blanks(token: Token) -> str:
    return token.rpartition("\n")[2]


def _changes(token: Token, levels: list[int]) -> list[Token]:
    """Return the blocks that begin or end where a line begins; ``levels`` are the indentations of the open ones."""
    blanks = _blanks(token)
    width = len(blanks) + blanks.count("\t") * (_TAB - 1)
    line, column = token.end_line or 1, token.end_column or 1
    if width > levels[-1]:
        levels.append(width)
        if len(levels) > MOST_LEVELS + 1:
            raise EnglishError([too_deep(Place(line, column))])
        return [Token("_INDENT", blanks, line=line, column=column, end_line=line, end_column=column)]
    if width not in levels:
        message = (
            "This line does not line up with any line above it. Start it exactly below the line that it belongs with."
        )
        raise EnglishError([Problem("bad_indentation", Place(line, column), message)])
    ended = len(levels) - 1 - levels.index(width)
    del levels[len(levels) - ended :]
    return [Token("_DEDENT", "", line=line, column=column, end_line=line, end_column=column)] * ended


def not_opened(place: Place) -> Problem:
    """Tell that a line is indented without a reason."""
    message = "This line is indented, but the line above does not open a block. Start it exactly below the line above."
    return Problem("bad_indentation", place, message)


def too_deep(place: Place) -> Problem:
    """Tell that blocks are nested too deep."""
    message = (
        f"Blocks may be nested {MOST_LEVELS} deep at most. Move some of these steps out of the blocks around them."
    )
    return Problem("too_deep", place, message)
