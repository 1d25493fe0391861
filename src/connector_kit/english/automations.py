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
from connector_kit.english.explain import explain
from connector_kit.english.running.outcomes import Outcome
from connector_kit.english.running.run_journal import RunJournal
from connector_kit.english.running.runner import run
from connector_kit.english.running.runs import Begin, start, zone_of
from connector_kit.english.running.under_way import Progress
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
            NoConnectionError: if there is no connection of the name.
        """
        manifests = self._manifests()
        program = check(text, manifests).program
        defaults = {}
        for manifest in manifests:
            saved = self.book.default(manifest.id, begin.environment)
            if saved is not None:
                defaults[manifest.id] = saved.name
        return explain(program, manifests, connection=begin.connection, defaults=defaults)

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
