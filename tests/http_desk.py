"""A server of ``connector serve`` on a real socket, with saved connections of two connectors, and clients with tokens."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
from pydantic import SecretStr

import toy_connector
from connector_kit import ActionCall, ActionSpec, Connector, Handler, Manifest, hookimpl, load_connectors, make_plugins
from connector_kit.connections import SavedConnection
from connector_kit.connections.book import ConnectionBook
from connector_kit.hosts.http.app import make_app
from connector_kit.hosts.http.site import Site
from connector_kit.hosts.http.workers import Workers
from connector_kit.hosts.serving import listening_at, server_of
from connector_kit.tokens import TokenFile, new_token
from memory_store import MemoryStore
from processes import BOUND
from support import RECIPIENT
from twilio_connector import plugin
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN, OWN_NUMBER

PIN = "a pin that nobody may see"
MESSAGE = {"sender_number": OWN_NUMBER, "recipient_number": RECIPIENT, "message_body": "Shipment 42 has left"}
SEND, READ = "send_sms_message", "read_sms_messages"


class Log:
    """What a server says. A line is written once its answer was sent, so whoever reads it waits for as many as must come."""

    def __init__(self) -> None:
        self._said: list[str] = []
        self._more = threading.Condition()

    def add(self, text: str) -> None:
        with self._more:
            self._said.append(text)
            self._more.notify_all()

    def lines(self, count: int) -> list[str]:
        """Return all lines, once there are so many."""
        with self._more:
            assert self._more.wait_for(lambda: len(self._said) >= count, BOUND)
            return [*self._said]


@dataclass
class Desk:
    """A running server: its address, what it has said, and the tokens that were made for it."""

    address: str
    site: Site
    log: Log
    secrets: dict[str, str] = field(default_factory=dict)

    def token(self, name: str, **scope: Any) -> str:
        """Make a token and return what a client sends."""
        secret, token = new_token(name, **scope)
        self.site.tokens.add(token)
        self.secrets[name] = secret
        return secret

    def client(self, token: str, **headers: str) -> httpx.Client:
        """Return a client that holds a token."""
        everywhere = {"authorization": f"Bearer {token}", **headers}
        return httpx.Client(base_url=self.address, headers=everywhere, timeout=BOUND)


@dataclass
class Caller:
    """A client at the desk, in the words of the tests."""

    http: httpx.Client

    def call(self, action: str, document: Any = None, connection: str = "main", **headers: str) -> httpx.Response:
        """Call an action."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.post(f"/v1/connections/{connection}/actions/{action}", json=document or {}, headers=names)

    def raw(self, content: bytes | Iterator[bytes], action: str = READ, **headers: str) -> httpx.Response:
        """Send a body as it is."""
        names = {"content-type": "application/json"} | {k.replace("_", "-"): v for k, v in headers.items()}
        return self.http.post(f"/v1/connections/main/actions/{action}", content=content, headers=names)

    def get(self, path: str) -> Any:
        """Return what a path says, which must go well."""
        answer = self.http.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Return a problem document, and hold it to the standard."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    document: dict[str, Any] = answer.json()
    assert document["status"] == status
    assert (document["code"], document["type"]) == (code, f"urn:connector-kit:problem:{code}")
    assert document["title"]
    assert document["detail"]
    return document


def lines(answer: httpx.Response) -> list[Any]:
    """Return the lines of an answer that was streamed."""
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.text.endswith("\n")
    return [json.loads(line) for line in answer.text.splitlines()]


def saved_connections(address: str) -> ConnectionBook:
    """Return a book with two connections to a sandbox, one for tests, and two notebooks."""
    store = MemoryStore()
    secrets = {"twilio": {"auth_token": AUTH_TOKEN}, "toy": {"pin": PIN}}
    public: Mapping[str, dict[str, Any]] = {"twilio": {"account_sid": ACCOUNT_SID}, "toy": {"owner": "Ana"}}
    for id_, connector, name, environment in (
        ("id-main", "twilio", "main", "production"),
        ("id-second", "twilio", "Acme/support \N{LATIN SMALL LETTER U WITH DIAERESIS}ber", "production"),
        ("id-test", "twilio", "main", "test"),
        ("id-notes", "toy", "notes", "production"),
        ("id-shared-toy", "toy", "shared", "production"),
        ("id-shared-twilio", "twilio", "shared", "production"),
    ):
        saved = SavedConnection(
            id=id_,
            connector=connector,
            method={"twilio": "auth_token", "toy": "notebook"}[connector],
            environment=environment,  # type: ignore[arg-type]  # mypy takes the column for any text
            name=name,
            public=public[connector],
            base_url=address if connector == "twilio" else None,
        )
        store.put(saved, {field: SecretStr(value) for field, value in secrets[connector].items()})
    return ConnectionBook([store])


def connectors(toy: ModuleType | Any = toy_connector, *more: Any) -> dict[str, Connector]:
    """Load both connectors, with more plugins where a test brings some."""
    return load_connectors(plugins=make_plugins([plugin, toy, *more], entry_point_group=None))


@contextmanager
def served(
    folder: Path,
    address: str,
    loaded: Mapping[str, Connector] | None = None,
    *,
    seconds: float = BOUND,
    at_once: int = 8,
    when_stopped: Callable[[], object] = lambda: None,
) -> Iterator[Desk]:
    """Serve on a socket of this machine, and end in order; ``when_stopped`` is called once nobody is served any more."""
    log = Log()
    with listening_at("127.0.0.1", 0) as listening:
        host = f"127.0.0.1:{listening.getsockname()[1]}"
        book, tokens = saved_connections(address), TokenFile(folder / "tokens.yaml")
        workers = Workers(at_once)
        loaded = connectors() if loaded is None else loaded
        site = Site(book, loaded, tokens, "production", f"http://{host}", workers, seconds, log.add)
        server = server_of(make_app(site, {host}), grace=1)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield Desk(site.address, site, log)
        finally:
            server.should_exit = True
            thread.join(BOUND)
            when_stopped()
            workers.settle()
            site.sessions.close()
            workers.close()
    assert not thread.is_alive()


class Gate:
    """A plugin that holds the toy's actions until a test lets them go on, and lets them break where it says so."""

    def __init__(self) -> None:
        self._begun, self.opened = threading.Semaphore(0), threading.Event()
        self.error: Exception | None = None
        self.done = 0

    @hookimpl(wrapper=True)
    def connector_bind(self, manifest: Manifest, action: ActionSpec) -> Generator[None, Handler | None, Handler | None]:
        handler = yield
        if manifest.id != "toy" or handler is None:
            return handler

        def held(session: Any, call: ActionCall) -> Any:
            self._begun.release()
            assert self.opened.wait(BOUND)
            self.done += 1
            if self.error is not None:
                raise self.error
            return handler(session, call)

        return held

    def reached(self) -> None:
        """Wait until one more action has come here."""
        assert self._begun.acquire(timeout=BOUND)
