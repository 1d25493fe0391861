"""Find out what every step of a tree means: actions, names and types, with what is wrong and what has to be asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from connector_kit.english.meaning.calling import call_of
from connector_kit.english.meaning.catalogue import Catalogue
from connector_kit.english.meaning.conditions import condition_of
from connector_kit.english.meaning.fitting import check_kind
from connector_kit.english.meaning.kinds import DATE, DATETIME, NUMBER, TEXT, UNKNOWN, Kind
from connector_kit.english.meaning.looping import list_of_loop
from connector_kit.english.meaning.moments import WRITE, names_a_moment
from connector_kit.english.meaning.references import path_of, value_of
from connector_kit.english.meaning.refusing import unknown_book
from connector_kit.english.meaning.scope import Scope
from connector_kit.english.messages import shown
from connector_kit.english.problems import EnglishError, Problem
from connector_kit.english.program import (
    Add,
    Ask,
    Combine,
    Convert,
    Define,
    Each,
    If,
    LookUp,
    Say,
    Set,
    Show,
    Step,
    Stop,
    Switch,
    Use,
    Value,
)  # fmt: skip
from connector_kit.english.reading import tree
from connector_kit.english.unsupported import UNSUPPORTED, unsupported

_TYPES = {"datetime": DATETIME, "date time": DATETIME, "date": DATE}
_JOINABLE = ("text", "number", "datetime", "date")


class Resolver:
    """Goes through the steps in their order and keeps what is known in its scope."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.scope = Scope()
        self._catalogue = catalogue

    def steps(self, steps: Sequence[tree.Step]) -> tuple[Step, ...]:
        """Return what some steps mean.

        Raises:
            EnglishError: at the first thing that has no meaning.
        """
        return tuple(_METHODS[type(step)](self, step) for step in steps)

    # ---- facts

    def define(self, step: tree.DefineStep) -> Step:
        """Resolve ``the NAME is VALUE``; a field of a known fact is set."""
        owner = step.ref.path[0]
        if len(step.ref.path) > 1:
            path, wanted = path_of(self.scope, step.ref)
            value, kind = value_of(self.scope, step.value, wanted)
            check_kind(self.scope, path[-1], step.value, kind, wanted)
            return Set(path, value, step.place)
        value, kind = value_of(self.scope, step.value)
        self.scope.define(owner.text, kind)
        return Define(owner.text, value, step.place)

    def use(self, step: tree.UseStep) -> Step:
        """Resolve ``use VALUE as the NAME``."""
        value, kind = value_of(self.scope, step.value)
        self.scope.define(step.name.text, kind)
        return Use(value, step.name.text, step.place)

    def set(self, step: tree.SetStep) -> Step:
        """Resolve ``set the PATH to VALUE``; a name that is not known yet becomes a fact."""
        owner, *fields = step.ref.path
        if fields:
            path, wanted = path_of(self.scope, step.ref)
            value, kind = value_of(self.scope, step.value, wanted)
            check_kind(self.scope, path[-1], step.value, kind, wanted)
            return Set(path, value, step.place)
        name = self.scope.found(owner.text, step.ref.place, step.ref.end) or owner.text
        value, kind = value_of(self.scope, step.value)
        self.scope.define(name, kind)
        return Set((name,), value, step.place)

    def add(self, step: tree.AddStep) -> Step:
        """Resolve ``add VALUE to the NAME``."""
        if len(step.ref.path) > 1:
            field = step.ref.path[1]
            message = "add works with a fact, not with a field of one. Write: add 1 to the counter"
            raise EnglishError([Problem("syntax", field.place, message, ("add 1 to the counter",), field.end)])
        # What has to be asked is asked as what can be added: a number, or an item of the list.
        known = self.scope.found(step.ref.path[0].text, step.ref.place, step.ref.end)
        value, kind = value_of(self.scope, step.value, UNKNOWN if known is None else self.scope.kind(known).item)
        (name,), target = path_of(self.scope, step.ref, NUMBER if kind == NUMBER else UNKNOWN)
        label = f"the {name}"
        if target.many:
            if kind.many or not kind.known or not target.item.known or kind.name == target.name:
                return Add(value, name, step.place)
            check_kind(self.scope, label, step.value, kind, target.item)
        elif target.known and target.name != "number":
            message = f"add works with numbers and lists, but {label} is {target.spoken}."
            self.scope.fault("type_mismatch", step.ref, message, "combine ... and ...", "the counter is 0")
        elif target.known:
            check_kind(self.scope, label, step.value, kind, NUMBER)
        return Add(value, name, step.place)

    # ---- results

    def convert(self, step: tree.ConvertStep) -> Step:
        """Resolve ``convert VALUE to a TYPE``; what is written out is tried at once."""
        kind = _TYPES.get(step.type.text)
        if kind is None:
            message = f"I can convert to a datetime or to a date, not to {shown(step.type.said)}. Write: convert ... to a datetime"
            raise EnglishError(
                [Problem("could_not_convert", step.type.place, message, ("a datetime", "a date"), step.type.end)]
            )
        value, found = value_of(self.scope, step.value)
        node = step.value
        if isinstance(node, tree.Number | tree.Truth) or (
            isinstance(node, tree.Text) and not names_a_moment(node.value)
        ):
            said = node.said if not isinstance(node, tree.Text) else f'"{node.value}"'
            message = f"Could not convert {shown(said)} to a {kind.name}. {WRITE}"
            self.scope.fault(
                "could_not_convert", node, message, '"2022-03-01T15:00:00Z"', '"yesterday"', '"2 hours ago"'
            )
        elif found.known and (found.many or found.name not in ("text", "datetime", "date")):
            message = f"A {kind.name} is made of a text, but {shown(node.said)} is {found.spoken}. {WRITE}"
            self.scope.fault("type_mismatch", node, message, '"2022-03-01T15:00:00Z"')
        self._result(step.name, kind)
        return Convert(value, kind.name, _text(step.name), step.place)

    def combine(self, step: tree.CombineStep) -> Step:
        """Resolve ``combine VALUES``."""
        values = [self._joined(node) for node in step.values]
        self._result(step.name, TEXT)
        return Combine(tuple(values), _text(step.name), step.place)

    def _joined(self, node: tree.Single) -> Value:
        value, kind = value_of(self.scope, node)
        if kind.known and (kind.many or kind.name not in _JOINABLE):
            message = f"combine joins text, numbers and dates; {shown(node.said)} is {kind.spoken}."
            instead = "process each ... as follows" if kind.many else f"{shown(node.said)}'s ..."
            self.scope.fault("type_mismatch", node, message, instead if kind.name != "boolean" else '"yes"')
        return value

    def call(self, step: tree.CallStep) -> Step:
        """Resolve the call of an action, or ``get`` and ``find`` of a fact."""
        verb = step.verb
        if verb.text in UNSUPPORTED and verb.text not in self._catalogue.verbs:
            raise EnglishError([unsupported(verb.text, verb.place, verb.end, self._catalogue.phrases())])
        if verb.text in ("get", "find") and (ref := self._looked_up(step)) is not None:
            return self._look_up(step, ref)
        return call_of(self.scope, self._catalogue, step)

    def _looked_up(self, step: tree.CallStep) -> tree.NameRef | None:
        """Return the fact or field that get or find asks for, if the thing is no action's."""
        thing = step.thing
        if thing is None or thing.ref is None or thing.first is not None or step.preps or step.entries:
            return None
        if len(thing.path) == 1:
            noun = thing.path[0].text
            if thing.det != "the" or self._catalogue.find(step.verb.text, noun):
                return None
        return thing.ref

    def _look_up(self, step: tree.CallStep, ref: tree.NameRef) -> Step:
        find = step.verb.text == "find"
        path, kind = self._maybe_missing(ref) if find else path_of(self.scope, ref)
        self._result(step.name, kind)
        return LookUp(find, path, _text(step.name), step.place)

    def _maybe_missing(self, ref: tree.NameRef) -> tuple[tuple[str, ...], Kind]:
        # find goes on without what there is not, so there is nothing to ask.
        if self.scope.found(ref.path[0].text, ref.place, ref.path[0].end) is None:
            return tuple(name.text for name in ref.path), UNKNOWN
        return path_of(self.scope, ref)

    def ask(self, step: tree.AskStep) -> Step:
        """Resolve ``ask "TEXT"`` with its choices."""
        choices: tuple[Value, ...] = ()
        seen: tree.NameRef | None = None
        for entry in step.entries:
            if isinstance(entry, tree.Whose):
                message = "ask takes the choices are ..., not whose ...."
                raise EnglishError(
                    [Problem("filter_not_supported", entry.word.place, message, (_CHOICES,), entry.word.end)]
                )
            if [name.text for name in entry.ref.path] not in (["choices"], ["choice"]):
                message = (
                    f"ask has no {shown(entry.ref.said.removeprefix('the '))}. It takes: choices. Write: {_CHOICES}"
                )
                raise EnglishError([Problem("unknown_input", entry.ref.place, message, (_CHOICES,), entry.ref.end)])
            if seen is not None:
                message = f"The choices are given twice: in line {seen.place.line} and in line {entry.ref.place.line}."
                raise EnglishError([Problem("duplicate_input", entry.ref.place, message, (), entry.ref.end)])
            seen = entry.ref
            nodes = entry.value.values if isinstance(entry.value, tree.Several) else (entry.value,)
            choices = tuple(value_of(self.scope, node)[0] for node in nodes)
        self._result(step.name, UNKNOWN)
        return Ask(step.text.value, choices, _text(step.name), step.place)

    def _result(self, name: tree.Name | None, kind: Kind) -> None:
        self.scope.above = kind
        if name is not None:
            self.scope.define(name.text, kind)

    # ---- what shows and steers

    def say(self, step: tree.SayStep) -> Step:
        """Resolve ``say VALUES``."""
        return Say(value_of(self.scope, step.value)[0], step.place)

    def show(self, step: tree.ShowStep) -> Step:
        """Resolve a reference alone on its line."""
        if isinstance(step.ref, tree.AboveRef):
            return Say(value_of(self.scope, step.ref)[0], step.place)
        return Show(path_of(self.scope, step.ref)[0], step.place)

    def stop(self, step: tree.StopStep) -> Step:
        """Resolve ``stop``."""
        return Stop(step.place)

    def switch(self, step: tree.SwitchStep) -> Step:
        """Resolve ``switch BOOK to "connection"``."""
        manifest = self._catalogue.books.get(step.book.text)
        if manifest is None:
            raise EnglishError([unknown_book(self._catalogue, step.book)])
        return Switch(manifest.id, step.book.text, step.connection.value, step.place)

    def if_(self, step: tree.IfStep) -> Step:
        """Resolve ``if``: behind it, everything is known that one of its branches made known."""
        condition = condition_of(self.scope, step.conditions)
        before = self.scope.fork()
        then = self.steps(step.then)
        after_then = self.scope.fork()
        self.scope.facts, self.scope.above = before
        otherwise = self.steps(step.otherwise)
        self.scope.join(after_then)
        return If(condition, then, otherwise, step.place)

    def each(self, step: tree.EachStep) -> Step:
        """Resolve a loop; its item is known in it alone."""
        over, kind = list_of_loop(self.scope, self._catalogue, step)
        with self.scope.loop(step.item.text, kind.item, over):
            steps = self.steps(step.steps)
        return Each(step.item.text, over, steps, step.place)


_CHOICES = 'the choices are "yes", "no"'


def _text(name: tree.Name | None) -> str | None:
    return None if name is None else name.text


_METHODS: dict[type, Callable[[Resolver, Any], Step]] = {
    tree.DefineStep: Resolver.define,
    tree.UseStep: Resolver.use,
    tree.SetStep: Resolver.set,
    tree.AddStep: Resolver.add,
    tree.ConvertStep: Resolver.convert,
    tree.CombineStep: Resolver.combine,
    tree.CallStep: Resolver.call,
    tree.AskStep: Resolver.ask,
    tree.SayStep: Resolver.say,
    tree.ShowStep: Resolver.show,
    tree.StopStep: Resolver.stop,
    tree.SwitchStep: Resolver.switch,
    tree.IfStep: Resolver.if_,
    tree.EachStep: Resolver.each,
}
