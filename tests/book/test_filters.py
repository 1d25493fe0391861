"""Every expression that Kognitos can build means what the same filter means to every other host, or is refused as there."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kognitos.bdk.api import FilterBinaryExpression, FilterExpression

from book_desk import AND, OPERATORS, OR, Desk, compare, connected, field, joined, negated, no_requests, value
from connector_kit import ConceptSpec, InputError, load_manifest
from connector_kit.filters import OPS_BY_TYPE
from support import NOW, ROOT, stored
from twilio_sandbox.seed import OWN_NUMBER

CONCEPT: ConceptSpec = load_manifest(ROOT / "connector.yaml").concepts[0]
FLIPPED = {"eq": "eq", "ne": "ne", "lt": "gt", "gt": "lt", "le": "ge", "ge": "le"}
SAMPLES: dict[str, list[Any]] = {
    "text": ["message 1", "delivered", "2", "", OWN_NUMBER],
    "number": [0, 1, 30005, -0.0075, 2.5],
    "datetime": [NOW, NOW - timedelta(minutes=2), date(2026, 3, 10), datetime(2026, 3, 10, 11, 59, tzinfo=UTC)],
}


def messages(number: int) -> dict[str, Any]:
    """Return what makes the stored messages differ in every field that can differ."""
    return {
        "sender": ("+12125550101", "+12125550102", OWN_NUMBER)[number % 3],
        "status": ("delivered", "failed", "sent")[number % 3],
        "price": (Decimal("-0.0075"), None)[number % 2],
        "price_unit": ("USD", None)[number % 2],
        "segments": str(1 + number % 2),
        "media": number % 2,
        "error_code": (None, None, 30005)[number % 3],
        "error_message": (None, None, "Unknown destination handset")[number % 3],
    }


@pytest.fixture(scope="module")
def full() -> Desk:
    """A book on an account with six messages that differ in every field."""
    desk = connected()
    stored(desk.at.sandbox, 6, change=messages)
    return desk


def outcome(work: Any) -> Any:
    """Return the SIDs that are found, or that it was refused."""
    try:
        return [message.sid for message in work()]
    except (InputError, ValueError) as exc:
        return f"refused {type(exc).__name__ == 'TypeMismatchError'}"


def same_everywhere(desk: Desk, expression: FilterExpression, tree: object) -> Any:
    """Hold the book to what the filter means where it is given in its JSON form."""
    theirs = outcome(lambda: desk.read(expression))
    assert theirs == outcome(lambda: desk.at.read(tree))
    return theirs


@pytest.mark.parametrize("op", list(OPERATORS))
@pytest.mark.parametrize("name", [each.id for each in CONCEPT.fields])
def test_every_operator_on_every_field_is_applied_or_refused_by_name(full: Desk, name: str, op: str) -> None:
    spec = CONCEPT.field(name)
    assert spec is not None
    for sample in [*SAMPLES[spec.type.scalar], None]:
        held = [sample] if op == "in" else sample
        found = same_everywhere(full, compare(op, spec.phrase, held), [op, name, held])
        if op in OPS_BY_TYPE[spec.type.scalar] and (sample is not None or op in ("eq", "ne")):
            assert isinstance(found, list), (name, op, sample)
        else:
            assert isinstance(found, str)
        if op in FLIPPED:
            turned = compare(FLIPPED[op], value(held), field(spec.phrase))
            assert outcome(lambda turned=turned: full.read(turned)) == found


def conditions() -> st.SearchStrategy[tuple[FilterExpression, list[Any]]]:
    """Draw an expression and the same filter in its JSON form."""

    def single(spec: Any, op: str, sample: Any) -> tuple[FilterExpression, list[Any]]:
        held = [sample] if op == "in" else sample
        return compare(op, spec.phrase, held), [op, spec.id, held]

    leaves = st.sampled_from(CONCEPT.fields).flatmap(
        lambda spec: st.builds(
            single,
            st.just(spec),
            st.sampled_from([op for op in OPERATORS if op in OPS_BY_TYPE[spec.type.scalar]]),
            st.sampled_from(SAMPLES[spec.type.scalar]),
        )
    )
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            inner.map(lambda pair: (negated(pair[0]), ["not", pair[1]])),
            st.tuples(st.sampled_from([(AND, "and"), (OR, "or")]), st.lists(inner, min_size=2, max_size=3)).map(
                lambda drawn: (
                    joined(drawn[0][0], *(pair[0] for pair in drawn[1])),
                    [drawn[0][1], *(pair[1] for pair in drawn[1])],
                )
            ),
        ),
        max_leaves=8,
    )


@given(conditions())
def test_a_tree_of_conditions_finds_what_it_finds_everywhere(full: Desk, drawn: Any) -> None:
    assert isinstance(same_everywhere(full, *drawn), list)


def test_a_chain_may_be_as_long_as_it_likes(full: Desk) -> None:
    """The platform joins two by two, so that a list of a thousand is a thousand levels deep there."""
    found = full.sids(joined(OR, *(compare("eq", "body", f"message {number}") for number in range(3000))))
    assert len(found) == 6
    assert full.sids(joined(AND, *(compare("ne", "body", f"message {number}") for number in range(3000)))) == []


@pytest.mark.parametrize("depth", [60, 100_000])
def test_what_is_nested_too_deep_is_refused(full: Desk, depth: int) -> None:
    expression = compare("eq", "status", "failed")
    for _ in range(depth):
        expression = negated(expression)
    with no_requests(full), pytest.raises(ValueError, match="split it into several reads"):
        full.read(expression)


def test_an_operator_that_comes_with_a_later_api_is_refused_by_name(full: Desk) -> None:
    class Later:
        name = "SOUNDS_LIKE"

    unknown = FilterBinaryExpression(field("body"), Later(), value("a"))
    with no_requests(full), pytest.raises(ValueError, match="an operator that is not known here: SOUNDS_LIKE"):
        full.read(unknown)
    other = negated(compare("eq", "body", "a"))
    other.operator = Later()
    with no_requests(full), pytest.raises(ValueError, match="an operator that is not known here"):
        full.read(other)


@pytest.mark.parametrize("held", [True, 1.5, float("inf"), float("nan"), datetime.min.time(), {}, [["a"]]])
def test_a_value_that_no_text_is_compared_with_is_refused(full: Desk, held: Any) -> None:
    with no_requests(full), pytest.raises(ValueError, match="status: "):
        full.read(compare("eq", "status", held))


def test_a_comparison_inside_a_comparison_is_refused(full: Desk) -> None:
    inner = compare("eq", "status", "failed")
    with no_requests(full), pytest.raises(ValueError, match="something other than one field and one value"):
        full.read(compare("eq", inner, True))
