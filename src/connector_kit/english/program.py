"""A checked automation as a whole. What it is made of is found here too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from connector_kit.english.canonical import step_json
from connector_kit.english.steps import (
    Above,
    Add,
    Ask,
    Call,
    Combine,
    Compare,
    Condition,
    Convert,
    Define,
    Each,
    If,
    Items,
    Joined,
    Literal,
    LookUp,
    Not,
    Place,
    Ref,
    Say,
    Set,
    Show,
    Step,
    Stop,
    Switch,
    Use,
    Value,
    mentioned,
    words,
)

__all__ = [
    "Above",
    "Add",
    "Ask",
    "Call",
    "Combine",
    "Compare",
    "Condition",
    "Convert",
    "Define",
    "Each",
    "If",
    "Items",
    "Joined",
    "Literal",
    "LookUp",
    "Not",
    "Place",
    "Program",
    "Ref",
    "Say",
    "Set",
    "Show",
    "Step",
    "Stop",
    "Switch",
    "Use",
    "Value",
    "mentioned",
    "words",
]


@dataclass(frozen=True, slots=True)
class Program:
    """A whole automation, resolved against the connectors: every name and type is known, or asked for by a question."""

    steps: tuple[Step, ...]
    text: str = field(repr=False)

    def to_json(self) -> list[dict[str, Any]]:
        """Return the canonical form, which says the same for every way of writing the same automation."""
        return [step_json(step) for step in self.steps]

    def all_steps(self) -> Iterator[Step]:
        """Yield every step, those of blocks too, in the order of the text."""
        yield from _all(self.steps)


def _all(steps: tuple[Step, ...]) -> Iterator[Step]:
    for step in steps:
        yield step
        if isinstance(step, If):
            yield from _all(step.then)
            yield from _all(step.otherwise)
        elif isinstance(step, Each):
            yield from _all(step.steps)
