"""Sending: checked before the network, one POST, and never a second one that could be a second SMS."""

from __future__ import annotations

import ssl
from datetime import datetime, timedelta

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import SecretStr

from connector_kit import (
    ActionCall,
    ConnectorError,
    CredentialsError,
    InputError,
    OutcomeUnknownError,
    RateLimitedError,
    RecipientError,
    ServiceError,
    UnavailableError,
    load_connector,
    make_plugins,
)
from support import BODY, RECIPIENT, Twilio, Wire, stored, twilio
from twilio_connector import plugin
from twilio_connector.client import TwilioClient
from twilio_sandbox import Clock, Fault, Sandbox, SandboxTransport
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN, OPTED_OUT, OWN_NUMBER, SERVICE_SID

INPUTS = {"sender_number": OWN_NUMBER, "recipient_number": RECIPIENT, "message_body": BODY}


def test_a_sent_message_gives_its_sid_and_says_that_it_is_not_yet_delivered(twilio_account: Twilio) -> None:
    inputs = {"sender_number": OWN_NUMBER, "recipient_number": RECIPIENT, "message_body": BODY}
    result = twilio_account.connector.run(ActionCall("send_sms_message", inputs))
    stored = twilio_account.sandbox.store.all(ACCOUNT_SID)
    assert [(m.sid, m.sender, m.recipient, m.body) for m in stored] == [(result.output, OWN_NUMBER, RECIPIENT, BODY)]
    assert [(notice.code, "not yet delivered" in notice.message) for notice in result.notices] == [("queued", True)]


def test_the_request_holds_the_three_inputs_and_nothing_else(twilio_account: Twilio) -> None:
    twilio_account.send()
    assert twilio_account.creates == [{"To": [RECIPIENT], "From": [OWN_NUMBER], "Body": [BODY]}]


def test_a_body_travels_unchanged(twilio_account: Twilio) -> None:
    body = "50% off + free “coffee” & tea\n€5 🎉 é ñ \t {name} \\"
    twilio_account.send(message_body=body)
    assert twilio_account.sandbox.store.all(ACCOUNT_SID)[0].body == body


@pytest.mark.parametrize(
    "number",
    [
        "",
        "5551234",
        "12125550123",
        "(212) 555-0123",
        "+0123456789",
        "+1212555012345678",
        "my sister",
        "+",
        "whatsapp:5551234",
        "12345",
        "sms:+12125550123",
    ],
)
def test_a_recipient_that_is_no_number_is_refused_before_the_network(twilio_account: Twilio, number: str) -> None:
    with pytest.raises(InputError) as caught:
        twilio_account.send(recipient_number=number)
    assert [problem.path for problem in caught.value.problems] == ["recipient_number"]
    assert twilio_account.sandbox.requests == []


@pytest.mark.parametrize("sender", ["", "(500) 555-0006", "A name that is long", "whatsapp:hello", "Ünïcode", "1"])
def test_a_sender_that_cannot_be_one_is_refused_before_the_network(twilio_account: Twilio, sender: str) -> None:
    with pytest.raises(InputError) as caught:
        twilio_account.send(sender_number=sender)
    assert [problem.path for problem in caught.value.problems] == ["sender_number"]
    assert twilio_account.sandbox.requests == []


@pytest.mark.parametrize(
    ("sender", "recipient"),
    [
        ("+15005550006", "+12125550123"),
        ("12345", "+31612345678"),
        ("MGM Resorts", "+12125550123"),
        ("Shop4U", "+31612345678"),
        ("whatsapp:+15005550006", "whatsapp:+12125550123"),
        ("messenger:102030", "messenger:405060"),
    ],
)
def test_every_kind_of_address_reaches_twilio_untouched(twilio_account: Twilio, sender: str, recipient: str) -> None:
    account = twilio_account.sandbox.store.account(ACCOUNT_SID)
    assert account is not None
    account.free_senders = True
    twilio_account.send(sender_number=sender, recipient_number=recipient)
    assert twilio_account.creates == [{"To": [recipient], "From": [sender], "Body": [BODY]}]


