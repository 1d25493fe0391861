"""The published contract of the Twilio integration, v2.0.1, to the letter; and the schemas and models that follow it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connector_kit import load_manifest
from connector_kit.conformity import conformity_problems
from connector_kit.schemas import check, concept_schema, input_schema, schemas, to_text
from support import NODE_MODULES, ROOT
from twilio_connector.models import SmsMessage

MANIFEST = load_manifest(ROOT / "connector.yaml")
CONCEPT = MANIFEST.concepts[0]
READ, SEND = MANIFEST.actions


def test_the_integration_is_the_published_one() -> None:
    assert (MANIFEST.id, MANIFEST.name, MANIFEST.version) == ("twilio", "Twilio", "2.0.1")
    assert MANIFEST.description == (
        "Twilio is a cloud communications platform providing SMS, voice, video, and messaging API services. This integration enables "
        "automated SMS sending, phone call management, communication workflows, and customer engagement automation. Enhance customer "
        "communication and automate messaging processes."
    )


def test_the_connection_is_the_published_one() -> None:
    method = MANIFEST.connection[0]
    assert (method.label, method.description) == (
        "Account SID and Auth Token",
        "Connect to the Twilio API using account credentials.",
    )
    assert [(f.id, f.label, f.description, str(f.type)) for f in method.fields] == [
        ("account_sid", "Account SID", "The Account SID from your Twilio account.", "text"),
        ("auth_token", "Auth Token", "The Auth Token from your Twilio account.", "sensitive"),
    ]


def test_the_read_action_is_the_published_one() -> None:
    assert (READ.label, READ.description, READ.phrase) == (
        "Read some SMS messages",
        "Get SMS messages from the Twilio API.",
        "to read some (*SMS* messages)",
    )
    assert (READ.mutation, READ.filterable, READ.pageable, READ.inputs) == (False, True, True, ())
    assert (str(READ.output.type), READ.output.description) == (
        "list[twilio sms message]",
        "A list of SMS messages that matches the specified filtering criteria",
    )


def test_the_send_action_is_the_published_one() -> None:
    assert (SEND.label, SEND.description, SEND.phrase, SEND.mutation) == (
        "Send an SMS message",
        "Send an SMS message using the Twilio API.",
        "to send an *SMS* message",
        True,
    )
    assert [(f.phrase, f.description, str(f.type)) for f in SEND.inputs if f.required] == [
        ("sender number", "The Twilio phone number to send the message from", "text"),
        ("recipient number", "The recipient's phone number", "text"),
        ("message body", "The body of the SMS message to send", "text"),
    ]
    assert (str(SEND.output.type), SEND.output.description) == (
        "text",
        "The SID of the sent message if successful, otherwise None.",
    )


def test_the_concept_is_the_published_one() -> None:
    assert (CONCEPT.label, CONCEPT.phrase) == ("Twilio sms message", "twilio sms message")
    assert CONCEPT.description == (
        "SMS message data model.An SMS (Short Message Service) message. Represents a text communication sent over a cellular network, "
        "typically between mobile phones."
    )
    assert [(field.id, str(field.type)) for field in CONCEPT.fields] == [
        ("sid", "optional[text]"),
        ("body", "optional[text]"),
        ("num_segments", "optional[text]"),
        ("sender_number", "optional[text]"),
        ("recipient_number", "optional[text]"),
        ("price", "optional[number]"),
        ("account_sid", "text"),
        ("num_media", "number"),
        ("status", "optional[text]"),
        ("messaging_service_sid", "text"),
        ("date_sent", "optional[datetime]"),
        ("date_created", "optional[datetime]"),
        ("date_updated", "optional[datetime]"),
        ("price_unit", "text"),
        ("error_code", "optional[number]"),
        ("error_message", "optional[text]"),
    ]


def test_field_descriptions_are_those_of_twilios_own_document() -> None:
    """They are copied by hand into connector.yaml, so Twilio's document (npm @twilio/cli-core) checks them."""
    path = NODE_MODULES / "@twilio/cli-core/src/services/twilio-api/twilio_api_v2010.json"
    if not path.exists():
        pytest.skip("Twilio's OpenAPI document is not installed: run make node")
    components = json.loads(path.read_text(encoding="utf-8"))["components"]["schemas"]
    properties = components["api.v2010.account.message"]["properties"]
    names = {"sender_number": "from", "recipient_number": "to"}
    for field in CONCEPT.fields:
        described = properties[names.get(field.id, field.id)]
        if "$ref" in described:
            described = components[described["$ref"].rpartition("/")[2]]
        assert field.description == described["description"]


