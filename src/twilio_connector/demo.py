"""Show the connector at work against a local Twilio: ``python -m twilio_connector.demo``. No account, no phone, no network."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from connector_kit import ActionCall, Connection, ConnectorError, load_connector, parse_filter
from connector_kit.hosts.cli import main as connector_command
from twilio_connector.plugin import ID
from twilio_sandbox.app import Sandbox
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN, OPTED_OUT, OWN_NUMBER, seeded
from twilio_sandbox.server import serving

_TOKEN_VARIABLE = "DEMO_AUTH_TOKEN"  # noqa: S105 - a variable's name
_RECIPIENT = "+12125550123"
_AUTOMATIONS = {
    "reminders.txt": f"""\
the sender number is "{OWN_NUMBER}"
the recipients are "{_RECIPIENT}", "+12125550124"
process each recipient as follows
  combine "Your table is ready. This text went to ", the recipient as the notice
  send an SMS message to the recipient saying the notice
read some sms messages whose body contains "table is ready"
process each sms message as follows
  combine the sms message's recipient number, ": ", the sms message's status
  say the above
""",
    "mistake.txt": f'send a sms mesage to "{_RECIPIENT}"\n',
}


def main() -> int:
    """Run the demo; the exit code is 0 if every step ended as it should."""
    sandbox = seeded(Sandbox())
    with serving(sandbox) as address, patch.dict(os.environ, {_TOKEN_VARIABLE: AUTH_TOKEN}):
        _say(f"A local Twilio with 300 messages is at {address}. Nothing here reaches a real phone.")
        connection = ["--account-sid", ACCOUNT_SID, "--auth-token-env", _TOKEN_VARIABLE, "--base-url", address]
        wrong = [
            step
            for step, (text, code, arguments) in enumerate(_STEPS)
            if not _step(text, code, [*arguments, *connection], sandbox)
        ]
        with _desk(address):
            wrong += [
                step
                for step, (text, code, arguments) in enumerate(_ENGLISH, start=len(_STEPS))
                if not _step(text, code, arguments, sandbox)
            ]
        _four_lines(address)
    _say("That was all." if not wrong else "Something went wrong: see above.")
    return 1 if wrong else 0


def _send(recipient: str, body: str = "Your order 42 has left the warehouse.") -> list[str]:
    return [
        "call", ID, "send-sms-message",
        "--sender-number", OWN_NUMBER, "--recipient-number", recipient, "--message-body", body,
    ]  # fmt: skip


def _read(tree: str, *paging: str) -> list[str]:
    return ["call", ID, "read-sms-messages", "--filter", tree, *paging]


# What is shown, the exit code that it should have, and the command.
_STEPS: list[tuple[str, int, list[str]]] = [
    ("Send an SMS. What comes back is its SID, and the truth about its status:", 0, _send(_RECIPIENT)),
    (
        "Read it back, with a filter that Twilio cannot do by itself:",
        0,
        _read(f'["and", ["eq", "recipient number", "{_RECIPIENT}"], ["has", "body", "order 42"]]'),
    ),
    ("Which messages failed lately?", 0, _read('["in", "status", ["failed", "undelivered"]]', "--limit", "5")),
    ("A number without a country code is refused before anything leaves the machine:", 2, _send("2125550123")),
    ("A recipient who replied STOP: Twilio says no, and the error says what it means:", 12, _send(OPTED_OUT)),
    (
        "A filter that makes no sense is refused by name instead of being ignored:",
        2,
        _read('["gt", "sender number", "+1"]'),
    ),
]


# The same in English. The connection is named, so that nobody's own connection is ever used.
_ENGLISH: list[tuple[str, int, list[str]]] = [
    (
        "The same in English. What will this automation do, and how often does it send?",
        0,
        ["english", "explain", "reminders.txt", "--connection", "demo"],
    ),
    ("Carry it out:", 0, ["english", "run", "reminders.txt", "--connection", "demo"]),
    (
        "A sentence that cannot be understood is pointed at, and nothing is done:",
        2,
        ["english", "check", "mistake.txt"],
    ),
]


@contextmanager
def _desk(address: str) -> Iterator[None]:
    """Work in a folder of its own, which holds the automations and everything that is kept of their runs."""
    with TemporaryDirectory() as name, chdir(name):
        folder = Path(name)
        for file, text in _AUTOMATIONS.items():
            Path(file).write_text(text, encoding="utf-8")
        _say("An automation, as it stands in the file reminders.txt:")
        print(_AUTOMATIONS["reminders.txt"], end="", flush=True)
        values = f"account_sid=DEMO_ACCOUNT_SID auth_token={_TOKEN_VARIABLE} base_url=DEMO_ADDRESS"
        settings = {
            "CONNECTOR_KIT_CONNECTION_DEMO": f"{ID} auth_token production {values}",
            "DEMO_ACCOUNT_SID": ACCOUNT_SID,
            "DEMO_ADDRESS": address,
            "CONNECTOR_KIT_STORE": "sqlite",
            "CONNECTOR_KIT_CONNECTIONS": str(folder / "connections.sqlite3"),
            "CONNECTOR_KIT_JOURNAL": str(folder / "journal.sqlite3"),
            "CONNECTOR_KIT_RUNS": str(folder / "runs.sqlite3"),
        }
        with patch.dict(os.environ, settings):
            yield


def _step(text: str, expected: int, arguments: list[str], sandbox: Sandbox) -> bool:
    _say(text)
    print(f"$ connector {shlex.join(arguments)}".replace(" --account-sid", " \\\n    --account-sid"), flush=True)
    code = connector_command(arguments)
    sys.stderr.flush()
    print(f"(exit code {code})", flush=True)
    sandbox.clock.advance(10)  # so that the next step finds what was sent as delivered
    return code == expected


def _four_lines(address: str) -> None:
    _say("The same from four lines of Python:")
    print(
        '>>> with load_connector("twilio") as twilio:\n'
        "...     twilio.open(Connection(...))\n"
        '...     failed = parse_filter(["in", "status", ["failed", "undelivered"]], twilio.manifest.concepts[0])\n'
        '...     print(len(twilio.run(ActionCall("read_sms_messages", filter=failed)).output))'
    )
    with load_connector(ID) as twilio:
        values = {"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN}
        twilio.open(Connection(twilio.manifest.connection[0].id, values, base_url=address))
        failed = parse_filter(["in", "status", ["failed", "undelivered"]], twilio.manifest.concepts[0])
        print(len(twilio.run(ActionCall("read_sms_messages", filter=failed)).output))


def _say(text: str) -> None:
    print(f"\n\x1b[1m{text}\x1b[0m" if sys.stdout.isatty() else f"\n{text}", flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ConnectorError as error:
        sys.exit(str(error))
