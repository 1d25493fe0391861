"""The book for Kognitos, as far as it needs no package of theirs: what the generator writes, and that nothing else imports theirs."""

from __future__ import annotations

import ast
import inspect
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_kit import InputError, Manifest, load_manifest
from connector_kit.hosts.cli import main
from connector_kit.hosts.kognitos.generator import book_class, book_text
from connector_kit.loading import parse_manifest
from support import ROOT
from test_floors import NEED_AIRFLOW, modules

BOOK = ROOT / "src" / "twilio_connector" / "book.py"
TWILIO = load_manifest(ROOT / "connector.yaml")
TOY = load_manifest(ROOT / "tests" / "toy_connector.yaml")
THEIRS = ("connector_kit.hosts.kognitos.adapter", "twilio_connector.book")


def changed(manifest: Manifest, **changes: Any) -> Manifest:
    """Return a manifest with other values at its top, read anew."""
    return parse_manifest({**manifest.model_dump(mode="json"), **changes})


def classes(text: str) -> dict[str, ast.ClassDef]:
    """Return the classes of a module by their names."""
    return {node.name: node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)}


def methods(text: str, manifest: Manifest) -> dict[str, ast.FunctionDef]:
    """Return the methods of a book by their names."""
    found = classes(text)[book_class(manifest)].body
    return {node.name: node for node in found if isinstance(node, ast.FunctionDef)}


def parameters(method: ast.FunctionDef) -> dict[str, str]:
    """Return the annotations of a method's parameters."""
    return {a.arg: ast.unparse(a.annotation) for a in method.args.args if a.annotation is not None}


def test_the_checked_in_book_is_what_the_manifest_gives() -> None:
    current = BOOK.read_text(encoding="utf-8") == book_text(TWILIO)
    assert current, "run: connector generate kognitos-book twilio --write src/twilio_connector/book.py"


def test_any_connector_has_a_book() -> None:
    text = book_text(TOY)
    assert "twilio" not in text.lower()
    found = methods(text, TOY)
    assert list(found) == ["__init__", "connect", "read_notes", "write_note"]
    assert parameters(found["connect"]) == {"owner": "str", "pin": "Sensitive[str]", "verify": "bool"}
    assert parameters(found["read_notes"]) == {
        "offset": "Optional[int]",
        "limit": "Optional[int]",
        "filter_expression": "Optional[FilterExpression]",
    }
    assert parameters(found["write_note"]) == {"note_text": "str", "stars": "Optional[float]"}
    fields = [node for node in classes(text)["ToyNote"].body if isinstance(node, ast.AnnAssign)]
    assert [ast.unparse(node) for node in fields] == [
        "name: str",
        "text: Optional[str]",
        "stars: Optional[int]",
        "written: datetime",
    ]


def test_a_new_action_is_a_new_procedure() -> None:
    data = TOY.model_dump(mode="json")
    data["actions"].append({**data["actions"][1], "id": "burn_note", "phrase": "to burn a note", "shortcuts": {}})
    manifest = parse_manifest(data)
    assert "burn_note" in methods(book_text(manifest), manifest)


def test_a_dry_run_is_no_input_of_a_book() -> None:
    """It has no output, and an automation would go on without one."""
    assert [field.id for field in TWILIO.actions[1].inputs if field.id not in book_text(TWILIO)] == ["dry_run"]


def test_only_what_is_used_is_imported() -> None:
    """Of an action without a list, filter or date, nothing of those."""
    data = TOY.model_dump(mode="json")
    text = book_text(parse_manifest({**data, "actions": data["actions"][1:], "concepts": []}))
    imported = [line for line in text.splitlines() if line.startswith("from ")]
    assert imported == [
        "from typing import Optional",
        "from kognitos.bdk.decorators import book, connect, procedure",
        "from kognitos.bdk.typing import Sensitive",
        "from connector_kit.hosts.kognitos.adapter import Adapter",
    ]


AWKWARD = st.text(st.sampled_from("aZ \"'\\`{}%\n\té😀"), min_size=1, max_size=30).filter(lambda text: text.strip())


@given(AWKWARD, AWKWARD, AWKWARD)
def test_any_text_is_quoted_properly(description: str, label: str, line: str) -> None:
    data = TOY.model_dump(mode="json")
    data["connection"][0] |= {"description": description, "label": label}
    data["actions"][0]["examples"] = [{"title": "Read", "automation": line}]
    data["concepts"][0]["fields"][0]["description"] = description
    told = {"description": description, "author": label, "tags": [label], "name": f"Toy {label}"}
    manifest = parse_manifest({**data, **told})
    text = book_text(manifest)
    found = methods(text, manifest)
    flat = " ".join(description.split())
    assert (ast.get_docstring(found["connect"]) or "").splitlines()[0] == flat
    assert f"name: {flat}" in (ast.get_docstring(classes(text)["ToyNote"]) or "")
    decorator = found["connect"].decorator_list[0]
    assert isinstance(decorator, ast.Call)
    assert {k.arg: ast.literal_eval(k.value) for k in decorator.keywords}["name"] == label
    shown = re.findall(r"^ *>>> ?(.*)$", inspect.cleandoc(ast.get_docstring(found["read_notes"]) or ""), re.MULTILINE)
    assert [each.strip() for each in shown] == [each.expandtabs().strip() for each in line.rstrip().splitlines()]


