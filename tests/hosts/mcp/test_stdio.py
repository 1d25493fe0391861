"""The server as clients start it: over standard input and output, in both eras, silent there but for the protocol."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from mcp_process import Stdio, arguments, environment
from mcp_support import BOUND, MESSAGE, READ, SEND, error, output, text
from support import BODY, NOW, RECIPIENT, stored
from twilio_sandbox import Clock, Fault, Sandbox
from twilio_sandbox.answer import Answer
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN, OWN_NUMBER, account
from twilio_sandbox.server import serving

HELLO = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
IN_A_PROGRAM = "The words of an automation"


@pytest.fixture
def sandbox() -> Sandbox:
    sandbox = Sandbox(Clock(NOW))
    sandbox.store.add_account(account())
    return sandbox


@pytest.fixture
def stdio(sandbox: Sandbox, tmp_path: Path) -> Iterator[Stdio]:
    with serving(sandbox) as address:
        yield Stdio(tmp_path, address)


def test_a_client_lists_sends_reads_and_hears_how_far_it_is(stdio: Stdio, sandbox: Sandbox, era: str) -> None:
    stored(sandbox, 250)
    told: list[float] = []

    async def note(progress: float, total: float | None, message: str | None) -> None:
        told.append(progress)

    async def work(client: Client) -> Any:
        tools = (await client.list_tools()).tools
        sent = await client.call_tool(SEND, MESSAGE)
        read = await client.call_tool(READ, {"filter": ["eq", "body", BODY]}, progress_callback=note)
        return tools, sent, read

    tools, sent, read = stdio.talk(era, work)
    assert [tool.name for tool in tools] == [READ, SEND, "check_automation", "run_automation"]
    assert output(read)["output"][0]["body"] == BODY
    assert told == [100, 200]
    assert sent.is_error is False


def test_nothing_personal_and_no_secret_is_written_to_the_log(stdio: Stdio, sandbox: Sandbox, era: str) -> None:
    """Whatever goes wrong; the log of a server that a client starts lies in that client's folder."""
    stored(sandbox, 1)
    program = f'send an SMS message from "{OWN_NUMBER}" to "{RECIPIENT}" saying "{IN_A_PROGRAM}"'
    calls: list[tuple[str, dict[str, Any]]] = [
        (SEND, MESSAGE),
        (SEND, {**MESSAGE, "recipient_number": f"{RECIPIENT}x"}),
        (READ, {"filter": ["eq", "body", BODY, RECIPIENT]}),
        (BODY, {"message_body": BODY}),
        ("check_automation", {"program": f"{IN_A_PROGRAM} {RECIPIENT}"}),
        ("run_automation", {"program": program}),
        (READ, {}),
    ]

    async def work(client: Client) -> None:
        for code in (None, 20003, 21610):
            for tool, given in calls:
                if code is not None:
                    sandbox.faults.plant(Fault("error", code=code, message=f"{RECIPIENT} may not get {BODY}"))
                await client.call_tool(tool, given)
                sandbox.faults.clear()

    stdio.talk(era, work)
    assert "connector_kit.audit" in stdio.log, "there is a log to look at"
    for secret in (AUTH_TOKEN, RECIPIENT, OWN_NUMBER, BODY, IN_A_PROGRAM, RECIPIENT[2:], ACCOUNT_SID):
        assert secret not in stdio.log
    assert "Traceback" not in stdio.log


def test_a_required_confirmation_refuses_a_client_that_cannot_ask(stdio: Stdio, sandbox: Sandbox, era: str) -> None:
    async def work(client: Client) -> Any:
        return await client.call_tool(SEND, MESSAGE)

    result = stdio.talk(era, work, "--confirm", "required", asks=False)
    assert error(result)["code"] == "refused"
    assert [one for one in sandbox.requests if one.method == "POST"] == []
    assert not stdio.talk(era, work, "--confirm", "required").is_error


def test_answers_of_dates_are_taken_in_the_zone_of_the_server(stdio: Stdio, sandbox: Sandbox) -> None:
    async def work(client: Client) -> Any:
        return await client.call_tool(READ, {"filter": ["eq", "date_sent", "2026-03-10"]})

    sandbox.requests.clear()
    output(stdio.talk("legacy", work, "--timezone", "Pacific/Auckland"))
    assert "2026-03-09" in str(sandbox.requests[0].query)


