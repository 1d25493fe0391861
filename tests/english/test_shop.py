"""A connector with many actions is called by its own words: two nouns, lists without conditions, every type of input."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from connector_kit import Manifest, load_manifest
from connector_kit.english.meaning.catalogue import Catalogue
from connector_kit.loading import parse_manifest
from english_support import outcome, toy_manifest, twilio_manifest
from support import ROOT

DISPATCH = """
dispatch a purchase to "Oak Street 1" via "UPS" where
  the order number is 5
  the express is false
  the tags are "fragile", "wet" and "red"
  the weights are 1, 2.5
"""


@functools.cache
def shop() -> Manifest:
    return load_manifest(ROOT / "tests" / "shop_connector.yaml")


@pytest.mark.parametrize(
    ("text", "program"),
    [
        ("get some purchases from web shop", [{"call": "list_orders", "book": "web shop"}]),
        (
            'list orders for "Ana" from "Spain" whose paid is true',
            [
                {
                    "call": "list_orders",
                    "filter": [
                        "and",
                        ["eq", "customer name", "Ana"],
                        ["eq", "country", "Spain"],
                        ["eq", "paid", True],
                    ],
                }
            ],
        ),
        (
            "get a customer order whose number is 5\nsay the order's customer",
            [
                {"call": "list_orders", "one": True, "filter": ["eq", "number", 5]},
                {"say": {"ref": ["order", "customer name"]}},
            ],
        ),
        (
            "list all countries\nprocess each country as follows\n  say the country's name",
            [
                {"call": "list_countries"},
                {"each": "country", "over": "countries", "do": [{"say": {"ref": ["country", "name"]}}]},
            ],
        ),
        (
            "list a country\nsay the country's name",
            [{"call": "list_countries", "one": True}, {"say": {"ref": ["country", "name"]}}],
        ),
        (
            DISPATCH,
            [
                {
                    "call": "ship_order",
                    "inputs": {
                        "address": "Oak Street 1",
                        "carrier": "UPS",
                        "order number": 5,
                        "express": False,
                        "tags": ["fragile", "wet", "red"],
                        "weights": [1, 2.5],
                    },
                }
            ],
        ),
        (
            'the express is true\nship an order to "x" on the day off where the order number is 7',
            [
                {"define": "express", "value": True},
                {
                    "call": "ship_order",
                    "inputs": {
                        "address": "x",
                        "ship date": {"ref": "day off"},
                        "order number": 7,
                        "express": {"ref": "express"},
                    },
                },
            ],
        ),
        (
            'assign an agent to an order where\n  the agent is "Bo"\nsay the case number',
            [{"call": "assign_to_order", "inputs": {"agent": "Bo"}}, {"say": {"ref": "case number"}}],
        ),
        (
            'assign the agent to the country with the agent is "Bo"',
            [{"call": "assign_to_country", "inputs": {"agent": "Bo"}}],
        ),
    ],
)
def test_its_sentences_are_understood(text: str, program: list[dict[str, Any]]) -> None:
    known = 'convert "2026-03-01" to a datetime as the day off\n' if "day off" in text else ""
    first = [{"convert": "2026-03-01", "to": "datetime", "as": "day off"}] if known else []
    assert outcome(known + text, shop()) == {"program": first + program}


@pytest.mark.parametrize(
    ("text", "kind", "place", "says"),
    [
        ('list orders whose paid is "yes"', "type_mismatch", (1, 27), "true or false"),
        ("list orders whose paid > true", "unsupported_operator", (1, 24), "is one of"),
        ('list orders whose tags is "red"', "unsupported_operator", (1, 24), "is empty"),
        ('list countries whose name is "x"', "filter_not_supported", (1, 16), "takes no conditions"),
        ("list countries with\n  the limit is 5", "unknown_input", (2, 3), "list all countries has no limit"),
        ("list the first 5 countries", "unknown_input", (1, 6), "takes no limit"),
        ('ship an order to "x" via ups', "unknown_book", (1, 26), 'quotes around it: "ups"'),
        ('ship an order on "2026-03-01"', "type_mismatch", (1, 18), "ship date needs a datetime"),
        ('ship an order where\n  the express is "no"', "type_mismatch", (2, 18), "express needs true or false"),
        ('ship an order where\n  the weights are 1, "x"', "type_mismatch", (2, 22), "weights needs a number"),
        ("ship an order where\n  the order number is 5.5", "invalid_value", (2, 23), "whole number"),
        ('the express is "no"\nship an order to "x"', "type_mismatch", (2, 1), "express needs true or false"),
        ("assign an agent to customer", "ambiguous_action", (1, 1), "or assign an agent to a country"),
        ("list orders from amazon", "unknown_book", (1, 18), "Installed: web shop"),
    ],
)
def test_what_is_wrong_is_said_in_its_words(text: str, kind: str, place: tuple[int, int], says: str) -> None:
    found = outcome(text, shop())["error"]
    assert (found["kind"], found["line"], found["column"]) == (kind, *place)
    assert says in found["message"]


def test_actions_of_one_object_are_told_apart_by_what_they_are_aimed_at() -> None:
    found = outcome("assign an agent", shop())["error"]
    assert found["kind"] == "ambiguous_action"
    assert found["suggestions"] == ["assign an agent to an order", "assign an agent to a country"]


@pytest.mark.parametrize("manifest", [shop(), toy_manifest(), twilio_manifest()], ids=lambda each: str(each.id))
def test_every_phrase_that_is_offered_can_be_written(manifest: Manifest) -> None:
    for phrase in Catalogue([manifest]).phrases():
        assert "error" not in outcome(phrase, manifest), phrase


def test_an_action_without_an_aim_is_meant_where_none_is_said() -> None:
    data = shop().model_dump(mode="json", exclude_defaults=True)
    data["actions"][4] |= {"phrase": "to assign an agent"}
    found = outcome('assign an agent with the agent is "Bo"', parse_manifest(data))
    assert found == {"program": [{"call": "assign_to_country", "inputs": {"agent": "Bo"}}]}


@pytest.mark.parametrize(
    ("text", "action"),
    [("send an order", "ship_order"), ("send a text", "send_sms_message"), ("get some orders", "list_orders"),
     ("get some texts", "read_sms_messages"), ("get some memos", "read_notes")],
)  # fmt: skip
def test_a_verb_of_many_connectors_goes_by_its_noun(text: str, action: str) -> None:
    facts = 'the order number is 1\nthe address is "x"\nthe express is true\nthe sender number is "+15550100"\n'
    facts += 'the recipient number is "+15550123"\nthe message body is "Hi"\n'
    program = outcome(facts + text, shop(), toy_manifest(), twilio_manifest())["program"]
    assert program[-1]["call"] == action


def test_the_book_of_another_connector_is_refused_with_the_right_one() -> None:
    found = outcome("list orders from twilio", shop(), twilio_manifest())["error"]
    assert (found["kind"], found["suggestions"]) == ("unknown_book", ["web shop"])
    assert found["message"] == "twilio cannot list some orders; web shop can."


def test_what_is_missing_is_asked_for_by_its_type() -> None:
    found = outcome("ship an order", shop())["question"]
    assert (found["about"], found["type"]) == ("order number", "number")
    asked = outcome('the order number is 1\nthe address is "x"\nship an order', shop())["question"]
    assert (asked["about"], asked["type"], asked["choices"]) == ("express", "boolean", ["true", "false"])
