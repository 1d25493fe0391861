"""Turn a failure of the network into the error that says what is wrong with it and what to do."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import httpx

from connector_kit import ConnectorError, OutcomeUnknownError, UnavailableError
from twilio_connector.answers import UNKNOWN

# Errors of httpx that prove that no byte of the request has left: a repeated create cannot be a second SMS.
_NOT_OPENED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


def network_error(exc: httpx.RequestError, doing: str, *, sending: bool) -> ConnectorError:
    """Return the error for a request that got no answer.

    Args:
        exc: what httpx raised.
        doing: what was tried, as words: "send the message".
        sending: whether repeating it could send a second SMS.
    """
    if isinstance(exc, _NOT_OPENED):
        return UnavailableError(
            f"Could not {doing}: no connection to Twilio could be opened, so nothing was sent. {_reason(exc)}"
        )
    why = (
        "the answer took too long"
        if isinstance(exc, httpx.TimeoutException)
        else "the connection broke before the answer came"
    )
    if sending:
        return OutcomeUnknownError(UNKNOWN.format(why=why))
    return UnavailableError(f"Could not {doing}: {why}. Run it again later.")


def _reason(exc: httpx.RequestError) -> str:
    """Say in a sentence what kept the connection from opening, and what to do about it."""
    causes = tuple(_causes(exc))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return (
            "Something between this machine and Twilio shows a certificate of its own, as some company networks do. "
            "Ask whoever runs the network, or use another one."
        )
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return "The secure connection failed. Check the network and the proxy, and run it again."
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return "Its address was not found: check that this machine is online, and its DNS."
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return "The connection was refused. Check the firewall, the proxy and the address, and run it again."
    if isinstance(exc, httpx.ProxyError):
        return "The proxy did not let the request through. Check its address and its rules, and run it again."
    if isinstance(exc, httpx.TimeoutException):
        return "There was no answer in time. Check the network and run it again."
    return "Check the network, the proxy and the address, and run it again."


def _causes(exc: BaseException | None) -> Iterator[BaseException]:
    while exc is not None:
        yield exc
        exc = exc.__cause__ or exc.__context__
