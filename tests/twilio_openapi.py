"""Twilio's own OpenAPI document, from the npm package that ships it, and Prism, an independent mock server for such documents."""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from support import NODE_MODULES

DOCUMENT = NODE_MODULES / "@twilio" / "cli-core" / "src" / "services" / "twilio-api" / "twilio_api_v2010.json"
PRISM = NODE_MODULES / ".bin" / "prism"
STARTS_WITHIN = 60.0  # seconds; two are usual

MESSAGES = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
MESSAGE = "/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json"
ACCOUNT = "/2010-04-01/Accounts/{Sid}.json"

needs_document = pytest.mark.skipif(
    not DOCUMENT.exists(), reason="Twilio's OpenAPI document is missing: npm ci --prefix tests/node"
)
needs_prism = pytest.mark.skipif(
    not (DOCUMENT.exists() and PRISM.exists() and shutil.which("node")),
    reason="Prism is missing: npm ci --prefix tests/node",
)


def document() -> dict[str, Any]:
    """Read the document."""
    content: dict[str, Any] = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    return content


def list_response(content: dict[str, Any]) -> dict[str, Any]:
    """Return what the document says about the answer to a list of messages: its schema and its examples."""
    answer: dict[str, Any] = content["paths"][MESSAGES]["get"]["responses"]["200"]["content"]["application/json"]
    return answer


def with_relative_page_links(content: dict[str, Any]) -> dict[str, Any]:
    """Return a copy in which a list's links to its pages may be relative, as Twilio sends them.

    The document has a flaw: it gives these four properties of the list's answer ``format: uri``, which is an absolute address,
    and its own examples (and Twilio itself) have a path there. With --errors Prism answers its own example with
    500 VIOLATIONS. Nothing else is changed, and nothing at all about requests.
    """
    changed = copy.deepcopy(content)
    for schema in list_response(changed)["schema"]["properties"].values():
        if schema.get("format") == "uri":
            schema["format"] = "uri-reference"
    return changed


@contextmanager
def serving_prism(folder: Path) -> Iterator[str]:
    """Run Prism on Twilio's document and give its address. ``folder`` takes the document's copy and Prism's log.

    Raises:
        RuntimeError: if Prism ends, or does not listen in time.
    """
    copied, log = folder / "twilio.json", folder / "prism.log"
    copied.write_text(json.dumps(with_relative_page_links(document())), encoding="utf-8")
    command: list[str | Path] = [
        PRISM,
        "mock",
        "--errors",
        "--multiprocess=false",
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        copied,
    ]
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 - the program is the one that npm ci installed
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, "FORCE_COLOR": "0"},
        )
    try:
        yield _address(process, log)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    every = 0.05
    for _ in range(int(STARTS_WITHIN / every)):
        said = log.read_text(encoding="utf-8", errors="replace")
        if found := re.search(r"Prism is listening on .*?(http://127\.0\.0\.1:\d+)", said):
            return found[1]
        try:
            process.wait(every)
        except subprocess.TimeoutExpired:
            continue
        break
    msg = f"Prism did not start: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}"
    raise RuntimeError(msg)
