"""Phone numbers in every way that people write them: read as the one number that was meant, or refused, never as another."""

from __future__ import annotations

import re
from typing import Any

import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from twilio_connector.addresses import AddressFault, country_of, recipient, sender

AMBIGUOUS = "could be more than one number"
EXAMPLE = "+15551234567"  # every advice holds it
REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
TYPES = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.TOLL_FREE)
PLACES = st.none() | st.sampled_from(REGIONS)


@st.composite
def possible_numbers(draw: st.DrawFn) -> PhoneNumber:
    """Draw a number that its country could give out: an example, of which the last digits are changed."""
    example = phonenumbers.example_number_for_type(draw(st.sampled_from(REGIONS)), draw(st.sampled_from(TYPES)))
    assume(example)
    assert example is not None
    national = phonenumbers.national_significant_number(example)
    kept = draw(st.integers(1, len(national)))
    rest = draw(st.text("0123456789", min_size=len(national) - kept, max_size=len(national) - kept))
    written = f"+{example.country_code}{national[:kept]}{rest}"
    number = phonenumbers.parse(written)
    assume(phonenumbers.is_possible_number(number) and e164(number) == written)
    return number


def e164(number: PhoneNumber) -> str:
    """Return the number as Twilio takes it."""
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def found_or_refused(text: str, country: str | None) -> str | None:
    """Return what the text is read as; None if it is refused because it could be two numbers."""
    try:
        return recipient(text, country)
    except AddressFault as fault:
        assert AMBIGUOUS in fault.message  # noqa: PT017 - no fault at all is right, too
        return None


@given(
    possible_numbers(),
    st.sampled_from([PhoneNumberFormat.E164, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.RFC3966]),
    PLACES,
)
def test_a_number_with_its_country_code_is_read_wherever_it_is_written(
    number: PhoneNumber, form: int, place: Any
) -> None:
    """Also one that nobody has yet: ranges are opened faster than metadata is published."""
    written = phonenumbers.format_number(number, form)
    assert recipient(written, place) == e164(number)
    assert sender(written, place) == e164(number)
    assert recipient(f"whatsapp:{written.removeprefix('tel:')}", place) == f"whatsapp:{e164(number)}"


@given(possible_numbers())
def test_a_number_as_its_own_country_writes_it_is_read_as_that_number(number: PhoneNumber) -> None:
    assume(phonenumbers.is_valid_number(number))
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    assert found_or_refused(national, phonenumbers.region_code_for_number(number)) in {e164(number), None}


@pytest.mark.parametrize(
    "country", ["US", "GB", "NL", "DE", "FR", "IT", "ES", "BR", "AR", "MX", "IN", "AU", "JP", "ZA", "HK"]
)
def test_a_mobile_number_of_the_default_country_is_never_ambiguous(country: str) -> None:
    number = phonenumbers.example_number_for_type(country, PhoneNumberType.MOBILE)
    assert number is not None
    assert recipient(phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL), country) == e164(number)


@given(possible_numbers(), st.sampled_from(REGIONS))
def test_a_number_as_it_is_dialled_from_abroad_is_never_read_as_another(number: PhoneNumber, place: str) -> None:
    """The international prefix is 011 in the United States, 0011 in Australia, 001 in Hong Kong, and 00 almost everywhere."""
    dialled = phonenumbers.format_out_of_country_calling_number(number, place)
    # 8~10, where one waits for a tone, is written by nobody in a list; within one's country no prefix is dialled.
    assume("~" not in dialled and country_of(e164(number)) != place)
    assume(phonenumbers.country_code_for_region(place) != number.country_code)
    assert found_or_refused(dialled, place) in {e164(number), None}


def read_or_refused(text: str, country: str | None) -> tuple[str | None, str | None]:
    """Return what the text is read as, and what is suggested if it is refused."""
    try:
        return recipient(text, country), None
    except AddressFault as fault:
        return None, fault.suggestion


@given(possible_numbers(), PLACES, st.sampled_from(["{}.0", "{}.00", "{},0", "+{}.0"]), st.booleans())
def test_a_number_that_became_a_float_on_its_way_is_never_read_as_another(
    number: PhoneNumber, place: str | None, form: str, national: bool
) -> None:
    digits = str(number.national_number) if national else e164(number)[1:]
    float_of_it = form.format(str(float(digits)).removesuffix(".0"))
    assert read_or_refused(float_of_it, place) == read_or_refused(form[: form.index("{")] + digits, place)


