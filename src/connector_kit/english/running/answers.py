"""Turn what a person answered into a value of the type that was asked for, or say how to write it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any

from connector_kit.english.problems import Question
from connector_kit.english.program import Ask, Place, Program
from connector_kit.english.running import dates
from connector_kit.english.running.values import is_number, number, plain, text_of
from connector_kit.errors import InputError, Problem
from connector_kit.types import Type

TRY_AGAIN, SKIP = "Try again", "Skip"
_TRUTHS = {"true": True, "yes": True, "false": False, "no": False}


@dataclass(slots=True, repr=False)
class Given:
    """Answers that nobody asked for yet, by name: those from the start count for every question of their name.

    One that came later is for one question. Otherwise whoever repeats the command that answered one would answer the next.
    """

    always: dict[str, Any]
    once: dict[str, Any] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.once or name in self.always

    def look(self, name: str) -> Any:
        """Return an answer that stays; None if there is none."""
        return self.once.get(name, self.always.get(name))

    def take(self, name: str) -> Any:
        """Return an answer for one question."""
        return self.once.pop(name) if name in self.once else self.always[name]

    def forget(self, name: str) -> None:
        """Forget an answer: it was used, or it is wrong."""
        self.once.pop(name, None)
        self.always.pop(name, None)


def typed(question: Question, raw: object, now: Callable[[], datetime], zone: tzinfo) -> Any:
    """Return the answer to a question as a value.

    Raises:
        InputError: if it is none of the choices, or cannot be a value of the type.
    """
    if question.choices:
        spellings = _spellings(raw, zone)
        chosen = next((choice for choice in question.choices if choice.casefold() in spellings), None)
        if chosen is None:
            raise _not_usable(question, f"choose one of: {', '.join(question.choices)}")
        return chosen
    try:
        value = _value(Type.parse(question.type), raw, now, zone)
    except ValueError as exc:
        raise _not_usable(question, str(exc)) from None
    return value


def question_of(document: Mapping[str, Any]) -> Question:
    """Read a question from its JSON form."""
    place = Place(document["line"], document["column"])
    choices = tuple(document["choices"])
    return Question(document["kind"], document["about"], place, document["text"], document["type"], choices)


def _spellings(raw: object, zone: tzinfo) -> tuple[str, ...]:
    if isinstance(raw, bool):  # what YAML makes of yes and no
        return ("true", "yes") if raw else ("false", "no")
    return (text_of(plain(raw), zone).strip().casefold(),)


def _value(type_: Type, raw: object, now: Callable[[], datetime], zone: tzinfo) -> Any:
    if type_.inner is not None and type_.is_optional:
        return _value(type_.inner, raw, now, zone)
    if type_.inner is not None:
        return [_value(type_.inner, one, now, zone) for one in (raw if isinstance(raw, list | tuple) else [raw])]
    if raw is None:
        raise ValueError("give a value; it is empty")
    if type_.name == "number":
        return _number(raw)
    if type_.name == "boolean":
        return _truth(raw)
    if type_.name in ("datetime", "date"):
        return _moment(type_.name, raw, now, zone)
    if isinstance(raw, bool | list | tuple | dict):
        raise ValueError("give a text")  # noqa: TRY004 - collected as a sentence
    return text_of(plain(raw), zone)


def _number(raw: object) -> int | Decimal:
    value: Any = number(raw) if isinstance(raw, str) else plain(raw)
    if not is_number(value) or (isinstance(value, Decimal) and not value.is_finite()):
        raise ValueError("give a number, such as 25 or 0.05")
    found: int | Decimal = value
    return found


def _truth(raw: object) -> bool:
    found = _TRUTHS.get(str(raw).strip().lower()) if isinstance(raw, bool | str) else None
    if found is None:
        raise ValueError("give true or false")
    return found


def _moment(name: str, raw: object, now: Callable[[], datetime], zone: tzinfo) -> datetime | date:
    if isinstance(raw, datetime) and raw.utcoffset() is None:
        raw = raw.replace(tzinfo=zone)
    found = dates.convert(plain(raw), name, now(), zone)
    if found is None:
        raise ValueError(f"give a {name}, such as 2022-03-01T15:00:00Z, today or 2 hours ago")
    return found


def _not_usable(question: Question, fault: str) -> InputError:
    return InputError("The answer cannot be used. Nothing was done now.", problems=[Problem(question.about, fault)])


def named(answers: Mapping[str, Any], program: Program, questions: Iterable[Question] = ()) -> dict[str, Any]:
    """Return answers under the names that the questions have: ``The Recipient_Number`` is the recipient number."""
    asked = [step.name or step.text for step in program.all_steps() if isinstance(step, Ask)]
    known = {_plain(name): name for name in [*asked, *(question.about for question in questions)]}
    return {known.get(_plain(name), _plain(name)): value for name, value in answers.items()}


def _plain(name: str) -> str:
    return " ".join(name.replace("_", " ").casefold().split()).removeprefix("the ")
