"""A whole connector without a network: what a new one needs, and proof that the kit carries everything else."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import connector_kit as kit


class Note(kit.Concept):
    name: str
    text: str | None
    stars: kit.WholeNumber | None
    written: kit.Instant


class Notebook:
    """An open notebook; the pin 0000 is wrong."""

    def __init__(self, connection: kit.Connection) -> None:
        self.pin, self.identity = connection.secret("pin"), connection.get("owner")
        day = datetime(2026, 3, 1, tzinfo=UTC)
        second = Note(name="second", text="milk", stars=2, written=day)
        self.notes = [second, Note(name="first", text=None, stars=None, written=day)]

    def check(self) -> None:
        if self.pin.get_secret_value() == "0000":
            raise kit.CredentialsError("The pin is wrong. Ask the owner.")

    def recover(self, call: kit.ActionCall, began: datetime, known: kit.Known) -> kit.Result:
        raise kit.OutcomeUnknownError("Look into the notebook.")

    def canonical(self, call: kit.ActionCall) -> Mapping[str, Any]:
        return call.inputs

    def close(self) -> None:
        self.notes.clear()


def read_notes(notebook: Notebook, call: kit.ActionCall) -> Iterator[Note]:
    return iter(notebook.notes)


def write_note(notebook: Notebook, call: kit.ActionCall) -> kit.Result:
    values = {"text": call.inputs["note_text"], "stars": call.inputs["stars"], "written": datetime.now(UTC)}
    notebook.notes.insert(0, Note(name="new", **values))
    return kit.Result("new")


@kit.hookimpl
def connector_manifest() -> Path:
    return Path(__file__).with_suffix(".yaml")


@kit.hookimpl
def connector_open(manifest: kit.Manifest, connection: kit.Connection) -> Notebook | None:
    return Notebook(connection) if manifest.id == "toy" else None


@kit.hookimpl
def connector_bind(manifest: kit.Manifest, action: kit.ActionSpec) -> kit.Handler | None:
    handlers: dict[str, kit.Handler] = {"read_notes": read_notes, "write_note": write_note}
    return handlers[action.id] if manifest.id == "toy" else None
