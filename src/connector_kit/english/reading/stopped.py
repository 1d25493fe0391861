"""Where the parser stopped: the token it could not take, what it would have taken, and the line up to there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lark import Token

from connector_kit.english.program import Place
from connector_kit.english.reading.tokens import end_of, place_of

OPERATORS = frozenset({"IS", "ARE", "OP", "BARE_OP", "OP_UNARY", "OP_BETWEEN"})
LAYOUT = frozenset({"_NL", "_INDENT", "_DEDENT"})
ENDS = frozenset({"_NL", "_DEDENT", "$END"})
VALUES = frozenset({"STRING", "NUMBER", "BOOL", "THE", "ABOVE", "WORD"})
_BEFORE_VALUES = OPERATORS | {
    "SAY",
    "PREP",
    "TO",
    "IN",
    "COMMA",
    "AND",
    "OR",
    "COMBINE",
    "ADD",
    "USE",
    "CONVERT",
    "ASK",
}
_JOINING = ("AND", "OR", "COMMA")


class Line:
    """The tokens of one step on the line on which reading stopped, up to there."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        last = max((n for n, token in enumerate(tokens) if token.type in LAYOUT), default=-1)
        whole = list(tokens[last + 1 :])
        # What follows then, or an else with a step on its line, is a step of its own.
        cut = max((n for n, token in enumerate(whole) if token.type in ("THEN", "ELSE")), default=-1)
        self.tokens = whole[cut + 1 :] or whole
        self.types = [token.type for token in self.tokens]
        self.first = self.types[0] if self.types else ""

    def since(self, *types: str) -> frozenset[str]:
        """Return the types of the tokens behind the latest one of these types, or of all tokens."""
        last = max((n for n, type_ in enumerate(self.types) if type_ in types), default=-1)
        return frozenset(self.types[last + 1 :])

    def said(self) -> str:
        """Return the step as it was written so far, with single spaces."""
        text = ""
        for token in self.tokens:
            text += token if not text or token.type in ("POSS", "COMMA") else f" {token}"
        return text

    @property
    def in_condition(self) -> bool:
        """Whether it is that of an if, or whose stands in it."""
        return "IF" in self.types or "WHOSE" in self.types

    def bare_words(self) -> tuple[Token, ...]:
        """Return the words at the end of the line that stand without quotes where a value belongs."""
        n = len(self.types)
        while n and self.types[n - 1] == "WORD":
            n -= 1
        if n == 0 or self.types[n - 1] not in _BEFORE_VALUES or self.first == "EACH":
            return ()
        # Behind the joiner of two conditions stands a name, not a value, unless a value stood before it.
        if self.types[n - 1] in _JOINING and not (OPERATORS | {"SAY", "COMBINE"}) & set(self.types[: n - 1]):
            return ()
        return tuple(self.tokens[n:])


@dataclass(frozen=True, slots=True)
class Stop:
    """The wrong token, which may be the end of a line, with what could stand there and what is left of the line."""

    token: Token
    accepts: frozenset[str]
    line: Line
    place: Place
    rest: str

    @property
    def type(self) -> str:
        """The kind of the wrong token; every end of a line is an end."""
        return "end" if self.token.type in ENDS else self.token.type

    @property
    def is_sign(self) -> bool:
        """Whether a sign stands here that people write for the word is."""
        return self.token in {":", "="}

    @property
    def end(self) -> Place:
        """Just past the wrong token."""
        return self.place if self.type == "end" else end_of(self.token)


def stop_at(token: Token, accepts: frozenset[str], lines: Sequence[str], read: Sequence[Token]) -> Stop:
    """Return what is known of a stop; where a line ends too early, its place is just past the last word."""
    place = place_of(token)
    if token.type in ENDS:
        last = next((each for each in reversed(read) if each.type not in LAYOUT), None)
        place = Place(1, 1) if last is None else end_of(last)
    source = lines[place.line - 1] if place.line <= len(lines) else ""
    rest = "" if token.type in ENDS else source[place.column - 1 :].strip()
    return Stop(token, accepts, Line(read), place, rest)
