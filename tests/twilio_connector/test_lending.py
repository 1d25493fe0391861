"""Connections are lent to one request at a time: as many as are under way, no more, and none that is not closed in the end."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from twilio_connector import connections
from twilio_connector.connections import Client, Connections

REQUEST = httpx.Request("GET", "https://api.twilio.com/2010-04-01/")


class Service:
    """What answers, once its gate is open; knows the clients that were made to ask it."""

    def __init__(self) -> None:
        self.clients: list[Client] = []
        self.asked = threading.Semaphore(0)
        self.gate = threading.Event()
        self.gate.set()

    def client(self) -> Client:
        """Make a client that asks this service."""
        self.clients.append(Client(transport=httpx.MockTransport(self.answer)))
        return self.clients[-1]

    def answer(self, _: httpx.Request) -> httpx.Response:
        """Answer when the gate is open."""
        self.asked.release()
        assert self.gate.wait(timeout=10)
        return httpx.Response(200, headers={"Set-Cookie": "a=b"})


@pytest.fixture
def service() -> Service:
    return Service()


def at_once(service: Service, lent: Connections, count: int) -> None:
    service.gate.clear()
    with ThreadPoolExecutor(count) as pool:
        sent = [pool.submit(lent.send, REQUEST) for _ in range(count)]
        assert all(service.asked.acquire(timeout=10) for _ in sent)
        service.gate.set()
    assert all(answer.result().is_success for answer in sent)


def test_one_after_the_other_needs_one_and_several_at_once_need_as_many(service: Service) -> None:
    lent = Connections(service.client, wait=1)
    for _ in range(3):
        lent.send(REQUEST)
    assert len(service.clients) == 1
    at_once(service, lent, 5)
    at_once(service, lent, 5)
    assert len(service.clients) == 5


def test_what_was_idle_for_long_is_closed(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    lent = Connections(service.client, wait=1)
    at_once(service, lent, 3)
    later = time.monotonic() + 6
    monkeypatch.setattr(time, "monotonic", lambda: later)
    lent.send(REQUEST)
    assert sorted(client.is_closed for client in service.clients) == [False, True, True]


def test_a_client_that_is_lent_when_all_is_closed_ends_its_request_first(service: Service) -> None:
    lent = Connections(service.client, wait=1)
    service.gate.clear()
    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(lent.send, REQUEST)
        assert service.asked.acquire(timeout=10)
        lent.close()
        assert lent.is_closed
        assert not service.clients[0].is_closed
        service.gate.set()
    assert sent.result().is_success
    assert service.clients[0].is_closed


def test_a_request_too_many_does_not_leave(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MOST", 0)
    lent = Connections(service.client, wait=0.01)
    with pytest.raises(httpx.PoolTimeout):
        lent.send(REQUEST)
    assert not service.asked.acquire(blocking=False)


def test_a_failed_request_gives_its_client_and_its_turn_back(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MOST", 1)

    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    monkeypatch.setattr(service, "answer", refuse)
    lent = Connections(service.client, wait=0.01)
    for _ in range(2):
        with pytest.raises(httpx.ConnectError):
            lent.send(REQUEST)
    assert len(service.clients) == 1


def test_cookies_are_not_kept(service: Service) -> None:
    Connections(service.client, wait=1).send(REQUEST)
    assert not service.clients[0].cookies
