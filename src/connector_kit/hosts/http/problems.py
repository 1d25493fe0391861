"""Write errors as problem documents (RFC 9457): one table says which status each family has, and which are this host's own.

Clients repeat what was answered with 408, 425, 429 or 5xx by themselves. So these statuses are kept for answers after which
repeating cannot act twice: 429 and 503 for what is retryable, other 5xx for what broke before anything was done.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connector_kit import (
    ConnectorError,
    ContractError,
    CredentialsError,
    InputError,
    JournalError,
    ManifestError,
    OutcomeUnknownError,
    PluginError,
    RateLimitedError,
    RecipientError,
    RefusedError,
    ServiceError,
    UnavailableError,
)
from connector_kit.connections import NoConnectionError, StoreError

MEDIA_TYPE = "application/problem+json"
_TYPE = "urn:connector-kit:problem:"

# The first class that an error is an instance of decides.
FAMILIES: tuple[tuple[type[ConnectorError], int, str], ...] = (
    (NoConnectionError, 404, "There is no such connection"),
    (InputError, 422, "The request needs a change"),
    (RefusedError, 403, "A policy refused"),
    (RateLimitedError, 429, "The service is busy"),
    (UnavailableError, 503, "The service cannot be reached"),
    (OutcomeUnknownError, 409, "It may have been done: look before you repeat it"),
    # Not 502, which clients repeat: the service would only say no again, or has done something already.
    (RecipientError, 424, "The service will not reach this recipient"),
    (ServiceError, 424, "The service said no"),
    (CredentialsError, 424, "The service does not accept this connection's credentials"),
    (ContractError, 424, "The service's answer cannot be understood"),
    # Nothing was done, and nothing can be until the server's owner has mended something.
    (JournalError, 503, "The journal cannot be used"),
    (StoreError, 503, "The saved connections or tokens cannot be used"),
    (ManifestError, 500, "A connector has faults"),
    (PluginError, 500, "A plugin is broken"),
)
# What this host itself refuses, by its code.
REFUSALS: Mapping[str, tuple[int, str]] = {
    "bad_request": (400, "The request cannot be read"),
    "unauthorized": (401, "A token is needed"),
    "forbidden": (403, "This token may not do that"),
    "not_found": (404, "There is nothing here"),
    "method_not_allowed": (405, "This address has other methods"),
    "not_acceptable": (406, "The answer has no such form"),
    "ambiguous": (409, "Two connections have this name"),
    "under_way": (409, "It is still under way: look before you repeat it"),
    "too_large": (413, "The request is too large"),
    "unsupported_media_type": (415, "The request must be JSON"),
    "misdirected": (421, "This address belongs to another server"),
    "bug": (500, "Something broke in the server"),
    "busy": (503, "The server is busy"),
    "timeout": (504, "Reading took too long"),
}
_REPEATABLE = ("busy", "timeout")


class Refusal(ConnectorError):  # noqa: N818 - it is an answer, of which the code says what is wrong
    """Something that this host refuses before any action, or an end of one that it did not wait for."""

    def __init__(self, code: str, message: str, headers: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(message, **more)
        self.code = code  # type: ignore[misc]  # each refusal has one of its own
        self.retryable = code in _REPEATABLE
        self.headers = headers or {}


@dataclass(frozen=True, slots=True)
class ProblemAnswer:
    """One problem: its status, its document, and the headers that go with it."""

    status: int
    document: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        """The document as it is sent."""
        return to_json(self.document)


def problem_of(exc: ConnectorError) -> ProblemAnswer:
    """Return the problem that an error is."""
    status, title = _status(exc)
    told = exc.to_json()
    document = {"type": f"{_TYPE}{exc.code}", "title": title, "status": status, "detail": told.pop("message"), **told}
    headers = dict(exc.headers) if isinstance(exc, Refusal) else {}
    wait = getattr(exc, "retry_after", None)
    if wait is not None:
        headers["retry-after"] = str(max(0, math.ceil(wait)))
    return ProblemAnswer(status, document, headers)


def _status(exc: ConnectorError) -> tuple[int, str]:
    if isinstance(exc, Refusal):
        return REFUSALS[exc.code]
    return next(((status, title) for kind, status, title in FAMILIES if isinstance(exc, kind)), REFUSALS["bug"])


def to_json(document: Any) -> bytes:
    """Write JSON that every reader can decode: half a character, which a text from outside may hold, stays an escape."""
    return json.dumps(document, separators=(",", ":")).encode("ascii")
