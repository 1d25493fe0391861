"""The document that low-code platforms import: valid, complete, true, and made of the manifests alone."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV2SpecValidator, OpenAPIV31SpecValidator, validate

import toy_connector
from connector_kit.documents import call_from_json
from connector_kit.schemas import check, input_schema, output_schema
from http_desk import MESSAGE, READ, SEND, Caller, Desk, connectors, served
from support import stored
from twilio_sandbox import Sandbox


def action_path(action: str) -> str:
    """Return the path of an action in a document."""
    return f"/v1/connections/{{connection}}/actions/{action}"


def test_the_document_is_valid_openapi_and_the_other_one_valid_swagger(caller: Caller) -> None:
    document, older = caller.get("/openapi.json"), caller.get("/swagger.json")
    assert document["openapi"].startswith("3.1")
    validate(document, cls=OpenAPIV31SpecValidator)
    assert older["swagger"] == "2.0"
    validate(older, cls=OpenAPIV2SpecValidator)


@pytest.mark.parametrize("path", ["/openapi.json", "/swagger.json"])
def test_every_action_is_an_operation_with_its_words_from_the_manifest(desk: Desk, caller: Caller, path: str) -> None:
    paths = caller.get(path)["paths"]
    for connector in desk.site.connectors.values():
        for action in connector.manifest.actions:
            operation = paths[action_path(action.id)]["post"]
            assert (operation["operationId"], operation["summary"]) == (action.id, action.label)
            assert action.description in operation["description"]
            assert (action.warning or "") in operation["description"]
            assert operation["responses"].keys() >= {"200", "401", "409", "422", "429", "503"}
    ids = [each["operationId"] for path in paths.values() for name, each in path.items() if name in ("get", "post")]
    assert len(ids) == len(set(ids))


def test_it_names_the_connections_that_can_be_chosen_and_where_the_server_is(desk: Desk, caller: Caller) -> None:
    document = caller.get("/openapi.json")
    assert document["servers"] == [{"url": desk.address}]
    assert {"main", "notes"} <= set(document["components"]["parameters"]["connection"]["schema"]["enum"])
    older = caller.get("/swagger.json")
    assert f"{older['schemes'][0]}://{older['host']}" == desk.address


def test_a_token_is_asked_for_everywhere_but_where_one_looks_whether_it_lives(caller: Caller) -> None:
    document = caller.get("/openapi.json")
    assert document["security"] == [{"bearer": []}]
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    open_paths = [path for path, item in document["paths"].items() if item.get("get", {}).get("security") == []]
    assert open_paths == ["/healthz"]


def test_its_examples_are_those_of_the_manifest_and_can_be_called(desk: Desk, caller: Caller) -> None:
    paths = caller.get("/openapi.json")["paths"]
    manifest = desk.site.connectors["twilio"].manifest
    for action in manifest.actions:
        body = paths[action_path(action.id)]["post"]["requestBody"]["content"]["application/json"]
        assert {each["summary"] for each in body["examples"].values()} <= {each.title for each in action.examples}
        for example in body["examples"].values():
            assert call_from_json(manifest, action.id, example["value"]).action == action.id
    assert example["value"]["message_body"] == "Hello from Kognitos!"


def test_results_have_the_schema_that_the_document_says(desk: Desk, caller: Caller, sandbox: Sandbox) -> None:
    stored(sandbox, 3)
    manifest = desk.site.connectors["twilio"].manifest
    for id_, document in ((READ, {}), (SEND, MESSAGE), (SEND, {**MESSAGE, "dry_run": True})):
        action = manifest.action(id_)
        assert action is not None
        assert check(document, input_schema(action, manifest)) == []
        assert check(caller.call(id_, document).json(), output_schema(action, manifest)) == []
        assert check({"output": 5, "notices": [], "more": None}, output_schema(action, manifest))


def test_an_action_of_two_connectors_takes_and_gives_what_either_does(
    tmp_path: Path, service: tuple[Sandbox, str]
) -> None:
    other = changed_toy(tmp_path, ("id: toy\n", "id: toy2\n"))
    loaded = connectors(toy_connector) | connectors(other)
    with served(tmp_path, service[1], loaded) as desk, desk.client(desk.token("t")) as client:
        book = desk.site.book
        book.put(replace(book.get("id-notes"), id="id-twin", connector="toy2", rev=0), {})
        document = Caller(client).get("/openapi.json")
        validate(document, cls=OpenAPIV31SpecValidator)
        validate(Caller(client).get("/swagger.json"), cls=OpenAPIV2SpecValidator)
    body = document["paths"][action_path("read_notes")]["post"]["requestBody"]
    references = {each["$ref"].rpartition("/")[2] for each in body["content"]["application/json"]["schema"]["anyOf"]}
    assert references == {"toy_read_notes_input", "toy2_read_notes_input"}


def changed_toy(folder: Path, *changes: tuple[str, str]) -> Any:
    """Return the toy connector with another manifest."""
    here = folder / "other"
    here.mkdir()
    source = Path(toy_connector.__file__)
    text = source.with_suffix(".yaml").read_text(encoding="utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    (here / "toy_connector.yaml").write_text(text, encoding="utf-8")
    program = source.read_text(encoding="utf-8").replace('manifest.id == "toy"', 'manifest.id.startswith("toy")')
    program = program.replace('"write_note": write_note}', '"write_note": write_note, "jot_down": write_note}')
    (here / "toy_connector.py").write_text(program, encoding="utf-8")
    spec = spec_from_file_location("other_toy", here / "toy_connector.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_new_action_of_a_manifest_is_served_and_described_without_touching_this_host(
    tmp_path: Path, service: tuple[Sandbox, str]
) -> None:
    more = """\
  - id: jot_down
    label: Jot it down
    description: Jot something down.
    phrase: to keep a reminder
    mutation: true
    inputs:
      - {id: note_text, description: What to jot down, type: text}
      - {id: stars, description: How much it matters, type: "optional[number]"}
    output: {type: text, description: The note's name}
    examples: [{title: Jot, automation: 'keep a reminder where the note text is "tea"'}]
concepts:
"""
    toy = changed_toy(tmp_path, ("concepts:\n", more))
    with served(tmp_path, service[1], connectors(toy)) as desk, desk.client(desk.token("t")) as client:
        caller = Caller(client)
        operation = caller.get("/openapi.json")["paths"][action_path("jot_down")]["post"]
        assert operation["summary"] == "Jot it down"
        assert caller.get("/swagger.json")["paths"][action_path("jot_down")]["post"]["operationId"] == "jot_down"
        assert "jot_down" in [each["id"] for each in caller.get("/v1/connections/notes")["actions"]]
        assert caller.call("jot_down", {"note_text": "tea"}, "notes").json()["output"] == "new"
        assert caller.call("read_notes", {"limit": 1}, "notes").json()["output"][0]["text"] == "tea"
        example = operation["requestBody"]["content"]["application/json"]["examples"]["example_1"]
        assert example == {"summary": "Jot", "value": {"note_text": "tea"}}
