"""The command that starts the server costs others nothing, and says what is missing."""

from __future__ import annotations

import subprocess
import sys

import pytest

from connector_kit.hosts.cli import main

HEAVY = "{'mcp', 'mcp_types', 'starlette', 'uvicorn', 'httpx2', 'connector_kit.hosts.mcp'}"


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603 - our own


@pytest.mark.parametrize(
    "words", [["--help"], ["list"], ["call", "twilio", "send-sms-message", "--help"], ["mcp", "--help"]]
)
def test_no_other_command_loads_the_sdk(words: list[str]) -> None:
    code = f"import sys; from connector_kit.hosts.cli import main; main({words}); print({HEAVY} & set(sys.modules))"
    assert run(code).stdout.splitlines()[-1] == "set()"


def test_the_kit_loads_no_host() -> None:
    assert run(f"import sys, connector_kit; print({HEAVY} & set(sys.modules))").stdout == "set()\n"


def test_without_the_extra_it_says_what_to_install() -> None:
    ended = run(
        "import sys; sys.modules['mcp'] = sys.modules['mcp_types'] = None\n"
        "from connector_kit.hosts.cli import main; sys.exit(main(['mcp', 'twilio']))"
    )
    assert ended.returncode == 2
    assert 'extra "mcp"' in ended.stderr
    assert "pip install" in ended.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["mcp", "nothing"], "There is no connector"),
        (["mcp", "twilio"], "Save one"),
        (["mcp", "twilio", "--token-env", "X"], "--token-env goes with --http"),
        (["mcp", "twilio", "--confirm", "sometimes"], "invalid choice"),
        (["mcp", "twilio", "--json"], "no --json"),
    ],
)
def test_a_wrong_flag_or_name_is_told(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) != 0
    captured = capsys.readouterr()
    assert captured.out == "" or "--json" in words
    assert told.lower() in (captured.err + captured.out).lower()
