"""Wait and try again: as long as Twilio asks, otherwise longer each time and never in step with others."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from connector_kit import ConnectorError, RateLimitedError, UnavailableError

ATTEMPTS = 5
# Longer than this nobody waits in the middle of an automation: the error says how long Twilio wants.
LONGEST_WAIT = 60.0

_T = TypeVar("_T")
_backoff = wait_random_exponential(multiplier=0.5, max=20)


def again(attempt: Callable[[], _T], first: ConnectorError, sleep: Callable[[float], None]) -> _T:
    """Repeat an attempt that has failed once with ``first``, up to five attempts in all.

    Raises:
        ConnectorError: the last one, or the first that must not be repeated.
    """
    failed: list[ConnectorError] = [first]

    def attempted() -> _T:
        # The attempt that was made before this module was loaded counts as the first one here.
        if failed:
            raise failed.pop()
        return attempt()

    retrying = Retrying(
        sleep=sleep, stop=stop_after_attempt(ATTEMPTS), wait=_wait, retry=retry_if_exception(_worth_it), reraise=True
    )
    return retrying(attempted)


def _worth_it(error: BaseException) -> bool:
    return isinstance(error, ConnectorError) and error.retryable and (_asked(error) or 0) <= LONGEST_WAIT


def _asked(error: BaseException | None) -> float | None:
    return error.retry_after if isinstance(error, RateLimitedError | UnavailableError) else None


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = _asked(error)
    return _backoff(state) if asked is None else asked
