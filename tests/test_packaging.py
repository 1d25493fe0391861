"""The wheel works by itself: built, installed into an empty environment, and put to work there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from support import ROOT


def ran(*command: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command and show what it said if it failed."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    words = [str(part) for part in command]
    done = subprocess.run(words, capture_output=True, text=True, env=environment, check=False, cwd=cwd)  # noqa: S603 - our own commands
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel with the build backend of this environment."""
    folder = tmp_path_factory.mktemp("wheel")
    ran(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    return next(folder.glob("*.whl"))


def test_the_wheel_carries_manifest_schemas_and_type_marks(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    schemas = [f"twilio_connector/schemas/{path.name}" for path in (ROOT / "schemas").iterdir()]
    markers = [f"{package}/py.typed" for package in ("connector_kit", "twilio_connector", "twilio_sandbox")]
    assert set(names) >= {"twilio_connector/connector.yaml", *schemas, *markers}
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "docs/"))]


def test_the_wheel_carries_the_book_for_kognitos(wheel: Path) -> None:
    """Its icon is read when it is imported, so a wheel that forgot it would fail only after it is installed."""
    archive = zipfile.ZipFile(wheel)
    assert {"twilio_connector/book.py", "twilio_connector/data/icon.svg"} <= set(archive.namelist())
    entries = next(name for name in archive.namelist() if name.endswith("/entry_points.txt"))
    assert "[kognitos-book]\ntwilio = twilio_connector.book:TwilioBook" in archive.read(entries).decode()


def test_the_dockerfile_copies_all_that_a_wheel_needs(wheel: Path, tmp_path: Path) -> None:
    """The image that it builds on is closed, so this is as far as it can be tried."""
    let_in = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
    copies = re.findall(r"^COPY (.+) (\S+)$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(source for sources, _ in copies for source in sources.split()) == sorted(let_in)
    for sources, target in copies:
        for source in map(ROOT.joinpath, sources.split()):
            if source.is_dir():
                shutil.copytree(source, tmp_path / target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                (tmp_path / target).mkdir(exist_ok=True)
                shutil.copy(source, tmp_path / target)
    ran(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "dist", cwd=tmp_path)
    built = zipfile.ZipFile(next((tmp_path / "dist").glob("*.whl"))).namelist()
    assert sorted(built) == sorted(zipfile.ZipFile(wheel).namelist())


def test_the_demo_runs_from_an_installed_wheel(wheel: Path, tmp_path: Path) -> None:
    """In an environment of its own: what the wheel forgot to declare or to carry is missing there."""
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    ran(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel, cwd=tmp_path)
    demo = ran(python, "-m", "twilio_connector.demo", cwd=tmp_path)
    assert "That was all." in demo.stdout
    assert "has opted out" in demo.stderr
    assert "+12125550123: " in demo.stdout
    connector = tmp_path / "venv" / "bin" / "connector"
    assert json.loads(ran(connector, "list", "--json", cwd=tmp_path).stdout) == [
        {"id": "twilio", "name": "Twilio", "version": "2.0.1"}
    ]
    where = ran(
        python,
        "-c",
        "from twilio_connector.plugin import connector_manifest; print(connector_manifest())",
        cwd=tmp_path,
    )
    assert str(tmp_path) in where.stdout


def test_the_editable_install_finds_the_manifest_at_the_root() -> None:
    from twilio_connector.plugin import connector_manifest

    assert connector_manifest().read_text(encoding="utf-8") == (ROOT / "connector.yaml").read_text(encoding="utf-8")
