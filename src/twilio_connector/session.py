"""An open connection to one Twilio account: the client, how numbers are read, and how a lost answer is found again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from connector_kit import ActionCall, Checked, ConnectorError, Known, Notice, OutcomeUnknownError, Result
from twilio_connector import addresses
from twilio_connector.checking import Elsewhere, check
from twilio_connector.client import TwilioClient
from twilio_connector.draft import Draft, draft
from twilio_connector.lookup import Found, look_up
from twilio_connector.privacy import masked

# A message may wait at Twilio for a while before it is listed; after this, a person may take "not there" for "not sent".
_LATER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, repr=False)
class TwilioSession:
    """What the handlers work with. ``country`` is the default country of numbers without a country code.

    ``elsewhere`` makes clients for the other regions that the credentials may belong to; ``by_key`` says of which kind they are.
    """

    client: TwilioClient
    identity: str
    country: str | None = None
    by_key: bool = False
    elsewhere: Elsewhere = field(default=lambda: iter(()))

    def check(self) -> Checked:
        """Ask Twilio whether the credentials work, and whose account it is."""
        return check(self.client, self.elsewhere, by_key=self.by_key)

    def close(self) -> None:
        """Close the connection pool."""
        self.client.close()

    def draft(self, call: ActionCall) -> Draft:
        """Read the inputs of a send."""
        return draft(call.inputs, country=self.country, now=self.client.now())

    def canonical(self, call: ActionCall) -> Mapping[str, Any]:
        """Return the inputs of a send with its numbers as Twilio takes them."""
        sender = self._address(addresses.sender, call.inputs["sender_number"])
        recipient = self._address(addresses.recipient, call.inputs["recipient_number"])
        return {**call.inputs, "sender_number": sender, "recipient_number": recipient}

    def _address(self, read: Callable[[str, str | None], str], written: str) -> str:
        try:
            return read(written, self.country)
        except addresses.AddressFault:
            return written  # which the send will refuse

    def recover(self, call: ActionCall, began: datetime, known: Known) -> Result:
        """Look for a message whose answer was lost.

        Raises:
            OutcomeUnknownError: if not exactly one message can be it.
        """
        sought = draft(call.inputs, country=self.country, now=began)
        found = self._looked_up(sought, began, known)
        if found.message is not None and found.message.sid is not None:
            text = (
                "The answer to the send was lost, but the message was found at Twilio: it was sent once. Its status is"
            )
            return Result(found.message.sid, notices=(Notice("reconciled", f"{text} {found.message.status}."),))
        now = self.client.now()
        raise OutcomeUnknownError(
            f"Looked for a message to {masked(sought.recipient)} with this text, created since {began:%H:%M:%S} UTC, until "
            f"{now:%H:%M:%S} UTC, and {found.seen}. It may appear later: look again after {now + _LATER:%H:%M} UTC."
        )

    def _looked_up(self, sought: Draft, began: datetime, known: Known) -> Found:
        try:
            return look_up(self.client, sought, began, known)
        except ConnectorError:
            raise
        except Exception as exc:  # noqa: BLE001 - a send whose answer was lost stays unknown, whatever breaks the look for it
            broken = type(exc).__name__
        # Raised here, so that the foreign error and what it holds are not its context.
        raise OutcomeUnknownError(f"Looking for it failed as well ({broken}).")
