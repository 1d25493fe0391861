"""Find the one word of the language that is missing just before the place where reading stopped."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from connector_kit.english.messages import shown
from connector_kit.english.problems import Problem
from connector_kit.english.program import Place
from connector_kit.english.reading.stopped import OPERATORS, VALUES, Stop
from connector_kit.english.reading.tokens import place_of

_STEPS = {
    "USE": ("as", 'use "Closed today" as the notice', "the notice"),
    "SET": ("to", 'set the notice to "Open again"', '"..."'),
    "CONVERT": ("to", 'convert "2022-03-01T15:00:00Z" to a datetime', "a datetime"),
    "ADD": ("to", "add 1 to the counter", "the counter"),
    "SWITCH": ("to", 'switch NAME to "Support line"', '"..."'),
}
_DETERMINERS = frozenset({"any", "all", "every", "another", "this", "that", "these", "those", "my", "our", "your"})
_IS = re.compile(r"(?<![\w-])(is|are)(?![\w-])|[:=]", re.IGNORECASE)
# What people write in the place of a word of the language.
_SMALL_WORDS = frozenset({"PREP", "IN", "TO", "AS", "WITH", "IS", "ARE"})
_THEN = re.compile(r"(?<![\w-])then(?![\w-])", re.IGNORECASE)
_TEXT = re.compile(r'"[^"]*"')
_SIGN = re.compile(r"[ \t]*[:=][ \t]*")


@dataclass(frozen=True, slots=True)
class _Found:
    """A missing word: what to say, and what to write if that is not the line with the word put in."""

    word: str
    message: str
    write: str | None = None
    place: Place | None = None


def missing_keyword(stop: Stop) -> Problem | None:
    """Return the problem if one word is missing, with the line as it should be."""
    for rule in _RULES:
        found = rule(stop)
        if found is not None:
            write = found.write or " ".join(part for part in (stop.line.said(), found.word, stop.rest) if part)
            write = shown(write.rstrip("."), 140)
            return Problem("missing_keyword", found.place or stop.place, f"{found.message} Write: {write}", (write,))
    return None


def _and(stop: Stop) -> _Found | None:
    if stop.accepts == {"AND"}:
        value = stop.rest if stop.type in VALUES else stop.rest.removeprefix(",").strip() or "25"
        return _Found("and", "between needs the word and between its two values.", f"{stop.line.said()} and {value}")
    if stop.line.first != "COMBINE" or "AND" not in stop.accepts:
        return None
    message = "combine needs a comma or the word and between values."
    if stop.type in VALUES:
        return _Found("and", message)
    if stop.type in _SMALL_WORDS - {"AS"} and " " in stop.rest:
        return _Found("and", message, f"{stop.line.said()} and {_behind_word(stop)}")
    if not {"AND", "COMMA"} & set(stop.line.types):
        return _Found("and", message, f'{stop.line.said()} and "..."')
    return None


def _in_condition(stop: Stop) -> _Found | None:
    if not stop.line.in_condition:
        return None
    compared = bool(stop.line.since("IF", "WHOSE") & OPERATORS)
    message = "After what is compared I expect the word is, or another comparison such as is after."
    if "OP_UNARY" in stop.accepts and not compared:
        if stop.type in VALUES:
            return _Found("is", message)
        then = " then" if "THEN" in stop.accepts else ""
        return _Found("is", message, f'{stop.line.said()} is "..."{then}') if then else None
    if "THEN" in stop.accepts and not _THEN.search(_TEXT.sub("", stop.rest)):
        message = "After the condition I expect the word then."
        if stop.line.types[-2:] == ["COMMA", "WORD"]:
            # A comma in the place of then: what stands behind it was read as one more value.
            condition, step = stop.line.said().rsplit(", ", 1)
            return _Found("then", message, f"{condition} then {step} {stop.rest}", place_of(stop.line.tokens[-2]))
        return _Found("then", message)
    return None


def _as_follows(stop: Stop) -> _Found | None:
    if "AS_FOLLOWS" not in stop.accepts:
        return None
    message = "After process each and a name I expect the words as follows."
    return _Found("as follows", message, f"{stop.line.said()} as follows")


def _in_step(stop: Stop) -> _Found | None:
    if stop.line.first not in _STEPS:
        return None
    word, example, tail = _STEPS[stop.line.first]
    if word.upper() not in stop.accepts or word.upper() in stop.line.types:
        return None
    write = None
    if stop.type == "end":
        write = f"{stop.line.said()} {word} {tail}"
    elif stop.type in _SMALL_WORDS:
        write = f"{stop.line.said()} {word} {_behind_word(stop)}".rstrip()
    elif stop.type in ("AND", "COMMA") and f" {word} " in stop.rest:
        message = f"{stop.line.first.lower()} takes one value, and behind it the word {word}."
        return _Found(word, message, f"{stop.line.said()} {word} {stop.rest.rpartition(f' {word} ')[2]}")
    return _Found(word, f"{stop.line.first.lower()} needs the word {word}, as in: {example}.", write)


def _the(stop: Stop) -> _Found | None:
    line, message = stop.line, "A name begins with the word the."
    if (stop.type in ("IS", "ARE") or stop.is_sign) and line.first == "WORD" and set(line.types) <= {"WORD", "POSS"}:
        words = line.said().split(" ")
        name = " ".join(words[1:] if len(words) > 1 and words[0].lower() in _DETERMINERS else words)
        return _Found("the", message, f"the {name} {_signs_said(stop.rest)}", place_of(line.tokens[0]))
    if stop.type == "end" and stop.accepts <= {"THE", "ABOVE"} and line.types:
        return _Found("the", message, f"{line.said()} the NAME")
    if "THE" not in stop.accepts or stop.type not in ("WORD", "DET"):
        return None
    if line.types and "STRING" in stop.accepts:
        return None  # a value is expected, so that these may be words of a text
    if not line.types and not _IS.search(stop.rest):
        return None
    rest = _signs_said(stop.rest if stop.type == "WORD" else _behind_word(stop))
    return _Found("the", message, " ".join(part for part in (line.said(), "the", rest) if part))


def _is(stop: Stop) -> _Found | None:
    line, message = stop.line, "Between a name and its value I expect the word is."
    if stop.line.in_condition and line.said().endswith(" not") and stop.type in VALUES:
        # What is compared is not repeated, and the word is neither.
        return _Found("is", "Before not I expect the word is.", f"{line.said()[: -len(' not')]} is not {stop.rest}")
    if not {"IS", "ARE"} & stop.accepts or OPERATORS & line.since("WHERE", "WITH", "AND", "COMMA"):
        return None
    if stop.type in VALUES:
        return _Found("is", message)
    if stop.is_sign:
        return _Found("is", message, f"{line.said()} {_signs_said(stop.rest)}")
    return (
        _Found("is", message, f'{line.said()} is "..."') if stop.type == "end" and "WHOSE" not in line.types else None
    )


def _behind_word(stop: Stop) -> str:
    return stop.rest.partition(" ")[2].strip()


def _signs_said(rest: str) -> str:
    """Return what follows a name with the word is in place of a sign."""
    found = _SIGN.search(rest)
    if found is None or '"' in rest[: found.start()]:
        return rest
    return f"{rest[: found.start()]} is {rest[found.end() :]}".strip()


_RULES: tuple[Callable[[Stop], _Found | None], ...] = (_and, _in_condition, _as_follows, _in_step, _the, _is)
