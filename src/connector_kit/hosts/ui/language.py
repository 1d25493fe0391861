"""The words of our own pages in the reader's language: catalogs from English sentences to sentences of another language.

Texts of a manifest and of a connector's errors are shown as they come; they belong to the connector.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent / "translations"
# The C loader is ten times as fast, and optional in PyYAML.
_SAFE_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Language:
    """A language: its tag, its own name, and what each English sentence is in it."""

    tag: str
    name: str
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)

    def say(self, text: str, /, **values: object) -> str:
        """Return a sentence in this language, its ``{places}`` filled; a sentence that is not in the catalog stays English."""
        return self.texts.get(text, text).format(**values)


ENGLISH = Language("en", "English")


@cache
def languages() -> Mapping[str, Language]:
    """Return every language there is a catalog for, by tag, English first."""
    found = {"en": ENGLISH}
    for path in sorted(FOLDER.glob("*.yaml")):
        with path.open("rb") as stream:
            data = yaml.load(stream, Loader=_SAFE_LOADER)  # noqa: S506 - both are safe loaders
        found[path.stem] = Language(path.stem, data["name"], data["texts"])
    return found


def preferred(accept_language: str) -> Language:
    """Return the language that a browser's Accept-Language header asks for first, or English."""
    asked = []
    for place, part in enumerate(accept_language[:500].split(",")):
        tag, _, quality = part.strip().partition(";")
        asked.append((-_quality(quality), place, tag.strip().lower().partition("-")[0]))
    known = languages()
    return next((known[tag] for weight, _, tag in sorted(asked) if tag in known and weight < 0), ENGLISH)


def _quality(text: str) -> float:
    name, _, value = text.strip().partition("=")
    if not name:
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
