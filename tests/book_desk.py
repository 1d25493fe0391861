"""What the tests of the book need: the Twilio book on a sandbox in this process, and expressions as the platform hands them over."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from kognitos.bdk.api import (
    FilterBinaryExpression,
    FilterBinaryOperator,
    FilterExpression,
    FilterUnaryExpression,
    FilterUnaryOperator,
    NounPhrase,
    NounPhrasesExpression,
    ValueExpression,
)
from kognitos.bdk.typing import Sensitive

from connector_kit import Manifest
from connector_kit.hosts.kognitos.adapter import Adapter
from connector_kit.hosts.kognitos.generator import book_class, book_text
from support import Twilio, twilio
from twilio_connector.book import SMSMessage, TwilioBook
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN

AND, OR = FilterBinaryOperator.AND, FilterBinaryOperator.OR
OPERATORS = {
    "eq": FilterBinaryOperator.EQUALS,
    "ne": FilterBinaryOperator.NOT_EQUALS,
    "in": FilterBinaryOperator.IN,
    "has": FilterBinaryOperator.HAS,
    "lt": FilterBinaryOperator.LESS_THAN,
    "gt": FilterBinaryOperator.GREATER_THAN,
    "le": FilterBinaryOperator.LESS_THAN_OR_EQUAL,
    "ge": FilterBinaryOperator.GREATER_THAN_OR_EQUAL,
}


def field(*names: str) -> FilterExpression:
    """Return a field as the platform names it: ``field("sms message", "sender number")`` is its owner's."""
    return NounPhrasesExpression([NounPhrase.from_str(name) for name in names])


def value(held: Any) -> FilterExpression:
    """Return a value."""
    return ValueExpression(held)


def compare(op: str, left: FilterExpression | str, right: Any) -> FilterExpression:
    """Return a comparison; a name on the left is a field, and anything plain on the right a value."""
    left = field(left) if isinstance(left, str) else left
    right = right if isinstance(right, FilterExpression) else value(right)
    return FilterBinaryExpression(left, OPERATORS[op], right)


def joined(operator: FilterBinaryOperator, *parts: FilterExpression) -> FilterExpression:
    """Join conditions as the platform does: two by two."""
    first, *others = parts
    for other in others:
        first = FilterBinaryExpression(first, operator, other)
    return first


def negated(inner: FilterExpression) -> FilterExpression:
    """Return the opposite of a condition."""
    return FilterUnaryExpression(FilterUnaryOperator.NOT, inner)


# What Kognitos reads of the classes that it has marked.
BOOK: Any = TwilioBook.__dict__["__book__"]
CONCEPTS: set[NounPhrase] = SMSMessage.__dict__["__is_a__"]


@dataclass
class Desk:
    """A book that is connected to a sandbox."""

    book: TwilioBook
    at: Twilio

    def read(self, expression: FilterExpression | None = None, **paging: Any) -> list[SMSMessage]:
        """Read messages."""
        found: list[SMSMessage] = self.book.read_sms_messages(filter_expression=expression, **paging)
        return found

    def sids(self, expression: FilterExpression | None = None, **paging: Any) -> list[str | None]:
        """Read messages, and return their SIDs."""
        return [message.sid for message in self.read(expression, **paging)]


def disconnected(transport: httpx.BaseTransport | None = None, **settings: Any) -> Desk:
    """Return a book to which nobody has given credentials yet."""
    at = twilio(transport=transport, **settings)
    book = TwilioBook()
    book._adapter = Adapter("twilio", at.connector)
    return Desk(book, at)


def connected(transport: httpx.BaseTransport | None = None, **settings: Any) -> Desk:
    """Return a book that was given the credentials of the sandbox's account."""
    desk = disconnected(transport, **settings)
    desk.book.connect(ACCOUNT_SID, Sensitive(AUTH_TOKEN))
    return desk


@contextmanager
def no_requests(desk: Desk) -> Iterator[None]:
    """Fail if anything is asked of the service within this."""
    before = len(desk.at.sandbox.requests)
    yield
    assert len(desk.at.sandbox.requests) == before


def generated(manifest: Manifest, folder: Path) -> Any:
    """Return the class of a book that is generated and imported for a test."""
    path = folder / f"{manifest.id}_book.py"
    path.write_text(book_text(manifest), encoding="utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, book_class(manifest))
