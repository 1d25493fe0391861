"""Open a session from a checked connection: which credentials, which region, whose account."""

from __future__ import annotations

from typing import Any

import httpx

from connector_kit import Connection, InputError, Problem
from twilio_connector.client import TwilioClient
from twilio_connector.regions import base_url, place
from twilio_connector.session import TwilioSession


def open_session(connection: Connection, **settings: Any) -> TwilioSession:
    """Open a session; ``settings`` go to the client, for hosts and tests with a transport or clock of their own.

    Raises:
        InputError: for a region that does not exist, an address that cannot be looked up, or an environment that spoils it.
    """
    if connection.base_url is not None and not _is_readable(connection.base_url):
        problem = Problem("base_url", "is not an address; write it like https://api.example.com")
        raise InputError("The connection to Twilio needs a change. Nothing was sent.", problems=[problem])
    account_sid: str = connection.values["account_sid"]
    by_key = connection.method == "api_key"
    client = TwilioClient(
        account_sid,
        connection.secret("api_key_secret" if by_key else "auth_token"),
        key_sid=connection.get("api_key_sid") if by_key else None,
        base_url=connection.base_url or base_url(connection.get("region")),
        **settings,
    )
    # A region is an account of its own: its messages are not seen from another.
    identity = f"{place(connection.base_url, connection.get('region'))}/{account_sid}"
    return TwilioSession(client, identity, connection.get("default_country"))


def _is_readable(address: str) -> bool:
    """Tell whether httpx reads an address too: its rules for names in other alphabets are stricter than Python's own."""
    try:
        return bool(httpx.URL(address).host)
    except (httpx.InvalidURL, ValueError):
        return False
