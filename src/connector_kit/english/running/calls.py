"""Make the ActionCall of a call in an automation: every value evaluated, so that it equals the one another host would make."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from connector_kit.english.problems import Problem, StepError
from connector_kit.english.program import Call, Compare, Condition, Items, Joined, Not, Place, Ref, Value, words
from connector_kit.english.running.evaluate import Evaluator, Missing
from connector_kit.english.running.values import Record, is_number
from connector_kit.fields import FieldSpec
from connector_kit.filters import Combination, Comparison, Filter, Negation
from connector_kit.manifest import ActionSpec, ConceptSpec, Manifest
from connector_kit.values import DEFAULT_CONNECTION, ActionCall


def action_of(step: Call, manifest: Manifest) -> ActionSpec:
    """Return the action that a step calls; reading it made sure that there is one."""
    action = manifest.action(step.action)
    if action is None:
        raise StepError(Problem("unknown_action", step.place, f"{manifest.name} has no action {step.action} any more."))
    return action


def action_call(
    step: Call, manifest: Manifest, evaluator: Evaluator, connection: str = DEFAULT_CONNECTION
) -> ActionCall:
    """Evaluate a call. Datetimes are in UTC, numbers exact, and an input that was not given is the fact of its name.

    Raises:
        Missing: for the first value that is needed and not there.
        StepError: for a value that cannot be what it is used for.
    """
    action = action_of(step, manifest)
    return ActionCall(
        action.id,
        _inputs(step, action, evaluator),
        filter=None
        if step.filter is None
        else _Filters(manifest.concept(action.output.type), evaluator).of(step.filter),
        limit=None if step.limit is None else _whole("limit", step.limit, evaluator),
        offset=0 if step.offset is None else _whole("offset", step.offset, evaluator),
        connection=connection,
    )


def _inputs(step: Call, action: ActionSpec, evaluator: Evaluator) -> dict[str, Any]:
    given = dict(step.inputs)
    inputs = {}
    for field in action.inputs:
        value = given.get(field.id)
        if (
            value is not None
            and not field.required
            and _is_own_fact(value, field)
            and words(field.id) not in evaluator.facts
        ):
            continue  # taken from a fact that only some branches make
        if value is not None:
            inputs[field.id] = _fitted(value, field, evaluator)
        elif field.required:
            name = words(field.id)
            if name not in evaluator.facts:
                raise Missing("missing_input", (name,), step.place, asked_type(field))
            inputs[field.id] = _plain(evaluator.fact((name,), step.place), field, step.place)
    return inputs


def _is_own_fact(value: Value, field: FieldSpec) -> bool:
    return isinstance(value, Ref) and value.path == (words(field.id),)


def asked_type(field: FieldSpec) -> str:
    """Return the type that an answer for a field must have."""
    return str(field.type.inner if field.type.is_optional else field.type)


def _fitted(value: Value, field: FieldSpec, evaluator: Evaluator) -> Any:
    return _plain(evaluator.needed(value, asked_type(field)), field, value.place)


def _plain(value: Any, field: FieldSpec, place: Place) -> Any:
    """Return a value as the field takes it: digits of a phone number are a text, and there is no silent reading of texts."""
    if isinstance(value, list):
        return [_plain(item, field, place) for item in value]
    if isinstance(value, Record):
        message = f"{field.phrase} takes one value, not a whole record. Name a field of it, such as the {value.concept.fields[0].phrase}."
        raise StepError(Problem("type_mismatch", place, message))
    if field.type.scalar == "datetime" and isinstance(value, date) and not isinstance(value, datetime):
        message = f"{field.phrase} needs a datetime, but this is a date. Convert it: convert … to a datetime."
        raise StepError(Problem("type_mismatch", place, message))
    if field.format == "phone_number" and is_number(value) and value == int(value):
        return f"{Decimal(int(value)):f}"
    return value


def _whole(name: str, value: Value, evaluator: Evaluator) -> int:
    found = evaluator.needed(value, "number")
    if not isinstance(found, int) or isinstance(found, bool):
        raise StepError(Problem("invalid_value", value.place, f"The {name} must be a whole number."))
    return found


@dataclass(frozen=True, slots=True)
class _Filters:
    """Turns conditions into filters on one concept."""

    concept: ConceptSpec
    evaluator: Evaluator

    def of(self, condition: Condition) -> Filter:
        """Return the filter of a condition."""
        match condition:
            case Not():
                return Negation(self.of(condition.part))
            case Joined():
                return Combination(condition.op, tuple(self.of(part) for part in condition.parts))
            case Compare():
                return self._comparison(condition)

    def _comparison(self, compare: Compare) -> Comparison:
        field = self.concept.field(compare.left) if isinstance(compare.left, str) else None
        if field is None:
            names = ", ".join(one.phrase for one in self.concept.fields)
            raise StepError(Problem("unknown_field", compare.place, f"{self.concept.label} has: {names}."))
        if compare.right is None:
            return Comparison(compare.op, field.id, None)
        value = self._value(compare.right, field)
        if compare.op == "in" and not isinstance(value, list):
            value = [value]
        return Comparison(compare.op, field.id, value)

    def _value(self, value: Value, field: FieldSpec) -> Any:
        if isinstance(value, Items):
            return [_fitted(item, field, self.evaluator) for item in value.items]
        return _fitted(value, field, self.evaluator)
