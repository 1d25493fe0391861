"""Where tokens stand in the text and what they say."""

from __future__ import annotations

import re
from typing import Protocol

from lark import Token

from connector_kit.english.problems import EnglishError, Problem
from connector_kit.english.program import Place
from connector_kit.english.reading import tree

_ESCAPE = re.compile(r"\\(.)")
_MEANT = {"n": "\n", "t": "\t", "\\": "\\", '"': '"', "'": "'", "\u201c": "\u201c", "\u201d": "\u201d"}
_BLANKS = re.compile(r"[ \t\u00a0]+")


class Placed(Protocol):
    """Anything that has a place in the text."""

    @property
    def place(self) -> Place:
        """Where it begins."""

    @property
    def end(self) -> Place:
        """Where it ends."""


def decoded(inner: str) -> str:
    """Return what stands between quotes with its escapes replaced; an unknown one stays as it is."""
    return _ESCAPE.sub(lambda found: _MEANT.get(found[1], found[0]), inner) if "\\" in inner else inner


def place_of(token: Token) -> Place:
    """Return where a token begins."""
    return Place(token.line or 1, token.column or 1)


def end_of(token: Token) -> Place:
    """Return the place just past a token."""
    return Place(token.end_line or 1, token.end_column or 1)


def word_of(token: Token) -> tree.Word:
    """Return a word of the language, or several that belong together, in one spelling."""
    return tree.Word(spaced(token).lower(), place_of(token), end_of(token))


def spaced(text: str) -> str:
    """Return a text with one space where blanks of any kind stand."""
    return _BLANKS.sub(" ", text)


def fault_at(kind: str, found: Placed, message: str, *suggestions: str) -> EnglishError:
    """Return the error for something that is wrong in itself."""
    return EnglishError([Problem(kind, found.place, message, suggestions, found.end)])
