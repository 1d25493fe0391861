"""``connector serve`` as a process: how it starts, who may reach it, how tokens are made, and how it ends."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from connector_kit.hosts.cli import main
from connector_kit.hosts.http.server import AT_ONCE, HOST, PORT, SECONDS, Serving, _greeting
from http_desk import MESSAGE, SEND, Desk
from support import ROOT
from twilio_sandbox import Fault, Sandbox
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN
from ui_process import command, ui_environment

ADDRESS = re.compile(r"^Serving (?:Production|Test) at (http\S+)$", re.MULTILINE)


@dataclass
class Server:
    """A running ``connector serve`` and what it printed at first."""

    process: subprocess.Popen[str]
    printed: str
    address: str

    def stop(self, number: int = signal.SIGINT) -> str:
        """End it, as Ctrl+C does, and return the rest of what it printed."""
        self.process.send_signal(number)
        assert self.process.stdout is not None
        rest = self.process.stdout.read()
        assert self.process.wait(30) == 0
        return rest


Start = Callable[..., Server]


@pytest.fixture
def variables(service: tuple[Sandbox, str]) -> dict[str, str]:
    """A connection to the sandbox, defined by environment variables."""
    values = "account_sid=MY_SID auth_token=MY_TOKEN base_url=MY_URL"
    return {
        "CONNECTOR_KIT_CONNECTION_MAIN": f"default twilio auth_token production {values}",
        "MY_SID": ACCOUNT_SID,
        "MY_TOKEN": AUTH_TOKEN,
        "MY_URL": service[1],
    }


@contextmanager
def running(home: Path, variables: dict[str, str], *arguments: str) -> Iterator[Server]:
    """Start it, wait until it says where it is, and end it at the end."""
    words = command("serve", *([] if "--port" in arguments else ["--port", "0"]), *arguments)
    environment = ui_environment(home, **variables)
    with subprocess.Popen(  # noqa: S603 - our own command
        words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        printed = ""
        for line in process.stdout:
            printed += line
            if line.startswith("Described at"):
                break
        found = ADDRESS.search(printed)
        assert found, printed
        try:
            yield Server(process, printed, found[1])
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(30)


@pytest.fixture
def start(tmp_path: Path, variables: dict[str, str]) -> Iterator[Start]:
    """Start servers of one home."""
    with ExitStack() as stack:
        yield lambda *arguments: stack.enter_context(running(tmp_path, variables, *arguments))


def ran(home: Path, variables: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command that ends by itself."""
    environment = ui_environment(home, **variables)
    return subprocess.run(  # noqa: S603 - our own command
        command(*arguments), env=environment, capture_output=True, text=True, check=False, cwd=ROOT, timeout=60
    )


def test_a_token_is_made_and_a_message_sent_with_it(
    tmp_path: Path, variables: dict[str, str], start: Start, sandbox: Sandbox
) -> None:
    made = ran(tmp_path, variables, "serve", "token", "add", "zapier", "--connection", "main")
    assert made.returncode == 0
    secret = made.stdout.strip()
    assert re.fullmatch(r"ck_[\w-]{43}", secret)
    assert secret not in made.stderr
    server = start()
    headers = {"authorization": f"Bearer {secret}"}
    sent = httpx.post(f"{server.address}/v1/connections/main/actions/{SEND}", json=MESSAGE, headers=headers)
    assert sent.status_code == 200, sent.text
    rest = server.stop()
    assert re.search(rf"POST 200 \d+ms token=zapier connection=env-main action={SEND}\n", rest)
    assert rest.endswith("Stopped.\n")
    assert not [each for each in (secret, AUTH_TOKEN, ACCOUNT_SID, *MESSAGE.values()) if each in server.printed + rest]
    assert len([request for request in sandbox.requests if request.method == "POST"]) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_listens_on_this_computer_only_and_stops_when_asked(
    tmp_path: Path, variables: dict[str, str], start: Start, number: signal.Signals
) -> None:
    ran(tmp_path, variables, "serve", "token", "add", "a", "--all-connections")
    server = start()
    port = int(server.address.rpartition(":")[2])
    rows = [line.split() for line in Path("/proc/net/tcp").read_text(encoding="utf-8").splitlines()[1:]]
    assert [row[1] for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "0A"] == [f"0100007F:{port:04X}"]
    assert httpx.get(f"{server.address}/healthz").status_code == 200
    assert server.stop(number).endswith("Stopped.\n")


