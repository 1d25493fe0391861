"""The other side: the same pieces of work with Twilio's own Python SDK, ``python -m benchmarks.sdk WORK ADDRESS COUNT``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from benchmarks.child import Work, facts, measure

TWILIO = "https://api.twilio.com"


class RedirectedHttpClient(TwilioHttpClient):  # type: ignore[misc]  # the SDK has no types
    """The SDK's HTTP client, which finds Twilio at another address; nothing else differs."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address

    def request(self, method: str, url: str, *args: Any, **settings: Any) -> Any:
        """Send the SDK's request to the other address."""
        assert url.startswith(TWILIO), url
        return super().request(method, self.address + url.removeprefix(TWILIO), *args, **settings)


def opened(address: str, count: int) -> Client:
    """Make a client for the account that has so many messages."""
    return Client(f"AC{count:032x}", "not-checked", http_client=RedirectedHttpClient(address))


def read_list(client: Client, _: int) -> Work:
    """Read everything into a list, the way the SDK's documentation begins."""
    return _reading(client, client.messages.list)


def read_list_1000(client: Client, _: int) -> Work:
    """Read everything into a list, in pages of 1000."""
    return _reading(client, lambda: client.messages.list(page_size=1000))


def read_stream(client: Client, _: int) -> Work:
    """Read everything and keep nothing."""
    return Work(lambda: sum(1 for _ in client.messages.stream()))


def read_first(client: Client, _: int) -> Work:
    """Read the newest message, without a warm-up."""
    return Work(lambda: len(client.messages.list(limit=1)))


def read_20(client: Client, _: int) -> Work:
    """Read the 20 newest messages, without a warm-up."""
    return Work(lambda: client.messages.list(limit=20), check=_facts)


def read_20_after_5000(client: Client, _: int) -> Work:
    """Read the 20 messages after the 5,000 newest, without a warm-up; the SDK has no offset."""
    return Work(lambda: client.messages.list(limit=5020)[5000:], check=_facts)


def send(client: Client, count: int) -> Work:
    """Send messages one after the other, on a connection that is open."""

    def sent(number: int) -> object:
        return client.messages.create(
            from_="+15005550006",
            to=f"+1212555{number:04d}",
            body=f"Your order {number} has left the warehouse.",
        ).sid

    return Work(lambda: len({sent(number) for number in range(count)}), warm_up=lambda: sent(9999))


WORKS: dict[str, Callable[[Client, int], Work]] = {
    work.__name__: work
    for work in (read_list, read_list_1000, read_stream, read_first, read_20, read_20_after_5000, send)
}


def _reading(client: Client, run: Callable[[], object]) -> Work:
    return Work(run, warm_up=lambda: client.messages.list(limit=1), check=_facts)


def _facts(found: Any) -> dict[str, object]:
    return facts((m.sid, m.body, m.status, m.from_, m.to, m.date_sent) for m in found)


def main(name: str, address: str, count: int) -> None:
    """Make a client for the account, and do the work."""
    measure(WORKS[name](opened(address, count), count))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
