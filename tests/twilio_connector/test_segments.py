"""How a body is encoded, split and replaced, and which stored bodies are recognised as our own."""

from __future__ import annotations

import math
import unicodedata
from itertools import accumulate

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from twilio_connector.segments import TRIAL_PREFIX, ForcingCharacter, plain, segmentation, smart_encoded_equal
from twilio_sandbox.segments import segments as sandbox_segments

SIZES = {"GSM-7": (160, 153), "UCS-2": (70, 67)}
EXTENDED = "\f^{}\\[~]|€"
COMBINING_ACUTE, ZERO_WIDTH_SPACE, NO_BREAK_SPACE, HANGUL = "\u0301", "\u200b", "\u00a0", "\ud55c"

# Runs of one character, so that the bodies reach several segments; \ud83d is a lone surrogate.
PIECES = st.one_of(
    st.sampled_from([*"aé\n ", *EXTENDED]),
    st.sampled_from(
        [*"\u201c\u2019\u2014\u2026\u2022`ç½🙂\ud83d\ufb01\uff21\t", COMBINING_ACUTE, ZERO_WIDTH_SPACE, NO_BREAK_SPACE]
    ),
    st.characters(exclude_categories=[]),
)
RUNS = st.lists(st.tuples(PIECES, st.integers(1, 170)), max_size=6).map(
    lambda runs: "".join(piece * count for piece, count in runs)
)
BODIES = st.one_of(st.text(PIECES), RUNS)
GSM_BODIES = st.text(st.sampled_from([*"ab. é-'\"<>", *EXTENDED]))


