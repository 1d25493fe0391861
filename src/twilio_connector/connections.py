"""Lend every request a connection of its own, so that many at once do not stand in each other's way."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

import httpx

MOST = 100
_KEPT_FOR = 5.0  # seconds without use; httpx does not use a connection again after these


class _NoCookies(httpx.Cookies):
    def extract_cookies(self, response: httpx.Response) -> None:
        """Keep none."""


_NO_COOKIES = _NoCookies()


class Client(httpx.Client):
    """A client that looks for no cookies: none of our requests carries one, and looking costs a tenth of a send."""

    @property  # type: ignore[misc]  # httpx lets cookies be set, which nobody does here
    def cookies(self) -> httpx.Cookies:
        """None, whatever the answers say."""
        return _NO_COOKIES


class Connections:
    """Clients that are lent to one request at a time, the last one used first, so that no more are open than are needed.

    One client for all would do as well, but at the beginning and at the end of each request its pool asks the system about
    every idle connection, under one lock: with 50 threads this costs as much as the requests.
    """

    def __init__(self, make: Callable[[], httpx.Client], wait: float | None) -> None:
        """Make the first client at once, so that faulty settings of the environment show here.

        Args:
            make: makes another client.
            wait: how many seconds a request waits for its turn if as many are under way as may be.
        """
        self._make = make
        self._wait = wait
        self._turns = threading.BoundedSemaphore(MOST)
        self._lock = threading.Lock()
        first = make()
        self._idle = deque([(time.monotonic(), first)])  # with the time since when
        self.headers = first.headers
        self.is_closed = False

    def send(self, request: httpx.Request) -> httpx.Response:
        """Send a request and read its answer.

        Raises:
            httpx.RequestError: as ``httpx.Client.send``.
        """
        if not self._turns.acquire(timeout=self._wait):
            raise httpx.PoolTimeout("Too many requests are under way.", request=request)
        try:
            client = self._borrow()
            try:
                return client.send(request)
            finally:
                self._give_back(client)
        finally:
            self._turns.release()

    def close(self) -> None:
        """Close what is idle now, and what is lent when it comes back."""
        with self._lock:
            self.is_closed = True
            idle, self._idle = self._idle, deque()
        for _, client in idle:
            client.close()

    def _borrow(self) -> httpx.Client:
        with self._lock:
            if self._idle:
                return self._idle.pop()[1]
        return self._make()

    def _give_back(self, client: httpx.Client) -> None:
        now = time.monotonic()
        unused = []
        with self._lock:
            self._idle.append((now, client))
            while self._idle and (self.is_closed or self._idle[0][0] < now - _KEPT_FOR):
                unused.append(self._idle.popleft()[1])
        for other in unused:
            other.close()
