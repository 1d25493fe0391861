"""Retry a task when the service said to come back. Retry policies are part of Airflow since 3.3; before, ``retry_delay`` alone decides."""

from __future__ import annotations

from typing import Any

from airflow.sdk.definitions.retry_policy import RetryDecision, RetryPolicy

from connector_kit.hosts.airflow.failing import wait_of


class RetryWhenTold(RetryPolicy):
    """Wait as long as the service asked for; where it said nothing, ``retry_delay`` of the task decides."""

    def evaluate(self, exception: BaseException, try_number: int, max_tries: int, context: Any = None) -> RetryDecision:  # noqa: ARG002 - Airflow's signature
        """Return when to try again."""
        wait = wait_of(exception)
        if wait is None:
            return RetryDecision.default()
        return RetryDecision.retry(wait, f"The service asked to wait {wait.total_seconds():g} seconds.")

    def serialize(self) -> dict[str, Any]:
        """Return nothing but the name: it has no settings."""
        return {"__type": type(self).__name__}
