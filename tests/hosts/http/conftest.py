"""A desk for the tests of the HTTP host: a server, the sandbox behind it, and somebody with a token."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from http_desk import Caller, Desk, served
from support import NOW
from twilio_sandbox import Clock, Sandbox
from twilio_sandbox.seed import account
from twilio_sandbox.server import serving


@pytest.fixture
def service() -> Iterator[tuple[Sandbox, str]]:
    """An empty account on a clock that stands still, and its address."""
    sandbox = Sandbox(Clock(NOW))
    sandbox.store.add_account(account())
    with serving(sandbox) as address:
        yield sandbox, address


@pytest.fixture
def sandbox(service: tuple[Sandbox, str]) -> Sandbox:
    """The service behind the connections."""
    return service[0]


@pytest.fixture
def desk(tmp_path: Path, service: tuple[Sandbox, str]) -> Iterator[Desk]:
    """A running server."""
    with served(tmp_path, service[1]) as desk:
        yield desk


@pytest.fixture
def caller(desk: Desk) -> Iterator[Caller]:
    """Somebody with a token for everything in production."""
    with desk.client(desk.token("everything")) as client:
        yield Caller(client)
