"""Take phone numbers, identifiers and texts out of what is shown or logged."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable

import httpx

_NUMBER = re.compile(r"\+?\d[\d\s().-]{4,}\d")
_SID = re.compile(r"\b([A-Z]{2})[0-9a-fA-F]{32}\b")
_KEPT = 2


def masked(address: str) -> str:
    """Show which recipient is meant without giving the number away: ``+1*******34``."""
    channel, colon, number = address.rpartition(":")
    if len(number) <= 2 * _KEPT:
        return f"{channel}{colon}{'*' * len(number)}"
    return f"{channel}{colon}{number[:_KEPT]}{'*' * (len(number) - 2 * _KEPT)}{number[-_KEPT:]}"


def scrubbed(text: str, private: Iterable[str] = ()) -> str:
    """Remove the given texts, every phone number and every SID from a text that somebody else wrote."""
    for value in sorted(filter(None, private), key=len, reverse=True):
        # As a whole word: a body such as "no" must not tear other words apart.
        text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", "[...]", text)
    return _NUMBER.sub(lambda found: masked(found.group()), _SID.sub(r"\1[...]", text))


class _QuietHttpx(logging.Filter):
    """Drop httpx's own line for our requests: it holds the whole address, and that holds the account and phone numbers."""

    def filter(self, record: logging.LogRecord) -> bool:
        addresses = (a for a in record.args or () if isinstance(a, httpx.URL)) if isinstance(record.args, tuple) else ()
        return not any("/2010-04-01/" in address.path for address in addresses)


_quiet_httpx = _QuietHttpx()


def quiet_httpx() -> None:
    """Make sure that httpx logs nothing about requests to Twilio; requests of others in this process are left alone."""
    # logging keeps one filter once, however often it is added.
    logging.getLogger("httpx").addFilter(_quiet_httpx)
