"""A planted secret, number and body go through every path that can fail, and never come out: errors, logs, reprs, tracebacks."""

from __future__ import annotations

import base64
import json
import logging
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from connector_kit import ActionCall, Connection, Connector, ConnectorError, load_connector, make_plugins, parse_filter
from connector_kit.hosts.cli import main
from support import Wire, twilio
from twilio_connector import plugin
from twilio_sandbox import Account, Fault, Sandbox, SandboxTransport
from twilio_sandbox.server import serving

TOKEN = "planted-secret-5f2d"  # noqa: S105 - planted to be looked for
ACCOUNT = f"AC{0xABCDEF:032x}"
SENDER, RECIPIENT = "+12125550111", "+13105550177"
BODY = "the body nobody may see"
PRIVATE = (TOKEN, ACCOUNT, SENDER[1:], RECIPIENT[1:], BODY, base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode())
SEND = ActionCall("send_sms_message", {"sender_number": SENDER, "recipient_number": RECIPIENT, "message_body": BODY})


@dataclass
class Planted:
    """A connector whose connection and calls hold the planted values, and what came out of it."""

    connector: Connector
    sandbox: Sandbox
    came_out: list[str] = field(default_factory=list)

    def read(self, tree: Any = None) -> ActionCall:
        """Return a read whose filter holds the recipient and the body."""
        tree = tree or ["and", ["eq", "recipient_number", RECIPIENT], ["has", "body", BODY]]
        return ActionCall("read_sms_messages", filter=parse_filter(tree, self.connector.manifest.concepts[0]))

    def fails(self, call: ActionCall) -> ConnectorError:
        """Run a call that fails, and keep everything that its error shows."""
        with pytest.raises(ConnectorError) as caught:
            self.connector.run(call)
        self.came_out += shown(caught.value)
        return caught.value


def shown(error: BaseException) -> list[str]:
    """Return every form in which an error can end up somewhere."""
    chain = "".join(traceback.format_exception(error))
    own = json.dumps(error.to_json()) if isinstance(error, ConnectorError) else ""
    forms = [str(error), repr(error), chain, own, repr(vars(error))]
    for inner in (error.__cause__, error.__context__):
        # Debuggers and some formatters follow these even where they are not printed.
        if inner is not None:
            request = getattr(inner, "_request", None)
            forms += [
                *shown(inner),
                repr(vars(inner)),
                "" if request is None else f"{request.url} {request.headers.raw}",
            ]
            forms += [repr(inner.errors())] if isinstance(inner, ValidationError) else []
    return forms


@pytest.fixture
def planted(caplog: pytest.LogCaptureFixture) -> Iterator[Planted]:
    """The planted connector; afterwards nothing that came out may hold a planted value, logs of every level included."""
    sandbox = Sandbox()
    sandbox.store.add_account(Account(sid=ACCOUNT, auth_token=TOKEN, numbers={SENDER}))
    wire = Wire(SandboxTransport(sandbox))
    connector = load_connector("twilio", plugins=make_plugins([plugin, wire], entry_point_group=None))
    with caplog.at_level(logging.DEBUG):
        connector.open({"account_sid": ACCOUNT, "auth_token": TOKEN})
        result = Planted(connector, sandbox)
        yield result
    printed = [repr(connector), repr(vars(connector)), repr(SEND), caplog.text, *result.came_out]
    assert result.came_out, "nothing was looked at"
    leaks = [(value, text) for value in PRIVATE for text in printed if value in text]
    assert leaks == []


