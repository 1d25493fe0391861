"""Tests of the Kognitos book; they are collected only where Kognitos' package is installed: see make test-book."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from book_desk import Desk

# Imported, that package changes print and logging of the whole process, so these tests have an environment of their own.
collect_ignore_glob = [] if find_spec("kognitos") else ["test_*.py"]


@pytest.fixture
def desk() -> Desk:
    """A book that is connected to an empty account on a clock that stands still."""
    from book_desk import connected

    return connected()
