"""The formatter gives one style to every automation, keeps its comments, and never changes what it means."""

from __future__ import annotations

import pytest

from connector_kit.english import EnglishError, check, format_text
from english_support import OWN_CASES, SHARED_CASES, cases, twilio_manifest

PROGRAMS = [
    case["program"] for path in (SHARED_CASES, OWN_CASES) for case in cases(path) if "program" in case["expect"]
]


@pytest.mark.parametrize("text", PROGRAMS)
def test_the_canonical_program_stays_the_same(text: str) -> None:
    formatted = format_text(text)
    assert check(formatted, [twilio_manifest()]).program.to_json() == check(text, [twilio_manifest()]).program.to_json()
    assert format_text(formatted) == formatted


def test_everything_gets_one_style() -> None:
    text = (
        "\n\n# top   \n"
        "THE Counter   IS 5 .   # c\r\n"
        "If  the counter  IS  GREATER   THAN 3 then:\n"
        "\tSay 'it\u2019s \"x\"',  \u201cb\u201d\n"
        "    # inside\n"
        "\tif the counter is 1 then\n\n\n"
        "\t\tsay the Customers\u2019 name\n"
        "\t  # deep\n"
        "  # odd\n"
        "# margin\n"
        "else:\n"
        "        Send an SMS message   with:\n"
        '                the  message body is "C:\\data\t"\n\n\n'
        "# end"
    )
    assert format_text(text) == (
        "# top\n"
        "the Counter is 5  # c\n"
        "if the counter is greater than 3 then\n"
        '  say "it\u2019s \\"x\\"", "b"\n'
        "  # inside\n"
        "  if the counter is 1 then\n\n"
        "    say the Customers' name\n"
        "  # deep\n"
        "# odd\n"
        "# margin\n"
        "else\n"
        "  send an SMS message with\n"
        '    the message body is "C:\\\\data\\t"\n\n'
        "# end\n"
    )


@pytest.mark.parametrize(
    ("text", "formatted"),
    [("", ""), ("\n \n", ""), ("# only\n\n\n# comments", "# only\n\n# comments\n"), ("stop", "stop\n")],
)
def test_little_text_stays_little(text: str, formatted: str) -> None:
    assert format_text(text) == formatted


def test_what_cannot_be_read_is_not_formatted() -> None:
    with pytest.raises(EnglishError) as caught:
        format_text('say "one"\n  say "two"')
    assert caught.value.found[0].kind == "bad_indentation"


def test_a_name_that_is_not_known_does_not_matter() -> None:
    assert format_text("Paint  the   fence") == "paint the fence\n"
