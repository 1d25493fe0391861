"""Remember the secrets of a form that could not be saved yet, in memory and for a short time, so that nobody pastes twice."""

from __future__ import annotations

import secrets as random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from pydantic import SecretStr

LIFETIME = 900.0
MOST = 20
_LONGEST_ID = 64


@dataclass(slots=True)
class Draft:
    """One form on its way to being saved. ``done`` says that it was saved: a second submit must not save again."""

    secrets: dict[str, SecretStr] = field(default_factory=dict)
    done: bool = False
    touched: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def keep(self, secrets: Mapping[str, SecretStr]) -> None:
        """Replace the secrets that wait."""
        self.secrets = dict(secrets)

    def finish(self) -> None:
        """Forget the secrets and remember that it was saved."""
        self.secrets.clear()
        self.done = True


class Drafts:
    """The drafts of a session, each for 900 seconds after its last submit, at most 20."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._drafts: dict[str, Draft] = {}
        self._lock = threading.Lock()

    @staticmethod
    def new_id() -> str:
        """Return an id for a form that is shown for the first time; nothing is remembered under it yet."""
        return random.token_urlsafe(18)

    @contextmanager
    def turn(self, id_: str) -> Iterator[Draft]:
        """Hold the draft of this id; a second submit of the same form waits until the first has ended."""
        draft = self._draft(id_[:_LONGEST_ID])
        with draft.lock:
            yield draft

    def waiting(self, id_: str) -> frozenset[str]:
        """Return the ids of the fields whose secrets wait under this id."""
        with self._lock:
            self._expire()
            draft = self._drafts.get(id_[:_LONGEST_ID])
            return frozenset(draft.secrets if draft else ())

    def _draft(self, id_: str) -> Draft:
        with self._lock:
            self._expire()
            draft = self._drafts.pop(id_, None) or Draft()
            draft.touched = self._now()
            self._drafts[id_] = draft  # at the end: the first is always the one that was left alone the longest
            while len(self._drafts) > MOST:
                self._drafts.pop(next(iter(self._drafts)))
            return draft

    def _expire(self) -> None:
        before = self._now() - LIFETIME
        for id_ in [id_ for id_, draft in self._drafts.items() if draft.touched <= before]:
            del self._drafts[id_]
