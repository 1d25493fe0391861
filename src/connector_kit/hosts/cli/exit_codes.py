"""Which exit code says what: one for each family of errors, and one for an automation that needs an answer."""

from __future__ import annotations

from connector_kit import (
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
from connector_kit.connections import StoreError
from connector_kit.hosts.cli.printing import OutputError

# The first class that an error is an instance of decides.
EXIT_CODES: tuple[tuple[type[BaseException], int], ...] = (
    (InputError, 2),
    (ManifestError, 3),
    (PluginError, 4),
    (CredentialsError, 5),
    (RefusedError, 6),
    (RateLimitedError, 8),
    (RecipientError, 12),
    (ServiceError, 7),
    (UnavailableError, 9),
    (OutcomeUnknownError, 10),
    (ContractError, 11),
    (JournalError, 13),
    (OutputError, 14),
    (StoreError, 15),
    (KeyboardInterrupt, 130),
)
# No error: an automation waits for an answer, and nobody is there to give it.
NEEDS_ANSWER = 16


def exit_code(exc: BaseException) -> int:
    """Return the exit code of an error; 1 is a bug."""
    return next((code for kind, code in EXIT_CODES if isinstance(exc, kind)), 1)