def test_the_published_examples_are_there() -> None:
    """english_dev.yaml, cases a01 to a04."""
    automations = [example.automation for action in MANIFEST.actions for example in action.examples]
    assert automations[0] == (
        'read some sms messages whose sender number is "+18004445555" and whose recipient number is "+18004446666"\n'
    )
    assert (
        "use the above as the message date\nread some sms messages whose date sent is the message date\n"
        in automations[1]
    )
    assert "whose date sent is after the start date and whose date sent is before the end date" in automations[2]
    assert automations[3].startswith('send an SMS message where\n  the sender number is "+18004445555"\n')


def test_the_checked_in_schemas_are_what_the_manifest_says() -> None:
    """Run `make schemas` after a change of the manifest."""
    written = {
        path.name.removesuffix(".schema.json"): path.read_text(encoding="utf-8")
        for path in (ROOT / "schemas").iterdir()
    }
    assert written == {name: to_text(schema) for name, schema in schemas(MANIFEST).items()}


def test_the_model_follows_the_manifest() -> None:
    assert conformity_problems(SmsMessage, CONCEPT) == []


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**6), 10**6),
    st.floats(-1e6, 1e6),
    st.text(max_size=8),
    st.sampled_from(
        ["2026-03-01T12:00:00Z", "2026-03-01T12:00:00.25+02:00", "2026-03-01", "2026-02-30T00:00:00Z", "-0.0075"]
    ),
)


@given(
    st.fixed_dictionaries({field.id: SCALARS for field in CONCEPT.fields}),
    st.sets(st.sampled_from([f.id for f in CONCEPT.fields])),
)
def test_model_and_schema_accept_the_same_documents(document: dict[str, Any], repaired: set[str]) -> None:
    """Both directions, on random data; repairing random fields reaches documents that are valid and nearly valid."""
    examples = {"text": "x", "number": 3, "datetime": "2026-03-01T12:00:00Z"}
    document = document | {f.id: examples[f.type.scalar] for f in CONCEPT.fields if f.id in repaired}
    _agree(document)


@given(st.sampled_from([f.id for f in CONCEPT.fields]), SCALARS)
def test_model_and_schema_agree_on_every_single_field(name: str, value: object) -> None:
    examples = {"text": "x", "number": 3, "datetime": "2026-03-01T12:00:00Z"}
    document: dict[str, Any] = {f.id: examples[f.type.scalar] for f in CONCEPT.fields}
    _agree(document | {name: value})
    _agree({key: value for key, value in document.items() if key != name})


def _agree(document: dict[str, Any]) -> None:
    try:
        SmsMessage.model_validate_json(json.dumps(document))
        accepted = True
    except ValidationError:
        accepted = False
    assert accepted == (check(document, concept_schema(CONCEPT)) == [])


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        ({}, True),
        ({"limit": 20, "offset": 0, "filter": ["eq", "status", "failed"]}, True),
        ({"filter": ["and", ["gt", "date_sent", "2026-03-01"], ["not", ["in", "status", ["sent", "queued"]]]]}, True),
        ({"filter": ["eq", "price", None]}, True),
        ({"filter": ["gt", "status", "failed"]}, False),
        ({"filter": ["eq", "colour", "red"]}, False),
        ({"filter": ["and"]}, False),
        ({"limit": -1}, False),
        ({"status": "failed"}, False),
    ],
)
def test_the_schema_of_the_read_action_knows_filters(value: object, fits: bool) -> None:
    assert (check(value, input_schema(READ, MANIFEST)) == []) is fits
