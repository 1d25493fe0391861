"""The words, names and values of an automation as they were written, each with its place."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from connector_kit.english.steps import Place


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
