"""What a platform's objects share in one process: a connector, and its open connections."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from connector_kit import Connector, load_connector
from connector_kit.hosts import opened


def test_threads_that_load_a_connector_at_once_get_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two sensors that began to wait together each loaded one, and looked for their connections in the other's."""
    at_once = 4
    barrier = Barrier(at_once)
    monkeypatch.setattr(opened, "_loaded", {})

    def load(_: int) -> Connector:
        barrier.wait(10)
        return opened.loaded("twilio")

    with ThreadPoolExecutor(at_once) as pool:
        found = list(pool.map(load, range(at_once)))
    assert len(set(map(id, found))) == 1


def test_a_connector_is_loaded_by_its_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened, "_loaded", {})
    with load_connector("twilio") as apart:
        assert opened.loaded("twilio").manifest == apart.manifest
        assert opened.loaded("twilio") is not apart
