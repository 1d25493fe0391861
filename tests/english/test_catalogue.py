"""The words of every action come from its manifest, and its faults are found when it is loaded."""

from __future__ import annotations

from typing import Any

import pytest

from connector_kit import ManifestError
from connector_kit.english.meaning.catalogue import Catalogue
from connector_kit.english.names import candidates, lists_of, plurals, singulars, spelled
from connector_kit.loading import parse_manifest
from english_support import toy_manifest, twilio_manifest


def manifest(**changes: Any) -> dict[str, Any]:
    """Return the toy's manifest with another second action."""
    data = toy_manifest().model_dump(mode="json", exclude_defaults=True)
    data["actions"][1] |= changes
    return data


def test_an_action_is_called_by_its_phrase_and_its_synonyms() -> None:
    read, send = Catalogue([twilio_manifest()]).entries
    assert (read.phrase, send.phrase) == ("read some SMS messages", "send an SMS message")
    assert read.verbs == ("read", "get", "retrieve", "fetch", "list", "find")
    assert send.nouns == ("sms message", "sms", "text message", "text")
    assert (read.result, read.result_of(one=True), send.result) == ("sms messages", "sms message", "answer")


@pytest.mark.parametrize(
    ("phrase", "verbs", "noun", "result"),
    [
        ("to write a note", ("write",), "note", "answer"),
        ("to write or jot a note", ("write", "jot"), "note", "answer"),
        ("to write a (note name) in toy", ("write",), "note name", "note name"),
        ("to note the *Toy* thing", ("note",), "toy thing", "answer"),
    ],
)
def test_every_form_of_a_phrase_is_understood(phrase: str, verbs: tuple[str, ...], noun: str, result: str) -> None:
    entry = Catalogue([parse_manifest(manifest(phrase=phrase, nouns=[]))]).entries[1]
    assert (entry.verbs, entry.nouns, entry.result) == (verbs, (noun,), result)
    assert "(" not in entry.phrase


@pytest.mark.parametrize(
    ("changes", "path", "says"),
    [
        ({"verbs": ["Write"]}, "actions[1].verbs[0]", "not a name"),
        ({"verbs": ["write down"]}, "actions[1].verbs", "one word"),
        ({"nouns": ["A Note"]}, "actions[1].nouns[0]", "lower-case words"),
        ({"shortcuts": {"over": "stars"}}, "actions[1].shortcuts", "saying"),
        ({"shortcuts": {"to": "colour"}}, "actions[1]", "colour"),
    ],
)
def test_a_faulty_word_is_found_at_load(changes: dict[str, Any], path: str, says: str) -> None:
    with pytest.raises(ManifestError) as caught:
        parse_manifest(manifest(**changes))
    problem = caught.value.problems[0]
    assert problem.path.startswith(path)
    assert says in problem.message


def test_a_shortcut_of_a_read_leads_to_a_field() -> None:
    data = manifest()
    data["actions"][0]["shortcuts"] = {"about": "colour"}
    with pytest.raises(ManifestError, match="colour"):
        parse_manifest(data)


def test_the_newest_is_told_by_datetimes() -> None:
    data = manifest()
    data["concepts"][0]["newest_by"] = ["stars"]
    with pytest.raises(ManifestError, match="newest_by names 'stars'; allowed: written"):
        parse_manifest(data)


def test_what_a_text_must_look_like_goes_with_text() -> None:
    data = manifest()
    data["actions"][1]["inputs"][1]["literal"] = {"match": "a", "advice": "is not an a"}
    with pytest.raises(ManifestError, match="go with text only"):
        parse_manifest(data)


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("message", "messages"), ("sms message", "sms messages"), ("city", "cities"), ("key", "keys"), ("box", "boxes"),
        ("status", "statuses"), ("person", "people"), ("hero", "heroes"), ("photo", "photos"), ("leaf", "leaves"),
        ("knife", "knives"), ("price", "prices"), ("house", "houses"), ("number of seats", "numbers of seats"),
        ("church", "churches"), ("sms", "smses"),
    ],
)  # fmt: skip
def test_number_of_nouns(one: str, many: str) -> None:
    assert many in plurals(one)
    assert one in singulars(many)


def test_names_have_one_spelling() -> None:
    assert spelled("The_Ticket  ID") == "the ticket id"


def test_a_name_stands_for_itself_first_then_for_its_other_number_then_for_its_head() -> None:
    known = ["sms message", "sms messages", "start date", "end date", "dates"]
    assert candidates("sms message", known) == ["sms message"]
    assert candidates("message", known) == ["sms message"]
    assert candidates("messages", known) == ["sms messages"]
    assert candidates("date", known) == ["dates"]
    assert candidates("date", known[:4]) == ["start date", "end date"]
    assert candidates("sms", known) == []
    assert lists_of("message", known) == ["sms messages"]
