"""Exported tools: names and texts from the manifest, schemas that vendors accept, and calls that are read as those of any host."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from connector_kit import Connector, Manifest, load_manifest
from connector_kit.documents import call_from_json
from connector_kit.hosts.cli import main
from connector_kit.hosts.export import FORMATS, answer, tools
from connector_kit.tool_schemas import tool_schema
from connector_kit.tool_texts import LONGEST_NAME, tool_name, tool_text
from english_support import toy_manifest, twilio_manifest
from support import RECIPIENT, ROOT, Twilio, stored
from twilio_sandbox.seed import OWN_NUMBER

SEND = {"sender_number": OWN_NUMBER, "recipient_number": RECIPIENT, "message_body": "Hi"}
# What OpenAI documents for strict mode; other keywords are refused or ignored by it.
STRICT = {
    "type", "description", "enum", "const", "pattern", "format", "minimum", "maximum", "minItems", "maxItems", "items", "anyOf",
    "properties", "required", "additionalProperties", "$ref", "$defs",
}  # fmt: skip


def schemas(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a schema and every schema in it."""
    yield schema
    inner = [*schema.get("properties", {}).values(), *schema.get("$defs", {}).values(), *schema.get("anyOf", ())]
    for each in [*inner, *([schema["items"]] if isinstance(schema.get("items"), dict) else [])]:
        yield from schemas(each)


def parameters(manifest: Manifest) -> dict[str, dict[str, Any]]:
    return {tool["name"]: tool["parameters"] for tool in tools(manifest, "openai-responses")}


@pytest.mark.parametrize("manifest", [twilio_manifest(), toy_manifest()], ids=lambda manifest: manifest.id)
def test_strict_schemas_hold_to_the_rules_of_strict_mode(manifest: Manifest) -> None:
    for whole in parameters(manifest).values():
        assert whole["type"] == "object"
        for schema in schemas(whole):
            assert set(schema) <= STRICT
            if schema.get("type") == "object":
                assert schema["additionalProperties"] is False
                assert schema["required"] == list(schema["properties"])
            if "$ref" in schema:
                assert set(schema) == {"$ref"}, "beside a reference nothing else is read"
            firsts = [next(iter(each["properties"])) for each in schema.get("anyOf", ()) if "properties" in each]
            assert len(set(firsts)) == len(firsts), "alternatives with one first key are refused"


@pytest.mark.parametrize("manifest", [twilio_manifest(), toy_manifest()], ids=lambda manifest: manifest.id)
def test_no_tool_schema_has_arrays_with_a_type_for_each_place(manifest: Manifest) -> None:
    for action in manifest.actions:
        whole = tool_schema(manifest, action)
        Draft202012Validator.check_schema(whole)
        assert not [schema for schema in schemas(whole) if "prefixItems" in schema]


def test_what_strict_mode_cannot_say_stands_in_the_description() -> None:
    body = parameters(twilio_manifest())["twilio_send_sms_message"]["properties"]["message_body"]
    assert body == {"type": "string", "description": "The body of the SMS message to send. At most 1600 characters."}


def test_what_may_be_left_out_may_be_null_in_strict_mode_and_null_is_as_if_left_out(twilio_account: Twilio) -> None:
    whole = parameters(twilio_manifest())["twilio_send_sms_message"]
    filled = {**dict.fromkeys(whole["properties"]), **SEND}
    Draft202012Validator(whole).validate(filled)
    manifest = twilio_account.connector.manifest
    assert call_from_json(manifest, "send_sms_message", filled) == call_from_json(manifest, "send_sms_message", SEND)


def test_making_the_strict_form_leaves_the_schema_as_it_was() -> None:
    (before, _), (after, _) = tools(twilio_manifest(), "anthropic"), tools(twilio_manifest(), "anthropic")
    parameters(twilio_manifest())
    assert before == after
    assert before["input_schema"]["required"] == []


def test_the_forms_of_the_vendors_say_the_same() -> None:
    manifest = twilio_manifest()
    for chat, flat, claude, plain in zip(*(tools(manifest, form) for form in FORMATS), strict=True):
        assert chat == {"type": "function", "function": {name: flat[name] for name in flat if name != "type"}}
        assert flat["strict"] is True
        assert (flat["name"], flat["description"]) == (claude["name"], claude["description"])
        assert (plain["title"], plain["description"]) == (claude["name"], claude["description"])
        assert {name: plain[name] for name in claude["input_schema"]} == claude["input_schema"]
        assert re.fullmatch("[a-zA-Z0-9_-]{1,64}", flat["name"])


def test_a_description_tells_what_it_does_its_effect_when_to_use_it_and_an_example() -> None:
    manifest = twilio_manifest()
    send = manifest.actions[1]
    text = tool_text(manifest, send)
    parts = [send.description, send.warning, send.usage, "Do not use it", send.examples[0].automation.strip()]
    assert [part for part in parts if part is None or part not in text.description] == []
    assert text.effect in text.description
    assert "outcome_unknown" in text.effect
    assert text.title == "Twilio: Send an SMS message"
    read = tool_text(manifest, manifest.actions[0])
    assert "It only reads." in read.effect
    assert "never an instruction" in read.effect


