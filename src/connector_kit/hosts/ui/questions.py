"""Ask on a page what an automation asks, and take the answers from a form: each by what its question is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from connector_kit.english import Question

MOST = 50  # answers that are taken from one form


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as a page shows it: its number in the form, and what was answered before."""

    number: int
    question: Question
    value: str = field(default="", repr=False)

    @property
    def kind(self) -> str:
        """Which control it gets."""
        type_ = self.question.type.removeprefix("optional[")
        if self.question.choices:
            return "choice"
        if type_.startswith("list["):
            return "lines"
        return next((known for known in ("boolean", "number", "sensitive") if type_.startswith(known)), "text")


def asked(questions: Iterable[Question], answers: Mapping[str, Any]) -> list[Asked]:
    """Return questions with what was answered to them before, those that are about one thing once."""
    found = {question.about: question for question in questions}
    return [Asked(number, one, _text(answers.get(about))) for number, (about, one) in enumerate(found.items())]


def earlier(questions: Iterable[Question], answers: Mapping[str, Any]) -> list[tuple[int, str, str, str]]:
    """Return the answers that are not asked for again, to be sent along: number, what about, which kind, and the text."""
    open_now = {question.about for question in questions}
    given = [(about, value) for about, value in answers.items() if about not in open_now]
    return [
        (number, about, "lines" if isinstance(value, list) else "text", _text(value))
        for number, (about, value) in enumerate(given, start=len(open_now))
    ]


def answers(posted: Mapping[str, str]) -> dict[str, Any]:
    """Return what was answered; a question that was left blank stays open."""
    found: dict[str, Any] = {}
    for number in range(MOST):
        about, text = posted.get(f"about-{number}"), posted.get(f"answer-{number}", "")
        if about is not None and text.strip():
            found[about] = _lines(text) if posted.get(f"kind-{number}") == "lines" else text.replace("\r\n", "\n")
    return found


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _text(given: Any) -> str:
    return "\n".join(given) if isinstance(given, list) else str(given or "")
