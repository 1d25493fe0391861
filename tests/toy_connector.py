"""A whole connector without a network: what a new one needs, and proof that the kit carries everything else."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import connector_kit as kit


class Note(kit.Concept):
    """One note."""

    name: str
    text: str | None
    stars: kit.ExactNumber | None
    written: kit.Instant


class Notebook:
    """An open notebook; the pin 0000 is wrong."""

    def __init__(self, connection: kit.Connection) -> None:
        self.pin = connection.secret("pin")
        written = datetime(2026, 3, 1, tzinfo=UTC)
        self.notes = [Note(name="second", text="milk", stars=Decimal(2), written=written)]
        self.notes.append(Note(name="first", text=None, stars=None, written=written))

    def check(self) -> None:
        if self.pin.get_secret_value() == "0000":
            raise kit.CredentialsError("The pin is wrong. Ask the owner.")

    def close(self) -> None:
        self.notes.clear()


def read_notes(notebook: Notebook, call: kit.ActionCall) -> Iterator[Note]:
    return iter(notebook.notes)


def write_note(notebook: Notebook, call: kit.ActionCall) -> kit.Result:
    text, stars = call.inputs["note_text"], call.inputs["stars"]
    notebook.notes.insert(0, Note(name="new", text=text, stars=stars, written=datetime.now(UTC)))
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
