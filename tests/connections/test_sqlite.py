"""Connections in a file: whose it is, what it holds, and what it does when it is damaged, raced for or cut off."""

from __future__ import annotations

from pathlib import Path

import pytest

from connection_stores import StoreContract, file_store
from connector_kit.connections.sqlite import SQLiteConnectionStore


@pytest.fixture
def store(tmp_path: Path) -> SQLiteConnectionStore:
    return file_store(tmp_path)


class TestSQLiteConnectionStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> SQLiteConnectionStore:
        return file_store(tmp_path)
