"""Open a session from a checked connection: which credentials, which region, whose account."""

from __future__ import annotations

from typing import Any

from connector_kit import Connection
from twilio_connector.client import TwilioClient
from twilio_connector.regions import base_url
from twilio_connector.session import TwilioSession


def open_session(connection: Connection, **settings: Any) -> TwilioSession:
    """Open a session; ``settings`` go to the client, for hosts and tests with a transport or clock of their own.

    Raises:
        InputError: for a region that does not exist.
    """
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
    identity = f"{connection.base_url or connection.get('region') or 'us1'}/{account_sid}"
    return TwilioSession(client, identity, connection.get("default_country"))
