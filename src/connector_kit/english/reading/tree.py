"""What an automation says before anybody knows what its words mean: one node for each thing that the grammar reads."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from connector_kit.english.program import Place


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the language, such as whose, in lower case."""

    text: str
    place: Place
    end: Place


@dataclass(frozen=True, slots=True)
class Name:
    """A name in its one spelling, and as it was written."""

    text: str
    said: str
    place: Place
    end: Place


@dataclass(frozen=True, slots=True)
class Text:
    """A text in quotes; ``said`` has the quotes."""

    value: str
    said: str
    place: Place
    end: Place


@dataclass(frozen=True, slots=True)
class Number:
    """A number."""

    value: int | Decimal
    said: str
    place: Place
    end: Place


@dataclass(frozen=True, slots=True)
class Truth:
    """True or false."""

    value: bool
    said: str
    place: Place
    end: Place


@dataclass(frozen=True, slots=True)
class Bare:
    """Words without quotes and without ``the``."""

    name: Name

    @property
    def place(self) -> Place:
        """Where it begins."""
        return self.name.place

    @property
    def end(self) -> Place:
        """Where it ends."""
        return self.name.end

    @property
    def said(self) -> str:
        """How it was written."""
        return self.name.said


@dataclass(frozen=True, slots=True)
class AboveRef:
    """``the above``."""

    place: Place
    end: Place
    said: str = "the above"


@dataclass(frozen=True, slots=True)
class NameRef:
    """``the`` and a name, or the fields of one: the owner first. ``place`` is that of ``the``."""

    path: tuple[Name, ...]
    place: Place
    end: Place

    @property
    def said(self) -> str:
        """How it may be written."""
        return "the " + "'s ".join(name.said for name in self.path)


Single = Text | Number | Truth | Bare | AboveRef | NameRef


@dataclass(frozen=True, slots=True)
class Several:
    """A list of values."""

    values: tuple[Single, ...]

    @property
    def place(self) -> Place:
        """Where it begins."""
        return self.values[0].place

    @property
    def end(self) -> Place:
        """Where it ends."""
        return self.values[-1].end

    @property
    def said(self) -> str:
        """How it may be written."""
        return ", ".join(value.said for value in self.values)


Value = Single | Several


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition. ``kind`` is compare, between, unary, same_left or same_op; ``op`` is missing in the last and in between."""

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
    """Conditions in the order of the text; the first has no joiner."""

    parts: tuple[tuple[Joiner | None, Clause], ...]


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
