"""Fixtures for all tests, and the rule that on CI nothing that must run may be skipped."""

from __future__ import annotations

import os
from collections.abc import Iterator

import hypothesis
import pytest
import toy_connector
from support import Twilio, twilio

from connector_kit import Connector, load_connector, make_plugins
from twilio_sandbox import Sandbox

hypothesis.settings.register_profile("default", deadline=None)
hypothesis.settings.load_profile("default")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Turn a skip into a failure where CI is set, unless the test is marked may_skip."""
    report = yield
    if (
        report.skipped
        and os.environ.get("CI")
        and item.get_closest_marker("may_skip") is None
        and not hasattr(report, "wasxfail")
    ):
        report.outcome = "failed"
        report.longrepr = f"must run on CI but was skipped: {report.longrepr[2]}"
    return report


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
