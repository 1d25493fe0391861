"""Fixtures for all tests, and the rule that on CI nothing that must run may be skipped."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import hypothesis
import pytest

import toy_connector
from connector_kit import Connector, load_connector, make_plugins
from support import Twilio, twilio
from twilio_sandbox import Sandbox

hypothesis.settings.register_profile("default", deadline=None)
hypothesis.settings.load_profile("default")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where CI is set, unless the test is marked may_skip."""
    report = yield
    must_run = os.environ.get("CI") and item.get_closest_marker("may_skip") is None
    if report.skipped and must_run and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"must run on CI but was skipped: {reason}"
    return report


@pytest.fixture(autouse=True)
def home_of_this_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep keys and connections of tests apart from those of whoever runs them."""
    for variable in list(os.environ):
        if variable.startswith(("CONNECTOR_KIT_", "XDG_")):
            monkeypatch.delenv(variable)
    monkeypatch.setenv("CONNECTOR_KIT_JOURNAL", str(tmp_path / "default-journal.sqlite3"))
    monkeypatch.setenv("CONNECTOR_KIT_RUNS", str(tmp_path / "default-runs.sqlite3"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def twilio_account() -> Twilio:
    """A connector with an open connection to an empty account of a sandbox whose clock stands still."""
    return twilio()


@pytest.fixture
def sandbox(twilio_account: Twilio) -> Sandbox:
    """The sandbox behind twilio_account."""
    return twilio_account.sandbox


@pytest.fixture
def toy() -> Iterator[Connector]:
    """The toy connector with an open connection."""
    with load_connector("toy", plugins=make_plugins([toy_connector], entry_point_group=None)) as connector:
        connector.open({"owner": "Ana", "pin": "1234"})
        yield connector
