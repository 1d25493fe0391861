"""Look whether items have ended, as the manifest says of their concept; the sensor and its trigger wait by this."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from connector_kit import ConceptSpec, InputError, Manifest, OutcomeSpec
from connector_kit.hosts.airflow.hook import ConnectorHook


@dataclass(slots=True)
class Watch:
    """Items that are waited for: how each has ended so far, and why those that ended badly did."""

    hook: ConnectorHook
    concept_id: str
    ids: Collection[str]
    good: Collection[str]
    bad: Collection[str]
    ended: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)

    def look(self) -> bool:
        """Look at every item that has not ended; True if all have.

        One that is not found has not ended: the service may show a new item a little later.

        Raises:
            AirflowFailException, ConnectorError: as ``ConnectorHook.run``.
        """
        manifest = self.hook.connector.manifest
        concept, outcome = outcome_of(manifest, self.concept_id)
        action = next(a for a in manifest.actions if a.filterable and a.output.type.concept == concept.phrase)
        for id_ in self.ids:
            if id_ not in self.ended:
                inputs = {"filter": ["eq", outcome.identifier, id_], "limit": 1}
                for item in self.hook.run(action.id, inputs).output:
                    self._note(id_, item, outcome)
        return len(self.ended) == len(set(self.ids))

    def _note(self, id_: str, item: Any, outcome: OutcomeSpec) -> None:
        value = getattr(item, outcome.field)
        if value in self.good or value in self.bad:
            self.ended[id_] = value
        if value in self.bad:
            told = [getattr(item, name) for name in outcome.reasons]
            self.reasons[id_] = " ".join(str(reason) for reason in told if reason not in (None, ""))

    @property
    def event(self) -> dict[str, Any]:
        """How it ended, for the trigger to tell the sensor."""
        return {"ended": self.ended, "reasons": self.reasons}


def outcome_of(manifest: Manifest, concept_id: str) -> tuple[ConceptSpec, OutcomeSpec]:
    """Return a concept, and how one of its items ends."""
    for concept in manifest.concepts:
        if concept.id == concept_id and concept.outcome is not None:
            return concept, concept.outcome
    raise InputError(f"{manifest.name} does not say how {concept_id!r} ends.")
