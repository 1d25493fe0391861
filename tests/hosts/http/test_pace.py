"""Calls that take long, clients that lose patience or go away, a server that is busy or stopped: what was begun comes to its end."""

from __future__ import annotations

import gc
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

import toy_connector
from connector_kit import UnavailableError
from connector_kit.hosts.http.problems import Refusal
from connector_kit.hosts.http.workers import Workers
from http_desk import MESSAGE, SEND, Caller, Desk, Gate, connectors, problem, served
from processes import BOUND, at_once
from twilio_sandbox import Sandbox

WRITE = {"note_text": "eggs"}
AT_ONCE = 2
PLACES = AT_ONCE * 5


@contextmanager
def gated(folder: Path, address: str, seconds: float = BOUND) -> Iterator[tuple[Desk, Caller, Gate]]:
    """Serve a toy whose actions wait at a gate."""
    gate = Gate()
    try:
        with served(folder, address, connectors(toy_connector, gate), seconds=seconds, at_once=AT_ONCE) as desk:
            with desk.client(desk.token("t")) as client:
                yield desk, Caller(client), gate
            gate.opened.set()
    finally:
        gate.opened.set()


def test_a_mutation_that_takes_too_long_goes_on_and_is_answered_so_that_nobody_repeats_it(
    tmp_path: Path, service: tuple[Sandbox, str]
) -> None:
    with gated(tmp_path, service[1], seconds=0.2) as (_, caller, gate):
        found = problem(caller.call("write_note", WRITE, "notes"), 409, "under_way")
        assert (found["retryable"], gate.done) == (False, 0)
        assert "Look whether it was done before you repeat it" in found["detail"]
    assert gate.done == 1, "it went on"


def test_what_fails_when_nobody_waits_for_it_any_more_is_no_complaint_of_the_event_loop(
    tmp_path: Path, service: tuple[Sandbox, str], caplog: pytest.LogCaptureFixture
) -> None:
    """Its log would hold the exception as it is, with whatever stands in that."""
    with gated(tmp_path, service[1], seconds=0.2) as (_, caller, gate):
        gate.error = UnavailableError("a secret")
        problem(caller.call("write_note", WRITE, "notes"), 409, "under_way")
    gc.collect()
    assert gate.done == 1
    assert "a secret" not in caplog.text
    assert "never retrieved" not in caplog.text


def test_a_read_that_takes_too_long_may_be_repeated(tmp_path: Path, service: tuple[Sandbox, str]) -> None:
    with gated(tmp_path, service[1], seconds=0.2) as (_, caller, _):
        assert problem(caller.call("read_notes", connection="notes"), 504, "timeout")["retryable"] is True


