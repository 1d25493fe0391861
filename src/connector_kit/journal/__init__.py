"""Remember which keys were acted on, so that a call with a key acts at most once.

The intent is written before the act and the outcome after it. A process that dies in between leaves an entry in flight: the
act may have happened, so whoever finds the entry looks, and never acts. This holds after a crash, from another process and
among workers that race; ``sqlite`` keeps the journal of one machine in a file, ``postgres`` that of a team in a database.

A journal is never told a key, a number or a text: what names or describes a call reaches it as a digest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Literal, NewType, Protocol

from connector_kit.errors import ConnectorError

# A type of its own, so that the type checker refuses a plain key or a message body where a digest belongs.
Digest = NewType("Digest", str)
Outcome = Literal["done", "refused", "unknown"]
State = Literal["in_flight", "done", "refused", "unknown"]

# How long an owner that gives no sign of life may still be at work.
LEASE = timedelta(seconds=60)
# How many seconds an operation waits for a lock or a server before it gives up.
WAIT = 5.0

NOTHING_SENT = "Nothing was sent by this attempt."
STAYS_SENT = "What was sent stays sent; do not send it again under another key."


class JournalError(ConnectorError):
    """The journal cannot be used, so whether a key was acted on before is not known.

    Retryable where waiting helps (a lock, a server that is away): the key guards the repetition, so it cannot act twice.
    """

    code = "journal"

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable


@dataclass(frozen=True, slots=True)
class Entry:
    """What the journal knows of one key; ``details`` and ``result`` are JSON texts without personal data.

    ``owner`` is the attempt that answers for it, ``began`` when the first owner wrote the intent, ``updated`` the last sign
    of life. ``details`` is what a later attempt must know to look the act up, ``result`` how it ended.
    """

    key: Digest
    fingerprint: Digest
    batch: Digest | None
    state: State
    owner: str
    began: datetime
    updated: datetime
    details: str | None
    result: str | None


class Journal(Protocol):
    """Where entries are kept; every method is atomic among threads and processes, lasting, and may raise JournalError.

    It reads no clock: ``now`` is an aware datetime. An ``owner`` is the id of one attempt and is never used for another.
    """

    def begin(
        self,
        key: Digest,
        fingerprint: Digest,
        *,
        owner: str,
        now: datetime,
        batch: Digest | None = None,
        details: str | None = None,
    ) -> Entry | None:
        """Write the intent. None: it is ours, act now. An Entry: somebody was first, in flight or ended; do not act.

        A call with the same key and other content shows in the entry's ``fingerprint``.
        """

    def heartbeat(self, key: Digest, *, owner: str, now: datetime) -> bool:
        """Say that the owner of an entry in flight is at work; False if it is no longer the owner and must not act."""

    def finish(self, key: Digest, *, owner: str, state: Outcome, result: str | None, now: datetime) -> bool:
        """Write how an entry in flight ended; False if it is not the owner's, or has ended."""

    def release(self, key: Digest, *, owner: str) -> bool:
        """Forget an intent that provably was not acted on, in flight or refused, so that another attempt may act.

        False for what was done or is unknown, and for what was ever taken over: a former owner may have acted, or still may.
        """

    def take_over(self, seen: Entry, *, owner: str, now: datetime) -> Entry | None:
        """Become the owner of an entry in flight or unknown, to look up what became of it, never to act again.

        None if it is not any more as it was ``seen``: another attempt was first, its owner finished, or gave a sign of life.
        """

    def get(self, key: Digest) -> Entry | None:
        """Return the entry of a key."""

    def entries(self, batch: Digest | None = None) -> Iterator[Entry]:
        """Yield the entries of a batch, or all, in no particular order; each as it was when it was read."""

    def close(self) -> None:
        """Let go of files and connections."""


def alive(entry: Entry, now: datetime, lease: timedelta = LEASE) -> bool:
    """Tell whether the owner of an entry may still be at work on it.

    The difference counts in both directions, so that a clock which was set back does not keep a dead owner alive.
    """
    return entry.state == "in_flight" and abs(now - entry.updated) < lease


def digest(*parts: str) -> Digest:
    """Return the SHA-256 of parts, each told apart from its neighbours by its length.

    Let the account's identifier be one of them, also in a fingerprint: whoever holds the journal alone can then not find
    out an order number or a phone number by trying them all.
    """
    encoded = [part.encode() for part in parts]
    return Digest(sha256(b"".join(b"%d:%b" % (len(part), part) for part in encoded)).hexdigest())


def in_utc(moment: datetime) -> datetime:
    """Return the moment in UTC; a naive one is a mistake of the caller, since nobody knows what it means."""
    if moment.tzinfo is None:
        raise ValueError("a journal needs datetimes with a timezone")
    return moment.astimezone(UTC)
