"""Put together what ellipsis leaves out of conditions: the field that is not repeated, and values joined by or."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from connector_kit.english.messages import shown
from connector_kit.english.problems import EnglishError, Problem
from connector_kit.english.program import Condition, Joined, Not, Place
from connector_kit.english.reading import tree

# How comparisons are written, without is and are. `is` alone is eq.
_OPS = {
    "between": "ge",  # and le; both are the order of what is compared
    "=": "eq", "!=": "ne", ">": "gt", "<": "lt", ">=": "ge", "<=": "le",
    "after": "gt", "before": "lt", "at least": "ge", "at most": "le", "on or after": "ge", "on or before": "le",
    "in": "in", "one of": "in", "contains": "has", "contain": "has", "includes": "has", "include": "has", "has": "has",
    "starts with": "starts", "started by": "starts", "ends with": "ends", "ended by": "ends",
    **{f"{word} than": "gt" for word in ("greater", "more", "higher", "later")},
    **{f"{word} than or equal to": "ge" for word in ("greater", "more", "higher", "later")},
    **{f"{word} than": "lt" for word in ("less", "fewer", "lower", "earlier")},
    **{f"{word} than or equal to": "le" for word in ("less", "fewer", "lower", "earlier")},
}  # fmt: skip


@dataclass(slots=True)
class Group:
    """One thing compared with one value or more. ``joins`` are the words between the values; ``joiner`` stands before it all."""

    joiner: tree.Joiner | None
    kind: str
    left: tree.Single
    op: tree.Word
    values: list[tree.Single]
    joins: list[tree.Word] = field(default_factory=list)


def operator_of(word: tree.Word) -> tuple[str, bool]:
    """Return the canonical operator and whether it is negated: ``is not after`` is gt, negated; ``is not`` is ne."""
    text = word.text
    if text == "does not contain":
        return "has", True
    for verb in ("is", "are"):
        text = text[len(verb) :].lstrip() if text == verb or text.startswith(f"{verb} ") else text
    if text in ("", "not"):
        return ("ne" if text else "eq"), False
    negated = text.startswith("not ")
    return _OPS[text.removeprefix("not ")], negated


def groups_of(conditions: tree.Conditions) -> list[Group]:
    """Return the conditions with nothing left out.

    Raises:
        EnglishError: where nothing says what is compared, or with what.
    """
    groups: list[Group] = []
    following = [joiner.word.place for joiner, _ in conditions.parts[1:] if joiner is not None]
    for (joiner, clause), behind in zip(conditions.parts, (*following, conditions.behind), strict=True):
        if clause.kind == "same_op":
            _add_value(groups, joiner, clause, behind)
        elif clause.kind in ("same_left", "same_unary"):
            if not groups:
                raise _left_missing(clause)
            kind = "compare" if clause.values else "unary"
            groups.append(Group(joiner, kind, groups[-1].left, _op(clause), list(clause.values)))
        else:
            left, *values = clause.values
            groups.append(Group(joiner, clause.kind, left, _op(clause), values))
    return groups


def _op(clause: tree.Clause) -> tree.Word:
    # Only a value alone has no operator.
    if clause.op is None:
        raise AssertionError(clause.kind)
    return clause.op


def _add_value(groups: list[Group], joiner: tree.Joiner | None, clause: tree.Clause, behind: Place | None) -> None:
    value = clause.values[0]
    if not groups or joiner is None or joiner.whose or groups[-1].kind != "compare":
        write = f'{shown(value.said)} is "..."'
        message = f"After what is compared I expect the word is, or another comparison such as is after. Write: {write}"
        raise EnglishError([Problem("missing_keyword", behind or value.end, message, (write,))])
    groups[-1].values.append(value)
    groups[-1].joins.append(joiner.word)


def _left_missing(clause: tree.Clause) -> EnglishError:
    word = _op(clause)
    message = f"Say what is compared before {word.text}."
    write = f"the NAME {word.text} ..." if clause.values else f"the NAME {word.text}"
    return EnglishError([Problem("syntax", word.place, message, (write,), word.end)])


def join(op: str, parts: Sequence[Condition]) -> Condition:
    """Join conditions; those joined by the same word become one list."""
    if len(parts) == 1:
        return parts[0]
    flat: list[Condition] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Joined) and part.op == op else (part,))
    return Joined(op, tuple(flat))


def joined(groups: Sequence[Group], conditions: Sequence[Condition]) -> Condition:
    """Join the conditions of groups by what stands between them.

    Raises:
        EnglishError: if and stands beside or.
    """
    joins = [group.joiner.word for group in groups if group.joiner is not None]
    if wrong := _second_kind(joins):
        spoken = [_spoken(group) for group in groups]
        raise _ambiguous(wrong, *(_reading(spoken, joins, first) for first in ("and", "or")))
    return join(_kind(joins[0]) if joins else "and", conditions)


def _kind(word: tree.Word) -> str:
    return "or" if word.text == "or" else "and"


def _second_kind(joins: Sequence[tree.Word]) -> tree.Word | None:
    return next((word for word in joins if _kind(word) != _kind(joins[0])), None)


def _ambiguous(word: tree.Word, first: str, second: str) -> EnglishError:
    message = (
        f"This can mean two things: {shown(first, 160)}; or: {shown(second, 160)}. "
        'To ask for one of several values write is "a" or "b"; otherwise make two steps of it, one for and, one for or.'
    )
    return EnglishError([Problem("ambiguous_condition", word.place, message, ('is "a" or "b"',), word.end)])


def _reading(parts: Sequence[str], joins: Sequence[tree.Word], first: str) -> str:
    """Return conditions as they are read when one of and and or goes before the other."""
    blocks = [[parts[0]]]
    for word, part in zip(joins, parts[1:], strict=True):
        if _kind(word) == first:
            blocks[-1].append(part)
        else:
            blocks.append([part])
    other = "or" if first == "and" else "and"
    inner = [f" {first} ".join(block) for block in blocks]
    return f" {other} ".join(f"({text})" if len(block) > 1 else text for text, block in zip(inner, blocks, strict=True))


def _spoken(group: Group) -> str:
    values = f" {group.joins[0].text} ".join(value.said for value in group.values[:2]) if group.joins else ""
    rest = values or " and ".join(value.said for value in group.values)
    return shown(f"{group.left.said} {group.op.text} {rest}".strip(), 50)


def _ambiguous_values(group: Group, word: tree.Word) -> EnglishError:
    values = [f"{group.left.said} {group.op.text} {shown(value.said, 30)}" for value in group.values]
    if _second_kind(group.joins) is None:
        return _ambiguous(word, " and ".join(values), " or ".join(values))
    return _ambiguous(word, *(_reading(values, group.joins, first) for first in ("and", "or")))


def values_condition(group: Group, leaf: Callable[[str, Sequence[tree.Single]], Condition]) -> Condition:
    """Return the condition of one group; ``leaf`` makes that of one operator and its values, several for a list.

    Raises:
        EnglishError: if the values are joined so that it can mean two things.
    """
    op, negated = operator_of(group.op)
    joins = group.joins
    if op in ("eq", "ne", "in"):
        if not joins:
            found = leaf(op, group.values)
        else:
            _check_list(group, plain_and=op != "eq")
            found = leaf("in", group.values)
            negated = negated or op == "ne"
        return Not(found) if negated else found
    if not joins:
        found = leaf(op, group.values)
        return Not(found) if negated else found
    words = [word for word in joins if word.text != ","] or joins
    if (wrong := _second_kind(words)) or (negated and (wrong := next((w for w in words if _kind(w) == "and"), None))):
        raise _ambiguous_values(group, wrong)
    found = join(_kind(words[0]), [leaf(op, [value]) for value in group.values])
    return Not(found) if negated else found


def _check_list(group: Group, *, plain_and: bool) -> None:
    """Hold a list to its form: commas, and before its last value and or; or the values joined by or alone."""
    words = [word for word in group.joins if word.text != ","]
    commas = len(words) < len(group.joins)
    if wrong := _second_kind(words):
        raise _ambiguous_values(group, wrong)
    if words and _kind(words[0]) == "and" and (len(words) > 1 or not (commas or plain_and)):
        raise _ambiguous_values(group, words[-1] if commas else words[0])
