"""The sandbox's accounts and messages: kept in memory, ordered like Twilio's list, growing older by the clock."""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from twilio_sandbox.clock import Clock

RETENTION = timedelta(days=400)
TRIAL_PREFIX = "Sent from your Twilio trial account - "
PRICE = Decimal("-0.00790")

# How long after its creation an outbound message reaches each status, in seconds.
_LIFE = ((1.0, "sending"), (2.0, "sent"), (4.0, "delivered"))
_PRICED_AFTER = 6.0
FAILURES = {30003: "Unreachable destination handset", 30005: "Unknown destination handset", 30007: "Message filtered"}


@dataclass(slots=True)
class Message:
    """One message as the API shows it; dates are aware and in UTC."""

    sid: str
    account_sid: str
    sender: str | None
    recipient: str
    body: str
    created: datetime
    status: str
    direction: str = "outbound-api"
    sent: datetime | None = None
    updated: datetime | None = None
    segments: str = "1"
    media: int = 0
    price: Decimal | None = None
    price_unit: str | None = "USD"
    messaging_service_sid: str | None = None
    error_code: int | None = None
    error_message: str | None = None
    ends_with: int | None = None  # the error code with which a message that is under way will end

    @property
    def sort_key(self) -> tuple[datetime, str]:
        """Twilio's list is ordered by the date sent, and by the date created where there is none."""
        return (self.sent or self.created, self.sid)


@dataclass
class Account:
    """One account. ``test`` makes its credentials test credentials; ``api_keys`` maps key SIDs to secrets."""

    sid: str
    auth_token: str
    friendly_name: str = "Sandbox"
    status: str = "active"
    type: str = "Full"
    test: bool = False
    owner_sid: str | None = None
    api_keys: dict[str, str] = field(default_factory=dict)
    numbers: set[str] = field(default_factory=set)
    services: dict[str, str] = field(default_factory=dict)  # messaging service SID → the number it sends from
    verified: set[str] = field(default_factory=set)
    blocked_countries: set[str] = field(default_factory=set)  # prefixes such as +44
    opted_out: set[str] = field(default_factory=set)
    free_senders: bool = False  # any well-formed sender counts as the account's own
    created: datetime = datetime(2026, 1, 1, tzinfo=UTC)


class Store:
    """All accounts and their messages, newest first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._accounts: dict[str, Account] = {}
        self._messages: dict[str, list[Message]] = {}  # oldest first, so that a new one is appended
        self._by_sid: dict[str, Message] = {}
        self._under_way: list[Message] = []
        self._counter = 0

    def add_account(self, account: Account) -> Account:
        """Add an account, or replace the one with its SID."""
        self._accounts[account.sid] = account
        self._messages.setdefault(account.sid, [])
        return account

    def account(self, sid: str) -> Account | None:
        """Find an account."""
        return self._accounts.get(sid)

    def accounts(self) -> list[Account]:
        """Return all accounts."""
        return list(self._accounts.values())

    def new_sid(self, prefix: str) -> str:
        """Make the next SID: a count, so that runs repeat exactly and nobody takes it for a real one."""
        self._counter += 1
        return f"{prefix}{self._counter:032x}"

    def add(self, message: Message) -> Message:
        """Store a message; one that is not at the end of its life will grow older by the clock."""
        self._messages[message.account_sid].append(message)
        self._by_sid[message.sid] = message
        if message.status in ("accepted", "queued", "sending", "sent") and message.direction.startswith("outbound"):
            self._under_way.append(message)
        self._sort(message.account_sid)
        return message

    def extend(self, account_sid: str, messages: list[Message]) -> None:
        """Store many finished messages at once."""
        self._messages[account_sid].extend(messages)
        self._by_sid.update((message.sid, message) for message in messages)
        self._sort(account_sid)

    def find(self, account_sid: str, sid: str) -> Message | None:
        """Find a message of an account that is not beyond the retention."""
        self.grow_older()
        message = self._by_sid.get(sid)
        if message is None or message.account_sid != account_sid or self._expired(message):
            return None
        return message

    def delete(self, message: Message) -> None:
        """Take a message away."""
        self._messages[message.account_sid].remove(message)
        del self._by_sid[message.sid]

    def listed(self, account_sid: str, matches: Callable[[Message], bool], after: str | None) -> Iterator[Message]:
        """Yield an account's messages newest first, beginning behind the message ``after``."""
        self.grow_older()
        messages = self._messages[account_sid]
        end = len(messages)
        if after is not None:
            anchor = self._by_sid.get(after)
            if anchor is None:
                return
            end = bisect.bisect_left(messages, anchor.sort_key, key=lambda message: message.sort_key)
        for position in range(end - 1, -1, -1):
            if self._expired(messages[position]):
                return
            if matches(messages[position]):
                yield messages[position]

    def before(self, account_sid: str, matches: Callable[[Message], bool], first: str) -> list[Message]:
        """Return the messages listed before the message ``first``, newest first."""
        self.grow_older()
        anchor = self._by_sid.get(first)
        if anchor is None:
            return []
        return [m for m in self.listed(account_sid, matches, None) if m.sort_key > anchor.sort_key]

    def grow_older(self) -> None:
        """Bring every message that is under way to where the clock says it is."""
        now = self._clock.now()
        touched = {m.account_sid for m in self._under_way if self._advance(m, now)}
        self._under_way = [m for m in self._under_way if m.price is None and m.status != "failed"]
        for account_sid in touched:
            self._sort(account_sid)

    def _advance(self, message: Message, now: datetime) -> bool:
        was, age = message.status, (now - message.created).total_seconds()
        for after, status in _LIFE:
            if age >= after:
                message.status = status
                message.updated = message.created + timedelta(seconds=after)
            if age >= after and status == "sent" and message.sent is None:
                message.sent = message.created + timedelta(seconds=math.floor(after))
        if message.sender is None and message.messaging_service_sid and message.status != "accepted":
            service = self._accounts[message.account_sid].services
            message.sender, message.segments = service[message.messaging_service_sid], "1"
            message.price_unit = "USD"
        if message.status == "delivered" and message.ends_with is not None:
            message.status, message.error_code = "undelivered", message.ends_with
            message.error_message = FAILURES.get(message.ends_with)
        if age >= _PRICED_AFTER:
            message.price = PRICE * int(message.segments)
        return message.status != was

    def _sort(self, account_sid: str) -> None:
        # Nearly sorted already, which costs Python's sort one pass.
        self._messages[account_sid].sort(key=lambda message: message.sort_key)

    def _expired(self, message: Message) -> bool:
        return message.created < self._clock.now() - RETENTION

    def count(self, account_sid: str) -> int:
        """Return how many messages an account has."""
        return len(self._messages[account_sid])

    def all(self, account_sid: str) -> list[Message]:
        """Return all messages of an account, newest first, whatever their age."""
        self.grow_older()
        return list(reversed(self._messages[account_sid]))
