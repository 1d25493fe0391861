"""Carry out what gives back a list: filter and page lazily, collect up to a cap, and hold each item's class to its concept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from connector_kit.conformity import conformity_problems
from connector_kit.errors import ContractError
from connector_kit.filters import predicate
from connector_kit.manifest import ActionSpec, ConceptSpec, Manifest
from connector_kit.values import ActionCall, Concept, Handler, Notice, Result, Session

# Hosts that hold a whole list in memory get at most this many items from a read without a limit, and are told that there are more.
READ_CAP = 10_000
_PROGRESS_EVERY = 100

# Told now and then how many items a read has looked at.
Progress = Callable[[int], None] | None


class Reads:
    """The reads of one connector."""

    def __init__(self, manifest: Manifest, handlers: Mapping[str, Handler]) -> None:
        self._manifest = manifest
        self._handlers = handlers
        self._conforming: set[tuple[type, str]] = set()

    def run(
        self, action: ActionSpec, session: Session, call: ActionCall, progress: Progress, cap: int | None
    ) -> Result:
        """Collect the items of a call in a list; without a limit, up to the cap."""
        if call.limit is not None:
            return Result(list(self.items(action, session, call, progress)))
        cap = READ_CAP if cap is None else cap
        found = list(self.items(action, session, replace(call, limit=cap + 1), progress))
        if len(found) <= cap:
            return Result(found, more=False)
        following = call.offset + cap
        notice = f"There are more than {cap:,}; these are the first. Go on with the offset {following}, or set a limit."
        return Result(found[:cap], notices=(Notice("more", notice),), more=True)

    def items(
        self, action: ActionSpec, session: Session, call: ActionCall, progress: Progress = None
    ) -> Iterator[Concept]:
        """Yield the items of a call one by one, reading no further than they are asked for."""
        if call.limit == 0:
            return
        produced = self._handlers[action.id](session, call)
        matches = None if call.filter is None else predicate(call.filter)
        items = self._conformant(produced, self._manifest.concept(action.output.type), progress)
        passing = items if matches is None else filter(matches, items)
        stop = None if call.limit is None else call.offset + call.limit
        yield from islice(passing, call.offset, stop)

    def _conformant(self, items: Any, concept: ConceptSpec, progress: Progress) -> Iterator[Concept]:
        for count, item in enumerate(items, start=1):
            if progress is not None and count % _PROGRESS_EVERY == 0:
                progress(count)
            # A class is compared with the manifest once; its instances were checked when pydantic made them.
            if (type(item), concept.id) not in self._conforming:
                if problems := conformity_problems(type(item), concept):
                    msg = f"A handler's output does not fit the concept {concept.label!r}."
                    raise ContractError(msg, problems=problems)
                self._conforming.add((type(item), concept.id))
            yield item
