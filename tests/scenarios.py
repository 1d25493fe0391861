"""What is recorded into cassettes: one list of scenarios, each a use of the connector's public API and what it promises."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from connector_kit import (
    ActionCall,
    Connector,
    ConnectorError,
    CredentialsError,
    OutcomeUnknownError,
    RecipientError,
    ServiceError,
    parse_filter,
)
from support import BODY, NOW, stored
from twilio_connector.models import SmsMessage
from twilio_sandbox import Clock, Fault, Sandbox
from twilio_sandbox.seed import OPTED_OUT

SID = re.compile("(SM|MM)[0-9a-f]{32}")
UNKNOWN_SID = f"SM{0:032x}"
NOBODY = "+15005550001"  # Twilio's magic number that is not a valid recipient
PAGES_OF = 2


@dataclass(frozen=True)
class Place:
    """Where a scenario is played: an account of an origin, its numbers, and a message that it has."""

    account_sid: str
    auth_token: str = field(repr=False)
    sender: str
    recipient: str
    known_sid: str = UNKNOWN_SID
    base_url: str | None = None


@dataclass(frozen=True)
class Ending:
    """How a scenario ended: with an output or with an error."""

    output: Any = None
    error: ConnectorError | None = None


class Stage(Sandbox):
    """The sandbox as scenarios are recorded from it. ``largest_page`` makes it give fewer messages a page than asked for."""

    largest_page: int | None = None

    def __init__(self) -> None:
        super().__init__(Clock(NOW))

    def handle(self, method: str, target: str, *rest: Any) -> Any:
        """Answer one request."""
        if self.largest_page is not None:
            target = re.sub(r"\bPageSize=\d+", f"PageSize={self.largest_page}", target)
        return super().handle(method, target, *rest)


def _nothing(_: Stage) -> None:
    pass


@dataclass(frozen=True)
class Scenario:
    """One recording.

    ``does`` plays it, ``promises`` asserts how it ends, ``prepare`` sets the sandbox's stage; ``token`` replaces the right one.
    """

    name: str
    origins: tuple[str, ...]
    does: Callable[[Connector, Place], Any]
    promises: Callable[[Ending], None]
    prepare: Callable[[Stage], None] = _nothing
    token: str | None = None


# ---- what scenarios do ----------------------------------------------------------------------------------------------


def _send(connector: Connector, place: Place, recipient: str | None = None) -> str:
    inputs = {"sender_number": place.sender, "recipient_number": recipient or place.recipient, "message_body": BODY}
    output: str = connector.run(ActionCall("send_sms_message", inputs)).output
    return output


def _read(connector: Connector, tree: list[Any] | None = None, limit: int | None = None) -> list[SmsMessage]:
    wanted = None if tree is None else parse_filter(tree, connector.manifest.concepts[0])
    output: list[SmsMessage] = connector.run(ActionCall("read_sms_messages", filter=wanted, limit=limit)).output
    return output


# ---- what scenarios promise -----------------------------------------------------------------------------------------


def _is_sent(ending: Ending) -> None:
    assert ending.error is None
    assert SID.fullmatch(ending.output)


def _has_messages(ending: Ending) -> None:
    assert ending.error is None
    messages = ending.output
    assert messages
    assert len({message.sid for message in messages}) == len(messages)
    for message in messages:
        assert SID.fullmatch(message.sid)
        assert message.date_created.tzinfo is not None
        assert message.num_media >= 0


def _is_empty(ending: Ending) -> None:
    assert ending == Ending(output=[])


def _fails(kind: type[ConnectorError], status: int, code: int | None) -> Callable[[Ending], None]:
    def promise(ending: Ending) -> None:
        assert type(ending.error) is kind
        assert ending.error.service is not None
        assert (ending.error.service.status, ending.error.service.code) == (status, code)
        assert not ending.error.retryable

    return promise


# ---- the sandbox's stage --------------------------------------------------------------------------------------------


def _five_messages(stage: Stage) -> None:
    stored(stage, 5)


def _five_messages_on_small_pages(stage: Stage) -> None:
    # The service drops the first by From, the connector the second by its status.
    changes: dict[int, dict[str, Any]] = {
        1: {"sender": "+12125550111", "direction": "inbound", "status": "received"},
        3: {"status": "undelivered", "error_code": 30005, "error_message": "Unknown destination handset"},
    }
    stored(stage, 5, change=lambda number: changes.get(number, {}))
    stage.largest_page = PAGES_OF


def _test_credentials(stage: Stage) -> None:
    for account in stage.store.accounts():
        account.test = True


def _fault(fault: Callable[[], Fault]) -> Callable[[Stage], None]:
    return lambda stage: stage.faults.plant(fault())


SCENARIOS = (
    Scenario("send", ("sandbox", "prism", "twilio"), _send, _is_sent),
    Scenario(
        "read_one_page", ("sandbox", "prism", "twilio"), lambda c, _: _read(c, limit=2), _has_messages, _five_messages
    ),
    Scenario(
        # A status cannot be asked for, so the connector asks for the largest page, which no small recording fills: the stage
        # gives smaller ones.
        "read_two_pages_with_a_filter",
        ("sandbox",),
        lambda c, place: _read(c, ["and", ["eq", "sender_number", place.sender], ["eq", "status", "delivered"]]),
        _has_messages,
        _five_messages_on_small_pages,
    ),
    Scenario(
        "read_by_sid",
        ("sandbox", "prism"),
        lambda c, place: _read(c, ["eq", "sid", place.known_sid]),
        _has_messages,
        _five_messages,
    ),
    Scenario(
        "read_unknown_sid",
        ("sandbox", "twilio"),
        lambda c, _: _read(c, ["eq", "sid", UNKNOWN_SID]),
        _is_empty,
        _five_messages,
    ),
    Scenario(
        "wrong_token",
        ("sandbox", "twilio"),
        lambda c, _: c.run(ActionCall("read_sms_messages", limit=1)),
        _fails(CredentialsError, 401, 20003),
        token="not-the-token-of-it",
    ),
    Scenario(
        "invalid_recipient",
        ("sandbox", "twilio"),
        lambda c, place: _send(c, place, NOBODY),
        _fails(RecipientError, 400, 21211),
        _test_credentials,
    ),
    Scenario(
        "opted_out", ("sandbox",), lambda c, place: _send(c, place, OPTED_OUT), _fails(RecipientError, 400, 21610)
    ),
    Scenario(
        "unknown_account",
        ("sandbox",),
        lambda c, _: _read(c, limit=1),
        _fails(ServiceError, 404, 20404),
        _fault(lambda: Fault("error", status=404, code=20404, message="The requested resource was not found")),
    ),
    Scenario(
        "rate_limited_then_sent",
        ("sandbox",),
        _send,
        _is_sent,
        _fault(lambda: Fault("rate_limited", method="POST", retry_after="1")),
    ),
    Scenario(
        "server_error_on_send",
        ("sandbox",),
        _send,
        _fails(OutcomeUnknownError, 500, None),
        _fault(lambda: Fault("server_error", method="POST")),
    ),
)


def of_origin(origin: str) -> list[Scenario]:
    """Return the scenarios that are recorded from an origin."""
    return [scenario for scenario in SCENARIOS if origin in scenario.origins]


def play(scenario: Scenario, connector: Connector, place: Place) -> Ending:
    """Play a scenario and hold it to its promise."""
    try:
        ending = Ending(output=scenario.does(connector, place))
    except ConnectorError as error:
        ending = Ending(error=error)
    scenario.promises(ending)
    return ending