def sizes(body: str) -> list[int]:
    """Return the units of each character, told independently of the module under test."""
    if segmentation(body).encoding == "GSM-7":
        return [2 if char in EXTENDED else 1 for char in body]
    return [len(char.encode("utf-16-le", "surrogatepass")) // 2 for char in body]


@pytest.mark.parametrize(
    ("body", "encoding", "count"),
    [
        pytest.param("", "GSM-7", 1, id="empty"),
        pytest.param("a" * 160, "GSM-7", 1, id="160"),
        pytest.param("a" * 161, "GSM-7", 2, id="161"),
        pytest.param("a" * 306, "GSM-7", 2, id="306"),
        pytest.param("a" * 307, "GSM-7", 3, id="307"),
        pytest.param("a" * 1600, "GSM-7", 11, id="the longest in GSM-7"),
        pytest.param("[" * 80, "GSM-7", 1, id="80 extension characters"),
        pytest.param("[" * 81, "GSM-7", 2, id="81 extension characters"),
        pytest.param("a" * 152 + "€" + "a" * 152, "GSM-7", 3, id="extension at position 153"),
        pytest.param("a" * 151 + "€" + "a" * 153, "GSM-7", 2, id="extension at position 152"),
        pytest.param("[" * 1600, "GSM-7", 22, id="the longest in GSM-7, all extensions"),
        pytest.param("ç" * 70, "UCS-2", 1, id="70"),
        pytest.param("ç" * 71, "UCS-2", 2, id="71"),
        pytest.param("ç" * 134, "UCS-2", 2, id="134"),
        pytest.param("ç" * 135, "UCS-2", 3, id="135"),
        pytest.param("🙂" * 35, "UCS-2", 1, id="35 emoji"),
        pytest.param("🙂" * 36, "UCS-2", 2, id="36 emoji"),
        pytest.param("a" * 66 + "🙂" + "a" * 66, "UCS-2", 3, id="emoji at position 67"),
        pytest.param("a" * 65 + "🙂" + "a" * 67, "UCS-2", 2, id="emoji at position 66"),
        pytest.param("🙂" * 1600, "UCS-2", 49, id="the longest in UCS-2"),
    ],
)
def test_a_body_is_split_at_160_and_153_or_at_70_and_67(body: str, encoding: str, count: int) -> None:
    """One segment has 160 or 70 units, several have 153 or 67 each, and no pair is cut (Twilio's glossary, SMS character limit)."""
    found = segmentation(body)
    assert (found.encoding, found.segments, found.characters) == (encoding, count, len(body))


@pytest.mark.parametrize(
    ("body", "billed"),
    [
        pytest.param("a" * 152 + "ç", 3, id="glossary: 152 GSM-7 characters and another"),
        pytest.param("a" * 200, 2, id="help 223133407: 200 characters"),
        pytest.param("a" * 149 + "ç", 3, id="help 223133407: 150 characters, one not GSM-7"),
        pytest.param("this is a " + "]" * 75 + "\U0001f618", 2, id="issue 18: brackets in UCS-2 are one unit"),
        pytest.param("e" + COMBINING_ACUTE * 3 + "a" * 69, 2, id="issue 17: accents are units"),
        pytest.param("]" * 153, 3, id="issue 39: an escape is not cut off"),
        pytest.param("a" * 80 + "\r\n" + "a" * 79, 2, id="issue 66, 1a"),
        pytest.param("a" * 80 + "\n" + "a" * 79, 1, id="issue 66, 1b"),
        pytest.param("a" * 200 + "\r\n" + "a" * 105, 3, id="issue 66, 1c"),
        pytest.param("é" * 70, 1, id="issue 66, 2a"),
        pytest.param(("e" + COMBINING_ACUTE) * 70, 3, id="issue 66, 2b"),
        pytest.param("e" + COMBINING_ACUTE, 1, id="issue 66, 2c"),
        pytest.param("\u201cHi\u201d", 1, id="issue 66, 3a"),
        pytest.param("\U0001f600|", 1, id="issue 66, 4"),
        pytest.param("\u4e2d" * 70, 1, id="issue 66, 5c"),
        pytest.param("\u4e2d" * 71, 2, id="issue 66, 5d"),
        pytest.param("|", 1, id="issue 66, 5e"),
    ],
)
def test_the_count_is_what_twilio_billed(body: str, billed: int) -> None:
    """Twilio's own examples, and what people say Twilio billed (issues of TwilioDevEd/message-segment-calculator)."""
    assert segmentation(body).segments == billed


@pytest.mark.parametrize("char", [*"£éàÇΔΩ@_\n\r ¡¿§¤", *EXTENDED])
def test_these_are_gsm_7(char: str) -> None:
    """The basic alphabet and the extension table of GSM-7 (3GPP TS 23.038; a recorded message with £ was one segment)."""
    assert segmentation(char).encoding == "GSM-7"
    assert segmentation(char).forced_by == ()


@pytest.mark.parametrize("char", [*"`çáíÀ°²½\t\0\x1b\u2019🙂", "\ud83d"])
def test_these_force_ucs_2(char: str) -> None:
    """One character outside GSM-7 puts the whole message into UCS-2 (Twilio's glossary); ESC itself is none of its characters."""
    assert segmentation(f"a{char}").encoding == "UCS-2"
    assert [forcing.character for forcing in segmentation(f"a{char}").forced_by] == [char]


def test_the_alphabet_is_that_of_the_sandbox_which_was_written_apart() -> None:
    """Two lists of GSM-7 that share no code agree on every character of the Basic Multilingual Plane."""
    for number in (number for number in range(0x10000) if not 0xD800 <= number < 0xE000):
        one_in_gsm_7 = sandbox_segments(chr(number) * 71) == 1
        assert (segmentation(chr(number)).encoding == "GSM-7") == (one_in_gsm_7 or chr(number) in EXTENDED), hex(number)


def test_each_forcing_character_is_named_once_in_order_with_its_count_and_its_replacement() -> None:
    """The preview says which characters made the message dear, and what to write for them (our design, Sending)."""
    body = f"It\u2019s \u201cready\u201d\u2026 \t\U0001f642{ZERO_WIDTH_SPACE} Cafe{COMBINING_ACUTE} \u2019"
    assert segmentation(body).forced_by == (
        ForcingCharacter("\u2019", "RIGHT SINGLE QUOTATION MARK", 2, "'"),
        ForcingCharacter("\u201c", "LEFT DOUBLE QUOTATION MARK", 1, '"'),
        ForcingCharacter("\u201d", "RIGHT DOUBLE QUOTATION MARK", 1, '"'),
        ForcingCharacter("\u2026", "HORIZONTAL ELLIPSIS", 1, "..."),
        ForcingCharacter("\t", "U+0009", 1, " "),
        ForcingCharacter("\U0001f642", "SLIGHTLY SMILING FACE", 1, None),
        ForcingCharacter(ZERO_WIDTH_SPACE, "ZERO WIDTH SPACE", 1, ""),
        ForcingCharacter(f"e{COMBINING_ACUTE}", "LATIN SMALL LETTER E + COMBINING ACUTE ACCENT", 1, "é"),
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(
            "\u201cIt\u2019s\u201d \u2014 1\u20132\u2026 \u2022 \u00abok\u00bb `x`",
            '"It\'s" - 1-2... - "ok" \'x\'',
            id="signs",
        ),
        pytest.param("a\u00a0b\u2003c\u202fd\u3000e\tf", "a b c d e f", id="spaces"),
        pytest.param("a\u200bb\u200cc\u2060d\ufeffe\u00adf", "abcdef", id="invisible"),
        pytest.param("\u202a+1 (212) 555\u20110123\u202c", "+1 (212) 555-0123", id="number from a contact"),
        pytest.param("\ufb01ve o\ufb03ces", "five offices", id="ligatures"),
        pytest.param("\uff21\uff42\uff11\uff0c\uff1f\u3002\u3001", "Ab1,?.,", id="full-width"),
        pytest.param("\u1d04\u1d0f\u1d05\u1d07 \U0001d400\U0001d41b", "CODE Ab", id="fancy letters"),
        pytest.param("cafe\u0301 n\u0303 A\u030a \u2126", "café ñ Å Ω", id="composed"),
        pytest.param("\uff25\u0301", "É", id="replaced, then composed"),
        pytest.param("a\u0303 o\u0301 x\u0301", "a\u0303 o\u0301 x\u0301", id="accents that GSM-7 lacks"),
        pytest.param("ç á ã ł ß", "ç á ã ł ß", id="letters that GSM-7 lacks"),
        pytest.param("10\u00b2 1\u00bd \u2460 2\u00ba", "10\u00b2 1\u00bd \u2460 2\u00ba", id="meaning would change"),
        pytest.param("\U0001f469\u200d\U0001f467 ok\u2019", "\U0001f469\u200d\U0001f467 ok'", id="emoji stay whole"),
        pytest.param("~[plain]^ £é", "~[plain]^ £é", id="nothing to do"),
        pytest.param("\u2026" * 60, "\u2026" * 60, id="would cost a segment more"),
    ],
)
def test_plain_replaces_what_has_a_plain_form_and_leaves_the_rest(body: str, expected: str) -> None:
    """Look-alikes as in Twilio's Smart Encoding, variants as in Unicode, never what reads otherwise (Twilio's list; our choice)."""
    assert plain(body) == expected


