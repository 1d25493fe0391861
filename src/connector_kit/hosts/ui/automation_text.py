"""Place what was found in an automation's text: which characters are meant, and the line with a caret under them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from connector_kit.english import Place, Problem, Question, pointed

_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Spot:
    """Something that is said of a place in a text. ``start`` and ``end`` count characters as a browser's script counts them.

    ``code`` is the line with a caret below it, empty where the line may hold secrets.
    """

    kind: str
    line: int
    column: int
    start: int
    end: int
    sentence: str = field(repr=False)
    code: str = field(default="", repr=False)


def plain(text: str) -> str:
    """Return a text as a form posts it with the line ends that places are counted by."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def problem_spots(text: str, problems: Iterable[Problem]) -> list[Spot]:
    """Return where problems are."""
    return [_spot(text, "problem", problem, problem.message) for problem in problems]


def question_spots(text: str, questions: Iterable[Question]) -> list[Spot]:
    """Return where questions come from."""
    return [_spot(text, "question", _as_problem(text, question), question.text) for question in questions]


def failure_spot(text: str, place: Place, sentence: str) -> Spot:
    """Return where a step could not be done."""
    return _spot(text, "problem", Problem("failed", place, sentence), sentence)


def _as_problem(text: str, question: Question) -> Problem:
    place, name = question.place, f"the {question.about}"
    start = _offset(text, place)
    is_name = text[start : start + len(name)].casefold() == name.casefold()
    end = Place(place.line, place.column + len(name)) if is_name else None
    return Problem(question.kind, place, question.text, end=end)


def _spot(text: str, kind: str, problem: Problem, sentence: str) -> Spot:
    place, start = problem.place, _offset(text, problem.place)
    end = _end_of_word(text, start) if problem.end is None else max(start, _offset(text, problem.end))
    if problem.end is None and end > start:
        problem = Problem(problem.kind, place, problem.message, end=Place(place.line, place.column + end - start))
    code = "\n".join(line.removeprefix("  ") for line in pointed(problem, text).split("\n")[1:])
    return Spot(kind, place.line, place.column, _units(text[:start]), _units(text[:end]), sentence, code)


def _offset(text: str, place: Place) -> int:
    lines = text.split("\n")
    before = sum(len(line) + 1 for line in lines[: place.line - 1])
    return min(before + place.column - 1, len(text))


def _end_of_word(text: str, start: int) -> int:
    word = _WORD.match(text, start)
    return start if word is None else word.end()


def _units(text: str) -> int:
    """Count as scripts do, for which some characters are two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
