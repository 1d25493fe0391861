"""Carry out the rows of one batch, and say how each ended without saying whose it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from airflow.sdk.exceptions import AirflowFailException

from connector_kit import (
    ActionCall,
    ActionSpec,
    Connector,
    ConnectorError,
    InputError,
    Problem,
    RefusedError,
    ServiceError,
)
from connector_kit.documents import call_from_json
from connector_kit.hosts.airflow.failing import LOOK, translated, wait_of
from connector_kit.hosts.airflow.hook import ConnectorHook
from connector_kit.hosts.airflow.keys import require_journal, run_key, said
from connector_kit.journal import digest
from connector_kit.many import RowResult, run_many

_SHOWN = 10
# What is wrong with one row, and says nothing of the others.
_OF_ONE_ROW = (InputError, RefusedError, ServiceError)
_NO_ROWS = (
    "rows: give a list of dictionaries. A template gives a text; hand over the output of a task instead, as in rows=chunks(), or "
    "set render_template_as_native_obj on the DAG. Nothing was sent."
)


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows that one action is carried out for. ``shared`` are the inputs of every row that has none of its own."""

    hook: ConnectorHook
    action: str
    key_name: str
    shared: Mapping[str, Any]
    rows: Sequence[object]

    def ends(self, instance: Any, *, at_once: int, per_second: float | None) -> list[RowResult]:
        """Carry out every row, and return how each ended, in their order.

        Raises:
            AirflowFailException, ConnectorError: as ``ConnectorHook.run``, for what keeps all rows from being carried out.
        """
        with translated():
            if isinstance(self.rows, str | bytes | Mapping) or not isinstance(self.rows, Sequence):
                raise InputError(_NO_ROWS)
            require_journal()
            connector, connection = self.hook.connector, self.hook.open()
            calls = list(self._calls(connector, run_key(instance), connection))
            refused = {number: end for number, end in enumerate(calls, start=1) if isinstance(end, ConnectorError)}
            # run_many counts them too, and leaves them out.
            wanted = [ActionCall(self.action) if isinstance(call, ConnectorError) else call for call in calls]
            ended = run_many(connector, wanted, leave_out=refused, at_once=at_once, per_second=per_second)
            ends = [RowResult(number, "refused", error=error) for number, error in refused.items()]
            # Closed at once where it ends early: what has not begun must not begin any more.
            with closing(ended):
                for end in ended:
                    if end.error is not None and _of_all_rows(end):
                        raise end.error
                    ends.append(end)
        return sorted(ends, key=lambda end: end.row)

    def _calls(self, connector: Connector, run: str, connection: str) -> Iterator[ActionCall | ConnectorError]:
        """Yield the call of each row, or what is wrong with it.

        A row that has no key gets one made of the run and of what the row says: in one run of the DAG, the same text goes to the
        same number once, in whichever chunk it stands after the recipients were collected again.
        """
        action = self.hook.spec(self.action)
        for row in self.rows:
            try:
                inputs = _inputs(action, self.shared, row)
                call = call_from_json(connector.manifest, self.action, inputs, connection=connection)
                if call.inputs.get(self.key_name) is None:
                    what = said(action, connector.content(call))
                    call = replace(call, inputs={**call.inputs, self.key_name: digest(run, *what)})
                yield call
            except InputError as error:
                yield error


def _of_all_rows(end: RowResult) -> bool:
    """Tell whether no other row would fare better: the token is wrong, or the journal cannot be used."""
    error = end.error
    return end.state == "refused" and not isinstance(error, _OF_ONE_ROW) and not getattr(error, "retryable", False)


def _inputs(action: ActionSpec, shared: Mapping[str, Any], row: object) -> dict[str, Any]:
    if not isinstance(row, Mapping):
        raise InputError("It is not an object of inputs; write a row as a dictionary.")
    if action.dry_run and row.get(action.dry_run):
        raise InputError("Nothing was sent.", problems=[Problem(action.dry_run, "is not possible for one row of many")])
    return {**shared, **{name: value for name, value in row.items() if value is not None}}


def told(end: RowResult) -> dict[str, Any]:
    """Return how a row ended as JSON, without saying whose it is; ``text`` is its error in one line."""
    if end.error is not None:
        text = "; ".join(map(str, end.error.problems)) or end.error.message
        return {"row": end.row, "error": end.error.to_json(), "text": text}
    return {"row": end.row, "output": end.output, "repeated": end.repeated}


def raise_for(ends: list[RowResult], *, fail_on_refused: bool) -> None:
    """Fail the task if rows did not end well: in a way that is retried if a retry may help, else for good."""
    failed = [end for end in ends if end.error is not None]
    if later := [end.error for end in failed if end.error is not None and end.error.retryable]:
        # The longest wait: a retry before it would be refused again. It looks up what is unknown, too.
        raise max(later, key=lambda error: wait_of(error) or timedelta())
    if unknown := [end for end in failed if end.state == "unknown"]:
        raise AirflowFailException(f"{_rows(unknown, ends, 'of unknown outcome')} {LOOK}")
    if failed and fail_on_refused:
        raise AirflowFailException(_rows(failed, ends, "refused; nothing was done for them"))


def _rows(chosen: list[RowResult], ends: list[RowResult], how: str) -> str:
    lines = [f"- row {end.row}: {end.error}" for end in chosen[:_SHOWN]]
    more = f"\n- and {len(chosen) - _SHOWN:,} more; all of them are in the XCom ends" if len(chosen) > _SHOWN else ""
    done = sum(end.error is None for end in ends)
    return f"{len(chosen):,} of {len(ends):,} rows: {how}. Done: {done:,}.\n" + "\n".join(lines) + more
