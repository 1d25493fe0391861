"""Every case of the shared corpus and of our own means what it says: the canonical program, the question, or the error."""

from __future__ import annotations

from typing import Any

import pytest

from english_support import MORE_CASES, OWN_CASES, SHARED_CASES, cases, outcome

ALL = [(path.stem, case) for path in (SHARED_CASES, OWN_CASES, MORE_CASES) for case in cases(path)]
NEGATIVE = ("error", "question")


def fits(case: dict[str, Any], wanted: dict[str, Any], found: dict[str, Any]) -> bool:
    """Tell whether an outcome is the one that is wanted."""
    if "program" in wanted:
        return bool(found.get("program") == wanted["program"])
    ((form, expected),) = wanted.items()
    told = found.get(form)
    if told is None or (told["line"], told["column"]) != (expected["line"], expected["column"]):
        return False
    if form == "error":
        said = told["message"].lower()
        return told["kind"] == expected["kind"] and all(words.lower() in said for words in expected.get("says", ()))
    return told["about"] == expected["about"] and f"Please provide the {expected['about']}." in told["text"]


@pytest.mark.parametrize("case", [case for _, case in ALL], ids=[f"{stem}-{case['id']}" for stem, case in ALL])
def test_case(case: dict[str, Any]) -> None:
    found = outcome(case["program"])
    assert any(fits(case, wanted, found) for wanted in case["expect"].get("either", [case["expect"]])), found


@pytest.mark.parametrize("case", [case for _, case in ALL], ids=[f"{stem}-{case['id']}" for stem, case in ALL])
def test_the_place_of_a_case_is_that_of_its_words(case: dict[str, Any]) -> None:
    for wanted in case["expect"].get("either", [case["expect"]]):
        for expected in (wanted[form] for form in NEGATIVE if form in wanted):
            line = case["program"].split("\n")[expected["line"] - 1]
            rest = line[expected["column"] - 1 :]
            assert rest.startswith(expected["at"]) if expected["at"] else rest.strip() == ""


def test_our_own_cases_are_many_and_have_ids_of_their_own() -> None:
    own = cases(OWN_CASES) + cases(MORE_CASES)
    assert len(own) >= 800
    assert len({case["id"] for case in own}) == len(own)
    assert len({case["program"] for case in own}) == len(own)


def test_every_error_says_what_to_write_instead() -> None:
    """Where a name is not known, there is always something like it to choose from."""
    for _, case in ALL:
        found = outcome(case["program"]).get("error")
        if found is not None and found["kind"].startswith("unknown_"):
            assert found["suggestions"], case["id"]
