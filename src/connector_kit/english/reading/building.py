"""Make the nodes of steps while the parser reads, and find the faults of form that a grammar cannot say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from lark import Token

from connector_kit.english.names import spelled
from connector_kit.english.problems import EnglishError
from connector_kit.english.program import Place
from connector_kit.english.reading import tree
from connector_kit.english.reading.building_values import As, Joined, ValueBuilder
from connector_kit.english.reading.layout import MOST_LEVELS, too_deep
from connector_kit.english.reading.tokens import end_of, fault_at, place_of, word_of

_INPUT, _CHOICES, _STEP = 'the NAME is "..."', 'the choices are "yes", "no"', 'say "..."'

_T = TypeVar("_T")


def _named(ref: tree.NameRef | tree.AboveRef) -> tree.NameRef:
    if isinstance(ref, tree.AboveRef):
        message = (
            "The above is the result of the step before, so it cannot be changed. Write a name in its place: the notice"
        )
        raise fault_at("syntax", ref, message)
    return ref


def _empty(token: Token | tree.Word, example: str = _STEP) -> EnglishError:
    opener = word_of(token) if isinstance(token, Token) else token
    spoken = "the colon" if opener.text == ":" else opener.text
    return fault_at("empty_block", opener, f"{spoken} must be followed by indented lines such as {example}", example)


def _first(children: Sequence[Any], kind: type[_T]) -> _T | None:
    return next((child for child in children if isinstance(child, kind)), None)


def _depth(steps: Sequence[tree.Step]) -> int:
    return max((step.depth for step in steps if isinstance(step, tree.IfStep | tree.EachStep)), default=0)


class _Block(tuple[tree.Step, ...]):
    """The steps of a block."""

    __slots__ = ()


class _Else(tuple[tree.Step, ...]):
    """The steps of an else."""

    __slots__ = ()


class _Entries(tuple["tree.Input | tree.Whose", ...]):
    """Inputs and conditions, on the line of a call or below it."""

    __slots__ = ()


def _as_name(children: Sequence[Any]) -> tree.Name | None:
    found = _first(children, As)
    return None if found is None else found[0]


def _single(value: Joined) -> tree.Value:
    return value[0] if len(value) == 1 else tree.Several(tuple(value))


_Nested = TypeVar("_Nested", tree.IfStep, tree.EachStep)


def _shallow(step: _Nested) -> _Nested:
    if step.depth > MOST_LEVELS:
        raise EnglishError([too_deep(step.place)])
    return step


class Builder(ValueBuilder):
    """The rules of steps, beside those of what they are made of."""

    def start(self, children: list[Any]) -> tuple[tree.Step, ...]:
        return tuple(children)

    # ---- simple steps

    def define(self, children: list[Any]) -> tree.DefineStep:
        ref = _named(children[0])
        return tree.DefineStep(ref, _single(children[2]), ref.place)

    def use(self, children: list[Any]) -> tree.UseStep:
        return tree.UseStep(children[1], children[-1], place_of(children[0]))

    def set(self, children: list[Any]) -> tree.SetStep:
        return tree.SetStep(_named(children[1]), children[3], place_of(children[0]))

    def convert(self, children: list[Any]) -> tree.ConvertStep:
        type_ = next(child for child in children if isinstance(child, tree.Name))
        return tree.ConvertStep(children[1], type_, _as_name(children), place_of(children[0]))

    def combine(self, children: list[Any]) -> tree.CombineStep:
        values = tuple(child for child in children if not isinstance(child, Token | As | None))
        return tree.CombineStep(values, _as_name(children), place_of(children[0]))

    def add(self, children: list[Any]) -> tree.AddStep:
        return tree.AddStep(children[1], _named(children[3]), place_of(children[0]))

    def say(self, children: list[Any]) -> tree.SayStep:
        return tree.SayStep(_single(children[1]), place_of(children[0]))

    def stop(self, children: list[Token]) -> tree.StopStep:
        return tree.StopStep(place_of(children[0]))

    def switch(self, children: list[Any]) -> tree.SwitchStep:
        return tree.SwitchStep(children[1], self.text([children[3]]), place_of(children[0]))

    def show(self, children: list[Any]) -> tree.ShowStep:
        return tree.ShowStep(children[0], children[0].place)

    # ---- calls

    def first_n(self, children: list[Any]) -> tree.Thing:
        first, name = word_of(children[0]), children[1]
        return tree.Thing("the", (name,), f"{first.text} {name.said}", first)

    def any_thing(self, children: list[Any]) -> tree.Thing:
        path = children[1]
        ref = tree.NameRef(path, place_of(children[0]), max(name.end for name in path))
        det = children[0].lower()
        return tree.Thing(det, path, det + ref.said.removeprefix("the"), ref=ref)

    def the_thing(self, children: list[Any]) -> tree.Thing:
        ref = children[0]
        path = () if isinstance(ref, tree.AboveRef) else ref.path
        return tree.Thing("the", path, ref.said, ref=ref if path else None)

    def bare_thing(self, children: list[tree.Name]) -> tree.Thing:
        return tree.Thing("", (children[0],), children[0].said)

    def text_thing(self, children: list[Token]) -> tree.Thing:
        return tree.Thing("", (), str(children[0]))

    def prep(self, children: list[Any]) -> tree.Prep:
        return tree.Prep(word_of(children[0]), children[1])

    def as_prep(self, children: list[Any]) -> tree.Prep:
        word = word_of(children[1])
        write = f"as the {children[2].said}"
        raise fault_at("missing_keyword", word, f"After as I expect the word the and a name. Write: {write}", write)

    def whose(self, children: list[Any]) -> tree.Whose:
        return tree.Whose(word_of(children[0]), children[1])

    def pair(self, children: list[Any]) -> tree.Input:
        return tree.Input(_named(children[0]), children[2])

    def input(self, children: list[Any]) -> tree.Input:
        ref, _, values = (
            child for child in children if not (isinstance(child, Token) and child.type == "AND") and child
        )
        return tree.Input(_named(ref), _single(values))

    def entry_whose(self, children: list[Any]) -> tree.Whose:
        return tree.Whose(word_of(children[-2]), children[-1])

    def entries(self, children: list[Any]) -> _Entries:
        return _Entries(children)

    def inputs(self, children: list[Any]) -> tuple[tree.Word, _Entries]:
        return word_of(children[0]), _Entries(child for child in children if isinstance(child, tree.Input))

    def call(self, children: list[Any]) -> tuple[tree.CallStep, tree.Word | None]:
        """Return the call, and the word that opens a block which must follow."""
        verb = tree.Name(spelled(children[0]), str(children[0]), place_of(children[0]), end_of(children[0]))
        preps = tuple(child for child in children if isinstance(child, tree.Prep))
        whose = _first(children, tree.Whose)
        inputs = next((child for child in children if type(child) is tuple), None)
        word, pairs = inputs or (None, _Entries())
        colon = word_of(children[-1]) if isinstance(children[-1], Token) and len(children) > 1 else None
        opener = colon if word is None or pairs else word
        entries = (*([whose] if whose else []), *pairs)
        return tree.CallStep(verb, _first(children, tree.Thing), preps, entries, _as_name(children)), opener

    def call_stmt(self, children: list[Any]) -> tree.CallStep:
        head: tuple[tree.CallStep, tree.Word | None] = children[0]
        call, opener = head
        below = _first(children, _Entries)
        if below is None:
            if opener is not None:
                raise _empty(opener, _INPUT)
            return call
        return tree.CallStep(call.verb, call.thing, call.preps, (*call.entries, *below), call.name)

    def one_call(self, children: list[Any]) -> tree.CallStep:
        return self.call_stmt(children)

    # ---- questions, branches, loops

    def ask_stmt(self, children: list[Any]) -> tree.AskStep:
        entries = _first(children, _Entries)
        openers = [child for child in children[2:] if isinstance(child, Token)]
        if entries is None and openers:
            raise _empty(openers[0], _CHOICES)
        return tree.AskStep(self.text([children[1]]), _as_name(children), tuple(entries or ()), place_of(children[0]))

    def block(self, children: list[Any]) -> _Block:
        return _Block(children)

    def if_stmt(self, children: list[Any]) -> tree.IfStep:
        steps = _first(children, _Block)
        if steps is None:
            raise _empty(children[2])
        return _if(children, steps)

    def if_line(self, children: list[Any]) -> tree.IfStep:
        return _if(children, (children[3],))

    def else_part(self, children: list[Any]) -> _Else:
        steps = _first(children, _Block)
        if steps is None:
            raise _empty(children[0])
        return _Else(steps)

    def else_line(self, children: list[Any]) -> _Else:
        return _Else(children[1:])

    def else_if(self, children: list[Any]) -> _Else:
        return _Else(children[1:])

    def each_stmt(self, children: list[Any]) -> tree.EachStep:
        opener = next(child for child in children if isinstance(child, Token) and child.type == "AS_FOLLOWS")
        steps = _first(children, _Block)
        if steps is None:
            raise _empty(opener)
        place = place_of(children[0])
        return _shallow(tree.EachStep(children[1], _over(children), tuple(steps), place, 1 + _depth(steps)))


def _if(children: list[Any], steps: Sequence[tree.Step]) -> tree.IfStep:
    conditions = tree.Conditions(children[1].parts, place_of(children[2]))
    otherwise = _first(children, _Else) or ()
    depth = 1 + max(_depth(steps), _depth(otherwise))
    return _shallow(tree.IfStep(conditions, tuple(steps), tuple(otherwise), place_of(children[0]), depth))


def _over(children: list[Any]) -> tree.NameRef | None:
    """Return the list that a loop names: ``in the X``, or ``of the X``, where ``the`` is part of the word before."""
    ref = next((child for child in children if isinstance(child, tree.NameRef | tree.AboveRef)), None)
    if isinstance(ref, tree.AboveRef):
        message = "process each needs the name of a list. Add as the NAME to the step above, and write: in the NAME"
        raise fault_at("syntax", ref, message, "in the NAME as follows")
    if ref is not None:
        return ref
    path = next((child for child in children if type(child) is tuple), None)
    if path is None:
        return None
    of_the = next(child for child in children if isinstance(child, Token) and child.type == "OF_THE")
    end = end_of(of_the)
    return tree.NameRef(path, Place(end.line, end.column - len("the")), max(name.end for name in path))
