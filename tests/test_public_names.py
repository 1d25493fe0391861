"""The public names: adding or losing one is a decision, not an accident."""

from __future__ import annotations

import ast
import subprocess
import sys

import connector_kit
import twilio_sandbox
from support import ROOT


def test_the_public_names_of_the_kit_are_sorted_and_importable() -> None:
    assert sorted(connector_kit.__all__) == sorted(set(connector_kit.__all__))
    assert all(hasattr(connector_kit, name) for name in connector_kit.__all__)


def test_what_the_kit_imports_is_public() -> None:
    """Nothing stands in the face by accident."""
    tree = ast.parse((ROOT / "src" / "connector_kit" / "__init__.pyi").read_text(encoding="utf-8"))
    imported = {alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    (told,) = [ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign)]
    assert imported == set(connector_kit.__all__) == set(told)


def test_a_module_of_the_kit_does_not_load_all_of_it() -> None:
    """A scheduler reads DAG files again and again."""
    code = "import sys, connector_kit.errors; print([n for n in ('connector_kit.connector', 'pydantic', 'yaml') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)  # noqa: S603 - our own program
    assert done.stdout == "[]\n"


def test_the_public_names_of_the_sandbox_are_these() -> None:
    assert twilio_sandbox.__all__ == ["Account", "Clock", "Fault", "Message", "Sandbox", "SandboxTransport"]
