"""Say a connector's errors in Airflow's way: what a repetition cannot change fails at once, what may pass is retried."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from airflow.sdk.exceptions import AirflowFailException

from connector_kit import ConnectorError, ContractError, OutcomeUnknownError

LOOK = (
    "Airflow does not repeat it by itself. Clear the task to look for it again: under its idempotency key it is looked up, and never "
    "carried out a second time."
)


@contextmanager
def translated(*, keyed: bool = False) -> Iterator[None]:
    """Let an error of the connector fail the task at once, unless a retry cannot act twice and may help; then it passes as it is.

    ``keyed`` says that the call has an idempotency key, so that a repetition would look and not act.

    Raises:
        AirflowFailException: with the connector's own text, and its error as the cause.
        ConnectorError: one that is retryable; Airflow retries the task as its ``retries`` and ``retry_policy`` say.
    """
    try:
        yield
    except ConnectorError as error:
        if error.retryable:
            raise
        may_be_done = isinstance(error, OutcomeUnknownError | ContractError)
        raise AirflowFailException(f"{error} {LOOK}" if may_be_done and keyed else str(error)) from error


def wait_of(error: BaseException) -> timedelta | None:
    """Return how long the service asked to wait before a retry, if it said so."""
    seconds: Any = getattr(error, "retry_after", None)
    return timedelta(seconds=seconds) if isinstance(seconds, int | float) and seconds > 0 else None
