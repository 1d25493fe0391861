"""Bring a filter into the form that sentences have: conditions that all must hold, each alone or one of several."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import ClassVar

from connector_kit.errors import InputError
from connector_kit.filters import MAX_DEPTH, Combination, Comparison, Filter, Negation

_OPPOSITE = {"eq": "ne", "ne": "eq"}


class NotSayableError(InputError):
    """A call for which the language has no words; it can be made in every other way."""

    code: ClassVar[str] = "not_sayable"


def conjuncts(tree: Filter) -> tuple[Filter, ...]:
    """Return the conditions of a filter that all must hold: comparisons, their opposites, or an or of such.

    It means the same as the filter: what is negated as a whole is negated part by part, and a day becomes its two ends.

    Raises:
        NotSayableError: if and stands below or, or a value is none of the language's.
    """
    whole = plain(tree)
    parts = whole.parts if isinstance(whole, Combination) and whole.op == "and" else (whole,)
    for part in parts:
        alternatives = part.parts if isinstance(part, Combination) else (part,)
        for each in alternatives:
            if isinstance(each, Combination) and not _is_between(each):
                raise NotSayableError(
                    "The filter has and inside of or, which a sentence cannot say without doubt. Make two calls of it."
                )
    return parts


def plain(tree: Filter) -> Filter:
    """Return a filter that means the same, with every opposite at a comparison and nothing nested in its like.

    Raises:
        NotSayableError: if a value is none of the language's, or the filter is nested too deep.
    """
    return _plain(tree, MAX_DEPTH, negate=False)


def _is_between(part: Combination) -> bool:
    low, high = part.parts[0], part.parts[-1]
    return (
        len(part.parts) == 2
        and isinstance(low, Comparison)
        and isinstance(high, Comparison)
        and (low.op, high.op) == ("ge", "le")
        and low.field == high.field
        and low.value is not None
    )


def _plain(tree: Filter, depth: int, *, negate: bool) -> Filter:
    if depth == 0:
        raise NotSayableError(f"The filter is nested deeper than {MAX_DEPTH} levels.")
    if isinstance(tree, Negation):
        return _plain(tree.part, depth - 1, negate=not negate)
    if isinstance(tree, Combination):
        if not tree.parts:
            raise NotSayableError("The filter joins no conditions at all.")
        op = {"and": "or", "or": "and"}[tree.op] if negate else tree.op
        flat: list[Filter] = []
        for part in (_plain(part, depth - 1, negate=negate) for part in tree.parts):
            flat.extend(part.parts if isinstance(part, Combination) and part.op == op else (part,))
        return flat[0] if len(flat) == 1 else Combination(op, tuple(flat))
    if (days := _days(tree)) is not None:
        return _plain(days, depth - 1, negate=negate)
    _check_value(tree)
    if tree.op == "in" and len(tree.value) == 1:
        # What has a name is no list of one; to be one of one value is to be that value.
        tree = Comparison("eq", tree.field, tree.value[0])
    if not negate:
        return tree
    return Comparison(_OPPOSITE[tree.op], tree.field, tree.value) if tree.op in _OPPOSITE else Negation(tree)


def _check_value(condition: Comparison) -> None:
    if condition.op == "in":
        if not condition.value:
            raise NotSayableError("The filter has an empty list of values, for which there are no words.")
        if None in condition.value:
            raise NotSayableError("The filter has nothing as one of several values, for which there are no words.")


def _is_day(value: object) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _days(condition: Comparison) -> Filter | None:
    """Return what a comparison with a whole day means, or None if it is not one: sentences know moments only."""
    op, name, value = condition.op, condition.field, condition.value
    if op == "in" and isinstance(value, list | tuple) and any(map(_is_day, value)):
        return Combination("or", tuple(Comparison("eq", name, each) for each in value))
    if not isinstance(value, date) or isinstance(value, datetime):
        return None
    start, end = _ends(value)
    begins, ended = Comparison("ge", name, start), Comparison("lt", name, end)
    whole = Combination("and", (begins, ended))
    one_sided = {"ge": begins, "le": ended, "gt": Comparison("ge", name, end), "lt": Comparison("lt", name, start)}
    return whole if op == "eq" else Negation(whole) if op == "ne" else one_sided.get(op)


def _ends(day: date) -> tuple[datetime, datetime]:
    # Without an offset, a moment is in the automation's timezone, and so is the day.
    start = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - see above
    try:
        return start, start + timedelta(days=1)
    except OverflowError:
        raise NotSayableError(
            "The filter has a day at the end of the calendar, for which there are no words."
        ) from None
