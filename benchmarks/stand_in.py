"""A stand-in for Twilio's message list that is too fast to be what is measured: ``python -m benchmarks.stand_in``.

An account's messages are not stored: the Account SID says how many there are (``AC`` and the number in hexadecimal), and each
message follows from its number. Nobody's credentials are checked, and a list that is filtered here is refused, because the
filter would not be applied. The sandbox is the place for everything that is not speed.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from itertools import chain, islice
from typing import Any
from urllib.parse import parse_qs

from twilio_sandbox import Message, render
from twilio_sandbox.seed import OWN_NUMBER
from twilio_sandbox.store import FAILURES, PRICE

COUNTERS = "/stand-in/counters"
_NEWEST = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())
_APART = 37  # seconds from one message to the next, so that hardly a date occurs twice: 1,000,000 messages are 428 days
_DEFAULT_PAGE_SIZE, _MAX_PAGE_SIZE = 50, 1000
_BLOCK = 50
_PATH = re.compile(r"/2010-04-01/Accounts/AC([0-9a-f]{32})/Messages\.json")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_GZIP = re.compile(rb"\r\naccept-encoding:[^\r]*gzip", re.IGNORECASE)
_REASONS = {200: "OK", 201: "Created", 400: "Bad Request", 404: "Not Found"}


@dataclass
class Counters:
    """What went over the wire so far, questions about it aside. ``bytes`` are those of the answers, with their heads."""

    requests: int = 0
    creates: int = 0
    bytes: int = 0


# ---- messages -------------------------------------------------------------------------------------------------------

_CREATED, _SENT, _UPDATED = (datetime(year, 1, 1, tzinfo=UTC) for year in (2001, 2002, 2003))


@dataclass(frozen=True)
class _Kind:
    """One kind of message, as a text with gaps; the seconds say how long after its creation it was sent and updated."""

    template: str
    sent: int
    updated: int


def _kind(*, inbound: bool = False, **values: Any) -> _Kind:
    """Let the sandbox write a message whose changing parts are gaps: what a message looks like is declared there."""
    message = Message(
        sid="%(sid)s",
        account_sid="%(account)s",
        sender="+1212555%(person)s" if inbound else OWN_NUMBER,
        recipient=OWN_NUMBER if inbound else "+1212555%(person)s",
        direction="inbound" if inbound else "outbound-api",
        created=_CREATED,
        sent=_SENT,
        updated=_UPDATED,
        **{"status": "received" if inbound else "delivered", "price": PRICE, **values},
    )
    text = render.dumps(render.message(message, listed=True)).decode("ascii")
    for moment, gap in ((_CREATED, "created"), (_SENT, "sent"), (_UPDATED, "updated")):
        text = text.replace(str(render.date(moment)), f"%({gap})s")
    return _Kind(text, sent=0 if inbound else 1, updated=0 if inbound else 3)


_KINDS = (
    _kind(body="Your order %(number)s has left the warehouse."),
    _kind(body="Thank you! Your refund of €%(number)s is on its way 🎉"),
    _kind(body="Can I get a refund for order %(number)s?", inbound=True),
    _kind(body="Reminder: your appointment is tomorrow at 9. " * 4, segments="2", price=PRICE * 2),
    _kind(body="Your code is %(number)s. It is valid for ten minutes.", price=None, status="sent"),
    _kind(body="Your table is ready.", status="undelivered", error_code=30003, error_message=FAILURES[30003]),
    _kind(body="Yes, see you tomorrow", inbound=True),
    _kind(body="Your order %(number)s has been delivered.\nThank you!"),
)


_CLOCK = tuple(
    f"{hour:02d}:{minute:02d}:{second:02d} +0000" for hour in range(24) for minute in range(60) for second in range(60)
)


@lru_cache(maxsize=512)
def _day(day: int) -> str:
    return format_datetime(datetime.fromtimestamp(day * 86_400, UTC)).partition("00:00:00")[0]


def _date(moment: int) -> str:
    """RFC 2822, put together from two tables: the standard library would take longer than the rest of the message."""
    day, second = divmod(moment, 86_400)
    return _day(day) + _CLOCK[second]


def _message(account: str, number: int, index: int) -> str:
    kind = _KINDS[number % len(_KINDS)]
    created = _NEWEST - _APART * index
    gaps = {
        "sid": f"SM{number:032x}",
        "account": account,
        "number": number,
        "person": f"{number % 9973:04d}",
        "created": _date(created),
        "sent": _date(created + kind.sent),
        "updated": _date(created + kind.updated),
    }
    return kind.template % gaps


# 100,000 messages fit and take 100 MB, so the first round fills it and the others find every message written.
@lru_cache(maxsize=2000)
def _block(account: str, total: int, block: int) -> list[str]:
    indices = range(block * _BLOCK, min((block + 1) * _BLOCK, total))
    return [_message(account, total - index, index) for index in indices]


def _messages(account: str, total: int, start: int, end: int) -> Iterator[str]:
    first, last = start // _BLOCK, (end - 1) // _BLOCK
    written = chain.from_iterable(_block(account, total, block) for block in range(first, last + 1))
    return islice(written, start - first * _BLOCK, end - first * _BLOCK)


# ---- answers --------------------------------------------------------------------------------------------------------


def _page(path: str, total: int, query: dict[str, str]) -> bytes:
    """One page of the list, newest first: message ``total`` is the newest and message 1 the oldest."""
    account = path.split("/")[3]
    size = min(max(int(query.get("PageSize", _DEFAULT_PAGE_SIZE)), 1), _MAX_PAGE_SIZE)
    page, token = int(query.get("Page", 0)), query.get("PageToken", "")
    start = total - int(token[4:], 16) + 1 if token else 0
    end = min(start + size, total)

    def uri(page: int, token: str = "") -> str:
        return f"{path}?PageSize={size}&Page={page}" + (f"&PageToken={token}" if token else "")

    document = {
        "first_page_uri": uri(0),
        "end": max(end - 1, 0),
        "previous_page_uri": uri(page - 1, f"PBSM{total - start:032x}") if start else None,
        "messages": [],
        "uri": uri(page, token),
        "page_size": size,
        "start": start,
        "next_page_uri": uri(page + 1, f"PASM{total - end + 1:032x}") if end < total else None,
        "page": page,
    }
    messages = ", ".join(_messages(account, total, start, end))
    return json.dumps(document).replace('"messages": []', f'"messages": [{messages}]').encode("ascii")


def _created(path: str, form: dict[str, str], number: int) -> bytes:
    message = Message(
        sid=f"SM{number:032x}",
        account_sid=path.split("/")[3],
        sender=form["From"],
        recipient=form["To"],
        body=form["Body"],
        created=datetime.fromtimestamp(_NEWEST, UTC) + timedelta(seconds=number),
        status="queued",
    )
    return render.dumps(render.message(message, listed=False))


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
        status, content = self._content(method, path, query, body)
        answer = _whole(status, content, compress=self._compress and _GZIP.search(head) is not None)
        self._counters.bytes += len(answer)
        self._transport.write(answer)

    def _content(self, method: str, path: str, query: str, body: bytes) -> tuple[int, bytes]:
        account = _PATH.fullmatch(path)
        if account is None:
            return 404, render.dumps(render.error(404, 20404, f"The requested resource {path} was not found"))
        if method == "POST":
            self._counters.creates += 1
            return 201, _created(path, _fields(body.decode()), self._counters.creates)
        asked = _fields(query)
        if unknown := asked.keys() - {"PageSize", "Page", "PageToken"}:
            return 400, render.dumps(render.error(400, None, f"The stand-in does not filter by {sorted(unknown)}."))
        return 200, _page(path, int(account[1], 16), asked)


def _whole(status: int, content: bytes, *, compress: bool = False) -> bytes:
    if compress:
        content = gzip.compress(content, 1)
    encoding = "Content-Encoding: gzip\r\n" if compress else ""
    head = f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: application/json\r\n{encoding}"
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
