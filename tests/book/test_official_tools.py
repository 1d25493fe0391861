"""Kognitos' own tools on the book: their linter, their generator of documentation, and the entry point by which it is found."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from book_usage import POETRY, usage
from support import ROOT

LINTED = ("src/twilio_connector/book.py", "src/connector_kit/hosts/kognitos/adapter.py")


def linted(folder: Path) -> dict[str, Any]:
    """Run the linter on the two files, with the settings of pyproject.toml, and return its report."""
    command = (sys.executable, "-m", "pylint", "--output-format=json2", "--persistent=no", "--exit-zero", *LINTED)
    report: dict[str, Any] = json.loads(_ran(*command, cwd=folder, PYTHONPATH=str(folder / "src")))
    return report


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of what the linter reads, to be spoilt."""
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_linter_finds_nothing_and_gives_ten_of_ten() -> None:
    report = linted(ROOT)
    assert report["messages"] == []
    assert report["statistics"]["score"] == 10.0


SPOILT = {
    'is_a="twilio sms message"': ('is_a="sms message"', "C7917"),
    ", is_mutation=True": ("", "C7433"),
    "            the message body: The body of the SMS message to send\n": ("", "C7408"),
    "            api_key_secret: API Key Secret\n": ("", "C7509"),
    ', tags=["Communication"]': ("", "C7329"),
    "price: Optional[float]": ("price: Decimal", "C7410"),
    "class TwilioBook": ("class Twilio", "C7602"),
}


def test_the_linter_does_look_at_the_book(copied: Path) -> None:
    """A run without findings proves something only if it has some where something is wrong."""
    path = copied / LINTED[0]
    text = path.read_text(encoding="utf-8").replace("from datetime", "from decimal import Decimal\nfrom datetime", 1)
    for right, (wrong, _) in SPOILT.items():
        assert right in text
        text = text.replace(right, wrong)
    path.write_text(text, encoding="utf-8")
    found = {message["messageId"] for message in linted(copied)["messages"]}
    assert found >= {finding for _, finding in SPOILT.values()}


def test_their_page_about_the_book_is_up_to_date(tmp_path: Path) -> None:
    if not POETRY.exists():
        pytest.skip("Kognitos' generator is not installed: run make test-book")
    current = (ROOT / "USAGE.md").read_text(encoding="utf-8") == usage(tmp_path)
    assert current, "run: make book"


def test_the_book_is_found_by_its_entry_point_in_an_installed_wheel(tmp_path: Path) -> None:
    wheels, site = tmp_path / "wheels", tmp_path / "site"
    _ran(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", wheels)
    wheel = next(wheels.glob("*.whl"))
    _ran(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", site, wheel)
    code = (
        "from importlib.metadata import entry_points; import json, twilio_connector.book as module\n"
        "book = next(iter(entry_points(group='kognitos-book', name='twilio'))).load()\n"
        "print(json.dumps([module.__file__, book.__name__, book.__book__.icon_path, len(book.__book__.icon)]))\n"
        "try: book().read_sms_messages()\n"
        "except ValueError as exc: print(json.dumps(str(exc)))\n"
    )
    # What lies in site comes first, so that nothing of the source tree is looked at.
    told = _ran(sys.executable, "-c", code, PYTHONPATH=str(site), cwd=tmp_path).splitlines()
    file, name, icon, size = json.loads(told[0])
    assert Path(file) == site / "twilio_connector" / "book.py"
    assert (name, Path(icon)) == ("TwilioBook", site / "twilio_connector" / "data" / "icon.svg")
    assert size == (ROOT / "src" / "twilio_connector" / "data" / "icon.svg").stat().st_size
    # It finds its manifest there too.
    assert json.loads(told[1]) == "Twilio is not connected. Connect first. Nothing was sent."


def _ran(*command: object, cwd: Path = ROOT, **variables: str) -> str:
    """Run a command, and return what it printed."""
    done = subprocess.run(  # noqa: S603 - our own commands
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