@given(BODIES)
@example("\ud83d\ude00" * 40)
@example("a" * 152 + "]" * 200)
def test_any_text_is_filled_greedily_into_segments_and_no_pair_is_cut(body: str) -> None:
    """Each segment ends between two characters, is not overfull, and the next character had no place in it (3GPP TS 23.040)."""
    found = segmentation(body)
    alone, each = SIZES[found.encoding]
    units = sizes(body)
    assert found.units == sum(found.per_segment) == sum(units)
    assert found.segments >= (1 if found.units <= alone else math.ceil(found.units / each))
    assert max(found.per_segment) <= (alone if found.segments == 1 else each)
    starts = {place: number for number, place in enumerate(accumulate(units, initial=0))}
    for place, filled in zip(accumulate(found.per_segment), found.per_segment[:-1], strict=False):
        assert filled + units[starts[place]] > each


@given(RUNS.filter(lambda body: not any("\ud800" <= char <= "\udfff" for char in body)))
@example("a" * 152 + "€" + "a" * 152)
def test_the_sandbox_counts_the_same_wherever_no_pair_lies_on_a_boundary(body: str) -> None:
    """The sandbox divides, the connector walks: they differ only where a segment stays unfilled for a pair."""
    found = segmentation(body)
    each = SIZES[found.encoding][1]
    if all(filled == each for filled in found.per_segment[:-1]):
        assert sandbox_segments(body) == found.segments
    else:
        assert sandbox_segments(body) <= found.segments


@given(BODIES)
def test_forcing_characters_are_outside_gsm_7_and_all_counted(body: str) -> None:
    """Each character that is not in GSM-7 is in one of them, alone or with its letter, and each replacement is in GSM-7."""
    found = segmentation(body).forced_by
    assert (segmentation(body).encoding == "UCS-2") == bool(found)
    assert len({forcing.character for forcing in found}) == len(found)
    foreign = sum(segmentation(char).encoding == "UCS-2" for char in body)
    assert sum(forcing.count for forcing in found) == foreign
    for forcing in found:
        assert segmentation(forcing.character).encoding == "UCS-2"
        assert forcing.replacement is None or segmentation(forcing.replacement).encoding == "GSM-7"


@given(BODIES)
@example("\uff25\u0301")
@example(f"e{ZERO_WIDTH_SPACE}{COMBINING_ACUTE}")
@example("\u2026" * 70)
def test_plain_never_costs_more_is_final_and_is_recognised(body: str) -> None:
    """What plain() returns takes no more segments, has nothing left to replace unless that would, and is equal to its source."""
    result = plain(body)
    assert segmentation(result).segments <= segmentation(body).segments
    assert plain(result) == result
    if result != body:
        assert all(forcing.replacement is None for forcing in segmentation(result).forced_by)
    assert smart_encoded_equal(body, result)