def test_two_channels_in_one_message_are_refused(twilio_account: Twilio) -> None:
    with pytest.raises(InputError, match="is on whatsapp, but the sender is on SMS"):
        twilio_account.send(recipient_number="whatsapp:+12125550123")


def test_all_faults_of_the_addresses_are_reported_at_once(twilio_account: Twilio) -> None:
    with pytest.raises(InputError) as caught:
        twilio_account.send(recipient_number="5551234", sender_number="+1")
    assert {problem.path for problem in caught.value.problems} == {"recipient_number", "sender_number"}


def test_a_message_to_its_own_sender_is_refused(twilio_account: Twilio) -> None:
    """Twilio error 21266."""
    with pytest.raises(InputError, match="is the sender number too"):
        twilio_account.send(recipient_number=OWN_NUMBER)


def test_an_empty_or_too_long_body_is_refused_before_the_network(twilio_account: Twilio) -> None:
    with pytest.raises(InputError, match="message_body: is empty; write the text"):
        twilio_account.send(message_body="")
    with pytest.raises(InputError, match="1601 characters of at most 1600; shorten it"):
        twilio_account.send(message_body="x" * 1601)
    assert twilio_account.sandbox.requests == []
    twilio_account.send(message_body="x" * 1600)


# The faults after which nobody knows whether the message was stored: those that store it, and those that do not.
STORED = [
    Fault("drop_after"),
    Fault("server_error_after"),
    Fault("truncated"),
    Fault("slow", seconds=31),
    Fault("null", field="sid"),
]
NOT_STORED = [Fault("drop_before"), Fault("server_error"), Fault("garbled"), Fault("empty")]


def planted(account: Twilio, fault: Fault, times: int = 9) -> None:
    """Plant a fault that hits creates only."""
    account.sandbox.faults.plant(Fault(**{**vars(fault), "times": times, "method": "POST"}))


@pytest.mark.parametrize("fault", STORED, ids=lambda fault: fault.kind)
def test_a_lost_answer_is_found_again_and_the_message_is_not_sent_twice(twilio_account: Twilio, fault: Fault) -> None:
    planted(twilio_account, fault)
    result = twilio_account.connector.run(ActionCall("send_sms_message", INPUTS))
    stored = twilio_account.sandbox.store.all(ACCOUNT_SID)
    assert [message.sid for message in stored] == [result.output]
    assert [notice.code for notice in result.notices] == ["reconciled"]
    assert len(twilio_account.creates) == 1


@pytest.mark.parametrize("fault", NOT_STORED, ids=lambda fault: fault.kind)
def test_an_unanswered_send_that_is_not_found_is_never_repeated_and_says_so(
    twilio_account: Twilio, fault: Fault
) -> None:
    planted(twilio_account, fault)
    with pytest.raises(
        OutcomeUnknownError, match=r"and found none\. It may appear later: look again after 12:10 UTC"
    ) as caught:
        twilio_account.send()
    assert not caught.value.retryable
    assert len(twilio_account.creates) == 1
    assert sum(twilio_account.waits) < 30


