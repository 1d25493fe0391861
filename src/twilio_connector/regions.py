"""Find the address of Twilio's API for a region; the edge that belongs to it is derived, because a region alone leads nowhere.

Source: twilio.com/docs/global-infrastructure/understanding-edge-locations. Hosts of the form ``api.{region}.twilio.com`` were
switched off on 28 April 2026, and a region without its edge would be answered by us1, with another account's data.
"""

from __future__ import annotations

from connector_kit import InputError, Problem

DEFAULT = "us1"
# The regions that an account can choose for its messages; the other addresses exist for other products.
HOMES = ("us1", "ie1", "au1")
EDGES = {
    "au1": "sydney",
    "br1": "sao-paulo",
    "de1": "frankfurt",
    "ie1": "dublin",
    "jp1": "tokyo",
    "sg1": "singapore",
    "us1": "ashburn",
    "us2": "umatilla",
}


def base_url(region: str | None) -> str | None:
    """Return the address of the API in a region; None means the usual one, of us1.

    Raises:
        InputError: for a region that does not exist; guessing would send on another account.
    """
    if region is None or region == DEFAULT:
        return None
    if region not in EDGES:
        problem = Problem("region", f"does not exist. Write one of {', '.join(sorted(EDGES))}")
        raise InputError("The connection to Twilio needs a change. Nothing was sent.", problems=[problem])
    return f"https://api.{EDGES[region]}.{region}.twilio.com"
