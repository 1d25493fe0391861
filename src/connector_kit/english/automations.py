"""Automations with installed connectors and saved connections: what every host needs to check, explain, run and resume them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any, TypedDict, Unpack

from connector_kit.connections import Environment
from connector_kit.connections.book import ConnectionBook
from connector_kit.connector import Connector
from connector_kit.english.checker import Checked, check
from connector_kit.english.explain import connections_used, explain
from connector_kit.english.program import Call
from connector_kit.english.running.outcomes import Outcome
from connector_kit.english.running.run_journal import RunJournal
from connector_kit.english.running.runner import run
from connector_kit.english.running.runs import Begin, start, zone_of
from connector_kit.english.running.under_way import Progress
from connector_kit.english.running.unfinished import Unfinished, unfinished
from connector_kit.installed import load_connectors
from connector_kit.manifest import Manifest

# Loads the connectors anew, with the zone in which dates without an offset are taken.
Load = Callable[[tzinfo], Mapping[str, Connector]]


class Talk(TypedDict, total=False):
    """What a person says to a run and hears from it; see ``runner.Settings``."""

    answers: Mapping[str, Any]
    skip: str | None
    say: Callable[[str], None]
    progress: Progress


def installed(zone: tzinfo) -> Mapping[str, Connector]:
    """Load the installed connectors."""
    return load_connectors(timezone=zone)


@dataclass(frozen=True, slots=True)
class Automations:
    """Checks, explains and runs automations; each run loads its connectors and closes them again."""

    book: ConnectionBook
    journal: RunJournal
    load: Load = installed
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    def check(self, text: str) -> Checked:
        """Check an automation.

        Raises:
            EnglishError: as ``checker.check``.
        """
        return check(text, self._manifests())

    def explain(self, text: str, begin: Begin) -> list[str]:
        """Say what an automation will do, with the names of the connections that it will use.

        Raises:
            EnglishError: as ``check``.
        """
        manifests = self._manifests()
        program = check(text, manifests).program
        defaults = self._defaults(manifests, begin.environment)
        return explain(program, manifests, connection=begin.connection, defaults=defaults)

    def check_connections(self, text: str, begin: Begin) -> None:
        """Make sure that every connection is there that an automation may use, so that none is missing in the middle of it.

        Raises:
            EnglishError: as ``check``.
            NoConnectionError: with the names that there are.
        """
        manifests = self._manifests()
        for connector, name in connections_used(check(text, manifests).program, manifests):
            self.book.resolve(connector, name or begin.connection, begin.environment)

    def unfinished(self, text: str, begin: Begin) -> Unfinished | None:
        """Return the run that is to be resumed instead of a new one, if there is one; see ``unfinished.unfinished``.

        Whoever starts anew what may have acted already sends twice. An automation that only reads has nothing to repeat.

        Raises:
            EnglishError: as ``check``.
            JournalError: if the journal of runs cannot be used.
        """
        manifests = self._manifests()
        program = check(text, manifests).program
        mutations = {(one.id, action.id) for one in manifests for action in one.actions if action.mutation}
        calls = {(step.connector, step.action) for step in program.all_steps() if isinstance(step, Call)}
        if not calls & mutations:
            return None
        return unfinished(self.journal, text, begin, self._defaults(manifests, begin.environment).values())

    def start(self, text: str, begin: Begin) -> str:
        """Check an automation, write a new run of it down and return its id; ``resume`` carries it out.

        Raises:
            EnglishError: as ``check``.
            JournalError: if the journal of runs cannot be used.
        """
        return start(self.journal, self.check(text).program, begin)

    def resume(self, run_id: str, **talk: Unpack[Talk]) -> Outcome:
        """Carry a run on from where it stands.

        Raises:
            EnglishError: if the connectors have changed so that its text has no meaning any more.
            InputError, RunBusyError, JournalError: as ``runner.run``.
        """
        found = self.journal.get(run_id)
        with self._connectors(zone_of(found.zone)) as connectors:
            checked = check(found.program, connectors)
            return run(
                checked.program,
                connectors,
                now=self.now,
                open_connection=self._opening(connectors, found.environment),
                journal=self.journal,
                run_id=run_id,
                questions=checked.questions,
                **talk,
            )

    def dry_run(self, text: str, begin: Begin, **talk: Unpack[Talk]) -> Outcome:
        """Carry an automation out but for its effects, of which it shows what they would be; nothing is written down.

        Raises:
            EnglishError: as ``check``.
            InputError: if an answer cannot be used.
        """
        with self._connectors(begin.zone) as connectors:
            checked = check(text, connectors)
            return run(
                checked.program,
                connectors,
                now=self.now,
                open_connection=self._opening(connectors, begin.environment),
                questions=checked.questions,
                dry_run=True,
                zone=begin.zone,
                connection=begin.connection,
                **talk,
            )

    def _defaults(self, manifests: Sequence[Manifest], environment: Environment) -> dict[str, str]:
        """Return the name of the default connection of each connector that has one."""
        found = {manifest.id: self.book.default(manifest.id, environment) for manifest in manifests}
        return {connector: saved.name for connector, saved in found.items() if saved is not None}

    def _manifests(self) -> list[Manifest]:
        with self._connectors(UTC) as connectors:
            return [each.manifest for each in connectors]

    @contextmanager
    def _connectors(self, zone: tzinfo) -> Iterator[list[Connector]]:
        connectors = list(self.load(zone).values())
        try:
            yield connectors
        finally:
            for connector in connectors:
                connector.close()

    def _opening(self, connectors: Sequence[Connector], environment: Environment) -> Callable[..., str]:
        by_id = {each.manifest.id: each for each in connectors}
        opened: set[str] = set()

        def open_connection(connector: str, name: str | None, before: str | None) -> str:
            saved = self.book.resolve(connector, name, environment) if before is None else self.book.get(before)
            if saved.id not in opened:
                by_id[connector].open(self.book.connection(saved))
                opened.add(saved.id)
            return saved.id

        return open_connection
