"""The book of another connector works as it is generated: neither the generator nor the adapter knows Twilio."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from kognitos.bdk.api.errors import AuthenticationFailedError
from kognitos.bdk.typing import Sensitive

import toy_connector
from book_desk import compare, field, generated
from connector_kit import ActionCall, ActionSpec, Connector, Handler, Manifest, Result, hookimpl, make_plugins
from connector_kit.hosts.kognitos.adapter import Adapter
from connector_kit.loading import parse_manifest


def book_of(connector: Connector, folder: Path) -> Any:
    """Return a book of a connector, connected."""
    book = generated(connector.manifest, folder)()
    book._adapter = Adapter(connector.manifest.id, connector)
    book.connect("Ana", Sensitive("1234"), verify=True)
    return book


def test_it_reads_with_a_filter_and_writes(toy: Connector, tmp_path: Path) -> None:
    book = book_of(toy, tmp_path)
    assert book.write_note("eggs", stars=3.0) == "new"
    assert [(note.name, note.stars) for note in book.read_notes(limit=2)] == [("new", 3), ("second", 2)]
    found = book.read_notes(filter_expression=compare("ge", field("toy note", "stars"), 3))
    assert [(type(note).__name__, note.text) for note in found] == [("ToyNote", "eggs")]
    assert book.read_notes(offset=2)[0].written == datetime(2026, 3, 1, tzinfo=UTC)


def test_its_own_rules_are_kept(toy: Connector, tmp_path: Path) -> None:
    book = book_of(toy, tmp_path)
    with pytest.raises(ValueError, match="note_text: is missing"):
        book.write_note(None)
    with pytest.raises(ValueError, match="it has: name, text, stars, written"):
        book.read_notes(filter_expression=compare("eq", "sender number", "1"))
    with pytest.raises(AuthenticationFailedError, match="The pin is wrong"):
        book.connect("Ana", "0000", verify=True)


def test_a_new_action_appears_without_a_change_of_generator_or_adapter(toy: Connector, tmp_path: Path) -> None:
    class Burning:
        @hookimpl
        def connector_bind(self, manifest: Manifest, action: ActionSpec) -> Handler | None:
            return burn if action.id == "burn_note" else None

    def burn(session: toy_connector.Notebook, call: ActionCall) -> Result:
        return Result(f"burnt {call.inputs['note_text']}")

    data = toy.manifest.model_dump(mode="json")
    data["actions"].append({**data["actions"][1], "id": "burn_note", "phrase": "to burn a note"})
    plugins = make_plugins([toy_connector, Burning()], entry_point_group=None)
    with Connector(parse_manifest(data), plugins) as connector:
        assert book_of(connector, tmp_path).burn_note("the last") == "burnt the last"
