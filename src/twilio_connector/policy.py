"""Refuse sends that the connection's options do not allow: other recipients, other countries, more than the cap of a run."""

from __future__ import annotations

import threading
from weakref import WeakKeyDictionary

from connector_kit import ActionCall, Connection, RefusedError, hookimpl

_SEND = "send_sms_message"


class Policy:
    """A plugin on the public hooks. A run is as long as a connection is open; the cap counts the sends that were let through."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sent: WeakKeyDictionary[Connection, int] = WeakKeyDictionary()

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
            self._count(connection, int(cap))

    def _count(self, connection: Connection, cap: int) -> None:
        with self._lock:
            sent = self._sent.get(connection, 0)
            if sent >= cap:
                raise RefusedError(
                    f"This connection may send {cap} messages in one run, and has sent them. Nothing was sent; "
                    "raise its send cap, or go on in another run."
                )
            self._sent[connection] = sent + 1


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