@given(
    st.integers(-(10**15), 10**19).map(float) | st.integers(-(10**15), 10**15).map(lambda cents: cents / 100), PLACES
)
def test_no_float_is_read_as_another_number_than_its_digits(value: float, place: str | None) -> None:
    found, suggested = read_or_refused(str(value), place)
    assert (found, suggested) in {(None, None), read_or_refused(str(value).partition(".")[0], place)}


@given(possible_numbers(), st.text("0123456789", min_size=1, max_size=4), st.sampled_from(["/", " / ", "//"]))
def test_a_number_with_another_ending_behind_a_slash_is_never_read_as_one(
    number: PhoneNumber, ending: str, slash: str
) -> None:
    written = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    assert read_or_refused(f"{written}{slash}{ending}", None) == (None, None)


@given(possible_numbers(), PLACES)
def test_two_zeros_before_the_country_code_are_a_plus(number: PhoneNumber, place: str | None) -> None:
    assume(not e164(number).startswith("+11"))
    assert found_or_refused(f"00{e164(number)[1:]}", place) in {e164(number), None}


@given(
    st.text() | st.text("+0123456789 ()-./x:tel", max_size=30),
    st.none() | st.text(max_size=3) | st.sampled_from(REGIONS),
)
def test_any_text_is_read_once_and_for_all_or_refused_without_its_digits(text: str, country: str | None) -> None:
    for read in (recipient, sender):
        try:
            found = read(text, country)
        except AddressFault as fault:
            shown = f"{fault} {fault!r} {fault.args} {fault.message}".replace(EXAMPLE, "")
            assert not [part for part in re.findall(r"[0-9]{3,}", shown) if part in text]
        else:
            assert read(found, country) == found


@pytest.mark.parametrize(
    ("written", "country", "meant"),
    [
        pytest.param("+1 (415) 555-0100", None, "+14155550100", id="omi #5542: spaces, brackets and dashes"),
        pytest.param("(800) 444-5555", "US", "+18004445555", id="brackets"),
        pytest.param("212.555.0123", "US", "+12125550123", id="dots"),
        pytest.param("212\u00b7555\u00b70123", "US", "+12125550123", id="middle dots"),
        pytest.param("[212] 555 0123", "us", "+12125550123", id="square brackets"),
        pytest.param("(+44) 20 7946 0018", None, "+442079460018", id="plus in brackets"),
        pytest.param("+44 (0)20 7946 0018", None, "+442079460018", id="trunk zero"),
        pytest.param("0044 (0)20 7946 0018", None, "+442079460018", id="00 and a trunk zero"),
        pytest.param("(00) 44 20 7946 0018", None, "+442079460018", id="00 in brackets"),
        pytest.param("+39 (0)6 12345678", None, "+390612345678", id="a zero that Italy keeps"),
        pytest.param("+39 (0)347 1234567", None, "+393471234567", id="a zero too many for a mobile in Italy"),
        pytest.param("030/1234567", "DE", "+49301234567", id="slash"),
        pytest.param("+81 90\u30fc1234\u30fc5678", None, "+819012345678", id="the long sound as a dash"),
        pytest.param("+31\u00a06\u20111234\u20135678", None, "+31612345678", id="no-break spaces, dashes of all kinds"),
        pytest.param("\u202a+1 212 555 0123\u202c", None, "+12125550123", id="direction marks of a contact list"),
        pytest.param("\uff0b\uff11\uff08\uff12\uff11\uff12\uff09\uff15\uff15\uff15\uff10\uff11\uff12\uff13", None, "+12125550123"),
        pytest.param("\u0662\u0661\u0662\u0665\u0665\u0665\u0660\u0661\u0662\u0663", "US", "+12125550123", id="arabic-indic"),
        pytest.param("011 44 20 7946 0018", "US", "+442079460018", id="as dialled in the United States"),
        pytest.param("0011 65 6123 4567", "AU", "+6561234567", id="as dialled in Australia"),
        pytest.param("001 44 20 7946 0018", "HK", "+442079460018", id="as dialled in Hong Kong"),
        pytest.param("+15005550006", None, "+15005550006", id="a magic number of Twilio"),
        pytest.param("+1 999 555 0123", None, "+19995550123", id="of no range in use"),
        pytest.param("312345", "AD", "+376312345", id="six digits are a whole number in Andorra"),
        pytest.param("whatsapp:+5215512345678", None, "whatsapp:+5215512345678", id="a WhatsApp address in Mexico"),
        pytest.param("whatsapp:+5215512345678.0", None, "whatsapp:+5215512345678", id="the same as a spreadsheet writes it"),
        pytest.param("tel:+491711234567.0", None, "+491711234567", id="a URI as a spreadsheet writes it"),
        pytest.param("0171/1234567", "DE", "+491711234567", id="a slash behind an area code"),
        pytest.param("(0664) / 123 45 67", "AT", "+436641234567", id="a slash and spaces behind an area code"),
        pytest.param("+49 (0)35204 / 123456", None, "+4935204123456", id="a slash behind a long area code"),
        pytest.param("0049 171/1234567", None, "+491711234567", id="a slash behind 00"),
        pytest.param("212/555-0123", "US", "+12125550123", id="a slash behind an area code without zero"),
        pytest.param("030 1234567-0", "DE", "+493012345670", id="an extension that is dialled with a fixed line"),
        pytest.param("06.12.34.56.00", "FR", "+33612345600", id="pairs that end in zeros"),
        pytest.param("06 - 12 - 34 - 56 - 78", "FR", "+33612345678", id="pairs with dashes"),
        pytest.param("1.711.234.567", "DE", "+491711234567", id="a spreadsheet's thousands"),
    ],
)  # fmt: skip
def test_a_number_is_read_as_people_write_it(written: str, country: str | None, meant: str) -> None:
    assert recipient(written, country) == meant


