"""Make the nodes of values, names and conditions while the parser reads."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from lark import Token, Transformer

from connector_kit.english.names import spelled
from connector_kit.english.reading import tree
from connector_kit.english.reading.tokens import decoded, end_of, fault_at, place_of, word_of

_MOST_DIGITS = 400  # what the largest and the smallest double need


class Joined(tuple[tree.Single, ...]):
    """Values that stand in a list."""

    __slots__ = ()


class As(tuple[tree.Name]):
    """The name in ``as the NAME``."""

    __slots__ = ()


def _quoted_name(text: tree.Text) -> tree.Name:
    return tree.Name(spelled(text.value), text.said, text.place, text.end)


class ValueBuilder(Transformer[Token, Any]):
    """One method for each rule; lark calls it with what the rule's parts were made into, None for what is not there."""

    def text(self, children: list[Token]) -> tree.Text:
        token = children[0]
        return tree.Text(decoded(token[1:-1]), str(token), place_of(token), end_of(token))

    def number(self, children: list[Token]) -> tree.Number:
        token = children[0]
        digits = token.replace("$", "")
        whole = tree.Word(str(token), place_of(token), end_of(token))
        if len(digits) > _MOST_DIGITS:
            raise fault_at("invalid_value", whole, f"This number is too long: it has more than {_MOST_DIGITS} digits.")
        if "," in digits:
            one, several = token.replace(",", ""), token.replace(",", ", ")
            message = f"{token} can be one number or several. Write {one} for one number, or {several} for a list."
            raise fault_at("invalid_value", whole, message, one, several)
        value = Decimal(digits) if "." in digits else int(digits)
        return tree.Number(value, str(token), place_of(token), end_of(token))

    def truth(self, children: list[Token]) -> tree.Truth:
        token = children[0]
        return tree.Truth(token.lower() == "true", str(token), place_of(token), end_of(token))

    def np(self, children: list[Token]) -> tree.Name:
        said = " ".join(children)
        return tree.Name(spelled(said), said, place_of(children[0]), end_of(children[-1]))

    def np_path(self, children: list[Any]) -> tuple[tree.Name, ...]:
        parts = (child for child in children if not isinstance(child, Token))
        return tuple(_quoted_name(part) if isinstance(part, tree.Text) else part for part in parts)

    def of_path(self, children: list[Any]) -> tuple[tree.Name, ...]:
        return children[2], children[0]

    # An input's name may have prepositions in it; apart from that it is a name like every other.
    input_np = np
    input_path = np_path
    input_of_path = of_path

    def bare(self, children: list[tree.Name]) -> tree.Bare:
        return tree.Bare(children[0])

    def det_words(self, children: list[Any]) -> tree.Bare:
        det, name = children
        return tree.Bare(tree.Name(name.text, f"{det} {name.said}", place_of(det), name.end))

    def above(self, children: list[Token]) -> tree.AboveRef:
        return tree.AboveRef(place_of(children[0]), end_of(children[0]))

    def ref(self, children: list[Any]) -> tree.NameRef:
        path = children[1]
        return tree.NameRef(path, place_of(children[0]), max(name.end for name in path))

    input_ref = ref

    def values(self, children: list[Any]) -> Joined:
        return Joined(child for child in children if not isinstance(child, Token))

    def as_name(self, children: list[Any]) -> As:
        return As((children[-1],))

    # ---- conditions

    def conds(self, children: list[Any]) -> tree.Conditions:
        rest = zip(children[1::2], children[2::2], strict=True)
        return tree.Conditions(((None, children[0]), *rest))

    def joiner(self, children: list[Token | None]) -> tree.Joiner:
        words = [word_of(child) for child in children if child is not None]
        whose = words[-1].text.startswith("whose")
        joining = words[:-1] if whose else words
        return tree.Joiner(joining[-1], whose)

    def compare(self, children: list[Any]) -> tree.Clause:
        return tree.Clause("compare", (children[0], children[2]), word_of(children[1]))

    def between(self, children: list[Any]) -> tree.Clause:
        return tree.Clause("between", (children[0], children[2], children[4]), word_of(children[1]))

    def unary(self, children: list[Any]) -> tree.Clause:
        return tree.Clause("unary", (children[0],), word_of(children[1]))

    def same_left(self, children: list[Any]) -> tree.Clause:
        return tree.Clause("same_left", (children[1],), word_of(children[0]))

    def same_unary(self, children: list[Any]) -> tree.Clause:
        return tree.Clause("same_unary", (), word_of(children[0]))

    def same_op(self, children: list[Any]) -> tree.Clause:
        return tree.Clause("same_op", (children[0],), None)
