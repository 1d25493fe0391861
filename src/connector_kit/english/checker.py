"""Check a whole automation before anything of it runs: read it, find out what it means, and what it still has to ask."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from connector_kit.connector import Connector
from connector_kit.english.meaning.catalogue import Catalogue
from connector_kit.english.meaning.resolver import Resolver
from connector_kit.english.problems import EnglishError, Problem, Question
from connector_kit.english.program import Program
from connector_kit.english.reading import tree
from connector_kit.english.reading.reader import MOST_STEPS, read
from connector_kit.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Checked:
    """An automation that can run once its questions are answered; they stand in the order of the text."""

    program: Program
    questions: tuple[Question, ...] = ()


def check(text: str, connectors: Sequence[Connector] | Sequence[Manifest]) -> Checked:
    """Check an automation against the actions of some connectors. Nothing is carried out, and no clock is read.

    Raises:
        EnglishError: with one problem at most for each stage: what cannot be read, what has no meaning, what cannot be right.
    """
    catalogue = catalogue_of(connectors)
    steps = read(text, catalogue.verbs)
    _check_steps(steps)
    resolver = Resolver(catalogue)
    found: list[Problem] = []
    try:
        program = Program(resolver.steps(steps), text)
    except EnglishError as exc:
        program = Program((), text)
        found.extend(exc.found[:1])
    if resolver.scope.faults:
        found.append(min(resolver.scope.faults, key=lambda problem: problem.place))
    if found:
        raise EnglishError(found)
    questions = sorted(resolver.scope.questions, key=lambda question: question.place)
    return Checked(program, tuple(questions))


def _check_steps(steps: Sequence[tree.Step]) -> None:
    for number, step in enumerate(_all(steps), start=1):
        if number > MOST_STEPS:
            message = f"An automation may have {MOST_STEPS:,} steps at most. Split it into several."
            raise EnglishError([Problem("too_long", step.place, message)])


def _all(steps: Sequence[tree.Step]) -> Iterator[tree.Step]:
    for step in steps:
        yield step
        if isinstance(step, tree.IfStep):
            yield from _all(step.then)
            yield from _all(step.otherwise)
        elif isinstance(step, tree.EachStep):
            yield from _all(step.steps)


def catalogue_of(connectors: Sequence[Connector] | Sequence[Manifest]) -> Catalogue:
    """Return the catalogue of some connectors."""
    return _catalogue(_Same(tuple(each if isinstance(each, Manifest) else each.manifest for each in connectors)))


@dataclass(frozen=True, slots=True, eq=False)
class _Same:
    """Manifests, compared by identity: to compare them by what they hold would take longer than to check a line."""

    manifests: tuple[Manifest, ...]

    def __hash__(self) -> int:
        return hash(tuple(map(id, self.manifests)))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _Same)
            and all(one is another for one, another in zip(self.manifests, other.manifests, strict=False))
            and len(self.manifests) == len(other.manifests)
        )


@lru_cache(maxsize=16)
def _catalogue(same: _Same) -> Catalogue:
    return Catalogue(same.manifests)
