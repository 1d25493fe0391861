"""Say in plain words what is wrong where the grammar could not go on, and what could stand there instead."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lark import Token
from lark.exceptions import UnexpectedInput, UnexpectedToken

from connector_kit.english.messages import shown, unquoted
from connector_kit.english.problems import Problem
from connector_kit.english.program import Place
from connector_kit.english.reading.hints import character_hint, hint
from connector_kit.english.reading.layout import not_opened
from connector_kit.english.reading.missing import missing_keyword
from connector_kit.english.reading.stopped import LAYOUT, OPERATORS, VALUES, Line, Stop, stop_at
from connector_kit.english.reading.tokens import place_of

_QUOTES = "\"'\u201c"
_CLOSING = {"\u201c": "\u201d"}
_NOT_WORDS = LAYOUT | {"end", "STRING", "NUMBER", "COMMA", "COLON", "THE", "ABOVE"}
# Words of the language with which a text may begin that somebody forgot to put into quotes.
_BEGINNINGS = frozenset({"DET", "TO", "IN", "PREP", "IF", "WHERE", "WITH"})
_BEFORE_KEYWORDS = frozenset({"ADD", "CONVERT", "USE"})
_UNQUOTED = re.compile(r"[^,\"\u201c\u201d]*")
_JOINER_LEFT = re.compile(r"[ \t]+(and|or)[ \t]*$", re.IGNORECASE)
# Things that could stand somewhere, as a person would write them; what is most worth knowing comes first.
_EXAMPLES = {
    "THEN": "then", "AS_FOLLOWS": "as follows", "STRING": '"a text"', "THE": "the NAME", "IS": "is", "NUMBER": "25",
    "WHOSE": "whose ...", "WHERE": "where", "AND": "and", "AS": "as the NAME", "TO": "to", "OP": "is after",
    "COLON": "a colon", "WORD": "a name", "_NL": "the end of the line",
}  # fmt: skip
_NOT_TO_TYPE = ("a colon", "a name", "the end of the line")
_STEPS = ('say "..."', 'the NAME is "..."', "if ... then")
_MOST_EXAMPLES = 3


def problem_of(error: UnexpectedInput, text: str, tokens: Sequence[Token]) -> Problem:
    """Return the problem behind an error of the parser; ``tokens`` is what could be read, and may end with the wrong one."""
    lines = text.split("\n")
    if not isinstance(error, UnexpectedToken):
        return _character(Place(error.line, error.column), lines[error.line - 1], Line(tokens))
    token = error.token
    if token.type == "_INDENT":
        return not_opened(place_of(token))
    # The wrong token was passed on before the parser refused it, unless the lexer itself found it.
    wrong = next((n for n, each in enumerate(tokens) if each is token), len(tokens))
    return _token(stop_at(token, frozenset(error.accepts or ()), lines, tokens[:wrong]), lines)


def _character(place: Place, source: str, line: Line) -> Problem:
    rest = source[place.column - 1 :].strip()
    before = source[place.column - 2 : place.column - 1] if place.column > 1 else " "
    char, opens = rest[:1], not before.isalnum()
    if opens and char and char in _QUOTES:
        closing = _CLOSING.get(char, char)
        message = f"This text has no closing quote: {shown(rest, 60)}. Add a {closing} at the end of the text."
        inner = rest[1:].rstrip("'\"\u201c\u201d")
        return Problem("unclosed_text", place, message, (f'"{shown(inner, 60)}"',))
    if bare := line.bare_words():
        first = place_of(bare[0])
        return unquoted(first, source[first.column - 1 :], place)
    return Problem(
        "syntax", place, f"I did not expect {shown(char)} here.{character_hint(char, line, source, in_word=not opens)}"
    )


def _token(stop: Stop, lines: Sequence[str]) -> Problem:
    if stop.type == "ELSE" and not stop.line.tokens:
        message = "else needs an if above it, at the same indent."
        return Problem("out_of_place", stop.place, message, ("if ... then",), stop.end)
    bare = stop.line.bare_words()
    if bare and stop.line.in_condition and (unknown := _comparison(stop, bare)):
        return unknown
    if missing := missing_keyword(stop):
        return missing
    source = lines[stop.place.line - 1] if stop.place.line <= len(lines) else ""
    if bare and stop.type not in ("end", "STRING"):
        first = place_of(bare[0])
        return unquoted(first, _words(source[first.column - 1 :]), stop.place)
    if _begins_a_text(stop):
        return unquoted(stop.place, _words(stop.rest), stop.end)
    what = "the end of the line" if stop.type == "end" else shown(stop.token, 40)
    examples = _could_stand(stop)
    here = f" Here could stand: {', '.join(examples)}." if examples else ""
    to_type = tuple(example for example in examples if example not in _NOT_TO_TYPE)
    return Problem("syntax", stop.place, f"I did not expect {what} here.{here}{hint(stop, source)}", to_type, stop.end)


def _comparison(stop: Stop, bare: Sequence[Token]) -> Problem | None:
    """Return the problem where words stand between is and a value, so that they are meant as a comparison."""
    operator = stop.line.tokens[-len(bare) - 1]
    if operator.type not in OPERATORS or not (stop.type in VALUES or stop.type in ("TO", "AS", "IN", "PREP")):
        return None
    said = " ".join([operator, *bare])
    message = (
        f'I do not know the comparison "{shown(said, 60)}". Write is, is not, is one of or contains; '
        "for numbers is greater than or is less than, for dates is after or is before."
    )
    value = shown(stop.token, 40) if stop.type in ("STRING", "NUMBER") else "..."
    write = (f"is {value}", f"{'contains' if stop.type == 'STRING' else 'is greater than'} {value}")
    return Problem("syntax", place_of(bare[0]), message, write, stop.place)


def _begins_a_text(stop: Stop) -> bool:
    """Tell whether words begin here that should stand in quotes, and not a word of the language that is out of place."""
    if stop.accepts == {"STRING"}:
        return stop.type not in _NOT_WORDS
    if stop.type not in _BEGINNINGS or not {"BOOL", "STRING"} <= stop.accepts:
        return False
    if stop.type == "DET":
        return True
    return " " in stop.rest and _words(stop.rest) == stop.rest and stop.line.types[-1] not in _BEFORE_KEYWORDS


def _words(rest: str) -> str:
    """Return the words that should stand in one text: up to the next quote or comma."""
    found = _UNQUOTED.match(rest)
    words = rest if found is None else found[0]
    return words if words == rest else _JOINER_LEFT.sub("", words).rstrip()


def _could_stand(stop: Stop) -> tuple[str, ...]:
    if not stop.line.tokens and "SAY" in stop.accepts:
        return _STEPS
    return tuple(phrase for name, phrase in _EXAMPLES.items() if name in stop.accepts)[:_MOST_EXAMPLES]
