"""What is known at one step of an automation: its facts, the above, and what still has to be asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from connector_kit.english.meaning.kinds import UNKNOWN, Kind, either
from connector_kit.english.messages import WHICH, shown
from connector_kit.english.names import candidates, number_variants, singulars
from connector_kit.english.problems import EnglishError, Problem, Question
from connector_kit.english.program import Place
from connector_kit.english.reading import tree

_CLOCK = {
    "current date": 'Write convert "today" to a datetime for the start of today.',
    "current time": 'Write convert "now" to a datetime for this moment.',
}


class Scope:
    """The facts and their kinds as far as the text has been gone through, with the faults and questions found so far.

    ``faults`` are those that do not keep the rest from being understood: values of a wrong type.
    """

    def __init__(self) -> None:
        self.facts: dict[str, Kind] = {}
        self.above: Kind | None = None
        self.faults: list[Problem] = []
        self.questions: list[Question] = []
        # What is asked is asked before the first step, so it is known from then on in every branch.
        self._asked: dict[str, Kind] = {}
        # Inside of a loop, the singular of its list is its item, whatever the item is called.
        self._items: dict[str, str] = {}
        # Every name that ever was known, by its words: among thousands of names only a few share the rarest word.
        self._by_word: dict[str, dict[str, None]] = {}

    def knows(self, name: str) -> bool:
        """Tell whether there is a fact of exactly this name."""
        return name in self.facts or name in self._asked

    def kind(self, name: str) -> Kind:
        """Return what is known of a fact."""
        return self.facts.get(name) or self._asked.get(name, UNKNOWN)

    def names(self) -> list[str]:
        """Return the names of all facts."""
        return list(self.facts) if not self._asked else list({**self.facts, **self._asked})

    def define(self, name: str, kind: Kind) -> None:
        """Take note of a fact."""
        self.facts[name] = kind
        self._index(name)

    def _index(self, name: str) -> None:
        for word in name.split():
            self._by_word.setdefault(word, {})[name] = None

    def _similar(self, name: str) -> list[str]:
        """Return the known names among which those are that this one may stand for."""
        rarest = min((self._by_word.get(word, {}) for word in name.split()), key=len, default={})
        return [other for other in (*rarest, *number_variants(name)) if self.knows(other)]

    def fault(self, kind: str, node: tree.Value, message: str, *suggestions: str) -> None:
        """Take note of a value that cannot be right."""
        self.faults.append(Problem(kind, node.place, message, suggestions, node.end))

    def found(self, name: str, place: Place, end: Place) -> str | None:
        """Return the fact that a name stands for, or None.

        Raises:
            EnglishError: if it may stand for several.
        """
        if self.knows(name):
            return name
        if name in self._items:
            return self._items[name]
        known = candidates(name, [*self._similar(name), *self._items])
        meant = list(dict.fromkeys(self._items.get(other, other) for other in known))
        if len(meant) > 1:
            choices = tuple(f"the {other}" for other in meant)
            message = f"{WHICH} The {shown(name)} can mean several things: {', '.join(choices)}. Write one of them."
            raise EnglishError([Problem("ambiguous_name", place, message, choices, end)])
        return meant[0] if meant else None

    @contextmanager
    def loop(self, item: str, kind: Kind, over: tuple[str, ...]) -> Iterator[None]:
        """Know the item of a loop in its block alone; behind it is known what one round or none has made known."""
        before, items = self.fork(), self._items
        self._items = items | dict.fromkeys(singulars(over[-1]), item)
        self.define(item, kind)
        yield
        self._items = items
        self.facts.pop(item, None)
        if item in before[0]:
            self.define(item, before[0][item])
        self.join(before)

    def ask(self, name: str, place: Place, wanted: Kind = UNKNOWN) -> None:
        """Take note that a name is not known and has to be asked for."""
        text = f"Please provide the {shown(name)}."
        if name in _CLOCK:
            text = f"{text} {_CLOCK[name]}"
        type_ = wanted.name if wanted.name in ("text", "number", "boolean", "datetime") else "text"
        choices = ("true", "false") if type_ == "boolean" and not wanted.many else ()
        type_ = f"list[{type_}]" if wanted.many else type_
        self.add_question(Question("unknown_name", name, place, text, type_, choices), wanted)

    def add_question(self, question: Question, kind: Kind) -> None:
        """Take note of a question; its answer becomes the fact that it is about."""
        self.questions.append(question)
        self._asked[question.about] = kind
        self._index(question.about)

    def fork(self) -> tuple[dict[str, Kind], Kind | None]:
        """Return what is known, to begin another branch with."""
        return dict(self.facts), self.above

    def join(self, other: tuple[dict[str, Kind], Kind | None]) -> None:
        """Go on behind two branches, of which one has run."""
        facts, above = other
        for name, kind in facts.items():
            self.facts[name] = either(kind, self.facts.get(name, kind))
        if self.above is None or above is None:
            self.above = self.above or above
        else:
            self.above = either(above, self.above)
