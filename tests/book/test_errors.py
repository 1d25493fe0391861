"""Each of our errors has its error of Kognitos, with our sentence and our error as its cause, and nothing personal in either."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from kognitos.bdk.api import errors
from kognitos.bdk.typing import Sensitive

import connector_kit.reads
from book_desk import Desk, compare, connected, disconnected
from connector_kit import (
    ActionCall,
    Connection,
    ConnectorError,
    ContractError,
    CredentialsError,
    InputError,
    JournalError,
    ManifestError,
    OutcomeUnknownError,
    PluginError,
    RateLimitedError,
    RecipientError,
    RefusedError,
    ServiceAnswer,
    ServiceError,
    UnavailableError,
    UnboundActionError,
    hookimpl,
)
from connector_kit.hosts.kognitos.adapter import Adapter, _platform_error
from support import BODY, RECIPIENT, stored, twilio
from twilio_connector.book import TwilioBook
from twilio_sandbox import Fault
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN, OWN_NUMBER

SAYS = "What to do."


def service(status: int) -> ServiceError:
    return ServiceError(SAYS, service=ServiceAnswer(status))


@pytest.mark.parametrize(
    ("ours", "theirs", "while_checking"),
    [
        (InputError(SAYS), ValueError, ValueError),
        (CredentialsError(SAYS), errors.AuthenticationFailedError, errors.AuthenticationFailedError),
        (RefusedError(SAYS), errors.ForbiddenError, errors.ForbiddenError),
        (service(403), errors.ForbiddenError, errors.ForbiddenError),
        (service(404), errors.NotFoundError, errors.TestConnectionFailedError),
        (service(400), RuntimeError, errors.TestConnectionFailedError),
        (RateLimitedError(SAYS), RuntimeError, errors.TestConnectionFailedError),
        (RecipientError(SAYS, reason="opted_out"), RuntimeError, errors.TestConnectionFailedError),
        (UnavailableError(SAYS), RuntimeError, errors.TestConnectionFailedError),
        (OutcomeUnknownError(SAYS), RuntimeError, errors.TestConnectionFailedError),
        (ContractError(SAYS), RuntimeError, errors.TestConnectionFailedError),
        (PluginError(SAYS), RuntimeError, errors.TestConnectionFailedError),
        (ManifestError(SAYS), RuntimeError, errors.TestConnectionFailedError),
        (UnboundActionError(SAYS), RuntimeError, errors.TestConnectionFailedError),
        (JournalError(SAYS), RuntimeError, errors.TestConnectionFailedError),
    ],
    ids=lambda each: each.__name__ if isinstance(each, type) else type(each).__name__,
)
def test_each_error_has_its_error_of_the_platform(
    ours: ConnectorError, theirs: type[Exception], while_checking: type[Exception]
) -> None:
    for checking, kind in ((False, theirs), (True, while_checking)):
        error = _platform_error(ours, checking=checking)
        assert type(error) is kind
        assert str(error) == SAYS


def send(desk: Desk, **changes: Any) -> Any:
    inputs = {"sender_number": OWN_NUMBER, "recipient_number": RECIPIENT, "message_body": BODY}
    return desk.book.send_sms_message(**{**inputs, **changes})


def fails(work: Callable[[], Any]) -> Exception:
    """Return what is raised, and see that our error is its cause."""
    with pytest.raises(Exception, match=r".") as caught:
        work()
    assert isinstance(caught.value.__cause__, ConnectorError)
    return caught.value


def test_a_missing_input_is_told_with_everything_else_that_is_wrong(desk: Desk) -> None:
    error = fails(lambda: send(desk, sender_number=None, message_body=""))
    assert "sender_number: is missing. Please provide it." in str(error)
    assert "message_body: is empty" in str(error)


def test_a_policy_that_says_no_is_forbidden() -> None:
    class Closed:
        @hookimpl
        def connector_before(self, call: ActionCall, connection: Connection) -> None:
            raise RefusedError("Not on Sundays. Nothing was sent.")

    desk = connected()
    desk.at.connector._plugins._manager.register(Closed())
    assert type(fails(lambda: send(desk))) is errors.ForbiddenError
    assert desk.at.creates == []


def test_verifying_tells_what_could_not_be_found_out() -> None:
    desk = disconnected()
    desk.at.sandbox.faults.plant(Fault("server_error", times=20))
    error = fails(lambda: desk.book.connect(ACCOUNT_SID, Sensitive(AUTH_TOKEN), verify=True))
    assert type(error) is errors.TestConnectionFailedError


@pytest.mark.parametrize("token", ["", "   ", None], ids=["empty", "blank", "none"])
def test_no_secret_is_refused_before_any_request(token: Any) -> None:
    desk = disconnected()
    assert type(fails(lambda: desk.book.connect(ACCOUNT_SID, token, verify=True))) is ValueError
    assert desk.at.sandbox.requests == []


def test_an_api_key_connects_too() -> None:
    desk = disconnected()
    account = desk.at.sandbox.store.account(ACCOUNT_SID)
    assert account is not None
    account.api_keys[f"SK{1:032x}"] = "the-secret-of-the-key"
    desk.book.connect_api_key(ACCOUNT_SID, f"SK{1:032x}", Sensitive("the-secret-of-the-key"), verify=True)
    assert desk.read() == []


def test_more_than_a_list_can_hold_is_refused_and_never_cut(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list has no place for "there are more": an automation would take the first for all."""
    monkeypatch.setattr(connector_kit.reads, "READ_CAP", 3)
    stored(desk.at.sandbox, 4)
    assert "Give a limit" in str(fails(desk.read))
    assert len(desk.read(limit=4)) == 4