REFUSED = [
    (["--host", "0.0.0.0"], "--public-url https://"),  # noqa: S104 - what is refused
    (["--host", "::"], "--public-url https://"),
    (["--host", "example.com"], "is an IP address"),
    (["--host", "0.0.0.0", "--public-url", "http://sms.example.com"], "is not https"),  # noqa: S104 - as above
    (["--public-url", "https://a/b"], "is an address such as"),
    (["--public-url", "ftp://a"], "is an address such as"),
    (["--public-url", "https://me:pass@a"], "is an address such as"),
    (["--public-url", "https://["], "is an address such as"),
    (["--timeout", "0"], "timeout"),
    (["--timeout", "nan"], "timeout"),
    (["--at-once", "0"], "at_once"),
    (["--port", "99999"], "Choose another port"),
    (["--port", "x"], "--port"),
]


@pytest.mark.parametrize(
    ("arguments", "told"), REFUSED, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_what_would_be_no_use_or_not_safe_is_refused_at_the_start(
    capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    main(["serve", "token", "add", "a", "--all-connections"])
    capsys.readouterr()
    assert main(["serve", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert told in captured.err


def test_behind_a_proxy_it_answers_to_its_public_name(tmp_path: Path, variables: dict[str, str], start: Start) -> None:
    token = ran(tmp_path, variables, "serve", "token", "add", "a", "--all-connections").stdout.strip()
    server = start("--public-url", "https://sms.example.com/", "--port", str(free_port := _free_port()))
    assert server.address == "https://sms.example.com"
    here, headers = f"http://127.0.0.1:{free_port}/openapi.json", {"authorization": f"Bearer {token}"}
    document = httpx.get(here, headers={**headers, "host": "sms.example.com"})
    assert document.json()["servers"] == [{"url": "https://sms.example.com"}]
    assert httpx.get(here, headers={**headers, "host": "evil.example.com"}).status_code == 421


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.parametrize(("host", "where"), [("0.0.0.0", "0.0.0.0:80"), ("::", "[::]:80")])  # noqa: S104 - nothing listens there
def test_whoever_lets_other_machines_reach_it_is_told_to_put_tls_before_it(desk: Desk, host: str, where: str) -> None:
    greeting = _greeting(desk.site, Serving(host=host, public_url="https://sms.example.com"), 80)
    assert f"listening on {where} without TLS. Let only what puts TLS before it reach this port" in greeting
    assert "without TLS" not in _greeting(desk.site, Serving(), 80)


def test_a_send_that_is_under_way_when_it_is_stopped_is_sent_once_and_remembered(
    tmp_path: Path, variables: dict[str, str], start: Start, sandbox: Sandbox
) -> None:
    token = ran(tmp_path, variables, "serve", "token", "add", "a", "--all-connections").stdout.strip()
    headers = {"authorization": f"Bearer {token}", "idempotency-key": "order-1"}
    path = f"/v1/connections/main/actions/{SEND}"
    sandbox.faults.plant(Fault("slow", method="POST", seconds=1))
    server = start()
    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(httpx.post, f"{server.address}{path}", json=MESSAGE, headers=headers)
        while not sandbox.requests:
            assert not sent.done()
        server.stop(signal.SIGTERM)
        assert sent.exception() is None
    again = httpx.post(f"{start().address}{path}", json=MESSAGE, headers=headers).json()
    assert (again["output"], again["notices"][0]["code"]) == (sent.result().json()["output"], "repeated")
    assert len([request for request in sandbox.requests if request.method == "POST"]) == 1


def test_without_a_token_it_does_not_start(tmp_path: Path, variables: dict[str, str]) -> None:
    ran(tmp_path, variables, "serve", "token", "add", "a", "--all-connections", "--environment", "test")
    done = ran(tmp_path, variables, "serve", "--port", "0")
    assert (done.returncode, done.stdout) == (2, "")
    assert "There is no token for Production" in done.stderr
    assert "connector serve token add NAME" in done.stderr


def test_a_port_that_is_taken_is_one_readable_line(tmp_path: Path, variables: dict[str, str], start: Start) -> None:
    ran(tmp_path, variables, "serve", "token", "add", "a", "--all-connections")
    port = start().address.rpartition(":")[2]
    done = ran(tmp_path, variables, "serve", "--port", port)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Choose another port" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_the_extra_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "uvicorn.py").write_text("raise ModuleNotFoundError('x', name='uvicorn')\n", encoding="utf-8")
    done = ran(tmp_path, {"PYTHONPATH": f"{tmp_path}:{':'.join(sys.path)}"}, "serve")
    assert done.returncode == 2
    assert re.search(r"extra \"http\".*pip install", done.stderr)


def test_nothing_of_it_is_loaded_before_it_is_asked_for() -> None:
    probe = (
        "import sys\n"
        "from connector_kit.hosts.cli import main\n"
        "for words in (['--help'], ['list'], ['serve', '--help'], ['call', 'twilio']): main(words)\n"
        "heavy = {'starlette', 'uvicorn', 'cryptography', 'lark', 'anyio._core', 'connector_kit.tokens', 'connector_kit.hosts.http'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=False)  # noqa: S603 - our own code
    assert done.returncode == 0, done.stderr


def test_the_flags_say_the_defaults_that_hold(capsys: pytest.CaptureFixture[str]) -> None:
    """They stand twice, because the command must not load the host to show its help."""
    main(["serve", "--help"])
    shown = " ".join(capsys.readouterr().out.split())
    for text in (f"default {PORT}", f"(default {AT_ONCE})", f"(default {SECONDS:g})"):
        assert text in shown
    assert HOST == "127.0.0.1"


def tokens(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run a command for tokens in this process."""
    code = main(["serve", "token", *arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_tokens_are_listed_without_what_is_secret_and_removed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    secret = json.loads(tokens(capsys, "add", "a", "--connection", "MAIN", "--read-only", "--json")[1])["token"]
    tokens(capsys, "add", "b", "--all-connections", "--environment", "test")
    code, out, _ = tokens(capsys, "list", "--json")
    assert code == 0
    assert json.loads(out) == [
        {"name": "a", "environment": "production", "connections": ["MAIN"], "read_only": True},
        {"name": "b", "environment": "test", "connections": None, "read_only": False},
    ]
    table = tokens(capsys, "list")[1]
    assert secret not in table
    assert "reads only" in table
    assert tokens(capsys, "remove", "a")[0] == 0
    assert [each["name"] for each in json.loads(tokens(capsys, "list", "--json")[1])] == ["b"]
    assert tokens(capsys, "remove", "a")[0] == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["add", "a"], "--all-connections"),
        (["add", "a", "--all-connections", "--connection", "main"], "--all-connections"),
        (["add", "a", "--connection", "nobody"], "no connection called 'nobody'"),
        (["add", "a b", "--all-connections"], "letters"),
        (["add", "a", "--all-connections", "--environment", "staging"], "--environment"),
        ([], "COMMAND"),
        (["show"], "COMMAND"),
    ],
)
def test_a_token_that_would_be_no_use_is_not_made(
    capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    code, out, err = tokens(capsys, *arguments)
    assert (code, out) == (2, "")
    assert told in err
    assert json.loads(tokens(capsys, "list", "--json")[1]) == []
