"""Refuse sends that the connection's options do not allow: other recipients, other countries, more than the cap of a run."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from connector_kit import (
    ActionCall,
    Connection,
    CredentialsError,
    InputError,
    JournalError,
    PluginError,
    RefusedError,
    Result,
    ServiceError,
    Streamed,
    UnavailableError,
    hookimpl,
)

_SEND = "send_sms_message"
# Each of these says that no message left. Anything else, also a bug, may have sent one, and counts.
_NOTHING_SENT = (
    CredentialsError,
    InputError,
    JournalError,
    PluginError,
    RefusedError,
    ServiceError,
    UnavailableError,
)


@dataclass(slots=True)
class _Run:
    """What was sent over one connection, and the calls that may be sending now, by their identity."""

    sent: int = 0
    under_way: dict[int, ActionCall] = field(default_factory=dict)


class Policy:
    """A plugin on the public hooks. A run is as long as a connection is open; the cap counts what was or may have been sent."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: WeakKeyDictionary[Connection, _Run] = WeakKeyDictionary()

    @hookimpl
    def connector_before(self, call: ActionCall, connection: Connection) -> None:
        """Raise RefusedError for a send that is not allowed."""
        if call.action != _SEND:
            return
        recipients, countries = connection.get("allowed_recipients"), connection.get("allowed_countries")
        if recipients is not None or countries is not None:
            _check_recipient(call.inputs["recipient_number"], connection, recipients, countries)
        cap = connection.get("send_cap")
        if cap is not None and not call.inputs["dry_run"]:
            self._reserve(call, connection, int(cap))

    @hookimpl
    def connector_after(
        self, call: ActionCall, outcome: Result | Streamed | BaseException, connection: Connection
    ) -> None:
        """Count a send, or give its place back if it turned out that nothing was sent."""
        with self._lock:
            run = self._runs.get(connection)
            # A call that was refused before it had a place has none to give back.
            if run is not None and run.under_way.pop(id(call), None) is not None:
                run.sent += not _nothing_was_sent(outcome)

    def _reserve(self, call: ActionCall, connection: Connection, cap: int) -> None:
        """Take a place before the send: counting only afterwards, sends at the same time would go over the cap."""
        with self._lock:
            run = self._runs.setdefault(connection, _Run())
            if run.sent + len(run.under_way) >= cap:
                raise RefusedError(
                    f"This connection may send {cap} messages in one run, and has sent them. Nothing was sent; "
                    "raise its send cap, or go on in another run."
                )
            run.under_way[id(call)] = call


def _nothing_was_sent(outcome: Result | Streamed | BaseException) -> bool:
    if isinstance(outcome, Result):
        return any(notice.code == "repeated" for notice in outcome.notices)
    return isinstance(outcome, _NOTHING_SENT)


def _check_recipient(
    written: str, connection: Connection, recipients: list[str] | None, countries: list[str] | None
) -> None:
    # Its metadata is heavy: only connections with a rule pay for it here.
    from twilio_connector import addresses  # noqa: PLC0415 - see above

    country = connection.get("default_country")
    try:
        recipient = addresses.recipient(written, country)
        allowed = {addresses.recipient(each, country) for each in recipients or ()}
    except addresses.AddressFault as fault:
        raise RefusedError(
            f"Whether the recipient is allowed cannot be told: it {fault.message}. Nothing was sent."
        ) from None
    if recipients is not None and recipient not in allowed:
        raise RefusedError("This recipient is not among the allowed recipients of the connection. Nothing was sent.")
    if countries is not None and addresses.country_of(recipient) not in {each.upper() for each in countries}:
        raise RefusedError(
            "The recipient's country is not among the allowed countries of the connection, or cannot be told. Nothing was sent."
        )
