"""The documentation is true: its samples run, its links lead somewhere, and its tables are complete."""

from __future__ import annotations

import inspect
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

import connector_kit
from connector_kit import ConnectorError, hookspecs
from connector_kit.filters import OPS_BY_TYPE
from connector_kit.hosts.cli import EXIT_CODES, NEEDS_ANSWER, main
from connector_kit.manifest import ActionSpec, ConceptSpec, ConnectionMethodSpec, FieldSpec, Manifest
from pages import DOCUMENTED_ADDRESS, FILE, PAGES, blocks, documented
from support import NOW, ROOT
from twilio_sandbox import Clock, Sandbox
from twilio_sandbox.seed import ACCOUNT_SID, seeded


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A sandbox that stands for Twilio wherever a sample connects, with the variables that the samples name."""
    with documented(seeded(Sandbox(Clock(NOW))), monkeypatch) as address:
        yield address


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files of the pages, in which every run has the id that they show."""
    for page in PAGES:
        for text, name in FILE.findall(page.read_text(encoding="utf-8")):
            (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr("connector_kit.english.running.runs._new_id", lambda: "k3v9-x2pd")
    monkeypatch.setattr("connector_kit.hosts.cli.english.running.now", lambda: NOW)
    return tmp_path


@pytest.mark.parametrize("sample", blocks("python", needs_packages_of_agents=False))
def test_a_python_sample_runs(sample: str, address: str) -> None:
    exec(compile(sample.replace(DOCUMENTED_ADDRESS, address), "sample", "exec"), {"__name__": "sample"})  # noqa: S102 - our own pages


@pytest.mark.parametrize("sample", blocks("console"))
def test_a_console_sample_prints_what_it_shows(
    sample: str, address: str, files: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.chdir(files)
    command, *shown = sample.strip().splitlines()
    expected_code = 0
    if shown and (code := re.fullmatch(r"\(exit code (\d+)\)", shown[-1])):
        expected_code = int(code[1])
        shown.pop()
    words = [word.replace("$MY_ACCOUNT_SID", ACCOUNT_SID) for word in shlex.split(command.removeprefix("$ connector "))]
    assert main([word.replace(DOCUMENTED_ADDRESS, address) for word in words]) == expected_code
    captured = capsys.readouterr()
    printed = [" ".join(line.split()) for line in (captured.out + captured.err).splitlines()]
    assert [line for line in shown if " ".join(line.split()) not in printed] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (page.parent / target).exists(), target


def test_every_page_is_on_the_map() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs").rglob("*.md"):
        assert page.name == "index.md" or page.relative_to(ROOT / "docs").as_posix() in index


def test_every_hook_stands_with_its_exact_signature_and_has_its_test() -> None:
    page = (ROOT / "docs" / "reference" / "hooks.md").read_text(encoding="utf-8")
    tests = (ROOT / "tests" / "connector_kit" / "test_plugins.py").read_text(encoding="utf-8")
    hooks = {name: hook for name, hook in vars(hookspecs).items() if name.startswith("connector_")}
    assert len(hooks) == 5
    for name, hook in hooks.items():
        assert f"### `{name}{str(inspect.signature(hook)).replace(chr(39), '')}`" in page
        assert f"def test_hook_{name}_" in tests


def test_every_error_stands_with_its_code_and_exit_code() -> None:
    page = (ROOT / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")
    errors = [e for e in vars(connector_kit).values() if inspect.isclass(e) and issubclass(e, ConnectorError)]
    for error in errors:
        if error is not ConnectorError:
            exit_code = next(code for kind, code in EXIT_CODES if issubclass(error, kind))
            retryable = "yes" if error.retryable else "no"
            assert f"| `{error.__name__}` | `{error.code}` | {exit_code} | {retryable} |" in page


def test_every_exit_code_is_documented() -> None:
    page = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    documented = {int(code) for code in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)}
    assert documented == {0, 1, NEEDS_ANSWER, *(code for _, code in EXIT_CODES)}


def test_every_operator_is_documented() -> None:
    page = (ROOT / "docs" / "reference" / "filters.md").read_text(encoding="utf-8")
    for type_, operators in OPS_BY_TYPE.items():
        row = next(line for line in page.splitlines() if line.startswith(f"| {type_} |"))
        assert set(re.findall(r"`(\w+)`", row)) == set(operators)


def test_every_key_of_the_manifest_is_documented() -> None:
    page = (ROOT / "docs" / "reference" / "manifest.md").read_text(encoding="utf-8")
    for model in (Manifest, ConnectionMethodSpec, ActionSpec, ConceptSpec, FieldSpec):
        assert [name for name in model.model_fields if f"`{name}`" not in page] == []


def test_every_public_function_of_the_kit_says_what_it_does() -> None:
    for name in connector_kit.__all__:
        thing = getattr(connector_kit, name)
        if inspect.isclass(thing) or inspect.isfunction(thing):
            assert inspect.getdoc(thing), name
