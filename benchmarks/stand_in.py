"""A stand-in for Twilio's message list that is too fast to be what is measured: ``python -m benchmarks.stand_in``.

An account's messages are not stored: the Account SID says how many there are, and each message follows from its number. Its
first four digits say how many milliseconds every answer is on its way, as on a real network; all are hexadecimal. Nobody's
credentials are checked, and a list that is filtered here is refused, because the filter would not be applied. The sandbox is
the place for everything that is not speed.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import re
import sys
from dataclasses import asdict, dataclass
from email.utils import formatdate
from urllib.parse import parse_qs

from benchmarks.messages import created, page
from twilio_sandbox import render

COUNTERS = "/stand-in/counters"
_PATH = re.compile(r"/2010-04-01/Accounts/AC([0-9a-f]{4})([0-9a-f]{28})/Messages\.json")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_GZIP = re.compile(rb"\r\naccept-encoding:[^\r]*gzip", re.IGNORECASE)
_REASONS = {200: "OK", 201: "Created", 400: "Bad Request", 404: "Not Found"}


@dataclass
class Counters:
    """What went over the wire so far, questions about it aside. ``bytes`` are those of the answers, with their heads."""

    requests: int = 0
    creates: int = 0
    bytes: int = 0


def _fields(text: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(text, keep_blank_values=True).items()}


class _Conversation(asyncio.Protocol):
    """One connection: HTTP/1.1 as far as the two clients speak it, kept alive, one request after the other."""

    def __init__(self, counters: Counters, *, compress: bool) -> None:
        self._counters = counters
        self._compress = compress
        self._received = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:end]
            found = _LENGTH.search(head)
            after = end + 4 + (int(found[1]) if found else 0)
            if len(self._received) < after:
                return
            body, self._received = self._received[end + 4 : after], self._received[after:]
            self._answer(head, body)

    def _answer(self, head: bytes, body: bytes) -> None:
        method, target, _ = head.partition(b"\r\n")[0].decode("ascii").split(" ")
        path, _, query = target.partition("?")
        if path == COUNTERS:
            self._transport.write(_whole(200, json.dumps(asdict(self._counters)).encode()))
            return
        self._counters.requests += 1
        account = _PATH.fullmatch(path)
        status, content = self._content(method, path, account, query, body)
        answer = _whole(status, content, compress=self._compress and _GZIP.search(head) is not None)
        self._counters.bytes += len(answer)
        if account and (latency := int(account[1], 16)):
            asyncio.get_running_loop().call_later(latency / 1000, self._transport.write, answer)
        else:
            self._transport.write(answer)

    def _content(
        self, method: str, path: str, account: re.Match[str] | None, query: str, body: bytes
    ) -> tuple[int, bytes]:
        if account is None:
            return 404, render.dumps(render.error(404, 20404, f"The requested resource {path} was not found"))
        if method == "POST":
            self._counters.creates += 1
            return 201, created(path, _fields(body.decode()), self._counters.creates)
        asked = _fields(query)
        if unknown := asked.keys() - {"PageSize", "Page", "PageToken"}:
            return 400, render.dumps(render.error(400, None, f"The stand-in does not filter by {sorted(unknown)}."))
        return 200, page(path, int(account[2], 16), asked)


def _whole(status: int, content: bytes, *, compress: bool = False) -> bytes:
    if compress:
        content = gzip.compress(content, 1)
    encoding = "Content-Encoding: gzip\r\n" if compress else ""
    date = f"Date: {formatdate(usegmt=True)}\r\n"
    head = f"HTTP/1.1 {status} {_REASONS[status]}\r\n{date}Content-Type: application/json\r\n{encoding}"
    return f"{head}Content-Length: {len(content)}\r\n\r\n".encode("ascii") + content


async def _serve(*, compress: bool) -> None:
    counters = Counters()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Conversation(counters, compress=compress), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    # Whoever started it holds the other end: it stops when they let go, also when they were killed.
    await asyncio.to_thread(sys.stdin.read)
    server.close()


def main() -> None:
    """Serve on a free port of this machine until the standard input ends."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stand_in", description=__doc__)
    parser.add_argument("--gzip", action="store_true", help="compress answers for clients that take them compressed")
    asyncio.run(_serve(compress=parser.parse_args().gzip))


if __name__ == "__main__":
    main()
