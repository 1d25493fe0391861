"""The pages' own words: each of them is in every catalog, and the reader's language is found."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from connector_kit.hosts.ui import language
from connector_kit.hosts.ui.language import Language, languages, preferred
from connector_kit.hosts.ui.routes import NAVIGATION
from support import ROOT

UI = ROOT / "src" / "connector_kit" / "hosts" / "ui"
CATALOGS = [found for tag, found in languages().items() if tag != "en"]


def said_by_templates() -> Iterator[str]:
    """Yield what templates say: the first argument of ``_``."""
    for path in UI.rglob("*.html"):
        for call in Environment(autoescape=True).parse(path.read_text(encoding="utf-8")).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "_" and isinstance(call.args[0], nodes.Const):
                yield call.args[0].value


def said_by_modules() -> Iterator[str]:
    """Yield what Python says: the first argument of ``say``; and the navigation, which a template says by its label."""
    for path in UI.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "say":
                if isinstance(node.args[0], ast.Constant):
                    yield str(node.args[0].value)
                else:
                    assert path.name == "visit.py", f"{path.name} says what no catalog can hold"
    yield from (item.label for item in NAVIGATION)


SAID = {*said_by_templates(), *said_by_modules()}


def places(text: str) -> set[str]:
    return set(re.findall(r"{\w*}", text))


def test_german_is_there() -> None:
    assert [(found.tag, found.name) for found in CATALOGS] == [("de", "Deutsch")]


@pytest.mark.parametrize("catalog", CATALOGS, ids=lambda catalog: catalog.tag)
def test_a_catalog_holds_every_sentence_of_the_pages_and_no_other(catalog: Language) -> None:
    assert len(SAID) > 100
    assert set(catalog.texts) == SAID


@pytest.mark.parametrize("catalog", CATALOGS, ids=lambda catalog: catalog.tag)
def test_a_translation_has_the_places_of_its_sentence(catalog: Language) -> None:
    for text, translated in catalog.texts.items():
        assert places(translated) == places(text), text
        assert translated.strip(), text


def test_no_template_holds_words_of_its_own() -> None:
    """What stands between the tags is a call of ``_``; "Connector" is the name of the thing."""
    for path in UI.rglob("*.html"):
        markup = r"{#.*?#}|{%.*?%}|{{.*?}}|<[^>]*>|[\w-]+=\"[^\"]*\""
        text = re.sub(markup, " ", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert set(re.findall(r"[A-Za-z]{2,}", text)) <= {"Connector", "autofocus"}, path.name


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,en;q=0.5", "de"),
        ("en-GB,de;q=0.9", "en"),
        ("fr,de;q=0.8,en;q=0.7", "de"),
        ("fr;q=1, nl", "en"),
        ("de;q=0,en;q=0.1", "en"),
        ("de;q=zero", "en"),
        (",;=,", "en"),
        ("DE", "de"),
    ],
)
def test_the_browsers_first_language_that_is_known_is_taken(header: str, tag: str) -> None:
    assert preferred(header).tag == tag


def test_a_sentence_that_is_in_no_catalog_stays_english() -> None:
    assert CATALOGS[0].say("Not there: {what}", what="{braces}") == "Not there: {braces}"


def test_another_language_is_one_more_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nl.yaml").write_text("name: Nederlands\ntexts:\n  'Yes': Ja\n", encoding="utf-8")
    monkeypatch.setattr(language, "FOLDER", tmp_path)
    found = languages.__wrapped__()["nl"]
    assert (found.name, found.say("Yes")) == ("Nederlands", "Ja")
