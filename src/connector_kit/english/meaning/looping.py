"""Find the list that a loop goes through: by the name of one of its items, or by its own."""

from __future__ import annotations

from connector_kit.english.meaning.catalogue import Catalogue
from connector_kit.english.meaning.kinds import UNKNOWN, Kind
from connector_kit.english.meaning.references import path_of
from connector_kit.english.meaning.scope import Scope
from connector_kit.english.messages import WHICH, listed, shown
from connector_kit.english.names import lists_of, plurals, singulars
from connector_kit.english.problems import EnglishError, Problem
from connector_kit.english.program import Place
from connector_kit.english.reading import tree


def list_of_loop(scope: Scope, catalogue: Catalogue, step: tree.EachStep) -> tuple[tuple[str, ...], Kind]:
    """Return the list as a path, and its kind; a list that is not known has to be asked for.

    Raises:
        EnglishError: if it is not a list, or several can be meant.
    """
    if step.over is not None:
        path, kind = path_of(scope, step.over, Kind("unknown", many=True))
        return _sure(path, kind, step.over.place, step.over.end)
    item = step.item
    found = _lists(scope, catalogue, item.text)
    if len(found) > 1:
        choices = tuple(f"process each {item.text} in the {name} as follows" for name in found)
        lists = listed([f"the {name}" for name in found])
        message = f"{WHICH} The {shown(item.text)} can be one of several lists: {lists}. Write: {choices[0]}"
        raise EnglishError([Problem("ambiguous_name", item.place, message, choices, item.end)])
    if found:
        return _sure((found[0],), scope.kind(found[0]), item.place, item.end)
    if (own := scope.found(item.text, item.place, item.end)) is not None:
        return _sure((own,), scope.kind(own), item.place, item.end)
    name = next(iter(plurals(item.text)), item.text)
    scope.ask(name, item.place, Kind("unknown", many=True))
    return (name,), Kind("unknown", many=True)


def _lists(scope: Scope, catalogue: Catalogue, item: str) -> list[str]:
    names = scope.names()
    found = lists_of(item, names)
    if found:
        # Of several, only lists count: a name may have the same head and be one thing.
        lists = [name for name in found if scope.kind(name).many]
        return lists if lists and len(found) > 1 else found
    return [name for name in catalogue.lists_called(item) if scope.knows(name)]


def _sure(path: tuple[str, ...], kind: Kind, place: Place, end: Place) -> tuple[tuple[str, ...], Kind]:
    if kind.known and not kind.many:
        spoken = "'s ".join(path)
        name = path[-1]
        many = name if singulars(name) else next(iter(plurals(name)), name)
        write = f'the {many} are "...", "..."'
        message = f"process each needs a list, but the {spoken} is {kind.spoken}. A list has commas: {write}"
        raise EnglishError([Problem("not_a_list", place, message, (write,), end)])
    return path, kind if kind.many else UNKNOWN
