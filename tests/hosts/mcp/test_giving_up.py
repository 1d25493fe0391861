"""A client may stop waiting: a read then stops, and what changes something comes to its end, is not lost and is not repeated."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from mcp import Client

from connector_kit.hosts.mcp.work import KEPT, Task, Work
from mcp_support import BOUND, MESSAGE, READ, SEND, YES, Place, error, output
from support import stored
from twilio_sandbox import Fault


class Noticed(logging.Handler):
    """Waits until the server has noticed that nobody waits any more."""

    def __init__(self) -> None:
        super().__init__()
        self.event, self._loop = asyncio.Event(), asyncio.get_running_loop()

    def emit(self, record: logging.LogRecord) -> None:
        if "gave up" in record.getMessage():
            self._loop.call_soon_threadsafe(self.event.set)


async def given_up(place: Place, client: Client, arguments: dict[str, Any] = MESSAGE) -> Task[Any]:
    """Call for a send and stop waiting as soon as its request is on the way; return the work, which goes on."""
    place.gate.opened.clear()
    log, noticed = logging.getLogger("connector_kit.mcp"), Noticed()
    log.addHandler(noticed)
    calling = asyncio.create_task(client.call_tool(SEND, arguments))
    await asyncio.to_thread(place.gate.reached.wait, BOUND)
    calling.cancel()
    await asyncio.wait([calling])
    await noticed.event.wait()
    log.removeHandler(noticed)
    ((_, task),) = place.desk.work._kept.values()
    return task


async def ended(place: Place, task: Task[Any]) -> None:
    """Let the request through and wait until the work has come to its end."""
    place.gate.opened.set()
    await asyncio.to_thread(task._future.exception, BOUND)


def test_a_send_that_a_client_gave_up_is_made_and_its_result_waits_for_whoever_asks_again(
    place: Place, era: str, caplog: pytest.LogCaptureFixture
) -> None:
    """An agent whose call ran into a time limit calls again, and that must not text anybody twice."""

    async def work(client: Client) -> Any:
        await ended(place, await given_up(place, client))
        second = await client.call_tool(SEND, MESSAGE)
        third = await client.call_tool(SEND, MESSAGE)
        return second, third

    second, third = place.talk(era, work)
    codes = [notice["code"] for notice in output(second)["notices"]]
    assert codes == ["queued", "repeated"]
    assert output(second)["output"] != output(third)["output"], "a third call is a new one"
    assert len(place.sent) == 2
    assert "gave up" in caplog.text
    assert MESSAGE["recipient_number"] not in caplog.text


def test_one_who_asks_again_while_it_is_under_way_waits_for_it(place: Place, era: str) -> None:
    async def work(client: Client) -> Any:
        await given_up(place, client)
        again = asyncio.create_task(client.call_tool(SEND, MESSAGE))
        await client.call_tool(READ, {"limit": 0})  # the other one is waiting by now
        place.gate.opened.set()
        return await again

    document = output(place.talk(era, work))
    assert [notice["code"] for notice in document["notices"]] == ["queued", "repeated"]
    assert len(place.sent) == 1


def test_a_person_is_not_asked_again_about_what_is_done(place: Place, era: str) -> None:
    async def work(client: Client) -> Any:
        await ended(place, await given_up(place, client))
        return await client.call_tool(SEND, MESSAGE)

    place.answer = YES
    output(place.talk(era, work))
    assert (len(place.asked), len(place.sent)) == (1, 1)


def test_another_call_is_another_one(place: Place, era: str) -> None:
    async def work(client: Client) -> Any:
        await given_up(place, client)
        place.gate.opened.set()
        return await client.call_tool(SEND, {**MESSAGE, "message_body": "another"})

    assert [notice["code"] for notice in output(place.talk(era, work))["notices"]] == ["queued"]
    assert len(place.sent) == 2


def test_what_certainly_did_nothing_may_be_tried_again(place: Place, era: str) -> None:
    async def work(client: Client) -> Any:
        place.sandbox.faults.plant(Fault("error", status=401, code=20003))
        await ended(place, await given_up(place, client))
        return await client.call_tool(SEND, MESSAGE)

    assert [notice["code"] for notice in output(place.talk(era, work))["notices"]] == ["queued"]


def test_an_unknown_outcome_is_told_again_and_not_tried_again(place: Place, era: str) -> None:
    async def work(client: Client) -> Any:
        place.sandbox.faults.plant(Fault("drop_before", method="POST"))
        await given_up(place, client)
        place.gate.opened.set()
        return await client.call_tool(SEND, MESSAGE)

    assert error(place.talk(era, work))["code"] == "outcome_unknown"
    assert len(place.sent) == 1


def test_an_outcome_is_not_kept_for_ever() -> None:
    """The same reminder tomorrow is another one."""
    now = [0.0]

    async def work() -> None:
        works, never = Work(lambda: now[0]), asyncio.Event()

        async def report(*_: Any) -> None:
            await never.wait()

        for later, found in ((KEPT - 1, True), (KEPT + 1, False)):
            task = works.act(lambda tell: tell(1, "begun"))
            waiting = asyncio.create_task(works.outcome("what", task, report))
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.wait([waiting])
            now[0] += later
            assert (works.kept("what") is not None) is found
        await works.finish()

    asyncio.run(work())


def test_a_read_that_a_client_gave_up_stops(place: Place, era: str) -> None:
    stored(place.sandbox, 4000)
    pages = _Pages(place)

    async def work(client: Client) -> None:
        calling = asyncio.create_task(client.call_tool(READ, {"filter": ["eq", "body", "none"]}))
        await asyncio.to_thread(pages.first.wait, BOUND)
        calling.cancel()
        await asyncio.wait([calling])
        await client.call_tool("check_automation", {"program": "stop"})
        pages.go_on.set()
        await place.desk.work.finish()

    place.talk(era, work)
    lists = [one for one in place.sandbox.requests if one.method == "GET"]
    assert 1 <= len(lists) < 4


class _Pages:
    """Holds the answer to the first page back until the test lets it go."""

    def __init__(self, place: Place) -> None:
        self.first, self.go_on = threading.Event(), threading.Event()
        gate = place.gate
        passed: Callable[[httpx.Request], httpx.Response] = gate.handle_request

        def held(request: httpx.Request) -> httpx.Response:
            self.first.set()
            assert self.go_on.wait(BOUND)
            return passed(request)

        gate.handle_request = held  # type: ignore[method-assign]  # for this gate alone


def test_at_the_end_what_changes_something_is_waited_for(
    place: Place, era: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def work(client: Client) -> None:
        await given_up(place, client)
        ending: Awaitable[None] = asyncio.create_task(place.desk.work.finish())
        await asyncio.sleep(0)
        assert place.sent == []
        place.gate.opened.set()
        await ending
        assert len(place.sent) == 1

    place.talk(era, work)
    assert "was carried out" in caplog.text