def test_a_client_that_goes_away_does_not_break_off_what_it_began(tmp_path: Path, service: tuple[Sandbox, str]) -> None:
    with gated(tmp_path, service[1]) as (desk, caller, gate):
        host, port = desk.address.removeprefix("http://").split(":")
        body = b'{"note_text": "from one who left"}'
        head = (
            f"POST /v1/connections/notes/actions/write_note HTTP/1.1\r\nHost: {host}:{port}\r\n"
            f"Authorization: Bearer {desk.secrets['t']}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        with socket.create_connection((host, int(port))) as leaving:
            leaving.sendall(head.encode() + body)
            gate.reached()
        gate.opened.set()
        assert " POST 200 " in desk.log.lines(1)[0], "it was answered, though nobody took the answer"
        texts = [note["text"] for note in caller.call("read_notes", connection="notes").json()["output"]]
        assert "from one who left" in texts


def test_what_acts_when_the_server_is_stopped_is_brought_to_its_end(
    tmp_path: Path, service: tuple[Sandbox, str]
) -> None:
    gate = Gate()
    done: list[int] = []

    def stopped() -> None:
        assert desk.site.workers._acting == 1, "its connection stays open until it has ended"
        done.append(gate.done)
        gate.opened.set()

    with ThreadPoolExecutor(1) as pool:
        with served(tmp_path, service[1], connectors(toy_connector, gate), when_stopped=stopped) as desk:
            client = desk.client(desk.token("t"))
            begun = pool.submit(client.post, "/v1/connections/notes/actions/write_note", json=WRITE)
            gate.reached()
        done.append(gate.done)
        begun.exception()  # its client was cut off
        client.close()
    assert done == [0, 1]


def test_connections_are_closed_only_after_what_acts_has_ended() -> None:
    workers = Workers(1)
    begun, go_on = threading.Event(), threading.Event()
    order = []

    def act() -> None:
        with workers.acting():
            begun.set()
            assert go_on.wait(BOUND)
            order.append("acted")

    def settle() -> None:
        workers.settle()
        order.append("settled")

    workers.finish(act)
    assert begun.wait(BOUND)
    settling = threading.Thread(target=settle)
    settling.start()
    # Nothing more is begun as soon as it settles.
    while "about to stop" not in (refused := _refused(workers)):
        assert refused == ""
    go_on.set()
    settling.join(BOUND)
    assert order == ["acted", "settled"]


def _refused(workers: Workers) -> str:
    """Say why one more piece of work is not begun; nothing if it is."""
    try:
        workers._begun(lambda: None).cancel()
    except Refusal as exc:
        return exc.message
    return ""


def test_a_busy_server_lives(tmp_path: Path, service: tuple[Sandbox, str]) -> None:
    with gated(tmp_path, service[1]) as (desk, caller, gate), ThreadPoolExecutor(AT_ONCE) as pool:
        begun = [pool.submit(caller.call, "write_note", WRITE, "notes") for _ in range(AT_ONCE)]
        for _ in begun:
            gate.reached()
        assert httpx.get(f"{desk.address}/healthz").status_code == 200
        gate.opened.set()


def test_more_than_can_wait_are_told_to_come_back_before_anything_was_done(
    tmp_path: Path, service: tuple[Sandbox, str]
) -> None:
    with gated(tmp_path, service[1]) as (desk, caller, gate), ThreadPoolExecutor(PLACES) as pool:
        waiting = [pool.submit(caller.call, "write_note", WRITE, "notes") for _ in range(PLACES)]
        for _ in range(AT_ONCE):
            gate.reached()
        _all_taken(desk.site.workers)
        refused = caller.http.get("/v1/connections")
        assert problem(refused, 503, "busy")["retryable"] is True
        assert refused.headers["retry-after"] == "1"
        gate.opened.set()
        assert [each.result().status_code for each in waiting] == [200] * PLACES
    assert gate.done == PLACES


def _all_taken(workers: Workers) -> None:
    """Wait until those that were begun before have every place."""
    with workers._changed:
        assert workers._changed.wait_for(lambda: workers._taken == PLACES, BOUND)


def test_many_at_once_with_one_key_send_one_message(desk: Desk, sandbox: Sandbox) -> None:
    token = desk.token("t")

    def send(_: int) -> str:
        with desk.client(token) as client:
            answer = Caller(client).call(SEND, MESSAGE, Idempotency_Key="one")
            assert answer.status_code == 200, answer.text
            return str(answer.json()["output"])

    assert len(set(at_once(8, send))) == 1
    assert len([request for request in sandbox.requests if request.method == "POST"]) == 1


def test_a_connection_that_was_changed_is_opened_anew(desk: Desk, caller: Caller) -> None:
    book = desk.site.book
    assert caller.call("write_note", WRITE, "notes").status_code == 200
    assert len(caller.call("read_notes", connection="notes").json()["output"]) == 3
    book.put(replace(book.get("id-notes"), public={"owner": "Ben"}))
    # Another owner is another notebook.
    assert len(caller.call("read_notes", connection="notes").json()["output"]) == 2


@pytest.mark.parametrize("name", ["notes", "main"])
def test_a_deleted_connection_is_gone(desk: Desk, caller: Caller, name: str) -> None:
    desk.site.book.delete(f"id-{name}")
    problem(caller.call("read_notes", connection=name), 404, "no_connection")
