"""The phrases of every action, made from the manifests: verbs, nouns, inputs, fields and what the result is called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from connector_kit.english.meaning.kinds import TEXT, Kind, field_called, kind_of
from connector_kit.english.names import nearest, plurals, singulars, spelled
from connector_kit.fields import FieldSpec
from connector_kit.manifest import ActionSpec, ConceptSpec, Manifest
from connector_kit.types import Type

_DETERMINERS = frozenset({"a", "an", "the", "some", "any", "all", "every", "another", "one", "my", "our", "your"})
_TARGETS = frozenset({"from", "via", "using", "on", "by", "for", "at", "through", "into", "about", "to", "in", "with"})
BOOK_WORDS = frozenset({"from", "in", "via", "using", "on", "by"})
_ANSWER = "answer"
_MOST_OFFERED = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One action as sentences call it. ``nouns`` are those of one thing, ``result`` what the result is called.

    ``calling`` is the phrase of the manifest up to its object, ``target`` what follows it there, such as ``to an order``,
    and ``aimed`` the same target as a preposition and a noun.
    """

    manifest: Manifest
    action: ActionSpec
    calling: str
    target: str
    aimed: tuple[str, str]
    verbs: tuple[str, ...]
    nouns: tuple[str, ...]
    result: str

    @property
    def phrase(self) -> str:
        """The phrase of the manifest as a sentence: without its marks, and without what it makes."""
        return f"{self.calling} {self.target}".strip()

    @property
    def is_list(self) -> bool:
        """Whether it returns a list."""
        return self.action.output.type.is_list

    @property
    def concept(self) -> ConceptSpec | None:
        """What it returns a list of."""
        return self.manifest.concept(self.action.output.type) if self.is_list else None

    @property
    def kind(self) -> Kind:
        """The kind of its result; that of one item for a list."""
        if self.concept is not None:
            return Kind("record", concept=self.concept, owner=self.manifest)
        return _kind_of_type(self.action.output.type)

    @property
    def book(self) -> str:
        """How a sentence names its connector."""
        return spelled(self.manifest.id)

    def result_of(self, *, one: bool) -> str:
        """Return what the result is called, for one item or for all."""
        return next(iter(singulars(self.result)), self.result) if one else self.result

    def means(self, noun: str) -> bool:
        """Tell whether a noun, in any number that the action has, is its object."""
        return noun in self.nouns or (self.is_list and any(noun in plurals(own) for own in self.nouns))

    def means_one(self, noun: str) -> bool:
        """Tell whether a noun is its object in the singular."""
        return noun in self.nouns

    def input(self, name: str) -> FieldSpec | None:
        """Find an input by its name or a synonym."""
        return field_called(self.action.inputs, name)

    def field(self, name: str) -> FieldSpec | None:
        """Find a field that can be filtered by."""
        return None if self.concept is None else field_called(self.concept.fields, name)

    def kind_of(self, field: FieldSpec) -> Kind:
        """Return the kind of values that an input or a field takes."""
        return kind_of(field, self.manifest)


def _kind_of_type(type_: Type) -> Kind:
    scalar = type_.scalar
    return Kind(scalar) if scalar in ("text", "number", "boolean", "datetime") else TEXT


class Catalogue:
    """Everything that the sentences of some connectors can do."""

    def __init__(self, manifests: Iterable[Manifest]) -> None:
        self.manifests = tuple(manifests)
        self.entries = tuple(_entry(manifest, action) for manifest in self.manifests for action in manifest.actions)
        self.verbs = frozenset(verb for entry in self.entries for verb in entry.verbs)
        self.books = {name: manifest for manifest in self.manifests for name in _books(manifest)}

    def find(self, verb: str, noun: str) -> list[Entry]:
        """Return the actions that a verb and a noun may mean."""
        return [entry for entry in self.entries if verb in entry.verbs and entry.means(noun)]

    def offers(self, verb: str, noun: str) -> tuple[str, ...]:
        """Return the phrases nearest to what somebody wrote, at least one where there is any action."""
        phrases: dict[str, str] = {}
        for entry in self.entries:
            for own in entry.verbs:
                for one in entry.nouns:
                    phrases.setdefault(f"{own} {one}", _offer(entry, own))
                    if entry.is_list:
                        phrases.setdefault(f"{own} {plurals(one)[0]}", _offer(entry, own))
        said = f"{verb} {noun}".strip()
        near = nearest(said, phrases, 3 * _MOST_OFFERED, at_least_one=True)
        # Phrases of the verb itself are nearer than any spelling can tell.
        near = tuple(sorted(near, key=lambda phrase: not phrase.startswith(f"{verb} ")))
        return tuple(dict.fromkeys(phrases[phrase] for phrase in near))[:_MOST_OFFERED]

    def phrases(self) -> tuple[str, ...]:
        """Return the phrase of every action."""
        return tuple(dict.fromkeys(entry.phrase for entry in self.entries))

    def lists_called(self, noun: str) -> Sequence[str]:
        """Return what the results are called of which one item is called by this noun."""
        return list(dict.fromkeys(e.result for e in self.entries if e.is_list and e.means_one(noun)))


def _books(manifest: Manifest) -> set[str]:
    return {spelled(manifest.id), spelled(manifest.name)}


def _offer(entry: Entry, verb: str) -> str:
    return f"{verb} {entry.phrase.split(' ', 1)[1]}"


def _entry(manifest: Manifest, action: ActionSpec) -> Entry:
    """Read a phrase such as ``to read or get some (*SMS* messages) from office``."""
    plain = action.phrase.replace("*", "")
    words = plain.replace("(", "").replace(")", "").removeprefix("to ").partition(" and get ")[0].split()
    verbs, rest = [words[0]], words[1:]
    while len(rest) > 1 and rest[0] == "or":
        verbs.append(rest[1])
        rest = rest[2:]
    determiner = rest[:1] if len(rest) > 1 and rest[0].lower() in _DETERMINERS else []
    rest = rest[len(determiner) :]
    end = next((n for n, word in enumerate(rest) if n and word.lower() in _TARGETS), len(rest))
    noun = spelled(" ".join(rest[:end]))
    calling = " ".join([verbs[0], *determiner, *rest[:end]])
    target = rest[end:]
    aim = target[2:] if len(target) > 2 and target[1].lower() in _DETERMINERS else target[1:]
    is_list = action.output.type.is_list
    one = next(iter(singulars(noun)), noun) if is_list else noun
    marked = plain.partition("(")[2].partition(")")[0]
    result = spelled(marked) if marked else (noun if is_list else _ANSWER)
    return Entry(
        manifest,
        action,
        calling,
        " ".join(target),
        (target[0].lower(), spelled(" ".join(aim))) if target else ("", ""),
        tuple(dict.fromkeys((*verbs, *action.verbs))),
        (one, *action.nouns),
        result,
    )