def test_a_notice_is_logged_without_anything_personal(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "connector_kit.hosts.kognitos"):
        send(desk)
    assert "not yet delivered" in caplog.text
    assert RECIPIENT not in caplog.text
    assert BODY not in caplog.text


def test_nothing_personal_is_in_a_traceback_a_repr_or_a_log(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    # In variables, because a traceback shows the lines of this file.
    token, short = "a-token-that-is-not-theirs", "+1 212 555 0"
    with caplog.at_level(logging.DEBUG):
        wrong = disconnected()
        wrong.book.connect(ACCOUNT_SID, token)
        found = [fails(wrong.read), fails(lambda: send(desk, recipient_number=short))]
        found.append(fails(lambda: desk.read(compare("gt", "sender number", RECIPIENT))))
        desk.at.sandbox.faults.plant(Fault("server_error", method="POST"))
        found.append(fails(lambda: send(desk)))
        stored(desk.at.sandbox, 1)
        shown = repr(desk.read()) + repr(desk.book) + repr(desk.book._adapter)
    shown += "".join("".join(traceback.format_exception(error)) for error in found) + caplog.text
    for personal in (token, AUTH_TOKEN, RECIPIENT, short, BODY):
        assert personal not in shown


def test_a_call_that_is_under_way_keeps_its_connection() -> None:
    """Another thread gives the book other credentials while a page is read: the read ends on the account on which it began."""
    at = twilio()
    book = TwilioBook()
    book._adapter = Adapter("twilio", at.connector)
    book.connect(ACCOUNT_SID, AUTH_TOKEN)
    stored(at.sandbox, 1500)  # two pages
    handled = at.sandbox.handle

    def interrupting(*request: Any) -> Any:
        book.connect(ACCOUNT_SID, "another-token-0001")
        at.sandbox.handle = handled  # type: ignore[method-assign]
        return handled(*request)

    at.sandbox.handle = interrupting  # type: ignore[method-assign, assignment]
    assert len(book.read_sms_messages()) == 1500
    assert isinstance(fails(book.read_sms_messages), errors.AuthenticationFailedError)