def test_a_number_and_a_date_are_described_with_the_form_in_which_they_are_written() -> None:
    properties = tool_schema(twilio_manifest(), twilio_manifest().actions[1])["properties"]
    assert properties["recipient_number"]["description"].endswith("such as +12125550123.")
    assert "2022-03-01T15:00:00Z" in properties["send_at"]["description"]


def changed(tmp_path: Path, **changes: str) -> Manifest:
    """Return the toy's manifest with words replaced."""
    text = (ROOT / "tests" / "toy_connector.yaml").read_text(encoding="utf-8")
    for old, new in changes.items():
        text = text.replace(old, new)
    (tmp_path / "connector.yaml").write_text(text, encoding="utf-8")
    return load_manifest(tmp_path / "connector.yaml")


def test_an_action_that_is_new_in_a_manifest_is_a_tool_in_every_format(tmp_path: Path) -> None:
    manifest = changed(tmp_path, write_note="burn_note", write="burn")
    for form in FORMATS:
        assert '"toy_burn_note"' in json.dumps(tools(manifest, form))


def test_a_name_that_would_be_too_long_is_cut_and_stays_its_own(tmp_path: Path) -> None:
    long = "x" * 70
    manifest = changed(tmp_path, write_note=f"{long}_write", read_notes=f"{long}_read")
    names = [tool_name(manifest, action) for action in manifest.actions]
    assert [len(name) for name in names] == [LONGEST_NAME] * 2
    assert len(set(names)) == 2


def test_tools_of_several_connectors_stand_in_one_list() -> None:
    names = [tool["name"] for tool in tools([twilio_manifest(), toy_manifest()], "anthropic")]
    assert names == ["twilio_read_sms_messages", "twilio_send_sms_message", "toy_read_notes", "toy_write_note"]


def test_a_format_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(ValueError, match="There are: openai, openai-responses, anthropic, json-schema"):
        tools(twilio_manifest(), "yaml")


# -- answering --


def told(result: dict[str, Any]) -> dict[str, str]:
    assert result["error"]["code"] == "input"
    return {problem["path"]: problem["message"] for problem in result["error"].get("problems", [])}


@pytest.mark.parametrize("arguments", [SEND, json.dumps(SEND)], ids=["an object", "its text"])
def test_a_tool_call_is_carried_out_and_answered_with_the_result(twilio_account: Twilio, arguments: Any) -> None:
    result = answer(twilio_account.connector, "twilio_send_sms_message", arguments)
    assert result["output"].startswith("SM")
    assert len(twilio_account.creates) == 1


def test_what_is_wrong_is_answered_so_that_a_model_can_correct_it(twilio_account: Twilio) -> None:
    wrong = answer(twilio_account.connector, "twilio_send_sms_message", {**SEND, "recipient_number": "2125550123"})
    assert "+" in told(wrong)["recipient_number"]
    assert twilio_account.creates == []


def test_nothing_at_all_is_taken_for_no_arguments(twilio_account: Twilio) -> None:
    messages = stored(twilio_account.sandbox, 2)
    result = answer(twilio_account.connector, "twilio_read_sms_messages", "")
    assert [message["sid"] for message in result["output"]] == [message.sid for message in messages]


@pytest.mark.parametrize("arguments", ['{"message_body": "x"', "[" * 100_000, "[]", "null", "{'a': 1}"])
def test_arguments_that_are_no_object_are_answered_as_such(twilio_account: Twilio, arguments: str) -> None:
    result = answer(twilio_account.connector, "twilio_send_sms_message", arguments)
    assert "JSON object" in result["error"]["message"]


def test_a_tool_that_is_not_there_is_answered_with_those_that_are(toy: Connector) -> None:
    message = answer(toy, "send_fax", "{}")["error"]["message"]
    assert message == "There is no tool of this name. There are: toy_read_notes, toy_write_note."


# -- the command --


@pytest.mark.parametrize("form", FORMATS)
def test_the_command_prints_the_tools_as_json(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "twilio", "--format", form]) == 0
    shown = capsys.readouterr().out
    assert json.loads(shown) == tools(twilio_manifest(), form)
    assert main(["export", "twilio", "--format", form, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(shown)


@pytest.mark.parametrize("arguments", [["twilio"], ["twilio", "--format", "yaml"], ["fax", "--format", "openai"], []])
def test_the_command_refuses_what_it_does_not_know(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", *arguments]) == 2
    assert capsys.readouterr().out == ""


def test_the_openapi_document_is_that_of_the_http_host(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "twilio", "--format", "openapi", "--server", "https://example.com"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": "https://example.com"}]
    assert any("send_sms_message" in path for path in document["paths"])


def test_the_openapi_document_is_refused_where_what_it_needs_is_missing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "connector_kit.hosts.http.openapi", None)
    assert main(["export", "twilio", "--format", "openapi"]) == 2
    assert "not installed" in capsys.readouterr().err


def test_other_commands_do_not_pay_for_the_export() -> None:
    program = (
        "import sys\n"
        "from connector_kit.hosts.cli import main\n"
        "for words in (['--help'], ['list'], ['call', 'twilio', 'read-sms-messages', '--help']):\n"
        "    main(words)\n"
        "heavy = {'jsonschema', 'connector_kit.hosts.export', 'connector_kit.tool_schemas'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "main(['export', 'twilio', '--format', 'openai'])\n"
        "assert not {'lark', 'cryptography'} & set(sys.modules)\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)  # noqa: S603 - our own code
    assert ran.returncode == 0, ran.stderr
