"""What else may help where reading stopped: what people often mean by the words that cannot stand there."""

from __future__ import annotations

from connector_kit.english.messages import shown
from connector_kit.english.reading.stopped import OPERATORS, VALUES, Line, Stop
from connector_kit.english.reading.tokens import place_of

_APOSTROPHES = ("'", "\u2019")
_QUOTES = "\"'\u201c\u201d\u2018\u2019\u201e\u00ab\u00bb`"
_CHARACTERS = {
    "+": ' To join texts write: combine "Hello " and the name. To add a number write: add 1 to the counter',
    "#": " A remark needs a blank before it.",
    ";": " Write every step on a line of its own.",
}
_BEHIND_PREPOSITIONS = frozenset({"WHOSE", "AS", "WHERE", "WITH"})


def character_hint(char: str, line: Line, source: str, *, in_word: bool) -> str:
    """Return what may help where a character has no meaning, as a sentence behind another, or nothing."""
    if char in _APOSTROPHES and in_word:
        return " Write two words, such as is not or does not contain."
    if char and char in _QUOTES:
        return ' Texts stand between straight quotes: "hello".'
    return _CHARACTERS.get(char) or _number(line, source)


def hint(stop: Stop, source: str) -> str:
    """Return what may help where a word cannot stand, as a sentence behind another, or nothing."""
    bare = stop.line.bare_words()
    if bare and stop.type == "STRING":
        return f" Leave out {shown(' '.join(bare), 40)}, or put one pair of quotes around all of it."
    if stop.type == "OR" and not stop.line.tokens and "WHOSE" in stop.accepts:
        return " Write conditions that are joined by or on one line."
    if not stop.line.tokens and {"WHOSE", "THE"} <= stop.accepts and "SAY" not in stop.accepts:
        return " Below a call stand its inputs and conditions; a step starts exactly below the line above."
    return _number(stop.line, source) or _list(stop) or _order(stop)


def _number(line: Line, source: str) -> str:
    """Tell what to do with a number that goes on, such as 10:30."""
    last = line.tokens[-1] if line.tokens else None
    if last is None or last.type != "NUMBER":
        return ""
    whole = source[place_of(last).column - 1 :].strip()
    return "" if whole == last or '"' in whole else f' If this is a text, put quotes around it: "{shown(whole, 40)}"'


def _list(stop: Stop) -> str:
    """Tell what to do with a comma that begins or ends nothing."""
    if stop.type in ("COMMA", "AND") and stop.line.first == "SET":
        return ' Several values are written: the NAME is "...", "..."'
    if stop.line.types[-1:] != ["COMMA"]:
        return ""
    if stop.type in ("end", "THEN"):
        return " Leave the comma out, or go on behind it."
    return (
        " A list stands on a line of its own, below the call."
        if stop.line.first == "WORD" and stop.type in VALUES
        else ""
    )


def _order(stop: Stop) -> str:
    """Tell where words belong that stand too late, or where no condition is."""
    if stop.type in OPERATORS and stop.line.first == "THE":
        return " Comparisons stand behind if or whose."
    earlier = next((token for token in stop.line.tokens if token.type in _BEHIND_PREPOSITIONS), None)
    if stop.line.first != "WORD" or earlier is None or stop.type not in ("PREP", "TO", "IN", "WHOSE"):
        return ""
    return f" Write {stop.token} ... before {earlier} ...."
