"""Translate between Kognitos and a connector: filters, values, credentials, results and errors, and nothing else.

Beside the books this is the one module that imports Kognitos' own package, which changes ``print`` and logging of the process.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from kognitos.bdk.api import (
    FilterBinaryExpression,
    FilterBinaryOperator,
    FilterExpression,
    FilterExpressionVisitor,
    FilterUnaryExpression,
    FilterUnaryOperator,
    NotFoundError,
    NounPhrasesExpression,
    TestConnectionFailedError,
    TypeMismatchError,
    ValueExpression,
)
from kognitos.bdk.api.errors import AuthenticationFailedError, ForbiddenError
from kognitos.bdk.reflection.types import ConceptScalarType
from kognitos.bdk.typing import Sensitive

from connector_kit import (
    READ_CAP,
    ConceptSpec,
    Connector,
    ConnectorError,
    CredentialsError,
    FieldSpec,
    InputError,
    Manifest,
    Problem,
    RefusedError,
    Result,
)
from connector_kit.documents import call_from_json
from connector_kit.hosts.opened import Opened, loaded

_log = logging.getLogger(__name__)
_Item = TypeVar("_Item")

_JOINS = {FilterBinaryOperator.AND: "and", FilterBinaryOperator.OR: "or"}
_COMPARES = {
    FilterBinaryOperator.EQUALS: "eq",
    FilterBinaryOperator.NOT_EQUALS: "ne",
    FilterBinaryOperator.IN: "in",
    FilterBinaryOperator.HAS: "has",
    FilterBinaryOperator.LESS_THAN: "lt",
    FilterBinaryOperator.GREATER_THAN: "gt",
    FilterBinaryOperator.LESS_THAN_OR_EQUAL: "le",
    FilterBinaryOperator.GREATER_THAN_OR_EQUAL: "ge",
}
# What an operator becomes where the value stands before the field; the others cannot be turned round.
_FLIPPED = {"eq": "eq", "ne": "ne", "lt": "gt", "gt": "lt", "le": "ge", "ge": "le"}


class Adapter:
    """What a book delegates to: one connector, and the connection that the platform named last."""

    def __init__(self, connector_id: str, connector: Connector | None = None) -> None:
        self._id = connector_id
        self._given = connector
        self._opened: Opened | None = None

    @property
    def _connector(self) -> Connector:
        return self._given or loaded(self._id)

    def open(self, method: str, values: Mapping[str, object], *, verify: bool) -> None:
        """Open a connection; only with ``verify`` is the service asked.

        Raises:
            ValueError: for a missing or misshapen value; nothing was sent.
            AuthenticationFailedError: with ``verify``, if the credentials are not accepted.
            TestConnectionFailedError: with ``verify``, if that could not be found out.
        """
        with _translated(checking=verify):
            # A connection that fails must not leave another account in its place.
            before, self._opened = self._opened, None
            plain = {name: _bare(value) for name, value in values.items()}
            opened = Opened.again(before, self._connector, method, plain, name="book")
            if verify:
                self._connector.check(opened.name)
            self._opened = opened

    def items(
        self,
        kind: type[_Item],
        action: str,
        inputs: Mapping[str, object],
        expression: FilterExpression | None = None,
    ) -> list[_Item]:
        """Carry out an action whose output is a list, and return each item as an instance of ``kind``.

        Raises:
            ValueError: if the request needs a change, or finds more than a list can hold.
            Exception: any other of the platform's errors; see ``_platform_error``.
        """
        with _translated():
            result = self._run(action, inputs, expression)
            if result.more:
                raise InputError(f"There are more than {READ_CAP:,}. Give a limit, or say more about which ones.")
            spec = self._connector.manifest.action(action)
            fields = self._connector.manifest.concept(spec.output.type).fields if spec else ()
            return [kind(**{f.id: _number(getattr(item, f.id)) for f in fields}) for item in result.output]

    def value(self, action: str, inputs: Mapping[str, object]) -> Any:
        """Carry out an action whose output is one value, and return it.

        Raises:
            ValueError: if the request needs a change; nothing was sent.
            Exception: any other of the platform's errors; see ``_platform_error``.
        """
        with _translated():
            return _number(self._run(action, inputs, None).output)

    def _run(self, action: str, inputs: Mapping[str, object], expression: FilterExpression | None) -> Result:
        # Held until the end of the call: a connection that is replaced meanwhile is closed only then.
        opened = self._opened
        manifest = self._connector.manifest
        if opened is None:
            raise InputError(f"{manifest.name} is not connected. Connect first. Nothing was sent.")
        call = call_from_json(manifest, action, _document(manifest, action, inputs, expression), connection=opened.name)
        result = self._connector.run(call)
        for notice in result.notices:
            _log.info("%s: %s", notice.code, notice.message)
        return result


# ---- values ---------------------------------------------------------------------------------------------------------


def _bare(value: Any) -> Any:
    """Unwrap a value that the platform may hand over as sensitive or plain."""
    return value.get_value() if isinstance(value, Sensitive) else value


class _TextForDatetimeError(InputError):
    """A text stands where the platform has a type of its own."""

    def __init__(self, field: FieldSpec) -> None:
        super().__init__(f"{field.phrase} needs a datetime, not text. Convert it first. Nothing was sent.")
        self.phrase = field.phrase


def _document(
    manifest: Manifest, action: str, inputs: Mapping[str, object], expression: FilterExpression | None
) -> dict[str, object]:
    """Return what a procedure was given in the form that every host gives: one object of inputs, filter and paging."""
    spec = manifest.action(action)
    fields = {field.id: field for field in spec.inputs} if spec else {}
    document = {name: _value(fields[name], value) if name in fields else value for name, value in inputs.items()}
    if expression is not None and spec is not None:
        document["filter"] = _tree(manifest, manifest.concept(spec.output.type), expression)
    return document


def _value(field: FieldSpec, value: Any) -> Any:
    """Spell a whole number that meets a text field as its digits: the platform has doubles only."""
    value = _bare(value)
    if isinstance(value, list | tuple):
        return [_value(field, each) for each in value]
    if field.type.scalar == "datetime" and isinstance(value, str):
        raise _TextForDatetimeError(field)
    if field.type.scalar == "text" and isinstance(value, int | float) and not isinstance(value, bool):
        return str(int(value)) if float(value).is_integer() else value
    return value


def _number(value: Any) -> Any:
    """Make a double of an exact decimal: the platform has no other number."""
    return float(value) if isinstance(value, Decimal) else value


# ---- filters --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Held:
    """A value that an expression holds."""

    value: Any


def _tree(manifest: Manifest, concept: ConceptSpec, expression: FilterExpression) -> object:
    """Return an expression as a filter in its JSON form, or refuse all of it: no part is ever dropped."""
    try:
        return _Filters(manifest, concept).condition(expression)
    except RecursionError:
        raise _refused("is nested too deep; split it into several reads") from None


def _refused(fault: str) -> InputError:
    return InputError("The filter cannot be used. Nothing was sent.", problems=[Problem("filter", fault)])


class _Filters(FilterExpressionVisitor):
    """Visit an expression. It remembers nothing: each visit returns a condition, a field or a value of its own."""

    def __init__(self, manifest: Manifest, concept: ConceptSpec) -> None:
        self._concept = concept
        short = concept.phrase.removeprefix(f"{manifest.id} ")
        self._nouns = {noun + end for noun in (concept.phrase, short) for end in ("", "s")}

    def condition(self, expression: FilterExpression) -> list[Any]:
        """Return the condition that an expression is."""
        visited = expression.accept(self)
        if not isinstance(visited, list):
            raise _refused("holds a field or a value alone; compare a field with a value")
        return visited

    def visit_binary_expression(self, expression: FilterBinaryExpression) -> list[Any]:
        """Return a comparison, or the conditions that are joined."""
        operator = expression.operator
        if operator in _JOINS:
            return [_JOINS[operator], *self._joined(expression)]
        if operator not in _COMPARES:
            raise _refused(f"has an operator that is not known here: {getattr(operator, 'name', 'without a name')}")
        return self._comparison(_COMPARES[operator], expression)

    def _joined(self, expression: FilterBinaryExpression) -> Iterator[list[Any]]:
        """Yield what a chain of equal operators joins; in a loop, so that a chain may be as long as it likes."""
        waiting: list[FilterExpression] = [expression]
        while waiting:
            each = waiting.pop()
            if isinstance(each, FilterBinaryExpression) and each.operator is expression.operator:
                waiting += [each.right, each.left]
            else:
                yield self.condition(each)

    def _comparison(self, op: str, expression: FilterBinaryExpression) -> list[Any]:
        left, right = expression.left.accept(self), expression.right.accept(self)
        if isinstance(left, _Held) and isinstance(right, FieldSpec):
            if op not in _FLIPPED:
                raise _refused(f"has a value before {right.phrase}; write the field first")
            left, right, op = right, left, _FLIPPED[op]
        if not isinstance(left, FieldSpec) or not isinstance(right, _Held):
            raise _refused("compares something other than one field and one value")
        return [op, left.id, _value(left, right.value)]

    def visit_unary_expression(self, expression: FilterUnaryExpression) -> list[Any]:
        """Return a negation."""
        if expression.operator is not FilterUnaryOperator.NOT:
            raise _refused("has an operator that is not known here")
        return ["not", self.condition(expression.inner)]

    def visit_value(self, expression: ValueExpression) -> _Held:
        """Return a value."""
        return _Held(expression.value)

    def visit_noun_phrases(self, expression: NounPhrasesExpression) -> FieldSpec:
        """Return the field that is named: alone, or as belonging to the concept."""
        *owners, name = [phrase.to_snake_case() for phrase in expression.noun_phrases] or [""]
        if owners and (len(owners) > 1 or owners[0].replace("_", " ") not in self._nouns):
            raise _refused(f"names a part of something else; only {self._concept.phrase} has fields here")
        field = self._concept.field(name)
        if field is None:
            names = ", ".join(each.phrase for each in self._concept.fields)
            raise _refused(f"names a field that {self._concept.phrase} does not have; it has: {names}")
        return field


# ---- errors ---------------------------------------------------------------------------------------------------------


@contextmanager
def _translated(*, checking: bool = False) -> Iterator[None]:
    """Turn our errors into those of the platform; each keeps ours as its cause."""
    try:
        yield
    except ConnectorError as exc:
        raise _platform_error(exc, checking=checking) from exc


def _platform_error(exc: ConnectorError, *, checking: bool) -> Exception:
    """Return the platform's error for one of ours. The message is ours: it says what to do, and holds nothing personal."""
    text = str(exc)
    status = exc.service.status if exc.service is not None else None
    if isinstance(exc, _TextForDatetimeError):
        return TypeMismatchError(exc.phrase, ConceptScalarType.DATETIME)
    if isinstance(exc, InputError):
        return ValueError(text)
    if isinstance(exc, CredentialsError):
        return AuthenticationFailedError(text)
    if isinstance(exc, RefusedError) or status == 403:
        return ForbiddenError(text)
    if checking:
        return TestConnectionFailedError(text)
    return NotFoundError(text) if status == 404 else RuntimeError(text)
