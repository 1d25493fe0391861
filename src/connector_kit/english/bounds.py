"""Find out before a run how long its lists can be at most, so that a person knows how often something may be sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from connector_kit.english.program import Add, Call, Define, Each, If, Items, Literal, Ref, Set, Step, Use, Value
from connector_kit.reads import READ_CAP

# The most items of each list by its name. What is not there, or None, is not known.
Sizes = dict[str, int | None]


def longest(sizes: Mapping[str, int | None], path: tuple[str, ...]) -> int | None:
    """Return how many items a fact has at most, if that is known."""
    return sizes.get(path[0]) if len(path) == 1 else None


def after(sizes: Sizes, step: Step) -> None:
    """Take note of what a step that is no block does to the lengths of lists."""
    match step:
        case Define():
            sizes[step.name] = _size(sizes, step.value)
        case Use():
            sizes[step.name] = _size(sizes, step.value)
        case Set() if len(step.path) == 1:
            sizes[step.path[0]] = _size(sizes, step.value)
        case Add():
            known, more = sizes.get(step.name), _size(sizes, step.value)
            unknown = known is None or (isinstance(step.value, Ref) and more is None and step.value.path[0] in sizes)
            sizes[step.name] = None if unknown or known is None else known + (more or 1)
        case Call():
            sizes[step.name or step.result] = None if step.one else _limit(step)


def either(one: Mapping[str, int | None], other: Mapping[str, int | None]) -> Sizes:
    """Return what is known behind two branches of which one was taken."""
    found: Sizes = {}
    for name in {*one, *other}:
        sizes = [each[name] for each in (one, other) if name in each]
        known = [size for size in sizes if size is not None]
        found[name] = max(known) if len(known) == len(sizes) else None
    return found


def grown(steps: tuple[Step, ...]) -> Iterator[str]:
    """Yield the names that a block changes by what they or others were in the round before: their size is not known in a loop."""
    for step in steps:
        if isinstance(step, Add) or (isinstance(step, Define | Use) and isinstance(step.value, Ref | Items)):
            yield step.name
        elif isinstance(step, Set):
            yield step.path[0]
        elif isinstance(step, If):
            yield from grown(step.then + step.otherwise)
        elif isinstance(step, Each):
            yield from grown(step.steps)


def _size(sizes: Mapping[str, int | None], value: Value) -> int | None:
    if isinstance(value, Items):
        return len(value.items)
    return longest(sizes, value.path) if isinstance(value, Ref) else None


def _limit(step: Call) -> int:
    given = step.limit.value if isinstance(step.limit, Literal) else None
    return int(given) if isinstance(given, int) and not isinstance(given, bool) else READ_CAP
