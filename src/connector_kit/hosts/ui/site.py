"""What all pages of one run of the server share: connectors, saved connections, who may enter, what waits."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo

from connector_kit import Connector, load_connectors
from connector_kit.connections.book import ConnectionBook
from connector_kit.connections.sessions import Sessions
from connector_kit.hosts.ui.access import Access
from connector_kit.hosts.ui.confirmations import Confirmations
from connector_kit.hosts.ui.drafts import Drafts
from connector_kit.hosts.ui.runs import Runs
from connector_kit.hosts.ui.times import home_zone

Tone = Literal["good", "notice", "bad"]
_MOST_MESSAGES = 20


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def installed(zone: tzinfo) -> Mapping[str, Connector]:
    """Load the installed connectors anew, for a run of an automation that takes dates in a zone of its own."""
    return load_connectors(timezone=zone)


@dataclass(frozen=True, slots=True)
class Way:
    """A link: where it leads, and its words."""

    path: str
    label: str


@dataclass(frozen=True, slots=True)
class Message:
    """What a page says at its top about what was just done: a sentence, more of them below it, and a way to go on."""

    text: str
    more: tuple[str, ...] = ()
    tone: Tone = "good"
    way: Way | None = None


class Messages:
    """Messages on their way to the page that shows them once; the address of that page holds the id of its own message."""

    def __init__(self) -> None:
        self._waiting: dict[str, Message] = {}
        self._lock = threading.Lock()

    def add(self, message: Message) -> str:
        """Keep a message and return its id."""
        id_ = secrets.token_urlsafe(9)
        with self._lock:
            self._waiting[id_] = message
            while len(self._waiting) > _MOST_MESSAGES:
                self._waiting.pop(next(iter(self._waiting)))
        return id_

    def take(self, id_: str | None) -> Message | None:
        """Return the message of this id if it was not shown yet."""
        with self._lock:
            return None if id_ is None else self._waiting.pop(id_, None)


@dataclass(slots=True)
class Preferences:
    """What the person chose for this run: a language (None: the browser's) and a time zone (None: this computer's)."""

    language: str | None = None
    zone: ZoneInfo | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """Everything a page may need; one per run. ``base_url`` is the address that new connections are saved with, if not None.

    ``load`` gives a run of an automation connectors of its own, which are closed when it ends.
    """

    book: ConnectionBook
    connectors: Mapping[str, Connector]
    base_url: str | None = None
    now: Callable[[], datetime] = utc_now
    access: Access = field(default_factory=Access)
    drafts: Drafts = field(default_factory=Drafts)
    messages: Messages = field(default_factory=Messages)
    sessions: Sessions = field(default_factory=Sessions)
    load: Callable[[tzinfo], Mapping[str, Connector]] = installed
    runs: Runs = field(default_factory=Runs)
    confirmations: Confirmations = field(default_factory=Confirmations)
    preferences: Preferences = field(default_factory=Preferences)
    home: ZoneInfo = field(default_factory=home_zone)
    report: Callable[[str], None] = print
