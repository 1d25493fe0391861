"""Find the action that a sentence calls, and bind what it says to the action's inputs, filter and paging."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from connector_kit.english.meaning.catalogue import BOOK_WORDS, Catalogue, Entry
from connector_kit.english.meaning.clauses import join
from connector_kit.english.meaning.conditions import filter_of, shortcut_filter
from connector_kit.english.meaning.fitting import check_kind, check_literal
from connector_kit.english.meaning.kinds import NUMBER, Kind
from connector_kit.english.meaning.references import value_of
from connector_kit.english.meaning.refusing import (
    PAGING,
    inputs_sentence,
    no_filter,
    no_such_prep,
    unknown_action,
    unknown_book,
    unknown_input,
)
from connector_kit.english.meaning.scope import Scope
from connector_kit.english.messages import WHICH, listed, shown, unquoted
from connector_kit.english.problems import EnglishError, Problem, Question
from connector_kit.english.program import Call, Condition, Items, Literal, Place, Ref, Value
from connector_kit.english.reading import tree
from connector_kit.fields import FieldSpec
from connector_kit.manifest import Manifest

_MOST_DIGITS = 12


@dataclass(slots=True)
class _Bound:
    """What a sentence has said so far; ``places`` are where, by the input."""

    inputs: dict[str, Value] = field(default_factory=dict)
    paging: dict[str, Value] = field(default_factory=dict)
    filters: list[Condition] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)
    book: str | None = None


def call_of(scope: Scope, catalogue: Catalogue, step: tree.CallStep) -> Call:
    """Return the call that a sentence means, and take note of its result and of what it still lacks.

    Raises:
        EnglishError: if no action or several can be meant, or if the action has no room for something that is said.
    """
    entry = _entry(catalogue, step)
    bound = _Bound()
    one = entry.is_list and _is_one(step.thing, entry)
    _first_n(step, entry, bound)
    for prep in step.preps:
        _prep(scope, catalogue, entry, prep, bound)
    for each in step.entries:
        if isinstance(each, tree.Whose):
            if not entry.action.filterable:
                raise EnglishError([no_filter(each, entry)])
            bound.filters.append(filter_of(scope, each.conditions, entry))
        else:
            _input(scope, entry, each, bound)
    _from_facts(scope, entry, step.verb, bound)
    result = entry.result_of(one=one) if step.name is None else step.name.text
    kind = entry.kind
    kind = kind if one or not entry.is_list else Kind(kind.name, many=True, concept=kind.concept, owner=kind.owner)
    scope.define(result, kind)
    scope.above = kind
    return Call(
        connector=entry.manifest.id,
        action=entry.action.id,
        inputs=tuple(bound.inputs.items()),
        filter=join("and", bound.filters) if bound.filters else None,
        limit=bound.paging.get("limit"),
        offset=bound.paging.get("offset"),
        one=one,
        find=step.verb.text == "find",
        book=bound.book,
        name=None if step.name is None else step.name.text,
        result=result,
        place=step.place,
    )


def _is_one(thing: tree.Thing | None, entry: Entry) -> bool:
    return thing is not None and thing.det in ("a", "an") and entry.means_one(thing.path[0].text)


def _entry(catalogue: Catalogue, step: tree.CallStep) -> Entry:
    verb, thing = step.verb, step.thing
    path = () if thing is None else thing.path
    noun = path[0].text if len(path) == 1 else ""
    found = catalogue.find(verb.text, noun) if noun else []
    books = [manifest for prep in step.preps if (manifest := _book(prep, catalogue)) is not None]
    if books and len(found) > 1:
        found = [entry for entry in found if entry.manifest is books[0]]
    if not found:
        raise EnglishError([unknown_action(catalogue, step)])
    if len(found) > 1:
        found = _aimed(found, step)
    if len(found) > 1:
        choices = _choices(found)
        message = f"{WHICH} {listed(choices, 'or')}"
        raise EnglishError([Problem("ambiguous_action", verb.place, message, choices, verb.end)])
    return found[0]


def _aimed(found: list[Entry], step: tree.CallStep) -> list[Entry]:
    """Return those of some actions that are aimed at what the sentence says, or at nothing as it says nothing."""
    if aimed := [entry for entry in found if any(_is_target(prep, entry) for prep in step.preps)]:
        return aimed
    without = [entry for entry in found if not entry.target]
    return without if without and len({entry.book for entry in found}) == 1 else found


def _choices(found: Sequence[Entry]) -> tuple[str, ...]:
    """Return the sentences that tell some actions apart: by their connectors, or by what they are aimed at."""
    if len({entry.book for entry in found}) == 1:
        return tuple(entry.phrase for entry in found)
    return tuple(f"{entry.calling} from {entry.book}" for entry in found)


# ---- what follows the thing


def _is_target(prep: tree.Prep, entry: Entry) -> bool:
    """Tell whether a sentence repeats what the action's phrase has behind its object: ``assign an agent to the order``."""
    match prep.value:
        case tree.Bare():
            noun = prep.value.name.text
        case tree.NameRef(path=(name,)):
            noun = name.text
        case _:
            return False
    return (prep.word.text, noun) == entry.aimed and prep.word.text not in entry.action.shortcuts


def _book(prep: tree.Prep, catalogue: Catalogue) -> Manifest | None:
    if prep.word.text not in BOOK_WORDS or not isinstance(prep.value, tree.Bare):
        return None
    return catalogue.books.get(prep.value.name.text)


