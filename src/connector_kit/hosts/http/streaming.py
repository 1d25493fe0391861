"""Send what a read gives back as lines of JSON, one an item, no faster than they are taken, and a last line that says how it ended."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from starlette.types import Receive, Scope, Send

from connector_kit import ActionCall, Concept, ConnectorError
from connector_kit.hosts.http.problems import problem_of, to_json
from connector_kit.hosts.http.reading import NDJSON
from connector_kit.hosts.http.workers import Workers

AT_A_TIME = 200  # items in one piece
_SOON = 0.1  # seconds after which a piece that holds anything is sent


@dataclass(slots=True)
class Reading:
    """A read that is under way: its next lines at each call of ``lines``, from whichever thread."""

    call: ActionCall
    items: Iterator[Concept]
    told: Callable[[Exception], ConnectorError]
    ended: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def first_lines(self) -> bytes:
        """Return the first lines; here an error is raised, as nothing was sent yet.

        Raises:
            ConnectorError: whatever the read raises before it has given back anything.
        """
        with self._lock:
            return self._lines(first=True)

    def lines(self) -> bytes:
        """Return some more lines; none are left once ``ended`` is true."""
        with self._lock:
            return b"" if self.ended else self._lines(first=False)

    def close(self) -> None:
        """Read no further, once the lines that are being read have come."""
        with self._lock:
            self.ended = True
            self.items.close()  # type: ignore[attr-defined]  # it is a generator

    def _lines(self, *, first: bool) -> bytes:
        lines: list[bytes] = []
        until = time.monotonic() + _SOON
        try:
            for item in self.items:
                lines.append(to_json(item.model_dump(mode="json")))
                if len(lines) >= AT_A_TIME or time.monotonic() >= until:
                    return _joined(lines)
            lines.append(to_json({"notices": [], "more": None if self.call.limit is not None else False}))
        except Exception as exc:
            # Whatever it is: the answer has begun, so it can only be told in it.
            if first and not lines:
                raise
            lines.append(to_json({"error": problem_of(self.told(exc)).document}))
        self.ended = True
        return _joined(lines)


def _joined(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


class LinesResponse:
    """An answer of which the first lines are there already."""

    def __init__(self, reading: Reading, first: bytes, workers: Workers) -> None:
        self._reading = reading
        self._first = first
        self._workers = workers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the signature of ASGI
        """Send all lines, and read no further once the client has gone away."""
        gone = asyncio.ensure_future(_gone(receive))
        lines = self._first
        try:
            headers = [(b"content-type", NDJSON.encode())]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            while not gone.done():
                await send({"type": "http.response.body", "body": lines, "more_body": not self._reading.ended})
                if self._reading.ended:
                    break
                lines = await self._workers.run(self._reading.lines)
        finally:
            gone.cancel()
            self._workers.finish(self._reading.close)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
