"""Reads that are sent as lines: each item as soon as it is there, and a last line that says how it ended."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import toy_connector
from connector_kit import ActionCall, ActionSpec, Handler, Manifest, ServiceError, hookimpl
from connector_kit.hosts.http.streaming import AT_A_TIME
from http_desk import MESSAGE, READ, SEND, Caller, Desk, connectors, lines, problem, served
from processes import BOUND
from support import stored
from twilio_sandbox import Fault, Sandbox

LINES = "application/x-ndjson"
NOTES = "/v1/connections/notes/actions/read_notes"


class Bound:
    """A plugin that reads the notes in another way."""

    def __init__(self, read: Handler) -> None:
        self._read = read

    @hookimpl
    def connector_bind(self, manifest: Manifest, action: ActionSpec) -> Handler | None:
        return self._read if action.id == "read_notes" else None


def test_every_item_is_a_line_and_the_last_line_says_how_it_ended(caller: Caller, sandbox: Sandbox) -> None:
    stored(sandbox, 450)
    *items, trailer = lines(caller.call(READ, Accept=LINES))
    assert items == caller.call(READ).json()["output"]
    assert len(items) == 450
    assert trailer == {"notices": [], "more": False}


def test_a_limit_counts_and_leaves_open_whether_there_is_more(caller: Caller, sandbox: Sandbox) -> None:
    stored(sandbox, 9)
    *items, trailer = lines(caller.call(READ, {"limit": 4, "offset": 1}, Accept=LINES))
    assert [item["body"] for item in items] == ["message 7", "message 6", "message 5", "message 4"]
    assert trailer["more"] is None
    assert lines(caller.call(READ, {"limit": 0}, Accept=LINES)) == [{"notices": [], "more": None}]


def test_more_than_a_list_holds_is_streamed_to_its_end(caller: Caller, sandbox: Sandbox) -> None:
    stored(sandbox, 10_050)
    whole = caller.call(READ).json()
    assert (len(whole["output"]), whole["more"]) == (10_000, True)
    *items, trailer = lines(caller.call(READ, Accept=LINES))
    assert (len(items), trailer["more"]) == (10_050, False)


def test_what_goes_wrong_before_the_first_item_is_a_problem(caller: Caller, sandbox: Sandbox) -> None:
    problem(caller.call(READ, {"limit": -1}, Accept=LINES), 422, "input")
    sandbox.faults.plant(Fault("error", status=400, code=20001))
    problem(caller.call(READ, Accept=LINES), 424, "service")


def test_what_goes_wrong_later_is_the_last_line(tmp_path: Path, service: tuple[Sandbox, str]) -> None:
    go_on = threading.Event()

    def broken_off(notebook: toy_connector.Notebook, call: ActionCall) -> Iterator[toy_connector.Note]:
        yield from notebook.notes[:1] * AT_A_TIME
        assert go_on.wait(BOUND)
        yield notebook.notes[1]
        raise ServiceError("The notebook is full of tea.")

    with (
        served(tmp_path, service[1], connectors(toy_connector, Bound(broken_off))) as desk,
        desk.client(desk.token("t")) as client,
        client.stream("POST", NOTES, headers={"accept": LINES}) as answer,
    ):
        assert answer.status_code == 200
        received = answer.iter_lines()
        assert json.loads(next(received))["name"] == "second", "what is there is sent before the rest is"
        go_on.set()
        *_, first, last = map(json.loads, received)
    assert first["name"] == "first"
    assert (last["error"]["code"], last["error"]["status"]) == ("service", 424)


def test_a_value_is_never_streamed(caller: Caller, sandbox: Sandbox) -> None:
    problem(caller.call(SEND, MESSAGE, Accept=LINES), 406, "not_acceptable")
    assert sandbox.requests == []
    answer = caller.call(SEND, MESSAGE, Accept=f"{LINES}, application/json")
    assert answer.headers["content-type"] == "application/json"


def test_a_client_that_goes_away_ends_the_read(tmp_path: Path, service: tuple[Sandbox, str]) -> None:
    ended = threading.Event()

    def endless(notebook: toy_connector.Notebook, call: ActionCall) -> Iterator[toy_connector.Note]:
        try:
            while True:
                yield notebook.notes[0]
        finally:
            ended.set()

    with served(tmp_path, service[1], connectors(toy_connector, Bound(endless))) as desk:
        with (
            desk.client(desk.token("t")) as client,
            client.stream("POST", NOTES, headers={"accept": LINES}) as answer,
        ):
            assert json.loads(next(answer.iter_lines()))["name"] == "second"
            assert not ended.is_set()
        assert ended.wait(BOUND)


@pytest.mark.parametrize("accept", ["application/json", "*/*", "", "text/html,application/xhtml+xml,*/*;q=0.8"])
def test_without_being_asked_for_lines_the_answer_is_one_document(desk: Desk, caller: Caller, accept: str) -> None:
    answer: httpx.Response = caller.call(READ, Accept=accept)
    assert answer.headers["content-type"] == "application/json"
