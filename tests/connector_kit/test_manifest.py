"""The manifest: what it accepts, and that a faulty one is told every fault at once."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from connector_kit import ManifestError, load_manifest
from connector_kit.loading import parse_manifest
from connector_kit.schemas import check, manifest_schema
from support import ROOT

TOY: dict[str, Any] = yaml.safe_load((ROOT / "tests" / "toy_connector.yaml").read_text(encoding="utf-8"))


def faults(data: object) -> dict[str, str]:
    """Return the faults of a manifest, by path."""
    with pytest.raises(ManifestError) as caught:
        parse_manifest(data)
    return {problem.path: problem.message for problem in caught.value.problems}


def changed(**changes: Any) -> dict[str, Any]:
    """Return the toy manifest with values put at dotted paths."""
    data = copy.deepcopy(TOY)
    for path, value in changes.items():
        *where, last = path.split("__")
        target: Any = data
        for step in where:
            target = target[int(step) if step.isdigit() else step]
        target[int(last) if last.isdigit() else last] = value
    return data


def test_every_fault_is_reported_at_once_with_its_path_and_what_is_allowed() -> None:
    data = changed(
        version="two",
        connection__0__fields__0__type="txt-",
        actions__0__phrase="read some notes",
        actions__0__output__type="list[toy nope]",
        actions__1__nonsense=1,
        concepts__0__fields__1__id="Name",
    )
    del data["description"]
    found = faults(data)
    assert set(found) == {
        "version",
        "description",
        "connection[0].fields[0].type",
        "actions[0].phrase",
        "actions[0].output.type",
        "actions[1].nonsense",
        "concepts[0].fields[1].id",
    }
    assert found["description"] == "is required"
    assert "allowed: text, number, boolean, datetime, sensitive, toy note" in found["actions[0].output.type"]
    assert "allowed: id, label, description, phrase, mutation" in found["actions[1].nonsense"]
    assert "write it like: to read some (*SMS* messages)" in found["actions[0].phrase"]
    assert "such as sender_number" in found["concepts[0].fields[1].id"]


@pytest.mark.parametrize(
    ("changes", "path", "says"),
    [
        ({"actions__1__id": "read_notes"}, "actions", "'read_notes' is used more than once"),
        ({"actions__1__filterable": True}, "actions[1]", "list of a concept"),
        (
            {"actions__0__inputs": [TOY["actions"][1]["inputs"][0] | {"id": "limit"}]},
            "actions[0]",
            "'limit' cannot be an input",
        ),
        ({"connection__0__fields__0__pattern": "("}, "connection[0].fields[0].pattern", "not a regular expression"),
        ({"connection__0__fields__0__pattern": "a"}, "connection[0].fields[0]", "needs an advice"),
        ({"concepts__0__fields__2__max_length": 3}, "concepts[0].fields[2]", "text only"),
        ({"concepts__0__fields__0__integer": True}, "concepts[0].fields[0]", "number only"),
        ({"concepts__0__overview": ["colour"]}, "concepts[0]", "allowed: name, text, stars, written"),
        ({"connection": []}, "connection", "at least 1 item"),
        ({"name": 7}, "name", "string"),
        ({"description": " "}, "description", "is empty"),
    ],
)
def test_a_fault_says_what_to_change(changes: dict[str, Any], path: str, says: str) -> None:
    assert says in faults(changed(**changes))[path]


@pytest.mark.parametrize("data", [None, [], "text", 3, {}])
def test_something_that_is_no_manifest_at_all_is_refused(data: object) -> None:
    assert faults(data)


def test_yaml_faults_name_the_line_and_never_quote_the_file(tmp_path: Path) -> None:
    path = tmp_path / "connector.yaml"
    path.write_text("id: toy\nname: [unclosed\n", encoding="utf-8")
    with pytest.raises(ManifestError) as caught:
        load_manifest(path)
    assert caught.value.problems[0].path.startswith("line 3")
    assert "unclosed" not in str(caught.value)


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    """YAML itself lets the second one win without a word."""
    path = tmp_path / "connector.yaml"
    path.write_text("id: toy\nid: other\n", encoding="utf-8")
    with pytest.raises(ManifestError, match="'id' stands twice"):
        load_manifest(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"nowhere\.yaml cannot be read"):
        load_manifest(tmp_path / "nowhere.yaml")


def test_the_schema_and_the_loader_refuse_the_same_shapes() -> None:
    """An editor that checks by schemas/manifest.schema.json warns of what the loader refuses."""
    assert check(TOY, manifest_schema()) == []
    assert check(changed(actions__1__nonsense=1), manifest_schema())
    assert check({key: value for key, value in TOY.items() if key != "actions"}, manifest_schema())


def test_labels_are_made_from_ids_where_they_are_left_out() -> None:
    manifest = parse_manifest(TOY)
    assert manifest.actions[1].inputs[0].label == "Note text"
    assert manifest.actions[1].inputs[0].phrase == "note text"
