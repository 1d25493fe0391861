"""The Kognitos book leads to the same path as every other host: the same calls, in the environment in which the book runs."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from connector_kit import ConnectorError, FieldSpec
from one_path import CALLS, Asked
from one_path_drivers import Desk, Driver, Ending, manifest, opened
from one_path_hosts import differences

api = pytest.importorskip(
    "kognitos.bdk.api", reason="Kognitos' package stands in an environment of its own: make test-book"
)

# What the platform cannot write, or asks for itself: a procedure has the inputs that it has, and all that are required.
LEFT_OUT = {
    "a dry run", "an input that is not there", "an action that is not there", "no recipient", "a text starts with",
}  # fmt: skip
OPERATORS = {"eq": "EQUALS", "ne": "NOT_EQUALS", "in": "IN", "has": "HAS", "lt": "LESS_THAN", "gt": "GREATER_THAN",
             "le": "LESS_THAN_OR_EQUAL", "ge": "GREATER_THAN_OR_EQUAL", "and": "AND", "or": "OR"}  # fmt: skip


class Book(Driver):
    """A procedure of the book. Of a result the platform sees the output, and of an error a class of its own, with ours as cause."""

    name = "book"

    def call(self, desk: Desk, asked: Asked) -> Ending:
        book = import_module("twilio_connector.book").TwilioBook()
        inputs = dict(asked.document)
        tree = inputs.pop("filter", None)
        if tree is not None:
            inputs["filter_expression"] = expression(tree)
        with opened() as connector:
            # The connection of these tests; the book's own leads to the service itself.
            book._adapter = over(connector)
            try:
                output = getattr(book, asked.action)(**inputs)
            except Exception as exc:
                if not isinstance(exc.__cause__, ConnectorError):
                    raise
                ending = Ending.of({"error": exc.__cause__.to_json()})
                return dataclasses.replace(ending, paths=frozenset())
        items = [dataclasses.asdict(item) for item in output] if isinstance(output, list) else output
        return Ending("done", {"output": TypeAdapter(Any).dump_python(items, mode="json")})

    def expected(self, asked: Asked, wanted: Ending) -> Ending:
        result = {"output": wanted.result["output"]} if wanted.result else {}
        # The platform has no place for the names of inputs; they stand in the text.
        return dataclasses.replace(wanted, result=result, paths=frozenset())


def over(connector: Any) -> Any:
    """Return an adapter over a connection that is open already."""
    adapter = import_module("connector_kit.hosts.kognitos.adapter").Adapter("twilio", connector)
    adapter._opened = type("Opened", (), {"name": "default"})
    return adapter


def expression(tree: list[Any]) -> Any:
    """Write a filter of lists as the platform's expression."""
    op, *rest = tree
    if op == "not":
        return api.FilterUnaryExpression(api.FilterUnaryOperator.NOT, expression(rest[0]))
    operator = getattr(api.FilterBinaryOperator, OPERATORS[op])
    if op in ("and", "or"):
        left, right = rest
        return api.FilterBinaryExpression(expression(left), operator, expression(right))
    field = manifest().concepts[0].field(rest[0])
    name = api.NounPhrase.from_word_list((field.phrase if field else rest[0]).split())
    return api.FilterBinaryExpression(
        api.NounPhrasesExpression([name]), operator, api.ValueExpression(value(field, rest[1]))
    )


def value(field: FieldSpec | None, plain: Any) -> Any:
    """Return a datetime or a date where the platform has one; a text that is none stays one."""
    if field is None or field.type.scalar != "datetime" or not isinstance(plain, str):
        return plain
    try:
        return datetime.fromisoformat(plain) if "T" in plain else date.fromisoformat(plain)
    except ValueError:
        return plain


@pytest.mark.parametrize(
    "asked", [asked for asked in CALLS if asked.name not in LEFT_OUT], ids=lambda asked: asked.name
)
def test_a_procedure_of_the_book_ends_as_in_python(
    asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert differences(Desk(tmp_path, monkeypatch, capsys), asked, Book()) == []