def test_a_message_that_is_listed_late_is_still_found(twilio_account: Twilio) -> None:
    """The list lags: the first looks find nothing."""
    planted(twilio_account, Fault("drop_after"))
    hidden = 3

    class Lagging(SandboxTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            nonlocal hidden
            if request.method == "GET" and hidden:
                hidden -= 1
                return httpx.Response(200, json={"messages": [], "next_page_uri": None})
            return super().handle_request(request)

    account = twilio(twilio_account.sandbox, Lagging(twilio_account.sandbox))
    assert account.send() == account.sandbox.store.all(ACCOUNT_SID)[0].sid
    assert len(account.waits) == 4


def test_an_identical_message_that_was_sent_before_is_not_taken_for_a_lost_one(twilio_account: Twilio) -> None:
    """Two legitimate sends within one second, the second lost before it was stored."""
    twilio_account.send()
    planted(twilio_account, Fault("drop_before"))
    with pytest.raises(OutcomeUnknownError, match="found none"):
        twilio_account.send()
    assert len(twilio_account.sandbox.store.all(ACCOUNT_SID)) == 1


def test_an_old_identical_message_is_not_taken_for_a_lost_one(twilio_account: Twilio) -> None:
    """Also one that somebody else sent, as long as it was created before."""
    twilio(twilio_account.sandbox).send()
    twilio_account.sandbox.clock.advance(10)
    planted(twilio_account, Fault("drop_before"))
    with pytest.raises(OutcomeUnknownError, match="found none"):
        twilio_account.send()


class OtherClock(Clock):
    """The clock of a machine, which a service's clock is ahead of."""

    def __init__(self, of_service: Clock, ahead: timedelta) -> None:
        super().__init__()
        self._of_service, self._ahead_of_us = of_service, ahead

    def now(self) -> datetime:
        return self._of_service.now() - self._ahead_of_us

    def advance(self, seconds: float) -> None:
        self._of_service.advance(seconds)


def elsewhere(sandbox: Sandbox, ahead: float) -> Twilio:
    """Return a connector on a machine whose clock Twilio's is ahead of by so many seconds."""
    wire = Wire(SandboxTransport(sandbox), OtherClock(sandbox.clock, timedelta(seconds=ahead)))
    plugins = make_plugins([plugin, wire], entry_point_group=None)
    connector = load_connector("twilio", plugins=plugins, now=wire.clock.now, sleep=wire.wait)
    connector.open({"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN})
    return Twilio(connector, sandbox, wire.waits)


AHEAD = [-86_400, -90, 90, 86_400]


@pytest.mark.parametrize("ahead", AHEAD)
def test_a_lost_message_is_found_although_the_clocks_differ(twilio_account: Twilio, ahead: float) -> None:
    """It is recognised by when Twilio made it, and Twilio's clock is known from its answers."""
    sandbox = twilio_account.sandbox
    planted(twilio_account, Fault("drop_after"), times=1)
    assert elsewhere(sandbox, ahead).send() == sandbox.store.all(ACCOUNT_SID)[0].sid


@pytest.mark.parametrize("ahead", AHEAD)
def test_an_old_identical_message_is_not_taken_for_a_lost_one_although_the_clocks_differ(
    twilio_account: Twilio, ahead: float
) -> None:
    twilio_account.send()
    twilio_account.sandbox.clock.advance(30)
    planted(twilio_account, Fault("drop_before"), times=1)
    with pytest.raises(OutcomeUnknownError, match="found none"):
        elsewhere(twilio_account.sandbox, ahead).send()


def test_a_lost_message_to_a_number_of_the_account_is_not_taken_for_what_arrived_there(twilio_account: Twilio) -> None:
    """Twilio keeps two records of it, with one text between the same numbers: what was sent, and what was received."""
    sandbox = twilio_account.sandbox

    class Arriving(SandboxTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            response = super().handle_request(request)
            if request.method == "POST":
                stored(sandbox, 1, change=lambda _: arrived)
            return response

    now = sandbox.clock.now()
    arrived = {"body": BODY, "status": "received", "direction": "inbound", "created": now, "sent": now}
    planted(twilio_account, Fault("server_error_after"), times=1)
    sid = twilio(sandbox, Arriving(sandbox)).send()
    (sent,) = (message for message in sandbox.store.all(ACCOUNT_SID) if message.direction != "inbound")
    assert (sid, sandbox.store.count(ACCOUNT_SID)) == (sent.sid, 2)


def test_of_two_identical_lost_messages_none_is_guessed(twilio_account: Twilio) -> None:
    planted(twilio_account, Fault("server_error_after"), times=1)
    other = twilio(twilio_account.sandbox)
    other.send()
    planted(other, Fault("drop_after"), times=1)
    with pytest.raises(OutcomeUnknownError, match="found 2, so nobody can tell"):
        twilio(twilio_account.sandbox).send()


@pytest.mark.parametrize(
    "changes", [{"message_body": "other"}, {"recipient_number": "+12125550124"}, {"sender_number": "+15005550010"}]
)
def test_only_the_same_message_is_recognised(twilio_account: Twilio, changes: dict[str, str]) -> None:
    planted(twilio_account, Fault("drop_before"))
    other = twilio(twilio_account.sandbox)
    other.sandbox.faults.clear()
    other.send(**changes)
    planted(twilio_account, Fault("drop_before"))
    with pytest.raises(OutcomeUnknownError, match="found none"):
        twilio_account.send()


def test_a_lost_message_of_a_trial_account_is_recognised_behind_its_prefix(twilio_account: Twilio) -> None:
    account = twilio_account.sandbox.store.account(ACCOUNT_SID)
    assert account is not None
    account.type = "Trial"
    account.verified.add(RECIPIENT)
    planted(twilio_account, Fault("drop_after"))
    assert twilio_account.send().startswith("SM")


def test_a_lost_message_of_a_messaging_service_is_recognised_without_its_sender(twilio_account: Twilio) -> None:
    planted(twilio_account, Fault("drop_after"))
    assert twilio_account.send(sender_number=SERVICE_SID).startswith("SM")


def test_a_look_that_fails_leaves_the_outcome_unknown(twilio_account: Twilio) -> None:
    planted(twilio_account, Fault("drop_after"))
    twilio_account.sandbox.faults.plant(Fault("server_error", times=99, method="GET"))
    with pytest.raises(OutcomeUnknownError, match="Looking for it failed as well"):
        twilio_account.send()
    assert len(twilio_account.creates) == 1


@pytest.mark.parametrize(
    "error",
    [
        httpx.ReadTimeout,
        httpx.ReadError,
        httpx.WriteError,
        httpx.WriteTimeout,
        httpx.RemoteProtocolError,
        httpx.CloseError,
        httpx.DecodingError,
        httpx.LocalProtocolError,
    ],
)
def test_a_send_that_breaks_after_it_left_is_an_unknown_outcome(error: type[httpx.RequestError]) -> None:
    sent = []

    def failing(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        raise error("boom", request=request)

    with pytest.raises(OutcomeUnknownError):
        twilio(transport=httpx.MockTransport(failing)).send()
    assert [request.method for request in sent].count("POST") == 1


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError])
def test_a_send_whose_connection_was_never_opened_is_repeated(error: type[httpx.RequestError]) -> None:
    """No byte has left, so repeating cannot be a second SMS."""
    sandbox = twilio().sandbox
    tries = []

    def failing_twice(request: httpx.Request) -> httpx.Response:
        tries.append(request)
        if len(tries) < 3:
            raise error("boom", request=request)
        answer = sandbox.handle(request.method, request.url.raw_path.decode(), dict(request.headers), request.content)
        return httpx.Response(answer.status or 500, content=answer.body)

    account = twilio(sandbox, httpx.MockTransport(failing_twice))
    account.send()
    assert (len(tries), sandbox.store.count(ACCOUNT_SID)) == (3, 1)


def test_a_send_that_never_gets_through_is_unavailable_and_may_be_repeated() -> None:
    def failing(request: httpx.Request) -> httpx.Response:
        message = "refused"
        raise httpx.ConnectError(message, request=request)

    with pytest.raises(UnavailableError, match="so nothing was sent") as caught:
        twilio(transport=httpx.MockTransport(failing)).send()
    assert caught.value.retryable


def test_a_busy_twilio_is_asked_again_because_it_did_not_process_the_send(twilio_account: Twilio) -> None:
    """Twilio's page on error 20429: the request was not processed."""
    twilio_account.sandbox.faults.plant(Fault("rate_limited", times=2, method="POST", retry_after="3"))
    twilio_account.send()
    assert twilio_account.waits == [3.0, 3.0]
    assert twilio_account.sandbox.store.count(ACCOUNT_SID) == 1


def test_a_twilio_that_stays_busy_is_rate_limited(twilio_account: Twilio) -> None:
    twilio_account.sandbox.faults.plant(Fault("rate_limited", times=99, method="POST"))
    with pytest.raises(RateLimitedError) as caught:
        twilio_account.send()
    assert caught.value.retryable
    assert len(twilio_account.creates) == 5


def test_a_drifted_answer_does_not_turn_a_sent_message_into_an_error(twilio_account: Twilio) -> None:
    """Only the SID counts: an error here would make a person send it again."""
    for fault in (
        Fault("unknown_key"),
        Fault("unknown_status"),
        Fault("null", field="num_media"),
        Fault("null", field="status"),
    ):
        twilio_account.sandbox.faults.plant(fault)
        assert twilio_account.send().startswith("SM")


@pytest.mark.parametrize(
    ("changes", "code", "advice"),
    [
        ({"recipient_number": OPTED_OUT}, 21610, "has opted out"),
        ({"recipient_number": "+88212345678"}, 21408, "may not send to the recipient's country"),
        ({"sender_number": "+15005559999"}, 21606, "not one of your Twilio account's"),
        ({"sender_number": "Apple"}, 21212, "The sender number is not valid"),
    ],
)
def test_what_twilio_refuses_comes_with_advice(
    twilio_account: Twilio, changes: dict[str, str], code: int, advice: str
) -> None:
    with pytest.raises(ServiceError, match=advice) as caught:
        twilio_account.send(**changes)
    service = caught.value.service
    assert service is not None
    assert (service.status, service.code) == (400, code)
    assert service.more_info == f"https://www.twilio.com/docs/errors/{code}"
    assert service.request_id is not None
    assert service.request_id.startswith("RQ")
    assert not caught.value.retryable


def test_the_error_shows_which_recipient_without_giving_the_number_away(twilio_account: Twilio) -> None:
    with pytest.raises(ServiceError, match=r"\+1\*\*\*\*\*\*\*\*99"):
        twilio_account.send(recipient_number=OPTED_OUT)


@pytest.mark.parametrize(
    ("fault", "kind", "says"),
    [
        (Fault("error", code=572006, message="Invalid template name."), ServiceError, "Twilio's predefined texts only"),
        (
            Fault("error", code=999999, message="Something new about +12125550177."),
            ServiceError,
            r"Twilio said: Something new about \+1\*+77\. \(Twilio error 999999\)",
        ),
        (Fault("error", message="No code at all"), ServiceError, "Twilio said: No code at all"),
        (Fault("problem", code=21211, message="Bad number"), RecipientError, "not a valid phone number"),
        (Fault("problem", message="Bad thing"), ServiceError, "Bad thing"),
        (Fault("empty", status=400), ServiceError, r"answered no \(HTTP 400\)"),
        (Fault("garbled", status=403), ServiceError, r"answered no \(HTTP 403\)"),
        (Fault("error", status=401, code=20003, message="Authenticate"), CredentialsError, "Copy both again"),
        (Fault("empty", status=401), CredentialsError, "Copy both again"),
        (
            Fault("error", status=403, code=20008, message="Resource not accessible with Test Account Credentials"),
            ServiceError,
            "test credentials",
        ),
        (Fault("empty", status=408), OutcomeUnknownError, "HTTP 408"),
        (Fault("empty", status=302), OutcomeUnknownError, "HTTP 302"),
    ],
)
def test_every_shape_of_error_ends_in_a_typed_error(
    twilio_account: Twilio, fault: Fault, kind: type[ConnectorError], says: str
) -> None:
    """Classic bodies, RFC 9457 bodies, HTML, nothing at all, codes missing or of six digits."""
    fault.method = "POST"
    twilio_account.sandbox.faults.plant(fault)
    with pytest.raises(kind, match=says) as caught:
        twilio_account.send()
    assert type(caught.value) is kind
    assert len(twilio_account.creates) == 1


@pytest.mark.parametrize("code", ["21211", 21211.5, True, None, [1]])
def test_a_code_of_an_unexpected_type_is_understood_or_left_out(code: object) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(400, json={"code": code, "message": "no"}))
    with pytest.raises(ServiceError) as caught:
        twilio(transport=transport).send()
    assert caught.value.service is not None
    assert caught.value.service.code == (21211 if code == "21211" else None)


DEEP = b"[" * 100_000


@pytest.mark.parametrize(
    ("status", "body", "headers", "kind"),
    [
        (201, DEEP, {}, OutcomeUnknownError),
        (201, b'{"sid": "SM1", "x": ' + DEEP, {}, OutcomeUnknownError),
        (400, DEEP, {}, ServiceError),
        (500, DEEP, {}, OutcomeUnknownError),
        (400, b'{"code": "' + b"9" * 5000 + b'"}', {}, ServiceError),
        (400, b'{"code": ' + b"9" * 4000 + b"}", {}, ServiceError),
        (429, b"", {"Retry-After": "Mon, 01 Jan 2024 00:00:00 +99999999999999999999"}, RateLimitedError),
    ],
)
def test_no_answer_however_strange_ends_in_an_untyped_error(
    status: int, body: bytes, headers: dict[str, str], kind: type[ConnectorError]
) -> None:
    """A bug after the request has left looks to a host as if nothing had been sent."""
    transport = httpx.MockTransport(lambda _: httpx.Response(status, content=body, headers=headers))
    with pytest.raises(kind):
        twilio(transport=transport).send()


WORDS = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30)
DATES = WORDS | st.from_regex(
    r"(Mon, )?[0-9]{1,3} (Jan|Dec|x) [0-9]{1,12} [0-9]{2}:[0-9]{2}:[0-9]{2} ([+-][0-9]{4,25}|GMT|)", fullmatch=True
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Date": DATES,
        "Retry-After": DATES,
        "Content-Type": WORDS,
        "Location": WORDS,
        "Set-Cookie": WORDS,
        "Twilio-Request-Id": WORDS,
    },
)
LAST_DAY = "Fri, 31 Dec 9999 23:59:59 GMT"


