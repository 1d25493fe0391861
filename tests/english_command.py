"""The command ``connector english`` at a desk of its own: a folder for automations, and a saved connection to a sandbox."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from connector_kit.hosts.cli import main
from twilio_sandbox import Sandbox
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN, OWN_NUMBER

if TYPE_CHECKING:
    import pexpect

SEND = f'send an SMS message from "{OWN_NUMBER}" to "{{}}" saying "{{}}"\n'
FIRST, SECOND, THIRD = "+12125550101", "+12125550102", "+12125550103"
MANY = f"""\
the sender number is "{OWN_NUMBER}"
the recipients are "{FIRST}", "{SECOND}"
process each recipient as follows
  send an SMS message to the recipient saying "Hello"
say "All sent."
"""


def connect(monkeypatch: pytest.MonkeyPatch, address: str, name: str = "MAIN", default: str = "default ") -> None:
    """Define a connection to the sandbox by environment variables."""
    monkeypatch.setenv("MY_SID", ACCOUNT_SID)
    monkeypatch.setenv("MY_TOKEN", AUTH_TOKEN)
    monkeypatch.setenv("MY_URL", address)
    values = "account_sid=MY_SID auth_token=MY_TOKEN base_url=MY_URL"
    monkeypatch.setenv(f"CONNECTOR_KIT_CONNECTION_{name}", f"{default}twilio auth_token production {values}")


@dataclass
class English:
    """The command in this process, and in terminals of its own."""

    sandbox: Sandbox
    folder: Path
    capsys: pytest.CaptureFixture[str]
    terminals: list[pexpect.spawn]

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        """Run the command and return its exit code, its output and its complaints."""
        code = main(["english", *arguments])
        captured = self.capsys.readouterr()
        return code, captured.out, captured.err

    def json(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        """Run the command for a program: one object on standard output."""
        code, out, _ = self(*arguments, "--json")
        document: dict[str, Any] = json.loads(out)
        return code, document

    def file(self, text: str, name: str = "automation.txt") -> str:
        """Write a file and return its path."""
        path = self.folder / name
        path.write_bytes(text.encode())
        return str(path)

    def terminal(self, *arguments: str) -> pexpect.spawn:
        """Start the command in a terminal of its own, at which the test sits."""
        # Only the tests at a terminal need it, and not every environment has it.
        import pexpect

        words = ["-m", "connector_kit.hosts.cli", "english", *arguments]
        child = pexpect.spawn(sys.executable, words, env=dict(os.environ), encoding="utf-8", timeout=20)
        self.terminals.append(child)
        return child

    def only_run(self) -> str:
        """Return the id of the one run that there is."""
        (found,) = self.json("runs", "list")[1]["runs"]
        return str(found["run"])

    @property
    def texted(self) -> list[str]:
        """Everybody who was texted, once for each message."""
        return sorted(message.recipient for message in self.sandbox.store.all(ACCOUNT_SID))


def ended(child: pexpect.spawn) -> int:
    """Return the exit code once the command in a terminal has ended."""
    import pexpect

    child.expect(pexpect.EOF)
    child.close()
    code: int = child.exitstatus
    return code