@pytest.mark.parametrize(
    ("written", "country", "says"),
    [
        pytest.param("0011 65 6123 4567", None, AMBIGUOUS, id="Singapore dialled in Australia, or +1 (1) 656"),
        pytest.param("001 65 6234 5678", "HK", AMBIGUOUS, id="Singapore dialled in Hong Kong, or Florida"),
        pytest.param("31612345678", "DE", AMBIGUOUS, id="a Dutch mobile without +, or a German number"),
        pytest.param("93234567890", "GR", AMBIGUOUS, id="of no range in use in Greece"),
        pytest.param("468123456", "SE", AMBIGUOUS, id="Stockholm with its country code, or a place in the north"),
        pytest.param(
            "+49 30 1234567\u00b2", None, "it holds something besides", id="the mark of a footnote is no digit"
        ),
        pytest.param("+1 212 555 0123\n+1 212 555 0124", None, "it holds something besides", id="two numbers"),
        pytest.param("++12125550123", None, "it holds something besides", id="two plus signs"),
        pytest.param("+1 212 555 0123 x5", None, "has an extension", id="extension"),
        pytest.param("tel:+1-212-555-0123;ext=5", None, "has an extension", id="extension of a URI"),
        pytest.param("+1 212 555 0123 ext. 5", None, "has an extension", id="extension in letters"),
        pytest.param("+49 000 30 1234567", None, "more zeros", id="zeros"),
        pytest.param("911", "US", "is a short code", id="emergency"),
        pytest.param("0171 1234567/8", "DE", AMBIGUOUS, id="two numbers, the second by its ending"),
        pytest.param("+43 664 1234567 / 68", None, AMBIGUOUS, id="two numbers, the second by two digits"),
        pytest.param("+62 812 3456 789 / 0", None, AMBIGUOUS, id="two numbers of a country with long and short ones"),
        pytest.param("+43 664 1234567/1234568", None, AMBIGUOUS, id="two numbers with one area code"),
        pytest.param("12345/54321", "DE", AMBIGUOUS, id="two numbers without an area code"),
        pytest.param("02/123/45/67", "BE", AMBIGUOUS, id="more than one slash"),
        pytest.param("0171 1234567 - 8", "DE", AMBIGUOUS, id="a dash before another ending"),
        pytest.param("0171 1234567-8", "DE", AMBIGUOUS, id="the same without spaces: a mobile has no extension"),
        pytest.param("0171 1234567-8-9", "DE", AMBIGUOUS, id="two more endings"),
        pytest.param("0043 664 1234567-68", None, AMBIGUOUS, id="a dash behind 00"),
        pytest.param("491711234567-8", None, AMBIGUOUS, id="a dash where the plus was lost"),
        pytest.param("+43 664 1234567 (68)", None, AMBIGUOUS, id="another ending in brackets"),
        pytest.param("+43 664 1234567.68", None, AMBIGUOUS, id="a point before another ending"),
        pytest.param("0171 1234567; 8", "DE", "it holds something besides", id="a semicolon"),
        pytest.param("0171 1234567, 8", "DE", "it holds something besides", id="a comma"),
        pytest.param("0171 1234567 or 8", "DE", "it holds letters", id="a word"),
        pytest.param("0171 1234567.0", "DE", AMBIGUOUS, id="a fraction behind what no spreadsheet writes"),
        pytest.param("-1711234567.0", "DE", AMBIGUOUS, id="a negative number"),
        pytest.param("1711234567.5", "DE", AMBIGUOUS, id="a quantity"),
        pytest.param("1711234567.000", "DE", AMBIGUOUS, id="thousandths"),
        pytest.param("4.91711234567E+11", "DE", "in scientific notation", id="an exponent"),
        pytest.param("4,9171E+11", None, "in scientific notation", id="an exponent behind a comma"),
        pytest.param("+", None, "it holds something besides", id="no digit"),
        pytest.param("2125550123", "UK", "Write its two letters, such as US or GB", id="UK is no country code"),
        pytest.param("sms:+12125550123", None, "is on sms:", id="not a channel"),
    ],
)
def test_what_is_no_number_or_more_than_one_is_refused(written: str, country: str | None, says: str) -> None:
    with pytest.raises(AddressFault, match=re.escape(says)):
        recipient(written, country)


