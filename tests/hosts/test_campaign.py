"""Many sends while everything breaks: no recipient is texted twice or forgotten, and most are reached."""

from __future__ import annotations

import csv
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support import ROOT
from twilio_sandbox import Fault, Sandbox
from twilio_sandbox.answer import Answer
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN, OWN_NUMBER, account
from twilio_sandbox.server import serving

AT_ONCE = 10
# What becomes of a create, and whether nobody can ever tell how it ended: it is not stored, and nothing says so.
KINDS = {
    "drop_before": True,
    "server_error": True,
    "rate_limited": False,
    "drop_after": False,
    "server_error_after": False,
    "truncated": False,
    "slow": False,
}
# An answer comes this many seconds late, and the command waits for it less long.
LATE, PATIENCE = 1.0, 0.5


class Hostile(Sandbox):
    """A Twilio that breaks one in four creates in one of many ways, and tells when it has seen so many of them."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.chance = random.Random(seed)  # noqa: S311 - not for secrets
        self.store.add_account(account())
        self.planted: Counter[str] = Counter()
        self.creates = 0
        self.tell_at = 0
        self.seen = threading.Event()

    def handle(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if method == "POST":
            self.creates += 1
            if self.creates == self.tell_at:
                self.seen.set()
            if self.chance.random() < 0.25:
                kind = self.chance.choice(list(KINDS))
                self.planted[kind] += 1
                self.faults.plant(Fault(kind, method="POST", retry_after="0", seconds=LATE))
        return super().handle(method, target, headers, body)


# The command, with short looks and little patience: the waits of real life would only make the test slow.
CHILD = f"""
import sys, httpx
from twilio_connector import client, lookup
lookup.LOOKS = (0.05, 0.1)
client.TIMEOUT = httpx.Timeout({PATIENCE})
client._TIMEOUT_EXTENSION = {{"timeout": client.TIMEOUT.as_dict()}}
from connector_kit.hosts.cli import main
sys.exit(main(sys.argv[1:]))
"""


@dataclass
class Ended:
    """How a campaign ended: the state of each recipient, how many messages each got, and in which starts it was killed."""

    states: dict[str, str]
    texts: Counter[str]
    killed_after: list[int]


@pytest.mark.parametrize("seed", [1, 2])
def test_no_recipient_is_texted_twice_or_forgotten_whatever_breaks(tmp_path: Path, seed: int) -> None:
    """Faults in one of four creates, and kill -9 at random moments with a restart, until a run ends by itself."""
    check(campaign(tmp_path, sandbox := Hostile(seed), sends=150, kills=3), sandbox, kills=3)


@pytest.mark.campaign
def test_ten_thousand_sends_through_faults_and_kills(tmp_path: Path) -> None:
    """The same, with ten thousand recipients and twelve kills."""
    ended = campaign(tmp_path, sandbox := Hostile(3), sends=10_000, kills=12)
    print(Counter(ended.states.values()), sandbox.planted, ended.killed_after)  # noqa: T201 - the figures of the campaign
    check(ended, sandbox, kills=12)


def check(ended: Ended, sandbox: Hostile, kills: int) -> None:
    """Check that each recipient got at most one message and has a true end, and that the campaign was one."""
    states = ended.states
    done = {recipient for recipient, state in states.items() if state == "done"}
    unknown = {recipient for recipient, state in states.items() if state == "unknown"}
    assert [recipient for recipient, count in ended.texts.items() if count > 1] == []
    assert done == ended.texts.keys() - unknown
    assert set(states.values()) <= {"done", "unknown"}
    assert set(sandbox.planted) == set(KINDS)
    assert [0 < stored < len(states) for stored in ended.killed_after] == [True] * kills
    # What was under way when the command was killed may not have been stored either.
    lost = sum(count for kind, count in sandbox.planted.items() if KINDS[kind])
    assert len(unknown) <= lost + kills * AT_ONCE
    assert len(done) > len(states) / 2


def campaign(tmp_path: Path, sandbox: Hostile, sends: int, kills: int) -> Ended:
    """Send to many recipients through faults, killing the command each time it has come so much farther."""
    recipients = [f"+1212{n:07d}" for n in range(5550000, 5550000 + sends)]
    rows = [f"{OWN_NUMBER},{recipient},Hello" for recipient in recipients]
    path = tmp_path / "messages.csv"
    path.write_text("\n".join(["sender_number,recipient_number,message_body", *rows]), encoding="utf-8")
    environment: dict[str, Any] = {
        **os.environ,
        "MY_TOKEN": AUTH_TOKEN,
        "CONNECTOR_KIT_JOURNAL": str(tmp_path / "journal.sqlite3"),
    }
    killed_after = []
    with serving(sandbox) as address:
        connection = ["--account-sid", ACCOUNT_SID, "--auth-token-env", "MY_TOKEN", "--base-url", address]
        asked = ["send-many", "twilio", str(path), "--at-once", str(AT_ONCE), "--json", *connection]
        for start in range(kills + 1):
            step = sends // (kills + 1)
            sandbox.tell_at = sandbox.chance.randint(start * step + 1, (start + 1) * step) if start < kills else 0
            with subprocess.Popen(  # noqa: S603 - our own code
                [sys.executable, "-c", CHILD, *asked], env=environment, cwd=ROOT, stdout=subprocess.DEVNULL
            ) as child:
                if start < kills:
                    assert sandbox.seen.wait(timeout=120)
                    sandbox.seen.clear()
                    child.send_signal(signal.SIGKILL)
                    killed_after.append(sandbox.store.count(ACCOUNT_SID))
                assert child.wait(timeout=900) == (-signal.SIGKILL if start < kills else 10)
    with (tmp_path / "messages.results.csv").open(encoding="utf-8") as stream:
        states = {recipients[int(row["line"]) - 2]: row["state"] for row in csv.DictReader(stream)}
    assert set(states) == set(recipients)
    return Ended(states, Counter(message.recipient for message in sandbox.store.all(ACCOUNT_SID)), killed_after)