def test_a_wrong_start_is_told_on_standard_error_alone(stdio: Stdio) -> None:
    for flags, words in (
        (("--connection", "gone"), "no connection called 'gone'"),
        (("--timezone", "Mars"), "no such timezone"),
        (("--port", "1"), "--port goes with --http"),
    ):
        ended = _run(stdio, *flags)
        assert (ended.returncode, ended.stdout) == (2, "")
        assert words in ended.stderr


def _run(stdio: Stdio, *flags: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, *arguments(*flags)],
        input="",
        capture_output=True,
        text=True,
        timeout=BOUND,
        check=False,
        env={**os.environ, **environment(stdio.home, stdio.address), **more},
    )


PRINTING = """
import sys
import connector_kit as kit
print("loaded")

@kit.hookimpl
def connector_before(call):
    print("a plugin prints", call.action)
    sys.stdout.write("and writes")
"""


def test_what_a_plugin_prints_is_not_on_the_wire(stdio: Stdio, tmp_path: Path) -> None:
    """One line that is no message would end the conversation."""
    package = tmp_path / "site" / "printing-1.dist-info"
    package.mkdir(parents=True)
    (tmp_path / "site" / "printing_plugin.py").write_text(PRINTING, encoding="utf-8")
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: printing\nVersion: 1\n", encoding="utf-8")
    (package / "entry_points.txt").write_text("[connector_kit]\nprinting = printing_plugin\n", encoding="utf-8")
    call = {"name": READ, "arguments": {"limit": 1}}
    lines = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": HELLO},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": call},
    ]
    path = os.pathsep.join([str(tmp_path / "site"), *sys.path])
    with _started(stdio, PYTHONPATH=path) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for line in lines:
            process.stdin.write(json.dumps(line) + "\n")
            process.stdin.flush()
        answers = [json.loads(process.stdout.readline()) for _ in range(2)]
        process.stdin.close()
        rest, log = process.stdout.read(), process.stderr.read() if process.stderr else ""
    assert [answer["id"] for answer in answers] == [1, 2]
    assert answers[1]["result"]["isError"] is False
    assert rest == ""
    assert "loaded" in log
    assert "a plugin prints read_sms_messages" in log


def _started(stdio: Stdio, **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, *arguments()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment(stdio.home, stdio.address), **more},
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_while_the_client_still_listens(stdio: Stdio, number: signal.Signals) -> None:
    with _started(stdio) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": HELLO}) + "\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["result"]["serverInfo"]["title"] == "Twilio"
        process.send_signal(number)
        assert process.wait(BOUND) == 128 + number


class HeldSandbox(Sandbox):
    """A Twilio that holds back its answer to a send until it is let go."""

    def __init__(self) -> None:
        super().__init__(Clock(NOW))
        self.store.add_account(account())
        self.reached, self.let_go = threading.Event(), threading.Event()

    def handle(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if method == "POST":
            self.reached.set()
            assert self.let_go.wait(BOUND)
        return super().handle(method, target, headers, body)


@pytest.mark.parametrize("how", ["its client leaves", "a signal"])
def test_a_send_under_way_comes_to_its_end_although(tmp_path: Path, how: str) -> None:
    sandbox = HeldSandbox()
    lines = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": HELLO},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": SEND, "arguments": MESSAGE}},
    ]
    with serving(sandbox) as address, _started(Stdio(tmp_path, address)) as process:
        assert process.stdin is not None
        process.stdin.write("".join(json.dumps(line) + "\n" for line in lines))
        process.stdin.flush()
        assert sandbox.reached.wait(BOUND)
        if how == "a signal":
            process.send_signal(signal.SIGTERM)
        else:
            process.stdin.close()
        sandbox.let_go.set()
        assert process.wait(BOUND) == (128 + signal.SIGTERM if how == "a signal" else 0)
        assert process.stderr is not None
        log = process.stderr.read()
    assert [one.form["To"] for one in sandbox.requests if one.method == "POST"] == [[RECIPIENT]]
    assert RECIPIENT not in log


def test_a_client_of_an_unknown_tool_is_told_what_there_is(stdio: Stdio, era: str) -> None:
    async def work(client: Client) -> Any:
        return await client.call_tool("nothing", {})

    assert SEND in text(stdio.talk(era, work))
