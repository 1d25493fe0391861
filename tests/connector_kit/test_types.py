"""The type language: what it reads, what it refuses, and that its check agrees with its JSON Schema."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_kit.schemas import check
from connector_kit.types import SCALARS, Type, json_schema, mismatch, parse_instant

SCALAR_TYPES = st.sampled_from([name for name in SCALARS if name not in ("datetime", "sensitive")]).map(Type)
TYPES = st.recursive(
    SCALAR_TYPES,
    lambda inner: st.one_of(
        inner.map(lambda t: Type("list", t)),
        inner.filter(lambda t: not t.is_optional).map(lambda t: Type("optional", t)),
    ),
    max_leaves=3,
)
JSON_VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=5)
    ),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


@given(TYPES)
def test_a_type_reads_back_from_its_own_text(type_: Type) -> None:
    """Hosts show types as text, and manifests are written in it."""
    assert Type.parse(str(type_)) == type_


@pytest.mark.parametrize(
    "text", ["", "Text", "optional[optional[text]]", "list[]", "text]", "optional[text", "int|str", "a_b"]
)
def test_what_is_not_a_type_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(ValueError, match=r"allowed: text, number|twice"):
        Type.parse(text)


@given(TYPES, JSON_VALUES)
def test_the_check_accepts_exactly_what_the_json_schema_accepts(type_: Type, value: object) -> None:
    """A host that validates by the schema and the engine must not disagree."""
    assert (mismatch(type_, value) is None) == (check(value, json_schema(type_)) == [])


@pytest.mark.parametrize("value", [math.nan, math.inf, Decimal("NaN"), Decimal("-Infinity")])
def test_a_number_that_cannot_be_compared_is_refused(value: object) -> None:
    assert mismatch(Type("number"), value) == "give a number that is not infinite"


def test_the_complaint_never_repeats_the_value() -> None:
    """The value may be a phone number, and the complaint may be logged."""
    assert mismatch(Type("text"), 15551234567) == "give text, not a number"


@pytest.mark.parametrize(
    "text", ["2022-03-01", "2022-03-01T15:00:00", "2022-13-01T15:00:00Z", "yesterday", "20220301T150000Z"]
)
def test_a_date_time_without_an_offset_or_a_calendar_is_refused(text: str) -> None:
    """JSON Schema's date-time is RFC 3339, which always has an offset."""
    with pytest.raises(ValueError, match=r"month|offset"):
        parse_instant(text)
