"""What an automation says before anybody knows what its words mean: one node for each thing that the grammar reads."""

from __future__ import annotations

from dataclasses import dataclass

from connector_kit.english.reading.leaves import (
    AboveRef,
    Bare,
    Name,
    NameRef,
    Number,
    Several,
    Single,
    Text,
    Truth,
    Value,
    Word,
)  # fmt: skip
from connector_kit.english.steps import Place

# A tree and its leaves are always needed together.
__all__ = [
    "AboveRef", "AddStep", "AskStep", "Bare", "CallStep", "Clause", "CombineStep", "Conditions", "ConvertStep",
    "DefineStep", "EachStep", "IfStep", "Input", "Joiner", "Name", "NameRef", "Number", "Prep", "SayStep", "SetStep",
    "Several", "ShowStep", "Single", "Step", "StopStep", "SwitchStep", "Text", "Thing", "Truth", "UseStep", "Value",
    "Whose", "Word",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition. ``kind`` is compare, between, unary, same_left, same_unary or same_op; ``op`` is missing in the last."""

    kind: str
    values: tuple[Single, ...]
    op: Word | None


@dataclass(frozen=True, slots=True)
class Joiner:
    """What stands between two conditions: ``and``, ``or`` or a comma."""

    word: Word
    whose: bool


@dataclass(frozen=True, slots=True)
class Conditions:
    """Conditions in the order of the text; the first has no joiner. ``behind`` is where the word then is that ends them."""

    parts: tuple[tuple[Joiner | None, Clause], ...]
    behind: Place | None = None


@dataclass(frozen=True, slots=True)
class Whose:
    """``whose`` and its conditions."""

    word: Word
    conditions: Conditions


@dataclass(frozen=True, slots=True)
class Input:
    """``the NAME is VALUE`` below a call or on its line."""

    ref: NameRef
    value: Value


@dataclass(frozen=True, slots=True)
class Prep:
    """A preposition and its value."""

    word: Word
    value: Single


@dataclass(frozen=True, slots=True)
class Thing:
    """What a verb is applied to: a name or a path. ``det`` is its determiner; ``first`` the word ``the first N``."""

    det: str
    path: tuple[Name, ...]
    said: str
    first: Word | None = None
    ref: NameRef | None = None


@dataclass(frozen=True, slots=True)
class CallStep:
    """VERB THING and what follows it; ``entries`` are the inputs and conditions on its line and below, in their order."""

    verb: Name
    thing: Thing | None
    preps: tuple[Prep, ...]
    entries: tuple[Input | Whose, ...]
    name: Name | None

    @property
    def place(self) -> Place:
        """Where it begins."""
        return self.verb.place


@dataclass(frozen=True, slots=True)
class DefineStep:
    """``the NAME is VALUE``."""

    ref: NameRef
    value: Value
    place: Place


@dataclass(frozen=True, slots=True)
class UseStep:
    """``use VALUE as the NAME``."""

    value: Single
    name: Name
    place: Place


@dataclass(frozen=True, slots=True)
class SetStep:
    """``set the PATH to VALUE``."""

    ref: NameRef
    value: Single
    place: Place


@dataclass(frozen=True, slots=True)
class ConvertStep:
    """``convert VALUE to a TYPE``."""

    value: Single
    type: Name
    name: Name | None
    place: Place


@dataclass(frozen=True, slots=True)
class CombineStep:
    """``combine VALUES``."""

    values: tuple[Single, ...]
    name: Name | None
    place: Place


@dataclass(frozen=True, slots=True)
class AddStep:
    """``add VALUE to the NAME``."""

    value: Single
    ref: NameRef
    place: Place


@dataclass(frozen=True, slots=True)
class SayStep:
    """``say VALUES``."""

    value: Value
    place: Place


@dataclass(frozen=True, slots=True)
class StopStep:
    """``stop``."""

    place: Place


@dataclass(frozen=True, slots=True)
class SwitchStep:
    """``switch BOOK to "CONNECTION"``."""

    book: Name
    connection: Text
    place: Place


@dataclass(frozen=True, slots=True)
class ShowStep:
    """A reference alone on its line."""

    ref: NameRef | AboveRef
    place: Place


@dataclass(frozen=True, slots=True)
class AskStep:
    """``ask "TEXT"``."""

    text: Text
    name: Name | None
    entries: tuple[Input | Whose, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class IfStep:
    """``if CONDITIONS then``; ``depth`` is how deep steps are nested in it, with its else-ifs."""

    conditions: Conditions
    then: tuple[Step, ...]
    otherwise: tuple[Step, ...]
    place: Place
    depth: int


@dataclass(frozen=True, slots=True)
class EachStep:
    """``process each NAME as follows``."""

    item: Name
    over: NameRef | None
    steps: tuple[Step, ...]
    place: Place
    depth: int


Step = (
    CallStep | DefineStep | UseStep | SetStep | ConvertStep | CombineStep | AddStep | SayStep | StopStep | SwitchStep
    | ShowStep | AskStep | IfStep | EachStep
)  # fmt: skip
