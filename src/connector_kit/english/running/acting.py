"""Carry out the calls of a run through ``Connector.run``: reads are recorded, and mutations happen at most once."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from connector_kit.connector import Connector
from connector_kit.english.checker import catalogue_of
from connector_kit.english.problems import Problem, Question, StepError
from connector_kit.english.program import Call
from connector_kit.english.running.answers import SKIP, TRY_AGAIN
from connector_kit.english.running.calls import action_call, action_of
from connector_kit.english.running.outcomes import Planned, Sent
from connector_kit.english.running.run_journal import Record
from connector_kit.english.running.singular import newest, nothing_matches, several, spelled
from connector_kit.english.running.under_way import Pause, UnderWay
from connector_kit.english.running.values import Record as Item
from connector_kit.english.running.values import plain, records
from connector_kit.errors import ConnectorError, ContractError, OutcomeUnknownError
from connector_kit.manifest import ActionSpec
from connector_kit.values import ActionCall, Notice, Result

_BROKEN_OFF = (
    "An earlier attempt of this run was broken off at this step, so it may or may not have been carried out, and it is not "
    "repeated. Look for it at the service, then skip this step."
)


@dataclass(frozen=True, slots=True)
class Acting:
    """The calls of one run."""

    run: UnderWay

    def call(self, step: Call, path: str) -> None:
        """Carry out a call, or take what an earlier attempt recorded, and bind its result.

        Raises:
            Missing, StepError, Pause: before anything is done.
            ConnectorError: as ``Connector.run``.
        """
        connector = self.run.host.connectors.get(step.connector)
        if connector is None:
            raise StepError(Problem("unknown_book", step.place, f"The connector {step.connector} is not installed."))
        action = action_of(step, connector.manifest)
        record = self.run.track.find(path)
        if record is not None and record.kind == "skipped":
            # An empty list is processed without a question, which nobody could answer with messages.
            nothing: list[Item] | None = [] if action.output.type.is_list and not step.one else None
            self.run.evaluator.facts.result(nothing, step.name or step.result, step.result)
            return
        # Evaluated also where the result is known: this is where earlier answers become facts again.
        call = action_call(step, connector.manifest, self.run.evaluator)
        if record is not None and record.kind != "begun":
            value, notices = self._recorded(record)
        elif action.mutation:
            value, notices = self._mutation(connector, action, replace(call, connection=self._open(step)), step, path)
        else:
            value, notices = self._read(connector, action, replace(call, connection=self._open(step)), step, path)
            self.run.track.write(path, "read", [value, [[notice.code, notice.message] for notice in notices]])
        self.run.notices.extend(notices)
        if action.mutation and not self.run.host.dry_run and not call.inputs.get(action.dry_run or ""):
            self.run.sends.append(Sent(path, action.id, step.place.line, value))
        self.run.evaluator.facts.result(value, step.name or step.result, step.result)
        self.run.progress(path, _sentence(step, action, value, dry_run=self.run.host.dry_run))

    def _recorded(self, record: Record) -> tuple[Any, list[Notice]]:
        value, notices = self.run.track.value(record)
        return value, [Notice(code, message) for code, message in notices]

    def _open(self, step: Call) -> str:
        name = self.run.switched.get(step.connector, self.run.track.run.connection)
        return self.run.open(step.connector, name)

    # -- reads --

    def _read(
        self, connector: Connector, action: ActionSpec, call: ActionCall, step: Call, path: str
    ) -> tuple[Any, list[Notice]]:
        def looked_at(count: int) -> None:
            self.run.progress(path, f"{action.label}: looked at {count:,}")

        result = connector.run(call, progress=looked_at)
        notices = list(result.notices)
        if not action.output.type.is_list:
            return plain(result.output), notices
        found = records(step.connector, connector.manifest.concept(action.output.type), result.output)
        if not step.one:
            return found, notices
        return self._one(found, connector, action, call, step), notices + self._chosen(found, connector, action)

    def _one(self, found: list[Item], connector: Connector, action: ActionSpec, call: ActionCall, step: Call) -> Any:
        if found:
            return newest(found, found[0].concept)[0]
        about = step.name or step.result
        if step.find:
            return None
        if str(self.run.answers.look(about)).casefold() == SKIP.casefold():
            self.run.answers.take(about)
            return None
        concept = connector.manifest.concept(action.output.type)
        why = nothing_matches(call.filter, concept, _thing(connector, action), self.run.evaluator.zone)
        text = f"Please provide the {about}. {why}"
        raise Pause(Question("no_match", about, step.place, text, choices=(TRY_AGAIN, SKIP)), "")

    def _chosen(self, found: list[Item], connector: Connector, action: ActionSpec) -> list[Notice]:
        if len(found) < 2:
            return []
        item, by = newest(found, found[0].concept)
        return [several(item, by, _thing(connector, action), self.run.evaluator.zone)]

    # -- mutations --

    def _mutation(
        self, connector: Connector, action: ActionSpec, call: ActionCall, step: Call, path: str
    ) -> tuple[Any, list[Notice]]:
        if self.run.host.dry_run:
            return self._preview(connector, action, call, step, path), []
        if action.idempotency_key is None:
            result = self._unguarded(connector, call, path)
        else:
            # A digest, because the path of a step can be longer than a key; of the run's own secret, because an id is short.
            self.run.track.hold()
            key = sha256(json.dumps([self.run.track.run.key, path]).encode()).hexdigest()
            result = connector.run(replace(call, inputs={action.idempotency_key: key, **call.inputs}))
        # That a resumed run finds what it did itself is no news; that a key of the automation's own was used before is.
        news = action.idempotency_key in call.inputs
        notices = [notice for notice in result.notices if news or notice.code != "repeated"]
        value = plain(result.output)
        self.run.track.write(path, "sent", [value, [[notice.code, notice.message] for notice in notices]])
        return value, notices

    def _unguarded(self, connector: Connector, call: ActionCall, path: str) -> Result:
        """Carry out what has no key: its intent is recorded here, and whoever finds it never acts."""
        if self.run.track.find(path) is not None:
            raise OutcomeUnknownError(_BROKEN_OFF)
        self.run.track.write(path, "begun", None)
        try:
            return connector.run(call)
        except (OutcomeUnknownError, ContractError):
            raise
        except ConnectorError:
            # All others say that nothing was done.
            self.run.track.forget(path)
            raise

    def _preview(self, connector: Connector, action: ActionSpec, call: ActionCall, step: Call, path: str) -> str:
        preview = None
        if action.dry_run is None:
            connector.check_call(call)
        else:
            preview = connector.run(replace(call, inputs={**call.inputs, action.dry_run: True})).preview
        sentence = f"{action.label}: this would be done."
        self.run.planned.append(Planned(path, step.place.line, sentence, preview))
        # A value that later steps can use, and that nobody takes for a real one.
        return f"(the {step.result} of line {step.place.line})"


def _thing(connector: Connector, action: ActionSpec) -> str:
    """Return what one result of a read is called, spelled as in the action's phrase: ``SMS message``."""
    entry = next(entry for entry in catalogue_of([connector]).entries if entry.action.id == action.id)
    return spelled(entry.nouns[0], action)


def _sentence(step: Call, action: ActionSpec, value: Any, *, dry_run: bool) -> str:
    if action.mutation:
        return f"{action.label}: {'would be done' if dry_run else 'done'}."
    if isinstance(value, list):
        return f"{action.label}: found {len(value):,}."
    return f"{action.label}: found {'none' if value is None else f'the {step.result}'}."
