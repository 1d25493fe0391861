"""Carry out the steps of a program one after the other, with what each of them means."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import DecimalException
from typing import Any

from connector_kit.english.problems import Problem, Question, StepError
from connector_kit.english.program import (
    Add,
    Ask,
    Call,
    Combine,
    Convert,
    Define,
    Each,
    If,
    Literal,
    LookUp,
    Place,
    Ref,
    Say,
    Set,
    Show,
    Step,
    Stop,
    Switch,
    Use,
)
from connector_kit.english.running import dates
from connector_kit.english.running.acting import Acting
from connector_kit.english.running.evaluate import Missing, chain, spoken, unknown_field
from connector_kit.english.running.facts import FieldError
from connector_kit.english.running.under_way import UnderWay
from connector_kit.english.running.values import Record, added, is_number, kind, text_of
from connector_kit.types import mismatch


class Stopped(Exception):  # noqa: N818 - not an error: the automation said stop
    """The automation ends here."""


@dataclass(slots=True)
class Steps:
    """The steps of one run. ``at`` is the step where it stands, with its path."""

    run: UnderWay
    at: tuple[str, Step] | None = None
    _acting: Acting = field(init=False)

    def __post_init__(self) -> None:
        self._acting = Acting(self.run)

    def block(self, steps: tuple[Step, ...], before: str = "", first: int = 1) -> None:
        """Carry out the steps of a block; their paths begin with ``before``.

        Raises:
            Stopped: at a ``stop``.
            Pause: where an answer is needed.
            ConnectorError: where a step cannot be done.
        """
        for number, step in enumerate(steps, start=first):
            self._step(step, f"{before}{number}")

    def _step(self, step: Step, path: str) -> None:
        self.at = (path, step)
        self.run.track.position += 1
        self.run.evaluator.given = {}
        self.run.take_up(path)
        while True:
            try:
                self._do(step, path)
            except Missing as missing:
                self.run.provide(missing, path)
            else:
                return

    def _do(self, step: Step, path: str) -> None:  # noqa: C901, PLR0912 - one case for each kind of step
        facts, evaluator = self.run.evaluator.facts, self.run.evaluator
        match step:
            case Define():
                facts.define(step.name, evaluator.value(step.value))
            case Use():
                self._use(step)
            case Set():
                self._set(step)
            case Convert():
                self._convert(step, path)
            case Combine():
                facts.result(self._combined(step), step.name, "text")
            case Add():
                self._add(step)
            case Say():
                self.run.say(text_of(evaluator.value(step.value), evaluator.zone))
            case Show():
                self.run.say(text_of(evaluator.fact(step.path, step.place), evaluator.zone))
            case Stop():
                raise Stopped
            case Switch():
                self.run.switched[step.connector] = step.connection
            case LookUp():
                facts.result(self._looked_up(step), step.name, step.path[-1])
            case Ask():
                facts.result(self._asked(step, path), step.name, "answer")
            case If():
                self._if(step, path)
            case Each():
                self._each(step, path)
            case Call():
                self._acting.call(step, path)

    def _use(self, step: Use) -> None:
        facts = self.run.evaluator.facts
        # Evaluated in any case: a fact or field that is not there is a fault here, not where it is used.
        value = self.run.evaluator.value(step.value)
        if isinstance(step.value, Ref) and step.value.path[0] in facts:
            facts.use(step.name, step.value.path)
        else:
            facts.define(step.name, value)

    def _set(self, step: Set) -> None:
        value = self.run.evaluator.value(step.value)
        if len(step.path) > 1:
            owner = self.run.evaluator.fact(step.path[:-1], step.place)
            known = owner.field(step.path[-1]) if isinstance(owner, Record) else None
            if known is not None and (fault := mismatch(known.type, value)):
                raise StepError(Problem("type_mismatch", step.value.place, f"{known.phrase}: {fault}."))
        try:
            self.run.evaluator.facts.change(step.path, value)
        except FieldError as exc:
            raise unknown_field(exc, step.place) from None

    def _convert(self, step: Convert, path: str) -> None:
        run = self.run
        value = run.evaluator.needed(step.value)
        record = run.track.find(path)
        if record is not None:
            result = run.track.value(record)
        else:
            result = dates.convert(value, step.type, run.host.now(), run.evaluator.zone)
            if result is None:
                # Only what stands in the automation is repeated: a fact may hold the body of a message.
                said = f'"{step.value.value}"' if isinstance(step.value, Literal) else spoken(step.value)
                message = dates.could_not_convert(said, step.type)
                raise StepError(Problem("could_not_convert", step.value.place, message))
            if isinstance(value, str) and dates.is_relative(value):
                # The clock is read once: a run that goes on tomorrow does not move its dates.
                run.track.write(path, "clock", result)
        run.evaluator.facts.result(result, step.name, step.type)

    def _combined(self, step: Combine) -> str:
        parts = []
        for value in step.values:
            found = self.run.evaluator.needed(value)
            if isinstance(found, bool | list | Record):
                message = f"combine joins text, numbers and dates; {spoken(value)} is {kind(found)}."
                raise StepError(Problem("type_mismatch", value.place, message))
            parts.append(text_of(found, self.run.evaluator.zone))
        return "".join(parts)

    def _add(self, step: Add) -> None:
        evaluator = self.run.evaluator
        current = evaluator.needed(Ref((step.name,), step.place), "number")
        value = evaluator.needed(step.value)
        if isinstance(current, list):
            evaluator.facts.append(step.name, value if isinstance(value, list) else [value])
            return
        if not is_number(current) or not is_number(value):
            raise StepError(Problem("type_mismatch", step.value.place, _not_added(step.name, current, value)))
        try:
            evaluator.facts.change((step.name,), added(current, value))
        except DecimalException:
            raise StepError(Problem("invalid_value", step.value.place, "The sum has too many digits.")) from None

    def _looked_up(self, step: LookUp) -> Any:
        evaluator = self.run.evaluator
        if step.find and step.path[0] not in evaluator.facts:
            return None
        found = Ref(step.path, step.place)
        return evaluator.value(found) if step.find else evaluator.needed(found)

    def _asked(self, step: Ask, path: str) -> Any:
        evaluator = self.run.evaluator
        choices = {text_of(value, evaluator.zone): value for value in map(evaluator.needed, step.choices)}
        question = Question("ask", step.name or step.text, step.place, step.text, choices=tuple(choices))
        answer = self.run.answer(question, path, "")
        return choices.get(answer, answer)

    def _if(self, step: If, path: str) -> None:
        if self.run.evaluator.condition(step.condition):
            self.block(step.then, f"{path}.")
        else:
            self.block(step.otherwise, f"{path}.", first=len(step.then) + 1)

    def _each(self, step: Each, path: str) -> None:
        facts = self.run.evaluator.facts
        items = _items(self.run.evaluator.needed(Ref(step.over, step.place), "list[text]"), step.over, step.place)
        above = facts.above, facts.above_name
        before = facts.bound(step.name)
        for number, item in enumerate(items, start=1):
            # What an earlier round left above is not above the first line of the block.
            facts.above, facts.above_name = above
            facts.item(step.name, item)
            self.block(step.steps, f"{path}[{number}].")
        facts.rebind(step.name, before)


def _items(found: object, path: tuple[str, ...], place: Place) -> list[Any]:
    if not isinstance(found, list):
        message = f"The {chain(path)} is {kind(found)}, not a list, so there is nothing to process one by one."
        raise StepError(Problem("not_a_list", place, message))
    return list(found)  # the block may add to the list


def _not_added(name: str, current: object, value: object) -> str:
    hint = " Joining texts is what combine does." if isinstance(current, str) else ""
    return f"add adds numbers, or appends to a list; the {name} is {kind(current)} and this is {kind(value)}.{hint}"
