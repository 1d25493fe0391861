"""What must not be in the repository, looked for in every tracked file."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from support import ROOT

FORBIDDEN = {
    "a lock file that holds download addresses": re.compile(
        r"(^|/)(uv\.lock|poetry\.lock|pylock\.toml|Pipfile\.lock)$"
    ),
}
ADDRESS = re.compile(r"--(extra-)?index-url|https?://\S*/(simple/|packages/[0-9a-f]{2}/|-/\S*\.tgz)|\"resolved\":")


def tracked() -> list[Path]:
    """Return the files that git tracks."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S607 - git is on the path
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()]


def test_no_file_holds_download_addresses() -> None:
    for path in tracked():
        name = path.relative_to(ROOT).as_posix()
        assert not any(pattern.search(name) for pattern in FORBIDDEN.values()), name
        if path.suffix not in (".png", ".svg", ".ico") and path != Path(__file__):
            assert not ADDRESS.search(path.read_text(encoding="utf-8")), name


def test_requirements_are_hashed() -> None:
    """Every requirement of every environment names what it may be."""
    files = sorted((ROOT / "requirements").glob("*.txt"))
    assert files
    for path in files:
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if re.match(r"[A-Za-z0-9]", line)]
        assert lines, path.name
        assert all("==" in line and line.endswith("\\") for line in lines), path.name


def test_ci_calls_the_test_command_of_the_readme() -> None:
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_no_tracked_file_is_a_link() -> None:
    """A link leads to a place on one machine, and a folder that is left out of git is tracked as a link to it."""
    listed = subprocess.run(["git", "ls-files", "-s"], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S607 - git is on the path
    if listed.returncode:
        pytest.skip("not a git checkout")
    assert [line for line in listed.stdout.splitlines() if line.startswith("120000")] == []
