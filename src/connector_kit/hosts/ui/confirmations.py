"""Remember what waits for a person's last word, and what became of it: one confirmation acts once, however often it is sent."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from connector_kit import ConnectorError, Result

LIFETIME = 3600.0  # seconds: an unknown outcome is looked up minutes later
MOST = 50
_LONGEST_DRAFT = 64

State = Literal["open", "running", "done", "unknown"]


@dataclass(slots=True, eq=False)
class Confirmation:
    """One call before and after it was carried out. ``draft`` is the id of the form it was made from.

    ``mark`` says over which connection, as it was when the page was shown. ``attempts`` counts how often it was begun: each
    page holds the number it was made with, so that a second click does not begin it again. ``error`` of an open one is why
    nothing was done.
    """

    id: str
    draft: str
    place: tuple[str, str]
    mark: object = field(repr=False)
    inputs: Mapping[str, Any] = field(repr=False)
    preview: Mapping[str, Any] = field(repr=False)
    state: State = "open"
    attempts: int = 0
    result: Result | None = None
    error: ConnectorError | None = field(default=None, repr=False)
    touched: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def begin(self, attempt: str, *, look: bool) -> bool:
        """Begin to act, or only to look, if this is the page's turn; else whoever was faster has done it."""
        if attempt != str(self.attempts) or self.state != ("unknown" if look else "open"):
            return False
        self.attempts += 1
        self.state, self.error = "running", None
        return True

    def end(self, state: State, *, result: Result | None = None, error: ConnectorError | None = None) -> None:
        """Write down how it ended."""
        self.state, self.result, self.error = state, result, error


class Confirmations:
    """The confirmations of a run, each for an hour after it was last looked at, at most 50."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._kept: dict[str, Confirmation] = {}
        self._lock = threading.Lock()

    def make(
        self, draft: str, place: tuple[str, str], mark: object, inputs: Mapping[str, Any], preview: Mapping[str, Any]
    ) -> Confirmation:
        """Keep a new confirmation for a call; the same form sent again with the same content gets the one there is.

        Args:
            draft: the id of the form.
            place: the ids of the saved connection and of the action.
            mark: which connection that is at this time.
            inputs: what was entered.
            preview: what a dry run told, if there was one.
        """
        draft = draft[:_LONGEST_DRAFT]
        with self._lock:
            self._expire()
            for kept in self._kept.values():
                same = (kept.draft, kept.place, kept.mark, kept.inputs) == (draft, place, mark, inputs)
                if draft and same:
                    return kept
            made = Confirmation(secrets.token_urlsafe(18), draft, place, mark, dict(inputs), preview)
            self._keep(made)
            return made

    def get(self, id_: str, place: tuple[str, str]) -> Confirmation | None:
        """Return the confirmation of this id if it is kept and belongs to this connection and action."""
        with self._lock:
            self._expire()
            found = self._kept.get(id_)
            if found is None or found.place != place:
                return None
            self._keep(found)
            return found

    def _keep(self, confirmation: Confirmation) -> None:
        # At the end: the first is always the one that was left alone the longest.
        self._kept.pop(confirmation.id, None)
        confirmation.touched = self._now()
        self._kept[confirmation.id] = confirmation
        while len(self._kept) > MOST:
            self._kept.pop(next(iter(self._kept)))

    def _expire(self) -> None:
        before = self._now() - LIFETIME
        for id_ in [id_ for id_, kept in self._kept.items() if kept.touched <= before]:
            del self._kept[id_]
