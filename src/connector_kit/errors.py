"""Every error this product raises, in one tree, grouped by what the reader should do next.

ConnectorError
  ManifestError          fix the connector           bad YAML, unknown key, dangling reference
    UnboundActionError                               declared, but no plugin binds it
  PluginError            fix or disable the plugin   failed to load, wrong signature, unknown hook
  InputError             fix the request             caught before the network; problems name the fields
  CredentialsError       fix the connection          the service did not accept the credentials
  RefusedError           ask whoever set the policy  a plugin said no; nothing has happened
  ServiceError           the service answered no     with its status, code and request id
    RateLimitedError     wait, then retry            with retry_after in seconds where it was given
    RecipientError       go on with the others       this recipient cannot or must not be reached; reason says why
  UnavailableError       retry later                 not reachable, or a read met a server error
  OutcomeUnknownError    look before you retry       the request left, no usable answer came back
  ContractError          report a bug                an answer or a handler's output breaks the contract

A message is fit for the person who started the automation. It never holds a secret, a phone number or a message body.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault, at a path such as ``actions[0].phrase`` or ``recipient_number``.

    ``suggestion`` is a corrected value. It is personal data, so it is in no text, log or JSON form of the error: only a host
    that answers the person who typed the value may show it. ``clear`` says that the value belongs elsewhere, such as a secret
    in a field that is no secret: a form empties the field and never shows the value again.
    """

    path: str
    message: str
    suggestion: str | None = field(default=None, repr=False)
    clear: bool = False

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message

    def sentence(self, label: str) -> str:
        """Return the fault as a sentence about the field with this label: many faults begin with "is" or "holds"."""
        text = self.message
        if text[:1].islower():
            # "Cap is missing", but "Cap: give a number".
            text = f"{label}{':' if text.startswith(('give ', 'item ')) else ''} {text}"
        return text if text.endswith((".", "?", "!")) else f"{text}."


@dataclass(frozen=True, slots=True)
class ServiceAnswer:
    """What the service itself said: HTTP status, its own code, request id and text, scrubbed of personal data."""

    status: int
    code: int | None = None
    request_id: str | None = None
    more_info: str | None = None
    message: str | None = None


class ConnectorError(Exception):
    """The root of the tree.

    ``code`` is a stable slug for programs. ``retryable`` is true only where repeating the call cannot act twice.
    """

    code: ClassVar[str] = "error"
    retryable: bool = False

    def __init__(
        self,
        message: str,
        *,
        problems: Iterable[Problem] = (),
        service: ServiceAnswer | None = None,
    ) -> None:
        self.message = message
        self.problems = tuple(problems)
        self.service = service
        super().__init__(message)

    def __str__(self) -> str:
        """Return the same text on a terminal, in a file and in a log."""
        return "\n".join([self.message, *(f"- {problem}" for problem in self.problems)])

    def to_json(self) -> dict[str, Any]:
        """Return the one JSON form in which every host shows an error."""
        document: dict[str, Any] = {"code": self.code, "message": self.message, "retryable": self.retryable}
        if self.problems:
            document["problems"] = [{"path": p.path, "message": p.message} for p in self.problems]
        if self.service is not None:
            answer = self.service
            document["service"] = {
                "status": answer.status,
                "code": answer.code,
                "request_id": answer.request_id,
                "more_info": answer.more_info,
                "message": answer.message,
            }
        return document


class ManifestError(ConnectorError):
    """The manifest cannot be used; ``problems`` holds every fault with its path."""

    code = "manifest"


class UnboundActionError(ManifestError):
    """The manifest declares an action that no plugin binds to a handler."""

    code = "unbound_action"


class PluginError(ConnectorError):
    """A plugin failed to load, does not match the hooks, or broke while it was asked."""

    code = "plugin"


class InputError(ConnectorError):
    """The request was wrong and was stopped before anything left the machine."""

    code = "input"


class CredentialsError(ConnectorError):
    """The service did not accept the connection's credentials."""

    code = "credentials"


class RefusedError(ConnectorError):
    """A policy plugin said no; nothing has happened."""

    code = "refused"


class ServiceError(ConnectorError):
    """The service understood the request and said no."""

    code = "service"


class RateLimitedError(ServiceError):
    """The service asked to slow down and did not process the request; ``retry_after`` is in seconds, if it said so."""

    code = "rate_limited"
    retryable = True

    def __init__(self, message: str, *, retry_after: float | None = None, service: ServiceAnswer | None = None) -> None:
        super().__init__(message, service=service)
        self.retry_after = retry_after

    def to_json(self) -> dict[str, Any]:
        """Add ``retry_after`` to the common form."""
        return {**super().to_json(), "retry_after": self.retry_after}


class RecipientError(ServiceError):
    """The service will not reach this recipient; others are not affected.

    ``reason`` is a stable slug, such as ``opted_out``, by which an automation can branch.
    """

    code = "recipient"

    def __init__(self, message: str, *, reason: str, service: ServiceAnswer | None = None) -> None:
        super().__init__(message, service=service)
        self.reason = reason

    def to_json(self) -> dict[str, Any]:
        """Add ``reason`` to the common form."""
        return {**super().to_json(), "reason": self.reason}


class UnavailableError(ConnectorError):
    """The service could not be reached, or it failed while only reading; nothing was changed.

    ``retry_after`` is in seconds, if the service said when to come back.
    """

    code = "unavailable"
    retryable = True

    def __init__(self, message: str, *, retry_after: float | None = None, service: ServiceAnswer | None = None) -> None:
        super().__init__(message, service=service)
        self.retry_after = retry_after


class OutcomeUnknownError(ConnectorError):
    """The request may have been carried out, but no usable answer came back. Look before repeating it."""

    code = "outcome_unknown"


class ContractError(ConnectorError):
    """The service's answer, or a handler's output, does not fit what the manifest declares."""

    code = "contract"
