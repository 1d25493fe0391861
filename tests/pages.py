"""The pages of the documentation, their samples, and what the samples take for granted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from english_command import connect
from support import ROOT
from twilio_sandbox import Sandbox
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN
from twilio_sandbox.server import serving

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
# A sample that begins with its name is a file, for the commands of its page.
FILE = re.compile(r"^```(?:english|yaml)\n(# (\S+)\n.*?)^```", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
DOCUMENTED_ADDRESS = "http://127.0.0.1:8765"
# Packages that stand in an environment of their own, where the samples that import them run: tests/agents.
AGENTS = re.compile(r"^(?:import|from) (?:anthropic|langchain\w*|openai)\b", re.MULTILINE)


def blocks(language: str, *, needs_packages_of_agents: bool | None = None) -> list[Any]:
    """Return the samples in a language, each with its page and number; all, or only those that do (not) need the agents' packages."""
    found = []
    for page in PAGES:
        for number, (kind, text) in enumerate(BLOCK.findall(page.read_text(encoding="utf-8")), start=1):
            if kind == language and needs_packages_of_agents in (None, bool(AGENTS.search(text))):
                found.append(pytest.param(text, id=f"{page.relative_to(ROOT)}-{number}"))
    return found


@contextmanager
def documented(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Let a sandbox stand for Twilio wherever a sample connects, and set the variables that the samples name."""
    monkeypatch.setenv("MY_ACCOUNT_SID", ACCOUNT_SID)
    monkeypatch.setenv("MY_AUTH_TOKEN", AUTH_TOKEN)
    with serving(sandbox) as address:
        monkeypatch.setattr("twilio_connector.client.BASE_URL", address)
        connect(monkeypatch, address)
        yield address
