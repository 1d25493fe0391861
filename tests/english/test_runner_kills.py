"""kill -9 at every step of a program of twenty sends, then resume: each recipient gets exactly one message."""

from __future__ import annotations

import os
import signal
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from connector_kit.english.running.run_sqlite import SQLiteRunJournal
from connector_kit.english.running.runs import Begin, start
from english_kills import POINTS, Deadly, attempts
from english_programs import add, combine, define, each, program, ref, say, send
from processes import process, received
from twilio_sandbox.seed import ACCOUNT_SID, account
from twilio_sandbox.server import serving

RECIPIENTS = [f"+1212555{n:04d}" for n in range(1000, 1020)]
MADE = program(
    define("counter", 0),
    define("recipients", list(RECIPIENTS)),
    each("recipient", "recipients", add(1, "counter"), combine("Number ", ref("counter"), name="notice"),
         send(ref("recipient"), ref("notice"))),
    say(ref("counter")),
)  # fmt: skip


def test_killed_at_every_step_each_recipient_gets_exactly_one_message(tmp_path: Path) -> None:
    sandbox = Deadly()
    sandbox.store.add_account(account())
    with closing(SQLiteRunJournal(tmp_path / "runs.sqlite3")) as journal:
        run_id = start(journal, MADE, Begin(lambda: datetime.now(UTC)))
    killed = 0
    with serving(sandbox) as address, process(attempts, MADE, run_id, tmp_path, address) as (_, pipe):
        for number, recipient in enumerate(RECIPIENTS, start=1):
            for point in POINTS:
                sandbox.recipient = recipient
                pipe.send((f"3[{number}].3" if point == "recorded" else recipient, point))
                child = received(pipe)
                sandbox.victim = child if point == "left" else 0
                pipe.send("go")
                killed += os.WTERMSIG(received(pipe)) == signal.SIGKILL
        pipe.send(None)
        received(pipe)
        pipe.send("go")
        assert received(pipe) == 0
        pipe.send("end")
    texts = Counter((message.recipient, message.body) for message in sandbox.store.all(ACCOUNT_SID))
    assert texts == Counter((recipient, f"Number {n}") for n, recipient in enumerate(RECIPIENTS, start=1))
    assert killed == len(RECIPIENTS) * len(POINTS)
