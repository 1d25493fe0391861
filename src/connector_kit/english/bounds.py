"""Find out before a run how long its lists can be at most, so that a person knows how often something may be sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from connector_kit.english.program import (
    Above,
    Add,
    Ask,
    Call,
    Combine,
    Convert,
    Define,
    Items,
    Literal,
    LookUp,
    Program,
    Ref,
    Set,
    Step,
    Use,
    Value,
)
from connector_kit.english.running.values import plain
from connector_kit.reads import READ_CAP

# The most items of each list by its name, one for a single value. What is not there, or None, is not known: also because a
# person may be asked for it.
Sizes = dict[str, int | None]
# Under which the above is kept; no fact has this name.
_ABOVE = ""


@dataclass(slots=True)
class Lists:
    """What is known of the lists at one step. ``aliases`` are, by name, the others that may be the same fact."""

    aliases: Mapping[str, frozenset[str]] = field(default_factory=dict)
    sizes: Sizes = field(default_factory=dict)

    def longest(self, path: tuple[str, ...]) -> int | None:
        """Return how many items a fact has at most, if that is known."""
        return self.sizes.get(path[0]) if len(path) == 1 else None

    def after(self, step: Step) -> None:
        """Take note of what a step that is no block does to the lengths of lists."""
        size = self._made(step)
        if isinstance(step, LookUp | Ask | Convert | Combine | Call):
            self.sizes[_ABOVE] = size
        name = _named(step)
        if name is None:
            return
        for other in self.aliases.get(name, ()):
            self.sizes[other] = _larger(self.sizes.get(other), size)
        self.sizes[name] = size

    def before_rounds(self, steps: Iterable[Step]) -> None:
        """Take note that some steps, those of blocks too, may have been carried out before, any number of times."""
        alone = Lists()
        for step in steps:
            name = _named(step)
            if name is not None:
                # What depends on the length of another list may grow from round to round.
                size = alone._made(step)
                for each in {name, *self.aliases.get(name, ())}:
                    self.sizes[each] = _larger(self.sizes.get(each), size)

    def _made(self, step: Step) -> int | None:
        match step:
            case Define() | Use() | Set():
                return self._size(step.value)
            case Add():
                known, more = self.sizes.get(step.name), self._size(step.value)
                return None if known is None or more is None else known + more
            case LookUp():
                return self.longest(step.path)
            case Ask():
                sizes = [self._size(choice) for choice in step.choices]
                return None if None in sizes else max((size for size in sizes if size is not None), default=1)
            case Call():
                return 1 if step.one else _limit(step)
            case _:
                return 1

    def _size(self, value: Value) -> int | None:
        match value:
            case Literal():
                return 1
            case Items():
                return len(value.items)
            case Above():
                return self.sizes.get(_ABOVE)
            case Ref():
                return self.longest(value.path)


def aliases_of(program: Program) -> Mapping[str, frozenset[str]]:
    """Return for each name the others that may be the same fact, because the automation uses one as the other."""
    groups: dict[str, set[str]] = {}
    for step in program.all_steps():
        if isinstance(step, Use) and isinstance(step.value, Ref):
            one, other = (groups.setdefault(name, {name}) for name in (step.name, step.value.path[0]))
            if one is not other:
                one |= other
                groups |= dict.fromkeys(other, one)
    return {name: frozenset(group) - {name} for name, group in groups.items()}


def either(one: Mapping[str, int | None], other: Mapping[str, int | None]) -> Sizes:
    """Return what is known behind two branches of which one was taken; a fact of one of them is asked for after the other."""
    return {name: _larger(one.get(name), other.get(name)) for name in dict.fromkeys([*one, *other])}


def _larger(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else max(one, other)


def _named(step: Step) -> str | None:
    match step:
        case Define() | Use() | Add() | Convert() | Combine() | LookUp() | Ask():
            return step.name
        case Set():
            return step.path[0] if len(step.path) == 1 else None
        case Call():
            return step.name or step.result
        case _:
            return None


def _limit(step: Call) -> int | None:
    if step.limit is None:
        return READ_CAP
    given = plain(step.limit.value) if isinstance(step.limit, Literal) else None
    return given if isinstance(given, int) and not isinstance(given, bool) else None