@pytest.mark.parametrize(
    ("written", "country", "meant"),
    [
        pytest.param(
            "31612345678", None, "+31612345678", id="logto #8377, packetfence #2296, UNA #2131: the + was lost"
        ),
        pytest.param("491711234567.0", None, "+491711234567", id="a spreadsheet made it a number, and text again"),
        pytest.param("491711234567.0", "DE", "+491711234567", id="the same where it is as long as a national number"),
        pytest.param("491711234567/8", None, None, id="two numbers of which the second is shortened"),
        pytest.param("15005550006", None, "+15005550006", id="a magic number"),
        pytest.param("31612345678", "US", "+31612345678", id="too long for the default country"),
        pytest.param("31612345678", "DE", "+31612345678", id="ambiguous"),
        pytest.param(
            "2025550123", None, None, id="ten digits are more likely of Washington than of a fixed line in Cairo"
        ),
        pytest.param("0612345678", None, None, id="national"),
    ],
)
def test_the_number_that_was_meant_is_suggested_apart_from_the_sentence(
    written: str, country: str | None, meant: str | None
) -> None:
    with pytest.raises(AddressFault) as caught:
        recipient(written, country)
    assert caught.value.suggestion == meant
    assert written not in f"{caught.value} {caught.value!r} {caught.value.args}"


@pytest.mark.parametrize(
    ("written", "country", "sent"),
    [
        pytest.param("MGM Resorts", None, "MGM Resorts", id="appwrite #13626: a name that begins like a SID"),
        pytest.param("12345", "DE", "12345", id="five digits are a short code everywhere"),
        pytest.param("12345678", None, "12345678", id="a long short code"),
        pytest.param("19123456", "AU", "19123456", id="a long short code that is no number of the country"),
        pytest.param("32123456", "DK", "+4532123456", id="eight digits that are a number of the country"),
        pytest.param("12345.0", None, "12345", id="a short code that a spreadsheet made a number"),
        pytest.param("Q&A_1.+-", None, "Q&A_1.+-", id="every sign of a name"),
    ],
)
def test_a_sender_is_told_apart(written: str, country: str | None, sent: str) -> None:
    assert sender(written, country) == sent


@pytest.mark.parametrize(
    ("address", "country"),
    [
        ("+15005550006", "US"),
        ("+18765550123", "JM"),
        ("+77011234567", "KZ"),
        ("+447781123456", "GG"),
        ("whatsapp:+5215512345678", "MX"),
        ("+80012345678", None),
        ("messenger:1234567", None),
        # Nobody has these ranges yet, and 25 countries share +1, four share +44.
        ("+15552229999", None),
        ("+447700900123", None),
        # The whole code is one country's, so a new range is too.
        ("+31970123456789", "NL"),
    ],
)
def test_the_country_of_a_shared_code_is_told_by_the_number(address: str, country: str | None) -> None:
    assert country_of(address) == country
