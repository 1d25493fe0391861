"""Let in whoever has the link from the terminal, and nobody else: launch token, session cookie, secret path, form token."""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Callable, Iterable

from connector_kit.hosts.ui.guard import LAUNCH

COOKIE = "session"


def _token() -> str:
    return secrets.token_urlsafe(32)


class Access:
    """The secrets of one run of the server; all of them end with it.

    Browsers send a cookie to every port of a host, so the session cookie is bound to ``prefix``, a path that only our own
    pages know: another program's server on this computer never receives it.
    """

    def __init__(self, token: Callable[[], str] = _token) -> None:
        self.prefix = f"/c-{token()}"
        self.form_token = token()
        self._session = token()
        self._launch: str | None = token()
        self._lock = threading.Lock()

    def link(self, origin: str) -> str:
        """Return the link for the person at this computer; it works once."""
        return f"{origin}{LAUNCH}?token={self._launch}"

    @property
    def cookie(self) -> str:
        """The header that starts the session."""
        return f"{COOKIE}={self._session}; Path={self.prefix}; HttpOnly; SameSite=Strict"

    def launch(self, token: str) -> bool:
        """Use up the launch token, if this is it."""
        with self._lock:
            if self._launch is None or not _same(token, self._launch):
                return False
            self._launch = None
            return True

    def admits(self, path: str, cookies: Iterable[str]) -> bool:
        """Whether a request for this path with these Cookie headers belongs to the session.

        Any of several cookies of our name may be the one: a server on another port can add one of its own.
        """
        inside = path.startswith(f"{self.prefix}/")
        pairs = (pair.strip().partition("=") for header in cookies for pair in header.split(";"))
        return inside and any(name == COOKIE and _same(value, self._session) for name, _, value in pairs)

    def fits_form(self, token: str) -> bool:
        """Whether a posted form was made by one of our pages of this session."""
        return _same(token, self.form_token)


def _same(given: str, wanted: str) -> bool:
    """Compare in a time that does not depend on where the two differ."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())