@given(HEADERS)
@example({"Date": LAST_DAY})
@example({"Date": "Mon, 01 Jan 2024 00:00:00 +99999999999999999999"})
@example({"Date": "Mon, 01 Jan 2024 00:00:00 -9999"})
@example({"Date": "Mon, 01 Jan 99999999999 00:00:00 GMT"})
def test_no_header_keeps_the_sid_of_an_accepted_message_from_its_sender(headers: dict[str, str]) -> None:
    content = b'{"sid": "SM1", "status": "queued"}'
    pairs = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    transport = httpx.MockTransport(lambda _: httpx.Response(201, content=content, headers=pairs))
    assert twilio(transport=transport).send() == "SM1"


@given(st.integers(100, 599), st.binary(max_size=40) | WORDS.map(str.encode), HEADERS)
def test_no_answer_ends_in_an_error_of_no_type(status: int, content: bytes, headers: dict[str, str]) -> None:
    pairs = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    transport = httpx.MockTransport(lambda _: httpx.Response(status, content=content, headers=pairs))
    with pytest.raises(ConnectorError):
        twilio(transport=transport).send()


def test_a_date_that_no_clock_shows_does_not_break_the_look_for_a_lost_message(twilio_account: Twilio) -> None:
    """A date at the end of time leaves no room for the times that the look adds to it."""

    class EndOfTime(SandboxTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            response = super().handle_request(request)
            response.headers["Date"] = LAST_DAY
            return response

    account = twilio(twilio_account.sandbox, EndOfTime(twilio_account.sandbox))
    planted(account, Fault("server_error_after"), times=1)
    assert account.send() == account.sandbox.store.all(ACCOUNT_SID)[0].sid


@pytest.mark.parametrize("status", [5, None, [], ""])
def test_of_an_accepted_answer_only_the_sid_counts(status: object) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(201, json={"sid": "SM1", "status": status}))
    assert twilio(transport=transport).send() == "SM1"


@pytest.mark.parametrize(
    ("address", "verified", "environment"),
    [(None, True, True), ("https://twilio.example", True, True), ("http://127.0.0.1:1", False, False)],
)
def test_certificates_are_verified_and_only_https_goes_through_a_proxy(
    monkeypatch: pytest.MonkeyPatch, address: str | None, verified: bool, environment: bool
) -> None:
    made: list[dict[str, object]] = []
    original = httpx.Client.__init__

    def noted(self: httpx.Client, **settings: object) -> None:
        made.append(settings)
        original(self, **settings)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(httpx.Client, "__init__", noted)
    TwilioClient(ACCOUNT_SID, SecretStr("token"), base_url=address).close()
    verify, trust_env = made[0]["verify"], made[0]["trust_env"]
    assert trust_env is environment
    assert (isinstance(verify, ssl.SSLContext) and verify.verify_mode is ssl.CERT_REQUIRED) is verified
