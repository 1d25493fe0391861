"""Write messages, accounts and errors exactly as Twilio's API does: key order of 2022 and later, numbers as texts, RFC 2822 dates."""

from __future__ import annotations

import json
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from twilio_sandbox.store import Account, Message

API_VERSION = "2010-04-01"
DOCUMENTATION = "https://www.twilio.com/docs/errors"


def date(moment: datetime | None) -> str | None:
    """RFC 2822, always ``+0000``, to the second."""
    return None if moment is None else format_datetime(moment.replace(microsecond=0))


def message(item: Message, *, listed: bool) -> dict[str, Any]:
    """One message; a list or fetch links to its feedback too."""
    uri = f"/{API_VERSION}/Accounts/{item.account_sid}/Messages/{item.sid}"
    links = {"media": f"{uri}/Media.json"}
    if listed:
        links["feedback"] = f"{uri}/Feedback.json"
    return {
        "body": item.body,
        "num_segments": item.segments,
        "direction": item.direction,
        "from": item.sender,
        "date_updated": date(item.updated or item.created),
        "price": None if item.price is None else f"{item.price:.5f}",
        "error_message": item.error_message,
        "uri": f"{uri}.json",
        "account_sid": item.account_sid,
        "num_media": str(item.media),
        "to": item.recipient,
        "date_created": date(item.created),
        "status": item.status,
        "sid": item.sid,
        "date_sent": date(item.sent),
        "messaging_service_sid": item.messaging_service_sid,
        "error_code": item.error_code,
        "price_unit": item.price_unit,
        "api_version": API_VERSION,
        "subresource_uris": links,
    }


def account(item: Account) -> dict[str, Any]:
    """One account, with its live token in clear, as Twilio does it."""
    uri = f"/{API_VERSION}/Accounts/{item.sid}"
    return {
        "status": item.status,
        "date_updated": date(item.created),
        "auth_token": item.auth_token,
        "friendly_name": item.friendly_name,
        "owner_account_sid": item.owner_sid or item.sid,
        "uri": f"{uri}.json",
        "sid": item.sid,
        "date_created": date(item.created),
        "type": item.type,
        "subresource_uris": {"messages": f"{uri}/Messages.json"},
    }


def error(status: int, code: int | None, text: str) -> dict[str, Any]:
    """The classic error body; without a code there is no link either."""
    body: dict[str, Any] = {} if code is None else {"code": code}
    body["message"] = text
    if code is not None:
        body["more_info"] = f"{DOCUMENTATION}/{code}"
    return {**body, "status": status}


def problem(status: int, code: int | None, text: str) -> dict[str, Any]:
    """The error body of Twilio's newer products (RFC 9457)."""
    body = {"type": f"{DOCUMENTATION}/{code}", "title": text, "status": status, "detail": text, "errors": []}
    return body if code is None else {**body, "code": code}


def dumps(document: Any) -> bytes:
    """Python's own separators and ASCII escapes, as on every recording."""
    return json.dumps(document).encode("ascii")
