"""What Twilio refuses: the checks of a create in their order, the magic numbers of test credentials, and date filters."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta

from twilio_sandbox.store import Account

MAX_BODY = 1600
E164 = re.compile(r"\+[1-9]\d{6,14}")
SHORT_CODE = re.compile(r"\d{5,6}")
NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 &_.+-]{1,11}")
CHANNEL = re.compile(r"(whatsapp|messenger|rcs):\S+")
SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
RESERVED_NAMES = {"apple", "twilio"}

MAGIC_SENDER_OK = "+15005550006"
_MAGIC_SENDERS = {"+15005550001": 21212, "+15005550007": 21606, "+15005550008": 21611}
_MAGIC_RECIPIENTS = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}


def masked(number: str) -> str:
    """Twilio hides the last four digits in its error texts."""
    return f"{number[:-4]}XXXX" if len(number) > 4 else number


_TEXTS: dict[int, str] = {
    21211: "The 'To' number {to} is not a valid phone number.",
    21212: "The 'From' number {sender} is not a valid phone number, shortcode, or alphanumeric sender ID.",
    21266: "'To' and 'From' number cannot be the same",
    21408: "Permission to send an SMS has not been enabled for the region indicated by the 'To' number: {to}",
    21602: "Message body is required.",
    21603: "A 'From' phone number is required.",
    21604: "A 'To' phone number is required.",
    21606: "The 'From' phone number {sender} is not a valid, SMS-capable inbound phone number or short code for your account.",
    21608: (
        "The number {to} is unverified. Trial accounts cannot send messages to unverified numbers; "
        "verify {to} at twilio.com/user/account/phone-numbers/verified, or purchase a Twilio number to send messages to unverified numbers"
    ),
    21610: "Attempt to send to unsubscribed recipient",
    21611: "This 'From' number has exceeded the maximum number of queued messages",
    21612: "The 'To' phone number: {to}, is not currently reachable using the 'From' phone number: {sender} via SMS.",
    21614: "'To' number {to} is not a valid mobile number",
    21617: "The concatenated message body exceeds the 1600 character limit",
    21619: "A text message body or media urls must be specified.",
    21623: "Number of media files exceeds allowed limit",
}


def text(code: int, to: str, sender: str) -> str:
    """Return the text of an error, with the numbers masked."""
    return _TEXTS[code].format(to=masked(to), sender=masked(sender))


def normalised(sender: str) -> str:
    """Twilio takes digits without the plus for one of its numbers, and answers with the plus."""
    return f"+{sender}" if re.fullmatch(r"[1-9]\d{9,14}", sender) else sender


def refusal(account: Account, form: Mapping[str, Sequence[str]]) -> int | None:
    """Return the code with which a create is refused, or None. The order is documented nowhere; this one is plausible."""
    to, sender = form.get("To", [""])[0], normalised(form.get("From", [""])[0])
    service = form.get("MessagingServiceSid", [""])[0] or (sender if SERVICE.fullmatch(sender) else "")
    checks: tuple[Callable[[], int | None], ...] = (
        lambda: _recipient(account, to),
        lambda: None if service else _sender(account, sender, to),
        lambda: _permission(account, to),
        lambda: _content(form),
        lambda: 21611 if account.test and _MAGIC_SENDERS.get(sender) == 21611 else None,
    )
    return next((code for check in checks if (code := check()) is not None), None)


def _recipient(account: Account, to: str) -> int | None:
    if not to:
        return 21604
    if account.test and to in _MAGIC_RECIPIENTS:
        return _MAGIC_RECIPIENTS[to]
    return None if E164.fullmatch(to) or CHANNEL.fullmatch(to) else 21211


def _sender(account: Account, sender: str, to: str) -> int | None:
    if not sender:
        return 21603
    if account.test:
        code = _MAGIC_SENDERS.get(sender, None if sender == MAGIC_SENDER_OK else 21606)
        return None if code == 21611 else code
    if sender.lower() in RESERVED_NAMES:
        return 21212
    if not any(kind.fullmatch(sender) for kind in (E164, SHORT_CODE, NAME, CHANNEL)):
        return 21212
    if sender not in account.numbers and not account.free_senders:
        return 21606
    return 21266 if sender == to else None


def _permission(account: Account, to: str) -> int | None:
    if any(to.startswith(prefix) for prefix in account.blocked_countries):
        return 21408
    if to in account.opted_out:
        return 21610
    return 21608 if account.type == "Trial" and to not in account.verified else None


def _content(form: Mapping[str, Sequence[str]]) -> int | None:
    body, media = form.get("Body", [""])[0], form.get("MediaUrl", [])
    if not body and not media and not form.get("ContentSid"):
        return 21602
    if len(media) > 10:
        return 21623
    return 21617 if len(body) > MAX_BODY else None


# How the boundary of DateSent< and DateSent> is read; Twilio's own texts and observations differ.
Reading = Callable[[datetime, datetime], bool]
_DAY = timedelta(days=1)


def _midnight(moment: datetime) -> datetime:
    return datetime.combine(moment.date(), time(), UTC)


BEFORE: dict[str, Reading] = {
    "inclusive": lambda sent, bound: sent <= bound,
    "strict": lambda sent, bound: sent < bound,
    "midnight": lambda sent, bound: sent <= _midnight(bound),
    "whole_day": lambda sent, bound: sent < _midnight(bound) + _DAY,
}
AFTER: dict[str, Reading] = {
    "inclusive": lambda sent, bound: sent >= bound,
    "strict": lambda sent, bound: sent > bound,
    "midnight": lambda sent, bound: sent >= _midnight(bound),
    "whole_day": lambda sent, bound: sent >= _midnight(bound),
}


def on_day(sent: datetime, bound: datetime) -> bool:
    """Read DateSent with a date: any time of that day in UTC."""
    return sent.date() == bound.date()


def at_instant(sent: datetime, bound: datetime) -> bool:
    """Read DateSent with a time: exactly then."""
    return sent == bound


def date_value(value: str) -> tuple[datetime, bool]:
    """Read the value of a date filter: the instant, and whether it was a date without a time.

    Raises:
        ValueError: if it is no date.
    """
    moment = datetime.fromisoformat(value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC), len(value) == len("2022-03-01")
