"""Find out whether the credentials of a connection work, and if not, which of the likely reasons it is.

Two requests decide. Listing one message works with every kind of credentials, also with a Standard API key, which cannot read the
account. Reading the account is only enrichment: its name, whether it is suspended, whether it is a trial. Sources:
twilio.com/docs/errors/20003, /20008 and /403, twilio.com/docs/iam/api-keys, twilio.com/docs/iam/test-credentials.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

from connector_kit import (
    Checked,
    ConnectorError,
    CredentialsError,
    Notice,
    Problem,
    ServiceAnswer,
    ServiceError,
    UnavailableError,
)
from twilio_connector.answers import GUEST_NETWORK, body_of, error_of
from twilio_connector.client import TwilioClient

# Makes a client with the same credentials for each other region, with the region's name.
Elsewhere = Callable[[], Iterator[tuple[str, TwilioClient]]]

_TEST_CREDENTIALS = 20008
_TEST_NOTICE = Notice(
    "test_credentials",
    "These are test credentials: what is sent is checked but not delivered, and nothing can be read.",
)
_TRIAL_NOTICE = Notice(
    "trial", "This is a trial account: it can text only numbers you have verified, and adds a sentence to each message."
)
_FORBIDDEN = (
    "Twilio knows these credentials, but they may not read messages. A restricted API key needs the permission to read messages "
    '(in the Twilio Console under "API keys & tokens"); an account may be suspended. If this connection is only to send, it can be '
    "used as it is"
)


def check(client: TwilioClient, elsewhere: Elsewhere, *, by_key: bool) -> Checked:
    """Check the credentials of a client.

    Raises:
        CredentialsError: if Twilio does not accept them, with the likely causes, or with the region that they belong to.
        ServiceError: if Twilio accepts them, but lets them read nothing.
        UnavailableError, RateLimitedError: if Twilio could not be asked; this says nothing about the credentials.
    """
    try:
        _probe(client)
    except CredentialsError as exc:
        raise _not_accepted(elsewhere, exc.service, by_key=by_key) from None
    except ServiceError as exc:
        return _refused(exc, by_key=by_key)
    account = _account(client)
    if account is None:
        return Checked()
    name, status, kind = account
    if status in ("suspended", "closed"):
        raise CredentialsError(f'Twilio reports the account "{name}" as {status}. Open the Twilio Console to see why.')
    return Checked(name or None, (_TRIAL_NOTICE,) if kind == "Trial" else ())


def _probe(client: TwilioClient) -> None:
    """Ask whether the credentials can list a message; which one is not looked at."""
    doing = "check the connection"
    response = client.ask("/Messages.json", doing, PageSize="1")
    if response.status_code != HTTPStatus.OK:
        raise error_of(response, doing)
    if not isinstance(body_of(response).get("messages"), list):
        raise UnavailableError(f"Could not {doing}: {GUEST_NETWORK}")


def _account(client: TwilioClient) -> tuple[str, str, str] | None:
    """Return the account's name, status and type; None if the credentials may not read it, or it could not be asked.

    Twilio's answer holds the account's Auth Token, so nothing else of it is kept.
    """
    try:
        response = client.ask(".json", "read the account")
    except UnavailableError:
        return None
    body = body_of(response) if response.status_code == HTTPStatus.OK else {}
    if body.get("sid") != client.account_sid:
        return None
    name, status, kind = (str(body.get(key) or "")[:80] for key in ("friendly_name", "status", "type"))
    return name, status, kind


def _refused(exc: ServiceError, *, by_key: bool) -> Checked:
    """Tell what an answer means that is neither yes nor "unknown credentials"."""
    answer = exc.service
    if answer is not None and answer.code == _TEST_CREDENTIALS:
        return Checked(notices=(_TEST_NOTICE,), test_only=True)
    if answer is not None and answer.status == HTTPStatus.NOT_FOUND:
        message = (
            f"Twilio does not know this Account SID. Copy it again, with {_secret(by_key=by_key)} of the same account."
        )
        raise CredentialsError(message, service=answer, problems=[Problem("account_sid", "is not known to Twilio")])
    if answer is not None and answer.status == HTTPStatus.FORBIDDEN:
        raise ServiceError(f"{_FORBIDDEN}.{_detail(answer)}", service=answer)
    raise exc


def _not_accepted(elsewhere: Elsewhere, answer: ServiceAnswer | None, *, by_key: bool) -> CredentialsError:
    region = _home(elsewhere)
    if region is not None:
        fault = f"is another one: these credentials belong to {region}. Choose it and check again"
        message = f"Twilio did not accept these credentials here, but they work in the region {region}."
        return CredentialsError(message, service=answer, problems=[Problem("region", fault, suggestion=region)])
    # Twilio has one answer for many causes, so the sentence names them and claims none.
    pair, old = (
        ("the Account SID, API Key SID and API Key Secret", "a key that was deleted no longer works")
        if by_key
        else ("the Account SID and Auth Token", "a new primary Auth Token makes the old one useless")
    )
    message = (
        f"Twilio did not accept {pair} together. (1) Copy them again, from the same account and at the same time. "
        f"(2) {old[0].upper()}{old[1:]}. (3) Look in the Twilio Console whether the account is suspended or closed.{_detail(answer)}"
    )
    return CredentialsError(message, service=answer)


def _home(elsewhere: Elsewhere) -> str | None:
    """Return the one other region in which the credentials work, all asked at once, or None."""
    others = list(elsewhere())
    if not others:
        return None
    with ThreadPoolExecutor(len(others)) as pool:
        answers = list(pool.map(lambda other: _works(other[1]), others))
    return next((region for (region, _), works in zip(others, answers, strict=True) if works), None)


def _works(client: TwilioClient) -> bool:
    try:
        _probe(client)
    except ConnectorError:
        return False
    finally:
        client.close()
    return True


def _secret(*, by_key: bool) -> str:
    return "the API key" if by_key else "the Auth Token"


def _detail(answer: ServiceAnswer | None) -> str:
    """Return the line for support: what Twilio said, in numbers."""
    if answer is None:
        return ""
    code = "" if answer.code is None else f", Twilio error {answer.code}"
    return f" (HTTP {answer.status}{code})"
