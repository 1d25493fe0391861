"""A desk for the command line of the language."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from english_command import English, connect
from support import NOW
from twilio_sandbox import Clock, Sandbox
from twilio_sandbox.seed import account
from twilio_sandbox.server import serving


@pytest.fixture
def english(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[English]:
    """The command with a default connection to an empty account on a clock that stands still."""
    sandbox = Sandbox(Clock(NOW))
    sandbox.store.add_account(account())
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("connector_kit.hosts.cli.english.running.now", lambda: NOW)
    desk = English(sandbox, tmp_path, capsys, [])
    with serving(sandbox) as address:
        connect(monkeypatch, address)
        yield desk
    for child in desk.terminals:
        child.close(force=True)
