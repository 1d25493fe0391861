"""A connector with other words is called by its own: nothing of the language is made for one connector."""

from __future__ import annotations

from typing import Any

import pytest

from connector_kit import Connector, Manifest
from connector_kit.english import check
from connector_kit.loading import parse_manifest
from english_support import outcome, toy_manifest, twilio_manifest


@pytest.mark.parametrize(
    ("text", "program"),
    [
        ("read some notes", [{"call": "read_notes"}]),
        ("open my memos", [{"call": "read_notes"}]),
        ('jot a memo saying "milk"', [{"call": "write_note", "inputs": {"note text": "milk"}}]),
        (
            'write a note where the words is "milk" and the stars is 3',
            [{"call": "write_note", "inputs": {"note text": "milk", "stars": 3}}],
        ),
        ('read notes about "milk"', [{"call": "read_notes", "filter": ["eq", "text", "milk"]}]),
        ('get a note whose title is "x"', [{"call": "read_notes", "one": True, "filter": ["eq", "name", "x"]}]),
        ("read notes from toy with\n  the limit is 2", [{"call": "read_notes", "book": "toy", "limit": 2}]),
        (
            "open memos\nprocess each memo as follows\n  say the memo's title",
            [{"call": "read_notes"}, {"each": "memo", "over": "notes", "do": [{"say": {"ref": ["memo", "name"]}}]}],
        ),
        (
            'write a note saying "a"\nsay the answer',
            [{"call": "write_note", "inputs": {"note text": "a"}}, {"say": {"ref": "answer"}}],
        ),
        ('switch toy to "Mine"', [{"switch": "toy", "to": "Mine"}]),
    ],
)
def test_its_sentences_are_understood(text: str, program: list[dict[str, Any]]) -> None:
    assert outcome(text, toy_manifest())["program"] == program


def test_words_of_another_connector_are_not_known() -> None:
    found = outcome('send an SMS message to "+1"', toy_manifest())["error"]
    assert found["kind"] == "unknown_action"
    assert found["suggestions"]
    assert "SMS" not in "".join(found["suggestions"])


def test_what_is_missing_is_asked_for_in_its_words() -> None:
    assert outcome("write a note", toy_manifest())["question"] == {
        "kind": "missing_input",
        "about": "note text",
        "line": 1,
        "column": 1,
        "text": "Please provide the note text. What to write.",
        "type": "text",
        "choices": [],
    }


def test_a_connector_may_be_given_in_place_of_its_manifest(toy: Connector) -> None:
    assert check("read notes", [toy]).program.to_json() == [{"call": "read_notes"}]


def test_two_connectors_are_called_side_by_side() -> None:
    text = 'read notes\nprocess each note as follows\n  send a text to "+15550123" from "+15550100" saying the note\'s text'
    assert "program" in outcome(text, toy_manifest(), twilio_manifest())


def other_toy() -> Manifest:
    data = toy_manifest().model_dump(mode="json", exclude_defaults=True)
    return parse_manifest({**data, "id": "diary", "name": "My Diary"})


def test_a_noun_of_two_connectors_needs_the_book() -> None:
    both = (toy_manifest(), other_toy())
    found = outcome("read notes", *both)["error"]
    assert (found["kind"], found["line"], found["column"]) == ("ambiguous_action", 1, 1)
    assert found["message"].startswith("Which procedure should I use?")
    assert found["suggestions"] == ["read some notes from toy", "read some notes from diary"]
    program = check("read notes from my_diary", both).program
    assert [step.connector for step in program.steps if hasattr(step, "connector")] == ["diary"]
    for suggestion in found["suggestions"]:
        assert "program" in outcome(suggestion, *both)


def test_a_book_that_lacks_the_action_is_named() -> None:
    found = outcome("read notes from twilio", toy_manifest(), twilio_manifest())["error"]
    assert (found["kind"], found["column"], found["suggestions"]) == ("unknown_book", 17, ["toy"])


def test_a_verb_of_an_action_is_no_statement_of_another_language() -> None:
    data = toy_manifest().model_dump(mode="json", exclude_defaults=True)
    data["actions"][1]["phrase"] = "to create a note"
    manifest = parse_manifest(data)
    assert outcome('create a note saying "x"', manifest)["program"] == [
        {"call": "write_note", "inputs": {"note text": "x"}}
    ]
    assert outcome("create batches of 5", toy_manifest())["error"]["kind"] == "unsupported_statement"


def test_without_any_connector_the_language_itself_works() -> None:
    assert check("the x is 5\nsay the x", []).program.to_json() == [{"define": "x", "value": 5}, {"say": {"ref": "x"}}]
    found = outcome_of_nothing("read notes")
    assert found["kind"] == "unknown_action"


def outcome_of_nothing(text: str) -> dict[str, Any]:
    from connector_kit.english import EnglishError

    with pytest.raises(EnglishError) as caught:
        check(text, [])
    return caught.value.found[0].to_json()
