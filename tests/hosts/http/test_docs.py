"""The curl commands of the pages are run as they stand, against a server and a sandbox."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from http_desk import Desk
from support import ROOT
from twilio_sandbox import Sandbox
from twilio_sandbox.seed import seeded

PAGE = (ROOT / "docs" / "how-to" / "http.md").read_text(encoding="utf-8")
CURLS = re.findall(r"^curl (?:.*\\\n)*.*", PAGE, re.MULTILINE)


@pytest.fixture
def shell(desk: Desk, sandbox: Sandbox, tmp_path: Path) -> Any:
    """Run a command of the page in a folder of its own."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    seeded(sandbox)
    token = desk.token("zapier", connections=("main",))

    def run(command: str) -> str:
        script = command.replace("http://127.0.0.1:8088", desk.address)
        done = subprocess.run(  # noqa: S603 - our own page
            ["/bin/sh", "-ec", script], env={"TOKEN": token, "PATH": "/usr/bin:/bin"}, capture_output=True, text=True,
            check=True, cwd=tmp_path, timeout=60,
        )  # fmt: skip
        return done.stdout

    return run


def test_the_commands_of_the_page_do_what_it_says(shell: Any, sandbox: Sandbox, tmp_path: Path) -> None:
    listed, read, sent, streamed, refused, *described = CURLS
    assert [each["name"] for each in json.loads(shell(listed))["connections"]] == ["main"]
    found = json.loads(shell(read))["output"]
    assert 0 < len(found) <= 3
    assert {message["status"] for message in found} == {"delivered"}
    first, again = json.loads(shell(sent)), json.loads(shell(sent))
    assert first["output"] == again["output"]
    assert len([request for request in sandbox.requests if request.method == "POST"]) == 1
    *items, trailer = [json.loads(line) for line in shell(streamed).splitlines()]
    assert first["output"] in [item["sid"] for item in items]
    assert trailer == {"notices": [], "more": False}
    assert json.loads(shell(refused))["code"] == "input"
    for command in described:
        shell(command)
    assert len(described) == 2
    assert json.loads((tmp_path / "openapi.json").read_text(encoding="utf-8"))["openapi"] == "3.1.0"
    assert json.loads((tmp_path / "swagger.json").read_text(encoding="utf-8"))["swagger"] == "2.0"


def test_the_example_of_a_file_of_tokens_is_one(desk: Desk) -> None:
    page = (ROOT / "docs" / "reference" / "http.md").read_text(encoding="utf-8")
    desk.site.tokens.path.write_text(page.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    desk.site.tokens.path.chmod(0o600)
    (token,) = desk.site.tokens.tokens()
    assert (token.name, token.connections, token.read_only) == ("zapier", ("main",), False)
