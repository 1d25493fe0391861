"""A LangChain agent over our MCP server on stdio, in two environments: it reads an error, corrects itself and sends once."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from pages import blocks
from scripted_model import TOOL, WANTED, ScriptedModel
from support import RECIPIENT, ROOT
from twilio_sandbox import Sandbox
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN

# Where the command of the other environment is.
BIN = Path(os.environ.get("CONNECTOR_BIN", ROOT / ".venv" / "bin"))
(SAMPLE,) = [sample for sample in blocks("python", needs_packages_of_agents=True) if "langchain" in sample.values[0]]


@pytest.fixture
def saved(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A saved connection to the sandbox, in a home of its own: servers on stdio are given no other variables."""
    if not (BIN / "connector").exists():
        pytest.skip("the environment of the server is not there: make test-agents makes both")
    for variable in list(os.environ):
        if variable.startswith(("CONNECTOR_KIT_", "XDG_")):
            monkeypatch.delenv(variable)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", f"{BIN}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("TOKEN", AUTH_TOKEN)
    flags = ["--account-sid", ACCOUNT_SID, "--auth-token-env", "TOKEN", "--base-url", os.environ["SANDBOX"]]
    command = ["connector", "connect", "twilio", "--name", "Support line", *flags]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - our own command
    assert done.returncode == 0, done.stderr
    if subprocess.run(["connector", "mcp", "--help"], capture_output=True, check=False, timeout=60).returncode:  # noqa: S607 - on the path above
        pytest.skip("the MCP host is not here yet")


@pytest.mark.usefixtures("saved")
@pytest.mark.parametrize("sample", [SAMPLE])
def test_an_agent_reads_why_a_number_is_refused_corrects_it_and_sends_once(
    sample: str, sandbox: Sandbox, model: ScriptedModel, capfd: pytest.CaptureFixture[str]
) -> None:
    exec(compile(sample, "sample", "exec"), {"__name__": "sample"})  # noqa: S102 - our own pages
    assert TOOL in {tool["function"]["name"] for tool in model.offered}
    refused, sent = model.told
    assert "recipient_number" in refused
    assert "country code" in refused
    (message,) = sandbox.store.all(ACCOUNT_SID)
    assert (message.recipient, message.body) == (RECIPIENT, WANTED["message_body"])
    assert message.sid in sent
    assert capfd.readouterr().out == f"Sent as {message.sid}.\n"
