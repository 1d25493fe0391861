"""Names of facts and nouns: one spelling, number (message, messages), head nouns, and the name that somebody may have meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from functools import lru_cache

_IRREGULAR = {"person": "people", "child": "children", "man": "men", "woman": "women", "foot": "feet", "tooth": "teeth",
              "mouse": "mice", "datum": "data", "medium": "media"}  # fmt: skip
_SINGULAR = {many: one for one, many in _IRREGULAR.items()}
_SPACES = re.compile(r"[\s_]+")
_LEAST_ALIKE = 0.6


def spelled(text: str) -> str:
    """Return a name in its one spelling: lower case, words separated by one space."""
    return _SPACES.sub(" ", text).strip().lower()


def _split(name: str) -> tuple[str, str, str]:
    """Split a name into what stands before its head noun, the head, and the rest: ``("", "number", " of team members")``."""
    front, of, rest = name.partition(" of ")
    before, space, head = front.rpartition(" ")
    return before + space, head, of + rest


@lru_cache(maxsize=1 << 14)
def head(name: str) -> str:
    """Return the noun that a name is about: its last word, or the last one before ``of``."""
    return _split(name)[1]


@lru_cache(maxsize=1024)
def plurals(name: str) -> tuple[str, ...]:
    """Return every plural of a name, the likeliest first."""
    before, noun, rest = _split(name)
    if not noun:
        return ()
    if noun in _IRREGULAR:
        found = [_IRREGULAR[noun], f"{noun}s"]
    elif re.search(r"[^aeiou]y$", noun):
        found = [f"{noun[:-1]}ies", f"{noun}s"]
    elif len(noun) > 1 and re.search(r"(s|x|z|ch|sh)$", noun):
        found = [f"{noun}es", f"{noun}zes"] if noun.endswith("z") else [f"{noun}es"]
    elif noun.endswith("o"):
        found = [f"{noun}s", f"{noun}es"]
    elif noun.endswith("fe"):
        found = [f"{noun}s", f"{noun[:-2]}ves"]
    elif noun.endswith("f"):
        found = [f"{noun}s", f"{noun[:-1]}ves"]
    else:
        found = [f"{noun}s"]
    return tuple(f"{before}{plural}{rest}" for plural in found)


@lru_cache(maxsize=1024)
def singulars(name: str) -> tuple[str, ...]:
    """Return every name of which this one may be the plural, the likeliest first."""
    before, noun, rest = _split(name)
    found = [_SINGULAR.get(noun, "")]
    if noun.endswith("ies"):
        found.append(f"{noun[:-3]}y")
    if noun.endswith("ves"):
        found += [f"{noun[:-3]}f", f"{noun[:-3]}fe"]
    if noun.endswith("zzes"):
        found.append(noun[:-3])
    if noun.endswith("es"):
        found += [noun[:-2], noun[:-1]] if re.search(r"(s|x|z|ch|sh|o)es$", noun) else [noun[:-1]]
    elif noun.endswith("s"):
        found.append(noun[:-1])
    whole = [f"{before}{one}{rest}" for one in found if one]
    return tuple(one for one in whole if name in plurals(one))


def number_variants(name: str) -> tuple[str, ...]:
    """Return the plurals and the singulars of a name."""
    return (*plurals(name), *singulars(name))


def candidates(name: str, known: Iterable[str]) -> list[str]:
    """Return the known names that a name stands for: itself, its other number, or what has its head noun and all its words."""
    known = list(known)
    if name in known:
        return [name]
    if found := [other for other in number_variants(name) if other in known]:
        return found[:1]
    return same_head(name, known)


def same_head(name: str, known: Iterable[str]) -> list[str]:
    """Return the known names with the same head noun that have all words of this one."""
    noun, words = head(name), set(name.split())
    return [other for other in known if head(other) == noun and words <= set(other.split())]


def lists_of(item: str, known: Iterable[str]) -> list[str]:
    """Return the known names of which ``item`` may be one: its plural, or what has the plural's head noun and all its words."""
    known = list(known)
    many = plurals(item)
    if found := [other for other in many if other in known]:
        return found[:1]
    return [other for plural in many for other in same_head(plural, known)]


def nearest(word: str, known: Iterable[str], most: int = 3, *, at_least_one: bool = False) -> tuple[str, ...]:
    """Return the known names that are spelled most like this one, the nearest first."""
    known = list(dict.fromkeys(known))
    found = difflib.get_close_matches(word[:100], known, most, _LEAST_ALIKE)
    if not found and at_least_one:
        found = difflib.get_close_matches(word[:100], known, 1, 0.0)
    return tuple(found)
