"""A whole connector without a network: what a new one needs, and proof that the kit carries everything else."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from connector_kit import (
    ActionCall,
    ActionSpec,
    Concept,
    Connection,
    CredentialsError,
    ExactNumber,
    Handler,
    Instant,
    Manifest,
    Result,
    hookimpl,
)


class Note(Concept):
    """One note."""

    name: str
    text: str | None
    stars: ExactNumber | None
    written: Instant


class Notebook:
    """An open notebook; the pin 0000 is wrong."""

    def __init__(self, connection: Connection) -> None:
        self.pin = connection.secret("pin")
        written = datetime(2026, 3, 1, tzinfo=UTC)
        self.notes = [Note(name="second", text="milk", stars=Decimal(2), written=written)]
        self.notes.append(Note(name="first", text=None, stars=None, written=written))

    def check(self) -> None:
        if self.pin.get_secret_value() == "0000":
            raise CredentialsError("The pin is wrong. Ask the owner.")

    def close(self) -> None:
        self.notes.clear()


def read_notes(notebook: Notebook, call: ActionCall) -> Iterator[Note]:
    return iter(notebook.notes)


def write_note(notebook: Notebook, call: ActionCall) -> Result:
    name = f"note {len(notebook.notes) + 1}"
    note = Note(name=name, text=call.inputs["note_text"], stars=call.inputs["stars"], written=datetime.now(UTC))
    notebook.notes.insert(0, note)
    return Result(name)


@hookimpl
def connector_manifest() -> Path:
    return Path(__file__).with_suffix(".yaml")


@hookimpl
def connector_open(manifest: Manifest, connection: Connection) -> Notebook | None:
    return Notebook(connection) if manifest.id == "toy" else None


@hookimpl
def connector_bind(manifest: Manifest, action: ActionSpec) -> Handler | None:
    return {"read_notes": read_notes, "write_note": write_note}[action.id] if manifest.id == "toy" else None
