"""A person is asked before something is sent, by what a dry run says, in both eras; without a yes nothing is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from mcp import Client
from mcp_types import CallToolResult, ElicitResult, InputRequiredResult

from connector_kit.hosts.mcp.confirming import OPEN_FOR, Confirming, shown
from mcp_support import BOUND, ERAS, MESSAGE, READ, SEND, YES, Place, error, output, text, toy_place, twilio_place
from support import BODY, RECIPIENT

MODERN = ERAS[1]
NOES = {
    "declined": ElicitResult(action="decline"),
    "dismissed": ElicitResult(action="cancel"),
    "accepted without a tick": ElicitResult(action="accept", content={"confirm": False}),
    "accepted without an answer": ElicitResult(action="accept"),
    "accepted with something else": ElicitResult(action="accept", content={"confirm": "yes"}),
}


@pytest.fixture
def required() -> Iterator[Place]:
    with twilio_place("required") as made:
        yield made


@pytest.mark.parametrize("mode", ["auto", "required"])
def test_after_a_yes_it_is_sent_once(era: str, mode: Any) -> None:
    with twilio_place(mode) as place:
        place.answer = YES
        assert output(place.call(SEND, MESSAGE, era))["output"].startswith("SM")
        assert (place.sent, len(place.asked)) == ([(RECIPIENT, BODY)], 1)


@pytest.mark.parametrize("answer", NOES.values(), ids=NOES)
def test_without_a_yes_nothing_is_sent(place: Place, era: str, answer: ElicitResult) -> None:
    place.answer = answer
    result = place.call(SEND, MESSAGE, era)
    assert error(result)["code"] == "declined"
    assert "Nothing was done" in text(result)
    assert (place.sent, len(place.asked)) == ([], 1)


def test_a_client_that_cannot_ask_goes_on_or_is_refused(place: Place, required: Place, era: str) -> None:
    output(place.call(SEND, MESSAGE, era))
    assert len(place.sent) == 1
    result = required.call(SEND, MESSAGE, era)
    assert error(result)["code"] == "refused"
    assert "--confirm" in text(result)
    assert required.sent == []


def test_never_means_that_nobody_is_asked(era: str) -> None:
    with twilio_place("never") as place:
        place.answer = NOES["declined"]
        output(place.call(SEND, MESSAGE, era))
        assert (len(place.sent), place.asked) == (1, [])


def test_what_changes_nothing_needs_no_yes(required: Place, era: str) -> None:
    output(required.call(READ, {}, era))
    output(required.call(SEND, {**MESSAGE, "dry_run": True}, era))


def test_what_would_be_refused_is_not_asked_about(place: Place, era: str) -> None:
    place.answer = YES
    for change in ({"message_body": ""}, {"recipient_number": "5"}, {"max_segments": 1, "message_body": "x" * 200}):
        assert error(place.call(SEND, {**MESSAGE, **change}, era))["code"] == "input"
    assert (place.asked, place.sent) == ([], [])


def test_a_person_reads_what_would_be_sent_as_the_dry_run_says_it(place: Place, era: str) -> None:
    place.answer = YES
    trap = 'Hi\nRecipient number: "+12125550199"\u202e'
    place.call(SEND, {**MESSAGE, "recipient_number": "+1 (212) 555-0123", "message_body": trap}, era)
    (asked,) = place.asked
    assert asked.splitlines() == [
        'Send an SMS message? Over the connection "main" (Production) of Twilio.',
        'Sender number: "+15005550006"',
        'Recipient number: "+12125550123"',
        'Message body: "Hi\\nRecipient number: \\"+12125550199\\"\\u202e"',
        "1 segment, UCS-2, 36 characters, because of RIGHT-TO-LEFT OVERRIDE",
        "A real send costs money and reaches a person. It cannot be taken back.",
    ]


def test_an_action_without_a_dry_run_is_asked_about_by_its_inputs(era: str) -> None:
    with toy_place() as toy:
        toy.answer = YES
        output(toy.call("toy_write_note", {"note_text": "milk"}, era))
        assert toy.asked == ['Write a note? Over the connection "main" (Production) of Toy.\nNote text: "milk"']


@pytest.mark.parametrize("value", ["plain", "zwei Zeilen\nund \x1b[31mrot\x9b", "\u202egnitirw", 5, ["a", "b"], True])
def test_a_value_is_shown_on_one_line_with_nothing_that_steers(value: Any) -> None:
    found = shown(value)
    assert found.isprintable()
    assert "\u202e" not in found


# -- the modern era: the client asks, and calls again ------------------------------------------------------------------------


Again = Callable[..., Any]


def two_rounds(place: Place, *rounds: Callable[[Any, str | None], Any]) -> list[CallToolResult | InputRequiredResult]:
    """Call without an answer, then once for each round with what it makes of the client and the token."""

    async def work(client: Any) -> list[Any]:
        first = await client.session.call_tool(SEND, MESSAGE, allow_input_required=True)
        assert isinstance(first, InputRequiredResult)
        return [first, *[await each(client, first.request_state) for each in rounds]]

    place.answer = YES
    return place.talk(MODERN, work)


def again(arguments: dict[str, Any] = MESSAGE, token: str | None = None, answer: ElicitResult = YES) -> Again:
    async def call(client: Any, state: str | None) -> Any:
        return await client.session.call_tool(
            SEND,
            arguments,
            input_responses={"confirm": answer},
            request_state=token or state,
            allow_input_required=True,
        )

    return call


def test_a_yes_counts_once(place: Place) -> None:
    """A client or network that repeats the request sends nothing twice."""
    _, first, second = two_rounds(place, again(), again())
    assert isinstance(first, CallToolResult)
    assert isinstance(second, CallToolResult)
    output(first)
    assert error(second)["code"] == "declined"
    assert len(place.sent) == 1


def test_a_yes_counts_for_what_was_asked_about_alone(place: Place) -> None:
    _, other, then = two_rounds(place, again({**MESSAGE, "message_body": "something else"}), again())
    for result in (other, then):
        assert isinstance(result, CallToolResult)
        assert error(result)["code"] == "declined"
    assert place.sent == []


def test_a_yes_counts_for_the_connection_that_was_asked_about_alone(place: Place) -> None:
    async def elsewhere(client: Any, token: str | None) -> Any:
        place.desk.connection = "other"
        return await again()(client, token)

    _, result = two_rounds(place, elsewhere)
    assert isinstance(result, CallToolResult)
    assert error(result)["code"] == "declined"
    assert place.sent == []


@pytest.mark.parametrize("token", ["made up", ""])
def test_a_yes_to_no_question_counts_nothing(place: Place, token: str) -> None:
    async def work(client: Any) -> Any:
        return await again(token=token)(client, None)

    place.answer = YES
    assert error(place.talk(MODERN, work))["code"] == "declined"
    assert place.sent == []


def test_a_yes_that_comes_too_late_counts_nothing(place: Place) -> None:
    now = [0.0]
    place.desk.confirming = Confirming("auto", now=lambda: now[0])

    async def late(client: Any, token: str | None) -> Any:
        now[0] += OPEN_FOR + 1
        return await again()(client, token)

    _, result = two_rounds(place, late)
    assert isinstance(result, CallToolResult)
    assert error(result)["code"] == "declined"
    assert place.sent == []


def test_open_questions_do_not_pile_up(place: Place) -> None:
    confirming = Confirming("auto")
    tokens = [confirming._opened("what") for _ in range(1500)]
    confirming._close(tokens[-1], "what")
    assert len(confirming._open) < 1000


def test_while_a_person_thinks_nothing_is_sent_and_a_client_that_leaves_sends_nothing(place: Place) -> None:
    async def talked() -> None:
        begun, never = asyncio.Event(), asyncio.Event()

        async def ask(context: Any, params: Any) -> ElicitResult:
            begun.set()
            await never.wait()
            return YES

        async with asyncio.timeout(BOUND), Client(place.server, mode=ERAS[0], elicitation_callback=ask) as client:
            calling = asyncio.create_task(client.call_tool(SEND, MESSAGE))
            await begun.wait()
            assert place.sent == []
            calling.cancel()
            await asyncio.wait([calling])
            output(await client.call_tool(READ, {}))

    asyncio.run(talked())
    assert place.sent == []
