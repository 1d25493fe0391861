"""Turn an answer of Twilio that is not a success into the error that says what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import httpx

from connector_kit import (
    ConnectorError,
    CredentialsError,
    OutcomeUnknownError,
    RateLimitedError,
    RecipientError,
    ServiceAnswer,
    ServiceError,
    UnavailableError,
)
from twilio_connector.advice import ADVICE, REASONS
from twilio_connector.privacy import scrubbed

CREDENTIALS_CODE = 20003
_LARGEST_CODE = 10**9
GUEST_NETWORK = (
    "the answer did not come from Twilio. A guest network may want you to sign in first: open any page in a browser, "
    "then try again."
)
UNKNOWN = "The message may or may not have been sent: {why}. Look at the recent messages to this recipient before you send it again."


def error_of(
    response: httpx.Response, doing: str, *, sending: bool = False, private: Iterable[str] = ()
) -> ConnectorError:
    """Return the error for an answer other than the expected one.

    Args:
        response: the answer, read to its end.
        doing: what was tried, as words: "send the message".
        sending: whether repeating it could send a second SMS.
        private: texts of the request that must not come back in the error.
    """
    status = response.status_code
    answer = _service_answer(response, private)
    sentence = _sentence(answer)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimitedError(
            f"Could not {doing}. {ADVICE[20429]}", retry_after=_retry_after(response), service=answer
        )
    if status == HTTPStatus.UNAUTHORIZED:
        return CredentialsError(f"Could not {doing}. {_sentence(answer, CREDENTIALS_CODE)}", service=answer)
    if sending and answer.code in REASONS and status == HTTPStatus.BAD_REQUEST:
        return RecipientError(f"Could not {doing}. {sentence}", reason=REASONS[answer.code], service=answer)
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.REQUEST_TIMEOUT:
        return ServiceError(f"Could not {doing}. {sentence}", service=answer)
    if sending:
        return OutcomeUnknownError(UNKNOWN.format(why=f"Twilio answered with HTTP {status}"), service=answer)
    if response.is_redirect:
        message = "something between this machine and Twilio, such as a guest network's sign-in page, sent the request elsewhere"
        return UnavailableError(f"Could not {doing}: {message}. Check the network and run it again.", service=answer)
    return UnavailableError(
        f"Could not {doing}: Twilio has a problem of its own (HTTP {status}). Run it again later.",
        service=answer,
        retry_after=_retry_after(response),
    )


def _sentence(answer: ServiceAnswer, fallback_code: int | None = None) -> str:
    code = answer.code if answer.code is not None else fallback_code
    advice = ADVICE.get(code) if code is not None else None
    if advice is None:
        advice = f"Twilio said: {answer.message}" if answer.message else f"Twilio answered no (HTTP {answer.status})."
    return f"{advice} (Twilio error {answer.code})" if answer.code is not None else advice


def _service_answer(response: httpx.Response, private: Iterable[str]) -> ServiceAnswer:
    body = body_of(response)
    code = body.get("code")
    if isinstance(code, str) and re.fullmatch("[0-9]{1,9}", code):
        code = int(code)
    if not isinstance(code, int) or isinstance(code, bool) or not 0 < code < _LARGEST_CODE:
        code = None
    # The classic body has "message"; RFC 9457 has "title" and "detail".
    texts = [body.get("message") or body.get("title"), body.get("detail")]
    message = ": ".join(dict.fromkeys(text for text in texts if isinstance(text, str) and text))
    return ServiceAnswer(
        status=response.status_code,
        code=code,
        request_id=response.headers.get("Twilio-Request-Id"),
        # Made from the code, never taken from the answer: a link is something that people click.
        more_info=None if code is None else f"https://www.twilio.com/docs/errors/{code}",
        message=scrubbed(message, private) or None,
    )


def body_of(response: httpx.Response) -> dict[str, Any]:
    """Return the answer's JSON object; an empty one if it holds none."""
    try:
        body = json.loads(response.content)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _retry_after(response: httpx.Response) -> float | None:
    """Read Retry-After, in seconds or as an HTTP date (RFC 9110 section 10.2.3)."""
    text = response.headers.get("Retry-After", "").strip()
    if re.fullmatch("[0-9]{1,9}", text):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
        return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
    except (ValueError, OverflowError):
        return None
