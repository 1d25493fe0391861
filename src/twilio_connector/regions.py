"""Find the address of Twilio's API for a region; the edge that belongs to it is derived, because a region alone leads nowhere.

Source: twilio.com/docs/global-infrastructure/understanding-edge-locations. Hosts of the form ``api.{region}.twilio.com`` were
switched off on 28 April 2026, and a region without its edge would be answered by us1, with another account's data.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from connector_kit import InputError, Problem

DEFAULT = "us1"
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
# Another edge leads to the same region, and so to the same account.
_HOST = re.compile(r"api(?:\.[a-z-]+)?\.([a-z]{2}[0-9])\.twilio\.com")
_PORTS = {"https": 443, "http": 80}


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


def place(address: str | None, region: str | None) -> str:
    """Return where an account is, the same however it was written: its region, or an address that is no region's own.

    Args:
        address: a checked address, which takes the place of the region's.
        region: of the connection; None is us1.
    """
    if address is None:
        return region or DEFAULT
    parts = urlsplit(address)
    host = (parts.hostname or "").removesuffix(".")
    usual = parts.port in (None, _PORTS.get(parts.scheme))
    if usual and parts.scheme == "https":
        found = _HOST.fullmatch(host)
        own = DEFAULT if host == "api.twilio.com" else found and found[1]
        if own in EDGES:
            return str(own)
    host = f"[{ipaddress.ip_address(host)}]" if ":" in host else host
    return f"{parts.scheme}://{host}" if usual else f"{parts.scheme}://{host}:{parts.port}"
