"""The store in memory that tests of hosts use keeps to the promises of every store."""

from __future__ import annotations

import pytest

from connection_stores import StoreContract
from memory_store import MemoryStore


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()
