"""Write USAGE.md with Kognitos' own generator: ``make usage`` after a change of the book. A test compares it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from support import ROOT

# The generator is a plugin of poetry, whose pins do not go with ours: the environment of its own that make test-book made.
POETRY = ROOT / ".venv-book-tools" / "bin" / "poetry"
# Poetry refuses a file that has this group in the standard's own table, where a name may hold no hyphen.
_TABLE = re.compile(r"^\[project\.entry-points\.kognitos-book\]\n.*?\n\n", re.MULTILINE | re.DOTALL)


def usage(folder: Path) -> str:
    """Generate the page in a folder, for the book that this environment has, and return its text."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    # Nor does it know where our version stands.
    project = _TABLE.sub("[tool.poetry]\npackage-mode = false\n\n", project)
    (folder / "pyproject.toml").write_text(project, encoding="utf-8")
    for name in ("README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    done = subprocess.run(  # noqa: S603 - our own command
        [str(POETRY), "--no-interaction", "bdk", "usage"],
        cwd=folder,
        env={**os.environ, "VIRTUAL_ENV": sys.prefix, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return (folder / "USAGE.md").read_text(encoding="utf-8")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as where:
        (ROOT / "USAGE.md").write_text(usage(Path(where)), encoding="utf-8")
