"""Write the pages of an account whose messages are not stored: each follows from its number."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from itertools import chain, islice
from typing import Any

from twilio_sandbox import Message, render
from twilio_sandbox.seed import OWN_NUMBER
from twilio_sandbox.store import FAILURES, PRICE

_NEWEST = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())
_APART = 37  # seconds from one message to the next, so that hardly a date occurs twice: 1,000,000 messages are 428 days
_DEFAULT_PAGE_SIZE, _MAX_PAGE_SIZE = 50, 1000
_BLOCK = 50  # messages that are written together: one page of those who do not ask for more
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
    moment = _NEWEST - _APART * index
    gaps = {
        "sid": f"SM{number:032x}",
        "account": account,
        "number": number,
        "person": f"{number % 9973:04d}",
        "created": _date(moment),
        "sent": _date(moment + kind.sent),
        "updated": _date(moment + kind.updated),
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


def page(path: str, total: int, query: dict[str, str]) -> bytes:
    """One page of the list, newest first: message ``total`` is the newest and message 1 the oldest."""
    account = path.split("/")[3]
    size = min(max(int(query.get("PageSize", _DEFAULT_PAGE_SIZE)), 1), _MAX_PAGE_SIZE)
    number, token = int(query.get("Page", 0)), query.get("PageToken", "")
    start = total - int(token[4:], 16) + 1 if token else 0
    end = min(start + size, total)

    def uri(number: int, token: str = "") -> str:
        return f"{path}?PageSize={size}&Page={number}" + (f"&PageToken={token}" if token else "")

    document = {
        "first_page_uri": uri(0),
        "end": max(end - 1, 0),
        "previous_page_uri": uri(number - 1, f"PBSM{total - start:032x}") if start else None,
        "messages": [],
        "uri": uri(number, token),
        "page_size": size,
        "start": start,
        "next_page_uri": uri(number + 1, f"PASM{total - end + 1:032x}") if end < total else None,
        "page": number,
    }
    messages = ", ".join(_messages(account, total, start, end))
    return json.dumps(document).replace('"messages": []', f'"messages": [{messages}]').encode("ascii")


def created(path: str, form: dict[str, str], number: int) -> bytes:
    """Write the answer to a create."""
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