@pytest.mark.parametrize("name", ["class", "verify", "filter_expression", "target"])
def test_a_name_that_a_book_cannot_have_is_refused(name: str) -> None:
    data = TOY.model_dump(mode="json")
    data["actions"][1]["inputs"][0]["id"] = name
    data["actions"][1]["shortcuts"] = {}
    with pytest.raises(InputError, match=f"'{name}' cannot be the name"):
        book_text(parse_manifest(data))


def test_what_a_book_has_no_place_for_is_refused() -> None:
    data = TOY.model_dump(mode="json")
    data["connection"][0]["fields"][0]["type"] = "number"
    with pytest.raises(InputError, match="Notebook: owner is neither a text nor a secret"):
        book_text(parse_manifest(data))
    data = TOY.model_dump(mode="json")
    data["concepts"][0]["fields"][1]["type"] = "optional[toy note]"
    data["actions"][0]["shortcuts"] = {}
    with pytest.raises(InputError, match="Toy: text is a concept, and a book cannot hold one there"):
        book_text(parse_manifest(data))


def test_a_name_of_several_words_makes_the_class() -> None:
    assert book_class(changed(TOY, name="Toy & notes-cloud")) == "ToyNotesCloudBook"


def test_both_tables_of_entry_points_are_equal() -> None:
    """Wheels are built from the one, Kognitos' tools read the other."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    table = project["project"]["entry-points"]["kognitos-book"]
    assert table == project["tool"]["poetry"]["plugins"]["kognitos-book"]
    assert table == {"twilio": f"twilio_connector.book:{book_class(TWILIO)}"}


def test_the_icon_lies_where_the_manifest_says() -> None:
    assert TWILIO.icon
    assert (BOOK.parent / TWILIO.icon).read_bytes().startswith(b"<svg")


def test_nothing_but_the_book_and_its_adapter_imports_what_changes_the_process() -> None:
    """Importing Kognitos' package replaces print and a method of all loggers."""
    left_out = (*THEIRS, *NEED_AIRFLOW, "connector_kit.hosts.cli.__main__")
    names = [name for name, _ in modules() if name not in left_out]
    # Also where it is installed: an import that is only tried would succeed there.
    code = (
        "import importlib, sys, types\n"
        "sys.modules['kognitos'] = None\n"
        f"for name in {names}: importlib.import_module(name)\n"
        "print(sorted(name for name in sys.modules if name.startswith('kognitos.')), print is __builtins__.print)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - our own program
    assert (done.stdout, done.stderr) == ("[] True\n", "")


def test_no_other_command_loads_the_generator() -> None:
    code = "import sys, connector_kit.hosts.cli.command; print([m for m in sys.modules if 'kognitos' in m])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)  # noqa: S603 - our own program
    assert done.stdout == "[]\n"


def test_those_two_do_import_it() -> None:
    """So that the list above is of what it says."""
    for name, path in modules():
        imports = "kognitos.bdk" in path.read_text(encoding="utf-8") and "generator" not in name
        assert imports == (name in THEIRS), name


def test_the_command_prints_writes_and_checks_the_book(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written = tmp_path / "book.py"
    assert main(["generate", "kognitos-book", "twilio"]) == 0
    assert capsys.readouterr().out == book_text(TWILIO)
    assert main(["generate", "kognitos-book", "twilio", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"text": book_text(TWILIO)}
    assert main(["generate", "kognitos-book", "twilio", "--write", str(written)]) == 0
    assert written.read_text(encoding="utf-8") == book_text(TWILIO)
    assert main(["generate", "kognitos-book", "twilio", "--write", str(tmp_path)]) == 14
    assert "cannot be written" in capsys.readouterr().err
    assert main(["generate", "kognitos-book", "nonsense"]) == 2


def test_the_command_says_whether_the_installed_book_is_current(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["generate", "kognitos-book", "twilio", "--check"]) == 0
    assert capsys.readouterr().err == "book.py is what the manifest gives.\n"
    stale = tmp_path / "book.py"
    stale.write_text("# of an earlier manifest\n", encoding="utf-8")
    monkeypatch.setattr("connector_kit.hosts.cli.generate._installed", lambda *_: stale)
    assert main(["generate", "kognitos-book", "twilio", "--check"]) == 2
    assert capsys.readouterr().err == (
        f"book.py is out of date. Run: connector generate kognitos-book twilio --write {stale}\n"
    )
    assert main(["generate", "kognitos-book", "twilio", "--check", "--json"]) == 2
    assert json.loads(capsys.readouterr().out) == {"path": str(stale), "current": False}


def test_a_connector_without_an_installed_book_is_told_to_write_one() -> None:
    from connector_kit.hosts.cli.generate import _installed

    with pytest.raises(InputError, match="Write it first, with --write"):
        _installed("kognitos-book", "toy")
