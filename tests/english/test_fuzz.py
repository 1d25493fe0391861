"""Whatever is typed: a check ends with a program or with typed problems that have a place inside of the text, and quickly."""

from __future__ import annotations

import os

import hypothesis
import hypothesis.strategies as st
import pytest

from connector_kit.english import Checked, EnglishError, check, format_text
from connector_kit.english.problems import Problem
from connector_kit.english.program import Place
from english_support import OWN_CASES, SHARED_CASES, cases, toy_manifest, twilio_manifest

# A slice; the campaign of 50,000 cases of each kind is run by hand with FUZZ_CASES=50000.
COUNT = int(os.environ.get("FUZZ_CASES", "150"))
PROGRAMS: list[str] = [case["program"] for path in (SHARED_CASES, OWN_CASES) for case in cases(path)]
KINDS = {
    "unclosed_text", "bad_indentation", "missing_keyword", "empty_block", "syntax", "out_of_place",
    "unquoted_text", "unknown_action", "ambiguous_action", "ambiguous_name", "unknown_input", "unknown_field",
    "unsupported_operator", "filter_not_supported", "duplicate_input", "not_a_list", "nothing_above", "unknown_book",
    "unsupported_statement", "type_mismatch", "ambiguous_condition", "invalid_value", "could_not_convert", "too_deep",
    "too_long",
}  # fmt: skip
INTERNAL = (
    "_NL",
    "_INDENT",
    "_DEDENT",
    "WORD",
    "Token(",
    "Tree(",
    "None",
    "PREP",
    "$END",
    "Decimal",
    "AS_FOLLOWS",
    "\n",
)
PIECES = [
    "the", "a", "an", "some", "is", "are", "is not", "and", "or", ",", "whose", "where", "with", "then", "else", "if", "as", "to",
    "in", "from", "via", "saying", "of the", "process each", "for each", "as follows", "is between", "is empty", "is not missing",
    "is after", "is one of", "contains", ">", "<=", "before", "starts with", "use", "set", "convert", "combine", "add", "say",
    "stop", "switch", "ask", "true", "false", "the above", "the first 5", "read", "send", "get", "find", "write", "connect",
    "sms message", "sms messages", "notes", "note", "sender number", "recipient number", "message body", "status", "date sent",
    "body", "price", "limit", "offset", "counter", "recipients", "recipient", "start date", "twilio", "toy", "datetime", "date",
    '"hello"', '"+15550123"', '"yesterday"', "5", "-0.5", "$1.20", "25000000000000000000", '"', "'", "“x”", "'s", ":", ".",
    "# note", "(", "\\", "é", "the choices are", "if true is true then", "send an SMS message where", "read some sms messages",
]  # fmt: skip
lines = st.builds(
    lambda indent, pieces, tail: indent + " ".join(pieces) + tail,
    st.sampled_from(["", "", "", "  ", "    ", "\t", " "]),
    st.lists(st.sampled_from(PIECES), max_size=10),
    st.sampled_from(["", "", "", ".", " # c", "\r", " "]),
)
soups = st.lists(lines, max_size=8).map("\n".join)


@st.composite
def edited(draw: st.DrawFn) -> str:
    """Return a program of the cases in which somebody made a few mistakes."""
    text = draw(st.sampled_from(PROGRAMS))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        until = at + draw(st.integers(0, 6))
        text = text[:at] + draw(st.sampled_from([*PIECES, "", "", " ", "\n", "\n  ", "\t"])) + text[until:]
    return text


def inside(place: Place, text: str) -> bool:
    found = text.split("\n")
    return 1 <= place.line <= len(found) and 1 <= place.column <= len(found[place.line - 1]) + 1


def told_well(problem: Problem, text: str) -> None:
    """Check all that holds for every problem."""
    assert problem.kind in KINDS
    assert inside(problem.place, text), problem
    assert problem.end is None or (inside(problem.end, text) and problem.end >= problem.place), problem
    assert problem.message.strip()
    assert not any(word in problem.message and word not in text for word in INTERNAL), problem.message
    assert all(suggestion for suggestion in problem.suggestions)
    if problem.kind.startswith("unknown_"):
        assert problem.suggestions, problem


def told(text: str) -> Checked | EnglishError:
    """Return how a check ends."""
    try:
        return check(text, [twilio_manifest(), toy_manifest()])
    except EnglishError as exc:
        return exc


