"""Make the HTTP client with the proxies and certificates of the machine, and name the environment variable that spoils it.

The value of a variable is in no error, and no foreign error is its context: the address of a proxy may hold a password.
"""

from __future__ import annotations

import functools
import os
import ssl
from typing import Any
from urllib.request import getproxies

import httpx

from connector_kit import InputError
from twilio_connector.connections import Client

_HIGHEST_PORT = 65_535


@functools.cache
def tls() -> ssl.SSLContext:
    """Return the context that verifies certificates. Loading them costs about 20 ms, so the whole process shares one.

    Raises:
        InputError: if the environment names certificates, or a file for keys, that cannot be used.
    """
    try:
        return httpx.create_ssl_context()
    except OSError:
        # Raised below: as its context the error would hold the path.
        pass
    raise _fault(_spoiling_tls(), "is not a file or folder that can be used")


def http_client(*, trust_env: bool, transport: httpx.BaseTransport | None, **settings: Any) -> httpx.Client:
    """Return the client, through the proxies of the environment if that is to be trusted and no transport is given.

    Raises:
        InputError: if the environment names a proxy that cannot be used.
    """
    if trust_env and transport is None:
        _check_proxies()
    try:
        return Client(trust_env=trust_env, transport=transport, **settings)
    except (httpx.InvalidURL, ValueError):
        if not trust_env:
            raise
    raise _fault(_name("no"), "holds something that is not a host")


def _check_proxies() -> None:
    proxies = getproxies()
    if "*" in [host.strip() for host in proxies.get("no", "").split(",")]:
        return
    for scheme in ("http", "https", "all"):
        address = proxies.get(scheme)
        if address and not _is_proxy(address if "://" in address else f"http://{address}"):
            what = "is not the address of a proxy that can be used, such as http://proxy.example.com:8080"
            raise _fault(_name(scheme), what)


def _name(scheme: str) -> str:
    # Where both spellings are set, the small one counts.
    small = f"{scheme}_proxy"
    return small if os.environ.get(small) else small.upper()


def _is_proxy(address: str) -> bool:
    try:
        url = httpx.URL(address)
        # What the client would do with it: now, and when it looks up the name.
        httpx.HTTPTransport(proxy=address, verify=False).close()
        url.host.encode("idna")
    except (httpx.InvalidURL, ValueError, ImportError):
        return False
    return bool(url.host) and (url.port is None or 0 < url.port <= _HIGHEST_PORT)


def _spoiling_tls() -> str:
    path = os.environ.get("SSL_CERT_FILE")
    if path:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
        except OSError:
            return "SSL_CERT_FILE"
    return "SSLKEYLOGFILE" if os.environ.get("SSLKEYLOGFILE") else "SSL_CERT_DIR"


def _fault(name: str, what: str) -> InputError:
    return InputError(f"The environment variable {name} {what}. Correct or remove it. Nothing was sent.")
