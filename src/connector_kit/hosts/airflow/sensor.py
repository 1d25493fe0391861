"""The base of generated sensors: wait until items of a concept have ended, in a worker or, deferred, in the triggerer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import BaseSensorOperator, PokeReturnValue

from connector_kit.hosts.airflow.hook import ConnectorHook

# Letters, digits and what joins them: an id, and no list, sentence or blank.
_ID = re.compile(r"[\w.:-]+")

if TYPE_CHECKING:
    from airflow.sdk import Context

    from connector_kit.hosts.airflow.watching import Watch


class OutcomeSensor(BaseSensorOperator):
    """Wait until one item, or each of several, has ended. The result is the end of the one, or of each by its id."""

    hook_class: ClassVar[type[ConnectorHook]]
    concept: ClassVar[str]
    identifier: ClassVar[str]
    good: Sequence[str]
    bad: Sequence[str]
    deferrable: bool

    def execute(self, context: Context) -> Any:
        """Wait; deferred, the worker is free meanwhile.

        Raises:
            AirflowFailException: if an item ended badly, or the look at it failed in a way that no repetition changes.
            AirflowSensorTimeout: if it has not ended after ``timeout`` seconds.
        """
        if not self.deferrable:
            return super().execute(context)
        from connector_kit.hosts.airflow.trigger import OutcomeTrigger

        watch = self._watch()
        trigger = OutcomeTrigger(
            hook_class=f"{self.hook_class.__module__}.{self.hook_class.__qualname__}",
            conn_id=watch.hook.conn_id,
            concept=self.concept,
            ids=list(watch.ids),
            good=list(watch.good),
            bad=list(watch.bad),
            poke_interval=self.poke_interval,
        )
        return self.defer(trigger=trigger, method_name="execute_complete", timeout=timedelta(seconds=self.timeout))

    def poke(self, context: Context) -> PokeReturnValue:  # noqa: ARG002 - Airflow's signature
        """Look once."""
        from connector_kit import ConnectorError

        watch = self._watch()
        try:
            done = watch.look()
        except ConnectorError as error:
            # Only those come through that a repetition may solve; the timeout bounds how long this goes on.
            self.log.warning("%s", error.message)
            return PokeReturnValue(is_done=False)
        return PokeReturnValue(done, self._ended(watch.event) if done else None)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:  # noqa: ARG002 - Airflow's signature
        """Go on with what the trigger saw."""
        if "error" in event:
            from airflow.sdk.exceptions import AirflowFailException

            raise AirflowFailException(event["error"])
        return self._ended(event)

    def _watch(self) -> Watch:
        from connector_kit.hosts.airflow.watching import Watch

        hook = self.hook_class(getattr(self, self.hook_class.conn_name_attr))
        good = [self.good] if isinstance(self.good, str) else list(self.good)
        bad = [self.bad] if isinstance(self.bad, str) else list(self.bad)
        # Who says that a value is good enough need not say that it is not bad.
        return Watch(hook, self.concept, self._ids(), good, [value for value in bad if value not in good])

    def _ids(self) -> list[str]:
        """Return what is waited for.

        Raises:
            AirflowFailException: for what no service would have for an id, such as a list that a template made a text of.
        """
        given = self._given()
        # A batch gives None for a row that was refused.
        ids: list[Any] = [given]
        if isinstance(given, Sequence) and not isinstance(given, str):
            ids = [id_ for id_ in given if id_ is not None]
        if wrong := [id_ for id_ in ids if not isinstance(id_, str) or not _ID.fullmatch(id_) or id_ == "None"]:
            from airflow.sdk.exceptions import AirflowFailException

            raise AirflowFailException(
                f"{self.identifier}: {len(wrong)} of {len(ids)} cannot be what to wait for. Give one {self.identifier}, or a list of "
                "them. A template makes a text of a list; hand over the output of a task instead."
            )
        return ids

    def _given(self) -> str | Sequence[str | None] | None:
        given: str | Sequence[str | None] | None = getattr(self, self.identifier)
        return given

    def _ended(self, event: dict[str, Any]) -> Any:
        ended, reasons = event["ended"], event["reasons"]
        if reasons:
            from airflow.sdk.exceptions import AirflowFailException

            lines = [f"- {id_}: {' '.join([ended[id_], reason]).strip()}" for id_, reason in reasons.items()]
            raise AirflowFailException("\n".join([f"{len(reasons)} of {len(ended)} ended badly.", *lines]))
        given = self._given()
        return ended[given] if isinstance(given, str) else ended