def holds(text: str) -> None:
    """Check a text, and format it if it can be read."""
    found = told(text)
    if isinstance(found, EnglishError):
        assert 1 <= len(found.found) <= 2
        for problem in found.found:
            told_well(problem, text)
    else:
        assert all(inside(question.place, text) and question.text for question in found.questions)
    try:
        formatted = format_text(text)
    except EnglishError:
        assert isinstance(found, EnglishError)
        return
    assert format_text(formatted) == formatted
    if isinstance(found, Checked):
        again = told(formatted)
        assert isinstance(again, Checked)
        assert again.program.to_json() == found.program.to_json()


@hypothesis.settings(max_examples=COUNT)
@hypothesis.given(text=st.text(max_size=200))
def test_raw_text_is_a_program_or_a_typed_problem(text: str) -> None:
    holds(text)


@hypothesis.settings(max_examples=COUNT)
@hypothesis.given(text=soups)
def test_any_words_of_the_language_are_a_program_or_a_typed_problem(text: str) -> None:
    holds(text)


@hypothesis.settings(max_examples=COUNT)
@hypothesis.given(text=edited())
def test_a_program_with_mistakes_is_a_program_or_a_typed_problem(text: str) -> None:
    holds(text)


@pytest.mark.parametrize("text", PROGRAMS)
def test_every_prefix_of_a_program_is_a_program_or_a_typed_problem(text: str) -> None:
    """So it is checked while it is typed."""
    for end in range(0, len(text), 3):
        holds(text[:end])


def nested(levels: int) -> str:
    return "".join("  " * n + "if 1 is 1 then\n" for n in range(levels)) + "  " * levels + 'say "x"\n'


def test_fifty_blocks_may_be_nested_and_no_more() -> None:
    check(nested(50), [toy_manifest()]).program.to_json()
    with pytest.raises(EnglishError) as caught:
        check(nested(51), [toy_manifest()])
    assert caught.value.found[0].kind == "too_deep"
    assert caught.value.found[0].place == Place(52, 103)


@pytest.mark.parametrize("levels", [52, 500, 4000])
def test_deeper_blocks_are_a_problem_and_no_crash(levels: int) -> None:
    with pytest.raises(EnglishError) as caught:
        check("".join(" " * n + "if 1 is 1 then\n" for n in range(levels))[:190_000], [toy_manifest()])
    assert caught.value.found[0].kind == "too_deep"


def test_else_ifs_count_as_nested() -> None:
    chain = 'if 1 is 1 then say "x"\n' + 'else if 1 is 2 then say "y"\n' * 3000
    with pytest.raises(EnglishError) as caught:
        check(chain, [toy_manifest()])
    assert caught.value.found[0].kind == "too_deep"
    check('if 1 is 1 then say "x"\n' + 'else if 1 is 2 then say "y"\n' * 49, [toy_manifest()]).program.to_json()


def test_a_text_that_is_too_long_is_a_problem_where_it_becomes_too_long() -> None:
    with pytest.raises(EnglishError) as caught:
        check("\n" * 150_000 + "x" * 60_000, [toy_manifest()])
    assert (caught.value.found[0].kind, caught.value.found[0].place) == ("too_long", Place(150_001, 50_001))


def test_too_many_steps_are_a_problem_at_the_first_one_too_many() -> None:
    check("stop\n" * 5000, [toy_manifest()])
    with pytest.raises(EnglishError) as caught:
        check("stop\n" * 5001, [toy_manifest()])
    assert (caught.value.found[0].kind, caught.value.found[0].place) == ("too_long", Place(5001, 1))


@pytest.mark.parametrize(
    "text",
    [
        "say " + ", ".join(["1"] * 30_000),
        "the x" + "'s y" * 40_000,
        "say " + "a " * 90_000,
        "read sms messages whose body is " + " or ".join(['"a"'] * 15_000),
        "read sms messages whose " + " and whose ".join(['body is "a"'] * 8_000),
        "say " + "9" * 100_000,
        "the first " + "9" * 5000 + " sms messages",
        "read the first " + "9" * 5000 + " sms messages",
        'say "' + "\\" * 100_000,
        "(" * 100_000,
        "\u0301" * 10_000,
        'convert "' + "9" * 50_000 + ' days ago" to a datetime',
    ],
    ids=range(12),
)
def test_a_long_line_is_no_crash(text: str) -> None:
    holds(text)
