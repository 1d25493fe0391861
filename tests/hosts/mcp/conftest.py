"""A server over an empty Twilio account, one for the toy, and the two eras of the protocol."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mcp_support import ERAS, Place, toy_place, twilio_place


@pytest.fixture(params=ERAS)
def era(request: pytest.FixtureRequest) -> str:
    """Each era of the protocol."""
    return str(request.param)


@pytest.fixture
def place() -> Iterator[Place]:
    """A server over an empty account that asks where it can."""
    with twilio_place() as made:
        yield made


@pytest.fixture
def toy_server() -> Iterator[Place]:
    """A server for the toy."""
    with toy_place() as made:
        yield made
