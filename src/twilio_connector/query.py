"""Turn a filter into what Twilio's message list can filter by itself, as a superset: the engine checks every message again.

Twilio's list knows To, From and DateSent, and fetches one message by its SID. Its DateSent inequalities are documented and
observed in several ways: including or excluding the boundary, to the second or cut to the GMT day. So a lower bound is sent one
second early, and an upper bound is moved to the next midnight in UTC, which no reading cuts short.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from connector_kit import Comparison, Filter, Negation

MAX_PAGE_SIZE = 1000  # Twilio's OpenAPI document, ListMessage, PageSize

_FLIPPED = {"eq": "ne", "ne": "eq"}
# E.164 and short codes, sender ids, and channel addresses such as whatsapp:+15551234567; anything else is compared here only.
_ADDRESS = re.compile(r"([a-z]+:)?\+?[0-9A-Za-z][0-9A-Za-z _&.-]*")
_INSTANT, _FIRST = timedelta(microseconds=1), datetime.min.replace(tzinfo=UTC)
_SID = re.compile(r"(SM|MM)[0-9a-fA-F]{32}")


@dataclass(frozen=True, slots=True)
class Query:
    """What Twilio is asked for. ``since`` and ``until`` bound the date sent, both included. ``exact``: little is left to drop."""

    sid: str | None = None
    sender: str | None = None
    recipient: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    exact: bool = True

    def parameters(self) -> list[tuple[str, str]]:
        """Return the query parameters in Twilio's spelling; what is not asked for is absent."""
        asked = [
            ("To", self.recipient),
            ("From", self.sender),
            ("DateSent>", self.since and _text(_early(self.since))),
            ("DateSent<", self.until and _text(_late(self.until))),
        ]
        return [(name, value) for name, value in asked if value]

    def page_size(self, wanted: int | None) -> int:
        """Choose the page size for the number of messages wanted: no more than needed, never above Twilio's maximum."""
        return min(wanted, MAX_PAGE_SIZE) if wanted and self.exact else MAX_PAGE_SIZE


def query(tree: Filter | None) -> Query:
    """Return the narrowest query that cannot miss a message which passes the filter."""
    if tree is None:
        return Query()
    if isinstance(tree, Negation):
        return _negated(tree.part)
    if isinstance(tree, Comparison):
        return _comparison(tree)
    parts = [query(part) for part in tree.parts] or [Query(exact=False)]
    return functools.reduce(_both if tree.op == "and" else _either, parts)


def _negated(tree: Filter) -> Query:
    if isinstance(tree, Negation):
        return query(tree.part)
    if isinstance(tree, Comparison) and tree.op in _FLIPPED:
        return _comparison(replace(tree, op=_FLIPPED[tree.op]))
    # Not so for inequalities: a message without a date is not before a date and not after it either.
    return Query(exact=False)


def _comparison(condition: Comparison) -> Query:
    op, field, value = condition.op, condition.field, condition.value
    if op == "in" and len(value) == 1:
        op, value = "eq", value[0]
    if field == "date_sent" and isinstance(value, datetime):
        return _date_sent(op, value)
    if op == "eq" and isinstance(value, str):
        if field == "sid" and _SID.fullmatch(value):
            return Query(sid=value)
        if field == "sender_number" and _ADDRESS.fullmatch(value):
            return Query(sender=value)
        if field == "recipient_number" and _ADDRESS.fullmatch(value):
            return Query(recipient=value)
    return Query(exact=False)


def _date_sent(op: str, value: datetime) -> Query:
    if op in ("gt", "ge"):
        return Query(since=value)
    if op == "lt":
        # The last instant before it, so that "before midnight" does not ask for the day that begins there.
        return Query(until=value - _INSTANT if value > _FIRST else value, exact=False)
    if op == "le":
        return Query(until=value, exact=False)
    return Query(since=value, until=value, exact=False) if op == "eq" else Query(exact=False)


def _both(one: Query, other: Query) -> Query:
    return Query(
        sid=one.sid or other.sid,
        sender=one.sender or other.sender,
        recipient=one.recipient or other.recipient,
        since=_picked(max, one.since, other.since),
        until=_picked(min, one.until, other.until),
        exact=one.exact and other.exact,
    )


def _either(one: Query, other: Query) -> Query:
    """Keep only what holds in both branches."""
    return Query(
        sid=one.sid if one.sid == other.sid else None,
        sender=one.sender if one.sender == other.sender else None,
        recipient=one.recipient if one.recipient == other.recipient else None,
        since=min(one.since, other.since) if one.since and other.since else None,
        until=max(one.until, other.until) if one.until and other.until else None,
        exact=False,
    )


def _picked(choose: Callable[..., Any], *bounds: datetime | None) -> datetime | None:
    return choose((bound for bound in bounds if bound is not None), default=None)  # type: ignore[no-any-return]  # min or max of datetimes


def _early(since: datetime) -> datetime | None:
    """One second before, for a reading of the bound that excludes it; None where there is no earlier date."""
    try:
        return since.astimezone(UTC).replace(microsecond=0) - timedelta(seconds=1)
    except OverflowError:
        return None


def _late(until: datetime) -> datetime | None:
    """The first midnight in UTC after it; None where there is no later date."""
    try:
        return datetime.combine(until.astimezone(UTC).date() + timedelta(days=1), time(), UTC)
    except OverflowError:
        return None


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
