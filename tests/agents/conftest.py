"""Tests with the SDKs of vendors of models; they are collected only where those are installed: see make test-agents."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from pages import documented
from scripted_model import ScriptedModel, serving_model
from support import NOW
from twilio_sandbox import Clock, Sandbox
from twilio_sandbox.seed import account

# LangChain's adapters need another version of the protocol's SDK than our server, so these tests have an environment of their own.
collect_ignore_glob = [] if find_spec("langchain") else ["test_*.py"]


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """An empty account that stands for Twilio wherever a sample connects."""
    sandbox = Sandbox(Clock(NOW))
    sandbox.store.add_account(account())
    with documented(sandbox, monkeypatch) as address:
        monkeypatch.setenv("SANDBOX", address)
        yield sandbox


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedModel]:
    """A model on this machine that stands for those of the vendors."""
    with serving_model() as model:
        monkeypatch.setenv("OPENAI_API_KEY", "none")
        monkeypatch.setenv("OPENAI_BASE_URL", f"{model.address}/v1")
        monkeypatch.setenv("ANTHROPIC_API_KEY", "none")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", model.address)
        yield model
