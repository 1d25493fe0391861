"""What is pushed to Twilio's own filters: never less than the filter needs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from connector_kit import load_manifest, parse_filter
from connector_kit.filters import prepare
from support import ROOT
from twilio_connector.query import Query, query

CONCEPT = load_manifest(ROOT / "connector.yaml").concepts[0]
NUMBER, OTHER, SID = "+12125550123", "+12125550124", f"SM{7:032x}"


def pushed(tree: Any) -> dict[str, str]:
    """Return the query parameters for a filter in its JSON form."""
    return dict(query(prepare(parse_filter(tree, CONCEPT), CONCEPT, UTC)).parameters())


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        (["eq", "sender_number", NUMBER], {"From": NUMBER}),
        (["eq", "recipient_number", NUMBER], {"To": NUMBER}),
        (["in", "recipient_number", [NUMBER]], {"To": NUMBER}),
        (["in", "recipient_number", [NUMBER, OTHER]], {}),
        (["not", ["ne", "sender_number", NUMBER]], {"From": NUMBER}),
        (["not", ["not", ["eq", "sender_number", NUMBER]]], {"From": NUMBER}),
        (["not", ["eq", "sender_number", NUMBER]], {}),
        (["ne", "sender_number", NUMBER], {}),
        (["eq", "sender_number", None], {}),
        (["eq", "sender_number", ""], {}),
        (["eq", "sender_number", "?x=1&To=2"], {}),
        (["eq", "status", "failed"], {}),
        (["and", ["eq", "sender_number", NUMBER], ["eq", "status", "failed"]], {"From": NUMBER}),
        (["or", ["eq", "sender_number", NUMBER], ["eq", "status", "failed"]], {}),
        (["or", ["eq", "sender_number", NUMBER], ["eq", "sender_number", NUMBER]], {"From": NUMBER}),
        (["gt", "date_sent", "2026-03-01T12:00:00Z"], {"DateSent>": "2026-03-01T11:59:59Z"}),
        (["lt", "date_sent", "2026-03-01T12:00:00Z"], {"DateSent<": "2026-03-02T00:00:00Z"}),
        (["lt", "date_sent", "2026-03-01T00:00:00Z"], {"DateSent<": "2026-03-01T00:00:00Z"}),
        (["le", "date_sent", "2026-03-01T00:00:00Z"], {"DateSent<": "2026-03-02T00:00:00Z"}),
        (["eq", "date_sent", "2026-03-01"], {"DateSent>": "2026-02-28T23:59:59Z", "DateSent<": "2026-03-02T00:00:00Z"}),
        (["not", ["gt", "date_sent", "2026-03-01T12:00:00Z"]], {}),
        (
            ["in", "date_sent", ["2026-03-01", "2026-03-05"]],
            {"DateSent>": "2026-02-28T23:59:59Z", "DateSent<": "2026-03-06T00:00:00Z"},
        ),
        (
            [
                "and",
                ["ge", "date_sent", "2026-03-01"],
                ["lt", "date_sent", "2026-03-03"],
                ["lt", "date_sent", "2026-03-02"],
            ],
            {"DateSent>": "2026-02-28T23:59:59Z", "DateSent<": "2026-03-02T00:00:00Z"},
        ),
        (["or", ["ge", "date_sent", "2026-03-01"], ["eq", "status", "queued"]], {}),
        (["gt", "date_created", "2026-03-01"], {}),
        (["gt", "date_sent", "0001-01-01T00:00:00Z"], {}),
        (["le", "date_sent", "9999-12-31T23:59:59Z"], {}),
        (["lt", "date_sent", "0999-03-01T12:00:00Z"], {"DateSent<": "0999-03-02T00:00:00Z"}),
    ],
)
def test_only_what_cannot_lose_a_message_is_pushed(tree: Any, expected: dict[str, str]) -> None:
    assert pushed(tree) == expected


def test_a_sid_is_fetched_instead_of_searched() -> None:
    prepared = prepare(parse_filter(["and", ["eq", "sid", SID], ["eq", "status", "sent"]], CONCEPT), CONCEPT, UTC)
    assert query(prepared).sid == SID
    assert query(prepare(parse_filter(["eq", "sid", "../Accounts"], CONCEPT), CONCEPT, UTC)).sid is None


@pytest.mark.parametrize(
    ("asked", "wanted", "size"),
    [
        (Query(), None, 1000),
        (Query(), 20, 20),
        (Query(), 5000, 1000),
        (Query(sender=NUMBER), 20, 20),
        (Query(since=datetime(2026, 3, 1, tzinfo=UTC)), 20, 20),
        (Query(exact=False), 20, 1000),
    ],
)
def test_the_page_size_follows_the_limit_where_the_pages_hold_only_matches(
    asked: Query, wanted: int | None, size: int
) -> None:
    assert asked.page_size(wanted) == size
