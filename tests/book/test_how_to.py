"""The page docs/how-to/kognitos.md is true: its sample runs, and its table of errors is the one that is used."""

from __future__ import annotations

import re

import pytest

from connector_kit import CredentialsError, InputError, RefusedError, ServiceAnswer, ServiceError, UnavailableError
from connector_kit.hosts.kognitos.adapter import _platform_error
from support import NOW, ROOT
from twilio_sandbox import Clock, Sandbox
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN, seeded
from twilio_sandbox.server import serving

PAGE = (ROOT / "docs" / "how-to" / "kognitos.md").read_text(encoding="utf-8")


def test_the_sample_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (sample,) = re.findall(r"^```python kognitos\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    monkeypatch.setenv("MY_ACCOUNT_SID", ACCOUNT_SID)
    monkeypatch.setenv("MY_AUTH_TOKEN", AUTH_TOKEN)
    with serving(seeded(Sandbox(Clock(NOW)))) as address:
        monkeypatch.setattr("twilio_connector.client.BASE_URL", address)
        exec(compile(sample, "sample", "exec"), {"__name__": "sample"})  # noqa: S102 - our own page
    assert len(capsys.readouterr().out.splitlines()) == 5


def test_the_table_names_the_errors_of_the_platform() -> None:
    rows = dict(re.findall(r"^\| (.*?) \| (.*?) \|$", PAGE, re.MULTILINE))
    named = {said: kind for said, kind in rows.items() if not said.startswith(("our", "-"))}
    for said, error, checking in (
        ("InputError", InputError("Say."), False),
        ("CredentialsError", CredentialsError("Say."), False),
        ("RefusedError", RefusedError("Say."), False),
        ("HTTP 403", ServiceError("Say.", service=ServiceAnswer(403)), False),
        ("HTTP 404", ServiceError("Say.", service=ServiceAnswer(404)), False),
        ("while a connection is verified", UnavailableError("Say."), True),
        ("anything else", UnavailableError("Say."), False),
    ):
        shown = [kind for row, kind in named.items() if row.endswith(said) or f"`{said}`" in row]
        assert [f"`{type(_platform_error(error, checking=checking)).__name__}`" in kind for kind in shown] == [True], (
            said
        )
