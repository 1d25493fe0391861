"""An account with some weeks of messages, the same every time, for demos and tests."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from twilio_sandbox.app import Sandbox
from twilio_sandbox.segments import segments
from twilio_sandbox.store import FAILURES, PRICE, Account, Message

ACCOUNT_SID = f"AC{1:032x}"
AUTH_TOKEN = "sandbox-token-0001"  # noqa: S105 - opens nothing but a sandbox
OWN_NUMBER = "+15005550006"
OTHER_NUMBER = "+15005550010"
SERVICE_SID = f"MG{1:032x}"
OPTED_OUT = "+12125550199"

_TEXTS = [
    "Your order {n} has left the warehouse.",
    "Your table for tonight is ready.",
    "Reminder: your appointment is tomorrow at 9.",
    "Your code is {n}. It is valid for ten minutes.",
    "Thank you! Your refund of €{n} is on its way 🎉",
]
_REPLIES = ["Thanks!", "STOP", "HELP", "Can I get a refund for order {n}?", "Yes, see you tomorrow"]


def account() -> Account:
    """Return the demo account: two numbers, a messaging service, and one recipient who has opted out."""
    return Account(
        sid=ACCOUNT_SID,
        auth_token=AUTH_TOKEN,
        numbers={OWN_NUMBER, OTHER_NUMBER},
        services={SERVICE_SID: OWN_NUMBER},
        blocked_countries={"+882"},
        opted_out={OPTED_OUT},
    )


def seeded(sandbox: Sandbox, count: int = 300, days: int = 21) -> Sandbox:
    """Add the demo account with ``count`` messages over the last ``days`` days."""
    sandbox.store.add_account(account())
    chance = random.Random(7)  # noqa: S311 - not for secrets: the same messages every time
    end = sandbox.clock.now().replace(microsecond=0)
    ages = sorted((chance.uniform(60, days * 86_400) for _ in range(count)), reverse=True)
    messages = [_message(sandbox, chance, end - timedelta(seconds=int(age))) for age in ages]
    sandbox.store.extend(ACCOUNT_SID, messages)
    return sandbox


def _message(sandbox: Sandbox, chance: random.Random, created: datetime) -> Message:
    person = f"+1212555{chance.randrange(100, 140):04d}"
    inbound = chance.random() < 0.25
    body = chance.choice(_REPLIES if inbound else _TEXTS).format(n=chance.randrange(1000, 9999))
    message = Message(
        sid=sandbox.store.new_sid("SM"),
        account_sid=ACCOUNT_SID,
        sender=person if inbound else OWN_NUMBER,
        recipient=OWN_NUMBER if inbound else person,
        body=body,
        created=created,
        sent=created + timedelta(seconds=0 if inbound else 2),
        updated=created + timedelta(seconds=0 if inbound else 4),
        status="received" if inbound else "delivered",
        direction="inbound" if inbound else "outbound-api",
        segments=str(segments(body)),
        price=PRICE * segments(body),
    )
    if not inbound and chance.random() < 0.08:
        code = chance.choice(sorted(FAILURES))
        message.status, message.error_code, message.error_message = "undelivered", code, FAILURES[code]
    return message
