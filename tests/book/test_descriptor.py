"""What Kognitos sees of the book: the published contract of the Twilio integration field by field, and the manifest beyond it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from kognitos.bdk.api import NounPhrase
from kognitos.bdk.reflection import ConnectionRequired

from book_desk import BOOK, CONCEPTS, generated
from connector_kit import Manifest, load_manifest
from connector_kit.hosts.kognitos.generator import book_inputs
from support import ROOT
from twilio_connector.book import TwilioBook

MANIFEST = load_manifest(ROOT / "connector.yaml")
TOY = load_manifest(ROOT / "tests" / "toy_connector.yaml")
READ, SEND = BOOK.procedures


def inputs(procedure: Any) -> list[tuple[str, str, str]]:
    """Return the inputs of a procedure: name, type, description."""
    concepts = [concept for bound in procedure.parameter_concept_map for concept in bound.concepts]
    return [(_words(c.noun_phrases), str(c.type), c.description) for c in concepts]


def outputs(procedure: Any) -> list[tuple[str, str, str]]:
    """Return the outputs of a procedure: name, type, description."""
    return [(_words(c.noun_phrases), str(c.type), c.description) for c in procedure.outputs]


def _words(noun_phrases: list[NounPhrase]) -> str:
    return "'s ".join(str(phrase) for phrase in noun_phrases)


def credentials(authentication: Any) -> list[tuple[str, str, str, str]]:
    return [(c.id, c.label, str(c.type), c.description) for c in authentication.credentials]


# ---- the published contract, to the letter --------------------------------------------------------------------------


def test_the_connection_is_the_published_one() -> None:
    method = BOOK.authentications[0]
    assert (method.id, method.name, str(method.noun_phrase)) == (
        "connect",
        "Account SID and Auth Token",
        "auth token method",
    )
    assert method.description == "Connect to the Twilio API using account credentials."
    assert credentials(method) == [
        ("account_sid", "Account SID", "Text", "The Account SID from your Twilio account."),
        ("auth_token", "Auth Token", "Sensitive", "The Auth Token from your Twilio account."),
    ]


def test_reading_is_the_published_procedure() -> None:
    assert (READ.id, READ.english_signature.english, READ.english_signature.proper_nouns) == (
        "read_sms_messages",
        "to read some (*SMS* messages)",
        {"SMS"},
    )
    assert READ.short_description == "Get SMS messages from the Twilio API."
    assert inputs(READ) == []
    assert outputs(READ) == [
        (
            "SMS messages",
            "list of twilio sms message",
            "A list of SMS messages that matches the specified filtering criteria",
        )
    ]
    assert (READ.filter_capable, READ.filter_argument_name) == (True, "filter_expression")
    assert (READ.page_capable, READ.offset_argument_name, READ.limit_argument_name) == (True, "offset", "limit")
    assert (READ.connection_required, READ.is_mutation) == (ConnectionRequired.ALWAYS, False)


def test_sending_is_the_published_procedure() -> None:
    assert (SEND.id, SEND.english_signature.english, SEND.english_signature.proper_nouns) == (
        "send_sms_message",
        "to send an *SMS* message",
        {"SMS"},
    )
    assert SEND.short_description == "Send an SMS message using the Twilio API."
    assert inputs(SEND)[:3] == [
        ("sender number", "text", "The Twilio phone number to send the message from"),
        ("recipient number", "text", "The recipient's phone number"),
        ("message body", "text", "The body of the SMS message to send"),
    ]
    assert outputs(SEND) == [("answer", "text", "The SID of the sent message if successful, otherwise None.")]
    assert (SEND.filter_capable, SEND.page_capable) == (False, False)
    assert (SEND.connection_required, SEND.is_mutation) == (ConnectionRequired.ALWAYS, True)


def test_the_concept_is_the_published_one() -> None:
    text, number, moment = "text?", "number?", "datetime?"
    assert {str(name) for name in CONCEPTS} == {"twilio sms message"}
    assert [(each.name, str(each.t)) for each in _fields(READ.outputs[0].type)] == [
        ("sid", text),
        ("body", text),
        ("num_segments", text),
        ("sender_number", text),
        ("recipient_number", text),
        ("price", number),
        ("account_sid", "text"),
        ("num_media", "number"),
        ("status", text),
        ("messaging_service_sid", "text"),
        ("date_sent", moment),
        ("date_created", moment),
        ("date_updated", moment),
        ("price_unit", "text"),
        ("error_code", number),
        ("error_message", text),
    ]


def test_the_book_is_the_published_integration() -> None:
    assert (BOOK.id, BOOK.name, BOOK.tags) == ("twilio", "Twilio", ["Communication"])
    assert f"{BOOK.short_description} {BOOK.long_description}" == MANIFEST.description
    assert BOOK.author == MANIFEST.author
    assert BOOK.icon == (ROOT / "src" / "twilio_connector" / "data" / "icon.svg").read_bytes()


# ---- what is added is optional, and all of it is the manifest's -----------------------------------------------------


def test_what_is_added_to_sending_is_optional_and_described() -> None:
    added = inputs(SEND)[3:]
    assert [name for name, _, _ in added] == [
        "messaging service sid",
        "media urls",
        "send at",
        "status callback",
        "validity period",
        "max segments",
        "idempotency key",
    ]
    assert all(type_.endswith("?") and description for _, type_, description in added)


@pytest.fixture(params=["twilio", "toy"])
def reflected(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Manifest, Any]:
    """A manifest, and what Kognitos sees of the book that is generated from it."""
    if request.param == "twilio":
        return MANIFEST, TwilioBook
    return TOY, generated(TOY, tmp_path)


def test_everything_that_is_seen_is_what_the_manifest_says(reflected: tuple[Manifest, Any]) -> None:
    manifest, book = reflected
    seen = book.__book__
    assert seen.name == manifest.name
    assert [(each.name, str(each.noun_phrase), each.description) for each in seen.authentications] == [
        (method.label, f"{method.id.replace('_', ' ')} method", method.description) for method in manifest.connection
    ]
    for authentication, method in zip(seen.authentications, manifest.connection, strict=True):
        assert credentials(authentication) == [
            (f.id, f.label, "Sensitive" if f.type.scalar == "sensitive" else "Text", f.description)
            for f in method.fields
        ]
    actions = {action.id: action for action in manifest.actions}
    assert {procedure.id for procedure in seen.procedures} == set(actions)
    for procedure in seen.procedures:
        action = actions[procedure.id]
        assert procedure.english_signature.english == action.phrase
        assert (procedure.short_description, procedure.is_mutation) == (action.description, action.mutation)
        assert (procedure.filter_capable, procedure.page_capable) == (action.filterable, action.pageable)
        assert inputs(procedure) == [(f.phrase, _spelled(str(f.type)), f.description) for f in book_inputs(action)]
        assert [description for _, _, description in outputs(procedure)] == [action.output.description]
        assert [(e.description, e.snippet) for e in procedure.examples] == [
            (example.title, example.automation.rstrip()) for example in action.examples
        ]
        if action.output.type.is_list:
            concept = manifest.concept(action.output.type)
            assert [(f.name, f.description, str(f.t)) for f in _fields(procedure.outputs[0].type)] == [
                (field.id, " ".join(field.description.split()), _spelled(str(field.type))) for field in concept.fields
            ]


def _spelled(type_: str) -> str:
    """Write a type of the manifest as the platform does."""
    without = re.sub(r"^optional\[(.*)\]$", r"\1?", type_)
    return re.sub(r"list\[(.*)\]", r"list of \1", without)


def _fields(type_: Any) -> list[Any]:
    """Return the fields of a concept, also of one in a list."""
    found: list[Any] = next(each for each in (type_, *type_.children()) if hasattr(each, "fields")).fields
    return found
