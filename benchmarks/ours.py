"""Our side: one piece of work through the connector's public face, ``python -m benchmarks.ours WORK ADDRESS COUNT``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from benchmarks.child import Work, facts, measure
from connector_kit import ActionCall, Connection, Connector, load_connector, make_plugins, parse_filter
from connector_kit.many import calls, run_many

READ = "read_sms_messages"
LATENCY_MS, AT_ONCE = 50, 50
# Every message passes, and no condition is one that Twilio could check: all of the work is done on this side.
EVERYTHING = [
    "and",
    ["ge", "date_created", "2015-01-01T00:00:00Z"],
    ["ne", "status", "canceled"],
    ["or", ["starts", "sid", "SM"], ["starts", "sid", "MM"]],
]


def account(address: str | None, count: int, latency_ms: int = 0) -> Connection:
    """Return the connection to the account that has so many messages and whose answers take so long."""
    sid = f"AC{latency_ms:04x}{count:028x}"
    return Connection("auth_token", {"account_sid": sid, "auth_token": "not-checked-at-all"}, base_url=address)


def read_list(connector: Connector, *_: object) -> Work:
    """Read everything into a list."""
    return _reading(connector, lambda: list(connector.stream(ActionCall(READ))))


def read_filtered(connector: Connector, *_: object) -> Work:
    """Read everything into a list, through a filter that everything passes."""
    everything = parse_filter(EVERYTHING, connector.manifest.concepts[0])
    return _reading(connector, lambda: list(connector.stream(ActionCall(READ, filter=everything))))


def read_unchecked(connector: Connector, connection: Connection, _: int) -> Work:
    """Read everything into a list straight from the handler: what the engine costs is the difference to this."""
    plugins = make_plugins()
    session = plugins.open(connector.manifest, connection)
    handler = next(
        plugins.bind(connector.manifest, action) for action in connector.manifest.actions if action.id == READ
    )
    assert handler is not None
    return _reading(connector, lambda: list(handler(session, ActionCall(READ))))  # type: ignore[arg-type]  # a read handler yields messages


def read_stream(connector: Connector, *_: object) -> Work:
    """Read everything and keep nothing."""
    return Work(lambda: sum(1 for _ in connector.stream(ActionCall(READ))))


def read_first(connector: Connector, *_: object) -> Work:
    """Read the newest message, without a warm-up."""
    return Work(lambda: len(connector.run(ActionCall(READ, limit=1)).output))


def read_20(connector: Connector, *_: object) -> Work:
    """Read the 20 newest messages, without a warm-up."""
    return Work(lambda: connector.run(ActionCall(READ, limit=20)).output, check=_facts)


def read_20_after_5000(connector: Connector, *_: object) -> Work:
    """Read the 20 messages after the 5,000 newest, without a warm-up."""
    return Work(lambda: connector.run(ActionCall(READ, limit=20, offset=5000)).output, check=_facts)


def send(connector: Connector, _: Connection, count: int) -> Work:
    """Send messages one after the other, on a connection that is open."""

    def sent(number: int) -> object:
        inputs = {
            "sender_number": "+15005550006",
            "recipient_number": f"+1212555{number:04d}",
            "message_body": f"Your order {number} has left the warehouse.",
        }
        return connector.run(ActionCall("send_sms_message", inputs)).output

    return Work(lambda: len({sent(number) for number in range(count)}), warm_up=lambda: sent(9999))


def send_at_once(connector: Connector, connection: Connection, count: int) -> Work:
    """Send messages, 50 at a time, over a network with latency.

    The latency is the server's: a connection waits while its request is under way. A sleep in front of a fast server would let
    fifty requests wait without one, which no network does, and would go around the connections that the connector itself keeps.
    """
    connector.open(replace(account(connection.base_url, count, LATENCY_MS), name="distant"))
    row = {"sender_number": "+15005550006", "message_body": "Your order has left the warehouse."}
    rows = [{**row, "recipient_number": f"+1212555{number:04d}"} for number in range(count)]
    wanted = calls("send_sms_message", rows, run="bench", key_input=None, connection="distant")

    def sent(some: list[ActionCall]) -> int:
        return len({result.output for result in run_many(connector, some, at_once=AT_ONCE)})

    return Work(lambda: sent(wanted), warm_up=lambda: sent(wanted[:AT_ONCE]))


def check_english(connector: Connector, _: Connection, count: int) -> Work:
    """Check an automation of so many lines; the parser is built in the warm-up, as it is once in a process."""
    from connector_kit.english import check  # noqa: PLC0415 - every other work starts without the language, as programs do

    line = 'read some sms messages whose status is "failed" and whose sender number is "+18004445555"\n'
    return Work(
        lambda: len(check(line * count, [connector]).program.steps),
        warm_up=lambda: check(line, [connector]),
    )


WORKS: dict[str, Callable[[Connector, Connection, int], Work]] = {
    work.__name__: work
    for work in (
        read_list, read_filtered, read_unchecked, read_stream, read_first, read_20, read_20_after_5000, send, send_at_once,
        check_english,
    )
}  # fmt: skip


def _reading(connector: Connector, run: Callable[[], object]) -> Work:
    return Work(run, warm_up=lambda: connector.run(ActionCall(READ, limit=1)), check=_facts)


def _facts(found: Any) -> dict[str, object]:
    return facts((m.sid, m.body, m.status, m.sender_number, m.recipient_number, m.date_sent) for m in found)


def main(name: str, address: str, count: int) -> None:
    """Load the connector, open the account, and do the work."""
    connection = account(address, count)
    with load_connector("twilio") as connector:
        connector.open(connection)
        measure(WORKS[name](connector, connection, count))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