def _once(bound: _Bound, id_: str, spoken: str, place: Place, end: Place) -> None:
    earlier = bound.places.get(id_)
    if earlier is not None:
        message = (
            f"The {spoken} is given twice: in line {earlier.line}, column {earlier.column}, "
            f"and in line {place.line}, column {place.column}. Leave one of them out."
        )
        raise EnglishError([Problem("duplicate_input", place, message, (), end)])
    bound.places[id_] = place


def _prep(scope: Scope, catalogue: Catalogue, entry: Entry, prep: tree.Prep, bound: _Bound) -> None:
    word, value = prep.word, prep.value
    repeated = _is_target(prep, entry)
    if isinstance(value, tree.Bare) and word.text in BOOK_WORDS and not (repeated and _book(prep, catalogue) is None):
        manifest = catalogue.books.get(value.name.text)
        if manifest is not entry.manifest:
            raise EnglishError([unknown_book(catalogue, value.name, entry)])
        _once(bound, "book", "book", word.place, value.end)
        bound.book = value.name.text
        return
    if repeated:
        return
    target = {str(name): id_ for name, id_ in entry.action.shortcuts.items()}.get(word.text)
    if target is None:
        raise EnglishError([no_such_prep(entry, prep)])
    spec = next((each for each in entry.action.inputs if each.id == target), None)
    if spec is not None:
        _once(bound, target, spec.phrase, word.place, value.end)
        bound.inputs[target] = _value(scope, entry, spec, value)
        return
    filtered = next(each for each in (entry.concept.fields if entry.concept else ()) if each.id == target)
    if isinstance(value, tree.Bare):
        raise EnglishError([unquoted(value.place, value.said, value.end)])
    bound.filters.append(shortcut_filter(scope, filtered, value, entry))


def _first_n(step: tree.CallStep, entry: Entry, bound: _Bound) -> None:
    first = None if step.thing is None else step.thing.first
    if first is None:
        return
    digits = first.text.rsplit(" ", 1)[1]
    if not entry.action.pageable:
        message = f"{entry.phrase} takes no limit.{inputs_sentence(entry)}"
        raise EnglishError([Problem("unknown_input", first.place, message, (entry.phrase,), first.end)])
    if len(digits) > _MOST_DIGITS:
        raise EnglishError(
            [Problem("invalid_value", first.place, "This limit is too large.", ("the first 100",), first.end)]
        )
    place = Place(first.place.line, first.end.column - len(digits))
    bound.places["limit"] = first.place
    bound.paging["limit"] = Literal(int(digits), place)


# ---- inputs


def _input(scope: Scope, entry: Entry, given: tree.Input, bound: _Bound) -> None:
    name = given.ref.path[0].text if len(given.ref.path) == 1 else ""
    spec = entry.input(name)
    if spec is None and name in PAGING and entry.action.pageable:
        _once(bound, name, name, given.ref.place, given.ref.end)
        bound.paging[name] = _paging(scope, name, given.value)
        return
    if spec is None:
        raise EnglishError([unknown_input(entry, given.ref)])
    _once(bound, spec.id, spec.phrase, given.ref.place, given.ref.end)
    bound.inputs[spec.id] = _value(scope, entry, spec, given.value)


def _value(scope: Scope, entry: Entry, spec: FieldSpec, node: tree.Value) -> Value:
    kind = entry.kind_of(spec)
    value, found = value_of(scope, node, kind)
    if kind.many and found.known and not found.many:
        # There is no other way to write a list of one.
        value = Items((value,), node.place)
        if check_kind(scope, spec.phrase, node, found, kind.item):
            check_literal(scope, spec, node)
        return value
    if check_kind(scope, spec.phrase, node, found, kind):
        check_literal(scope, spec, node)
    return value


def _paging(scope: Scope, name: str, node: tree.Value) -> Value:
    value, kind = value_of(scope, node, NUMBER)
    if check_kind(scope, name, node, kind, NUMBER) and isinstance(node, tree.Number):
        number = node.value
        if number < 0 or number % 1 or len(node.said) > _MOST_DIGITS:
            scope.fault(
                "invalid_value",
                node,
                f"{shown(node.said, 40)} is not a {name}. Write a whole number, such as 20.",
                "20",
            )
    return value


def _from_facts(scope: Scope, entry: Entry, verb: tree.Name, bound: _Bound) -> None:
    """Take what is not given from the fact of exactly its name, and ask for what is needed all the same."""
    for spec in entry.action.inputs:
        if spec.id in bound.inputs:
            continue
        if not scope.knows(spec.phrase):
            if not spec.required:
                continue
            kind = entry.kind_of(spec)
            scope.add_question(_question(spec, kind, verb.place), kind)
        bound.inputs[spec.id] = Ref((spec.phrase,), verb.place)
        found = scope.kind(spec.phrase)
        wanted = entry.kind_of(spec)
        if found.known and wanted.known:
            node = tree.NameRef((tree.Name(spec.phrase, spec.phrase, verb.place, verb.end),), verb.place, verb.end)
            check_kind(scope, spec.phrase, node, found, wanted)


def _question(spec: FieldSpec, kind: Kind, place: Place) -> Question:
    text = f"Please provide the {spec.phrase}. {spec.description.rstrip('.')}."
    choices = tuple(spec.words) or (("true", "false") if kind.name == "boolean" else ())
    return Question("missing_input", spec.phrase, place, text, str(spec.type), choices)
