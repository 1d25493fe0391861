"""Senders and recipients as people write them: understood exactly, or refused with what to write."""

from __future__ import annotations

import re

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat

from twilio_connector.addresses import AddressFault, country_of, recipient, sender

COUNTRIES = st.sampled_from([None, "US", "GB", "NL", "DE", "FR", "IT", "BR", "IN", "AU", "JP", "ZA"])
RESULT = re.compile(r"\+[1-9]\d{6,14}|whatsapp:\+[1-9]\d{6,14}|(messenger|rcs):\S+")
WRITTEN = st.one_of(
    st.text(max_size=30),
    st.text("+0123456789 ()-./x", max_size=25),
    st.from_regex(r"(whatsapp|tel|rcs|sms):\+?[0-9 ]{1,15}", fullmatch=True),
)


@given(WRITTEN, COUNTRIES)
def test_any_text_is_an_address_or_a_fault(text: str, country: str | None) -> None:
    """Never another error, never another form, and what came out goes in again unchanged."""
    try:
        found = recipient(text, country)
    except AddressFault as caught:
        shown, digits = f"{caught} {caught!r} {caught.message}", re.sub(r"\D", "", text)
    else:
        shown, digits = "", ""
        assert RESULT.fullmatch(found)
        assert recipient(found, country) == found
    assert len(digits) < 5 or digits not in shown


@given(WRITTEN, COUNTRIES)
def test_any_text_is_a_sender_or_a_fault(text: str, country: str | None) -> None:
    try:
        found = sender(text, country)
    except AddressFault:
        return
    assert sender(found, country) == found


@given(
    st.sampled_from(["US", "GB", "NL", "DE", "FR", "ES", "BR", "IN", "AU", "JP", "ZA", "KE"]),
    st.sampled_from(
        [PhoneNumberFormat.E164, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.NATIONAL, PhoneNumberFormat.RFC3966]
    ),
    st.sampled_from(["mobile", "fixed"]),
)
def test_every_way_to_write_a_number_is_read_as_the_same_number(country: str, form: int, kind: str) -> None:
    types = {"mobile": phonenumbers.PhoneNumberType.MOBILE, "fixed": phonenumbers.PhoneNumberType.FIXED_LINE}
    number = phonenumbers.example_number_for_type(country, types[kind])
    if number is None:
        return
    expected = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    assert recipient(phonenumbers.format_number(number, form), country) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("+44 (0)20 7946 0018", "+442079460018"),
        ("0044 20 7946 0018", "+442079460018"),
        ("+1-212-555-0123", "+12125550123"),
        ("tel:+1-212-555-0123", "+12125550123"),
        ("\uff0b\uff11\uff12\uff11\uff12\uff15\uff15\uff15\uff10\uff11\uff12\uff13", "+12125550123"),
        ("\u200e+1 212 555\u20130123", "+12125550123"),
        ("WhatsApp:+1 212 555 0123", "whatsapp:+12125550123"),
        ("rcs:brand_agent", "rcs:brand_agent"),
        ("+15005550006", "+15005550006"),
        (" +12125550123\n", "+12125550123"),
    ],
)
def test_a_recipient_is_understood(written: str, expected: str) -> None:
    assert recipient(written) == expected


@pytest.mark.parametrize(
    ("written", "country", "says"),
    [
        ("", None, "is empty"),
        ("2125550123", None, "has no country code"),
        ("12345", None, "is a short code"),
        ("my sister", None, "holds letters"),
        ("1-800-FLOWERS", "US", "holds letters"),
        ("+1 212 555 0123 ext. 4", None, "has an extension"),
        ("+1212555", None, "too few digits"),
        ("+1212555012345678", None, "too many digits"),
        ("+999123456789", None, "is not a phone number"),
        ("sms:+12125550123", None, "a channel that Twilio does not have"),
        ("messenger:", None, "needs an id"),
        ("whatsapp:hello", None, "holds letters"),
        ("5551234", "US", "lacks its area code"),
        ("2125550123", "XX", "default country is not one"),
        ("1" * 101, None, "is too long"),
    ],
)
def test_a_recipient_that_cannot_be_one_is_refused_with_advice(written: str, country: str | None, says: str) -> None:
    with pytest.raises(AddressFault, match=re.escape(says)):
        recipient(written, country)


@pytest.mark.parametrize(
    "written", ["+31612345678", "MGM Resorts", "12345", "Shop4U", f"MG{1:032x}", "whatsapp:+15005550006"]
)
def test_a_sender_is_kept_as_it_is(written: str) -> None:
    """Appwrite #13626: "MGM Resorts" is a name, not a messaging service."""
    assert sender(written) == written


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("A name that is long", "at most 11"),
        (f"MG{1:031x}", "34 characters"),
        ("1", "no country code"),
        ("Ünïcode", "at most 11"),
        ("4.9171E+11", "in scientific notation"),
    ],
)
def test_a_sender_that_cannot_be_one_is_refused_with_advice(written: str, says: str) -> None:
    with pytest.raises(AddressFault, match=re.escape(says)):
        sender(written)


def test_digits_of_which_only_the_plus_is_missing_come_with_the_corrected_form() -> None:
    """Logto #8377, packetfence #2296: the + was lost on the way."""
    with pytest.raises(AddressFault) as caught:
        recipient("31612345678")
    assert caught.value.suggestion == "+31612345678"


@pytest.mark.parametrize(
    ("address", "country"),
    [
        ("+12125550123", "US"),
        ("+31612345678", "NL"),
        ("+442079460018", "GB"),
        ("+16135550123", "CA"),
        ("whatsapp:+4915112345678", "DE"),
        ("Shop4U", None),
        ("12345", None),
    ],
)
def test_the_country_of_an_address(address: str, country: str | None) -> None:
    assert country_of(address) == country