@given(BODIES)
def test_a_body_is_recognised_as_it_was_sent_also_behind_the_trial_prefix(body: str) -> None:
    """A trial account's messages begin with Twilio's sentence (recorded from 2017 to 2023); line breaks at an end are cut."""
    assert smart_encoded_equal(body, body)
    assert smart_encoded_equal(body, TRIAL_PREFIX + body)
    assert smart_encoded_equal(body, TRIAL_PREFIX + plain(body))
    assert smart_encoded_equal(f"{body}\r\n", body.rstrip("\r\n"))


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("\u201cHi\u201d \u2014 it\u2019s", '"Hi" - it\'s'),
        ("\u201cHi\u201d \u2014 it\u2019s", "\u201cHi\u201d - it\u2019s"),  # not all that could be
        ("a\u201eb\u200cc", 'a"bc'),  # issue 66, 3d
        ("wait\u2026", "wait..."),
        ("\u2026" * 60, "..." * 60),  # Twilio does not ask whether it costs more
        ("a\u00a0b", "a b"),
        ("a\u00a0b", "a  b"),
        ("a\u00a0b", "ab"),
        ("a\tb", "a       b"),
        ("1\u00bd", "11/2"),
        ("n\u0303", "n~"),
        ("\u2039a\u203a", "<a>"),
        ("\u2039a\u203a", ">a<"),
        ("Hello\n", "Hello"),
        ("Hello\n", f"{TRIAL_PREFIX}Hello"),
        ("", ""),
        ("", TRIAL_PREFIX),
    ],
)
def test_what_twilio_can_have_stored_is_recognised(sent: str, stored: str) -> None:
    """Smart Encoding as its page and Twilio's calculator tell it, in part too (Rock, issue 6505), and trimmed line breaks."""
    assert smart_encoded_equal(sent, stored)


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("Your code is 1234", "Your code is 1235"),
        ("Your code is 1234", ""),
        ("Your code is 1234", "Your code is 123"),
        ("Your code is 1234", "Your code is 1234."),
        ("Your code is 1234", "your code is 1234"),
        ("Your code is 1234", "Your code  is 1234"),
        ("Your code is 1234", f"Your code is 1234{TRIAL_PREFIX}"),
        ("Your code is 1234", f"Sent from your trial account - {'Your code is 1234'}"),
        (f"{TRIAL_PREFIX}Hello", "Hello"),
        ("a-b", "a\u2013b"),  # Twilio makes signs plain, never fancy
        ("'a'", "\u2018a\u2019"),
        ("\u2018a\u2019", '"a"'),
        ("\u201ca\u201d", "'a'"),
        ("caf\u00e9", "cafe"),
        ("cafe", "caf\u00e9"),
        ("10\u00b2", "102"),
        ("\u00e7a", "ca"),
        ("Hi \U0001f642", "Hi "),
        ("Hi \U0001f642", "Hi \U0001f643"),
        ("wait\u2026", "wait.."),
        ("Hello", "Hello\n"),
        ("Hello\n\nWorld", "HelloWorld"),
        ("Hello ", "Hello"),
        (HANGUL, "?"),
    ],
)
def test_another_text_is_not_taken_for_ours(sent: str, stored: str) -> None:
    """A message that is another's must not be reported as the one that we sent (our design: never twice, never the wrong one)."""
    assert not smart_encoded_equal(sent, stored)


@given(GSM_BODIES, GSM_BODIES)
def test_gsm_7_texts_are_equal_only_if_they_are_the_same(sent: str, stored: str) -> None:
    """Nothing in GSM-7 is ever replaced, so two such texts are the same message or two."""
    assume(sent != stored)
    assert not smart_encoded_equal(sent, stored)
    assert not smart_encoded_equal(sent, TRIAL_PREFIX + stored)


@given(BODIES, st.integers(0), st.sampled_from("Qz7"))
def test_a_text_with_one_more_letter_is_another(body: str, place: int, letter: str) -> None:
    """No replacement adds or takes a letter or a digit that was not there (Q, z and 7 come from none of these characters)."""
    assume(letter not in unicodedata.normalize("NFKC", body))
    place %= len(body) + 1
    assert not smart_encoded_equal(body, body[:place] + letter + body[place:])
