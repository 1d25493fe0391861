"""A process that carries runs on in children of its own, each killed at a point that is told beforehand, and a Twilio that kills."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

import httpx

from connector_kit import ActionCall, Connection, Connector, Result, load_connector, make_plugins
from connector_kit.english.program import Program
from connector_kit.english.running.run_sqlite import SQLiteRunJournal
from connector_kit.english.running.runner import run
from connector_kit.journal.sqlite import SQLiteJournal
from twilio_connector import client, lookup, plugin
from twilio_sandbox import Sandbox
from twilio_sandbox.answer import Answer
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN

# Before a send, after its request was stored and before the answer, after the answer, and after it was recorded.
POINTS = ("before", "left", "answered", "recorded")
Target = tuple[str, str] | None  # the recipient, and one of the points


class Deadly(Sandbox):
    """A Twilio that stores the message for one recipient and kills who sent it before it can read the answer."""

    sent = signal.SIGKILL
    victim = 0
    recipient = ""

    def handle(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        answer = super().handle(method, target, headers, body)
        if self.victim and method == "POST" and self.recipient.removeprefix("+").encode() in body:
            os.kill(self.victim, self.sent)
            self.victim = 0
        return answer


def attempts(pipe: Pipe, made: Program, run_id: str, folder: Path, address: str) -> None:
    """Carry the run on in a child for each target that comes, and say with which exit status it ended.

    The children are forks of this process, which has no threads and has imported everything.
    """
    lookup.LOOKS = (0.0, 0.05, 0.1, 0.2, 0.4)
    client.TIMEOUT = httpx.Timeout(5)
    while True:
        target = pipe.recv()
        if target == "end":
            return
        starts, start = os.pipe()
        child = os.fork()
        if child == 0:
            os.read(starts, 1)
            _attempt(made, run_id, folder, address, target)
        pipe.send(child)
        pipe.recv()
        os.write(start, b".")
        os.close(start)
        os.close(starts)
        _, status = os.waitpid(child, 0)
        pipe.send(status)


def _attempt(made: Program, run_id: str, folder: Path, address: str, target: Target) -> None:
    status = 1
    try:
        with closing(SQLiteJournal(folder / "sends.sqlite3")) as sends, closing(_journal(folder, target)) as journal:
            connector = load_connector("twilio", plugins=make_plugins([plugin], entry_point_group=None), journal=sends)
            values = {"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN}
            connector.open(Connection("auth_token", values, base_url=address))
            _killed_around(connector, target)
            outcome = run(
                made,
                [connector],
                journal=journal,
                run_id=run_id,
                now=lambda: datetime.now(UTC),
                open_connection=lambda *_: "default",
            )
            status = 0 if outcome.status == "done" else 2
    finally:
        os._exit(status)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _killed_around(connector: Connector, target: Target) -> None:
    original: Callable[..., Result] = connector.run

    def killed(call: ActionCall, **settings: Any) -> Result:
        recipient = call.inputs.get("recipient_number")
        if target == (recipient, "before"):
            _die()
        result = original(call, **settings)
        if target == (recipient, "answered"):
            _die()
        return result

    connector.run = killed  # type: ignore[method-assign]  # the point between two lines of ours


def _journal(folder: Path, target: Target) -> SQLiteRunJournal:
    class Killed(SQLiteRunJournal):
        def record(self, id_: str, record: Any, **given: Any) -> None:
            super().record(id_, record, **given)
            if target is not None and target[1] == "recorded" and record.path == target[0]:
                _die()

    return Killed(folder / "runs.sqlite3")
