"""Filters whose parts are objects, as language models write them: they mean the same as lists, and what is none is named by its place."""

from __future__ import annotations

from typing import Any

import hypothesis
import hypothesis.strategies as st
import pytest
from jsonschema import Draft202012Validator

from connector_kit import InputError, parse_filter
from connector_kit.documents import call_from_json, filter_from_json
from connector_kit.filters import OPS_BY_TYPE
from connector_kit.hosts.export import tools
from connector_kit.tool_schemas import tool_schema
from english_support import twilio_manifest

CONCEPT = twilio_manifest().concepts[0]
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": st.text("ab", max_size=3),
    "number": st.integers(-5, 5) | st.floats(-5, 5),
    "datetime": st.sampled_from(["2026-03-09", "2026-03-09T12:00:00Z"]),
}


def _condition(name: str, scalar: str, op: str) -> st.SearchStrategy[list[Any]]:
    one = VALUES[scalar]
    value = st.lists(one, max_size=3) if op == "in" else one | st.none() if op in ("eq", "ne") else one
    return value.map(lambda given: [op, name, given])


conditions = st.one_of(
    [_condition(field.id, field.type.scalar, op) for field in CONCEPT.fields for op in OPS_BY_TYPE[field.type.scalar]]
)
trees = st.recursive(
    conditions,
    lambda inner: st.one_of(
        inner.map(lambda part: ["not", part]),
        st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=3)).map(lambda two: [two[0], *two[1]]),
    ),
    max_leaves=6,
)  # fmt: skip


def objects(tree: list[Any], draw: Any = None) -> Any:
    """Write lists as objects; with ``draw``, only some of them."""
    if draw is not None and draw(st.booleans()):
        return [tree[0], *(objects(part, draw) for part in tree[1:])] if tree[0] in ("and", "or", "not") else tree
    op, *rest = tree
    if op == "not":
        return {"not": objects(rest[0], draw)}
    if op in ("and", "or"):
        return {op: [objects(part, draw) for part in rest]}
    return {"value": rest[1], "field": rest[0], "op": op}


STRICT_READ = Draft202012Validator(tools(twilio_manifest(), "openai-responses")[0]["parameters"])
PLAIN_READ = Draft202012Validator(tool_schema(twilio_manifest(), twilio_manifest().actions[0]))


@hypothesis.given(trees)
def test_a_filter_of_objects_fits_the_schemas_and_means_the_same_as_one_of_lists(tree: list[Any]) -> None:
    written = objects(tree)
    assert filter_from_json(written, CONCEPT) == parse_filter(tree, CONCEPT)
    PLAIN_READ.validate({"filter": written})
    STRICT_READ.validate({"filter": written, "limit": None, "offset": None})


@hypothesis.given(trees, st.data())
def test_lists_and_objects_may_stand_in_each_other(tree: list[Any], data: st.DataObject) -> None:
    assert filter_from_json(objects(tree, data.draw), CONCEPT) == parse_filter(tree, CONCEPT)


def faults(tree: Any) -> dict[str, str]:
    with pytest.raises(InputError) as caught:
        call_from_json(twilio_manifest(), "read_sms_messages", {"filter": tree})
    return {problem.path: problem.message for problem in caught.value.problems}


@pytest.mark.parametrize(
    "tree",
    [
        {},
        {"field": "status", "op": "eq"},
        {"field": "status", "op": "eq", "value": "failed", "colour": "red"},
        {"and": {"field": "status", "op": "eq", "value": "failed"}},
        {"and": [], "or": []},
        {"op": "and", "field": ["eq", "status", "failed"], "value": ["eq", "status", "sent"]},
        {"xor": []},
    ],
)
def test_an_object_that_is_no_condition_is_named_by_its_place(tree: Any) -> None:
    for given, path in (
        (tree, "filter"),
        ({"not": tree}, "filter[1]"),
        (["and", ["eq", "sid", "x"], tree], "filter[2]"),
    ):
        assert "is not a condition" in faults(given)[path]


def test_a_join_of_nothing_and_a_nest_too_deep_are_refused() -> None:
    assert "one condition or more" in faults({"and": []})["filter"]
    deep: Any = {"field": "sid", "op": "eq", "value": "x"}
    for _ in range(5000):
        deep = {"not": deep}
    (message,) = faults(deep).values()
    assert "nested deeper" in message