ECHO = f"Got '{BODY}' for {RECIPIENT} from {SENDER} of {ACCOUNT}"
FAULTS = [
    Fault("error", code=21211, message=ECHO),
    Fault("error", code=987654, message=ECHO),
    Fault("problem", code=21211, message=ECHO),
    Fault("problem", message=ECHO),
    Fault("error", status=401, code=20003, message=ECHO),
    Fault("error", status=403, message=ECHO),
    Fault("error", status=404, code=20404, message=ECHO),
    Fault("rate_limited", retry_after="9999"),
    Fault("server_error"),
    Fault("drop_after"),
    Fault("truncated"),
    Fault("garbled"),
    Fault("empty"),
    Fault("slow", seconds=99),
    Fault("null", field="sid"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.kind}-{fault.status}-{fault.code}")
def test_nothing_private_comes_out_of_a_failing_send(planted: Planted, fault: Fault) -> None:
    planted.sandbox.faults.plant(Fault(**{**vars(fault), "times": 99}))
    planted.fails(SEND)


@pytest.mark.parametrize(
    "fault",
    [*FAULTS[:-1], Fault("null", field="num_media"), Fault("foreign_next_page")],
    ids=lambda fault: f"{fault.kind}-{fault.status}-{fault.code}",
)
def test_nothing_private_comes_out_of_a_failing_read(planted: Planted, fault: Fault) -> None:
    planted.connector.run(SEND)
    planted.sandbox.clock.advance(60)
    # A filter on the body is evaluated here, so Twilio cannot echo it.
    planted.sandbox.faults.plant(Fault(**{**vars(fault), "times": 99, "message": fault.message.replace(BODY, "it")}))
    planted.fails(planted.read())


def test_nothing_private_comes_out_of_an_answer_that_breaks_the_contract(planted: Planted) -> None:
    planted.connector.run(SEND)
    message = planted.sandbox.store.all(ACCOUNT)[0]
    message.error_code = f"{BODY} {RECIPIENT}"  # type: ignore[assignment]  # wrong on purpose
    planted.fails(ActionCall("read_sms_messages"))


@pytest.mark.parametrize(
    "call",
    [
        ActionCall("send_sms_message", {**SEND.inputs, "recipient_number": RECIPIENT[1:]}),
        ActionCall("send_sms_message", {**SEND.inputs, "sender_number": f"{SENDER} x"}),
        ActionCall("send_sms_message", {**SEND.inputs, "message_body": BODY * 100}),
        ActionCall("send_sms_message", {**SEND.inputs, "recipient_number": int(RECIPIENT)}),
        ActionCall("send_sms_message", {**SEND.inputs, "recipient_number": SENDER}),
        ActionCall("send_sms_message", {**SEND.inputs, "subject": BODY}),
        ActionCall("read_sms_messages", limit=-1),
    ],
)
def test_nothing_private_comes_out_of_a_refused_input(planted: Planted, call: ActionCall) -> None:
    planted.fails(call)


@pytest.mark.parametrize(
    "tree",
    [
        ["gt", "recipient_number", RECIPIENT],
        ["eq", "date_sent", BODY],
        ["eq", "price", RECIPIENT],
        ["in", "body", BODY],
        ["eq", BODY],
    ],
)
def test_nothing_private_comes_out_of_a_refused_filter(planted: Planted, tree: Any) -> None:
    with pytest.raises(ConnectorError) as caught:
        planted.connector.run(planted.read(tree))
    planted.came_out += shown(caught.value)


@pytest.mark.parametrize(
    "error",
    [httpx.ConnectError, httpx.ReadTimeout, httpx.RemoteProtocolError, httpx.ProxyError, httpx.LocalProtocolError],
)
@pytest.mark.parametrize("action", ["send", "read"])
def test_nothing_private_comes_out_of_a_network_failure(
    planted: Planted, error: type[httpx.RequestError], action: str
) -> None:
    """The foreign error's own text may hold anything, the Authorization header included."""

    def failing(request: httpx.Request) -> httpx.Response:
        raise error(f"{request.url} {request.headers['Authorization']} {TOKEN}", request=request)

    planted.connector.close()
    account = twilio(transport=httpx.MockTransport(failing))
    account.connector.close()
    account.connector.open({"account_sid": ACCOUNT, "auth_token": TOKEN})
    planted.connector = account.connector
    planted.fails(SEND if action == "send" else planted.read())


def test_nothing_private_comes_out_of_a_wrong_connection(planted: Planted) -> None:
    for values in (
        {"account_sid": TOKEN, "auth_token": ACCOUNT},
        {"account_sid": ACCOUNT, "auth_token": f"{TOKEN} {BODY}"},
        {"account_sid": ACCOUNT, "auth_token": TOKEN, "x": TOKEN},
    ):
        connection = Connection("auth_token", values, name="other", base_url=f"http://{ACCOUNT}:{TOKEN}@example.com")
        with pytest.raises(ConnectorError) as caught:
            planted.connector.open(connection)
        planted.came_out += [*shown(caught.value), repr(connection)]


def test_results_and_messages_print_nothing_private(planted: Planted) -> None:
    result = planted.connector.run(SEND)
    planted.sandbox.clock.advance(60)
    read = planted.connector.run(planted.read())
    assert read.output[0].body == BODY
    planted.came_out += [repr(result), repr(read), str(read), repr(read.output), str(read.output[0])]


def test_logs_stay_silent_on_a_real_socket_at_every_level(caplog: pytest.LogCaptureFixture) -> None:
    """Httpx logs full addresses at INFO, with the account and the number; httpcore logs a lot at DEBUG."""
    sandbox = Sandbox()
    sandbox.store.add_account(Account(sid=ACCOUNT, auth_token=TOKEN, numbers={SENDER}))
    with serving(sandbox) as address, load_connector("twilio") as connector, caplog.at_level(logging.DEBUG):
        connector.open(Connection("auth_token", {"account_sid": ACCOUNT, "auth_token": TOKEN}, base_url=address))
        connector.run(SEND)
        connector.run(
            ActionCall(
                "read_sms_messages",
                filter=parse_filter(["eq", "recipient_number", RECIPIENT], connector.manifest.concepts[0]),
            )
        )
        connector.check()
    assert "httpcore" in {record.name.partition(".")[0] for record in caplog.records}
    assert [value for value in PRIVATE if value in caplog.text] == []


def test_httpx_still_logs_for_others(caplog: pytest.LogCaptureFixture) -> None:
    """A host's own requests are its own business."""
    twilio()
    with (
        caplog.at_level(logging.INFO),
        httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200))) as others,
    ):
        others.get("https://example.com/path")
    assert "https://example.com/path" in caplog.text


def test_the_command_line_shows_nothing_private_on_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLANTED_TOKEN", TOKEN)
    send = [
        "call",
        "twilio",
        "send-sms-message",
        "--sender-number",
        SENDER,
        "--recipient-number",
        RECIPIENT,
        "--message-body",
        BODY,
    ]
    connection = ["--account-sid", ACCOUNT, "--auth-token-env", "PLANTED_TOKEN", "--base-url", "http://127.0.0.1:1"]
    attempts = [
        [*send, *connection[:-1], "http://example.com"],
        [*send[:-3], RECIPIENT[1:], "--message-body", BODY, *connection],
        [*send, *connection, f"--auth-token={TOKEN}"],
        [*send, *connection, "--auth-token", TOKEN],
        [*send, *connection, TOKEN],
        [*send, *connection[:2], f"--auth-token-stdin={TOKEN}"],
        [TOKEN],
        ["call", "twilio", TOKEN],
        ["call", "twilio", "read-sms-messages", *connection, "--filter", f"[{BODY}"],
        ["call", "twilio", "read-sms-messages", *connection, "--limit", f"x{RECIPIENT}"],
    ]
    for arguments in attempts:
        assert main(arguments) == 2
    captured = capsys.readouterr()
    assert [value for value in PRIVATE if value in captured.out + captured.err] == []
    assert captured.err.count("\n") >= len(attempts)
