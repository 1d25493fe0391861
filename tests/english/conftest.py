"""Runs of programs against the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from english_programs import Runs
from support import Twilio


@pytest.fixture
def runs(twilio_account: Twilio, tmp_path: Path) -> Iterator[Runs]:
    """Runs on an empty account of the sandbox."""
    runs = Runs([twilio_account.connector], tmp_path / "runs.sqlite3")
    yield runs
    runs.journal.close()
    twilio_account.connector.close()
