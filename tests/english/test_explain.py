"""What a program will do is said before it does it: in order, with which connection, and how often at most."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connector_kit import Connector
from connector_kit.english import program as p
from connector_kit.english.explain import connections_used, explain
from english_programs import (
    ABOVE,
    HERE,
    STOP,
    add,
    ask,
    call,
    compare,
    define,
    each,
    get,
    program,
    read,
    read_one,
    ref,
    say,
    send,
    switch,
    use,
    when,
    where,
)
from support import Twilio

MAIN = 'With the connection "Main" of Twilio.'
SUPPORT = 'With the connection "Support line" of Twilio.'
SENT = '+15005550006"; recipient number the recipient; message body "Hello"'


@pytest.fixture
def connector(twilio_account: Twilio) -> Connector:
    return twilio_account.connector


def test_what_is_done_is_said_in_order_with_its_connection(connector: Connector) -> None:
    made = program(
        switch("Support line"),
        define("recipients", ["+15550121", "+15550122"]),
        ask("Send?", "yes", "no"),
        when(compare("eq", ABOVE, "no"), say("not today"), STOP),
        each("recipient", "recipients", send(ref("recipient"))),
        p.Show(("recipients",), HERE),
    )
    assert explain(made, [connector]) == [
        "3: Ask: Send?",
        '4: If the above is "no":',
        '4.1: Say "not today".',
        "4.2: Stop.",
        "5: For each recipient of the recipients (at most 2):",
        f'5.1: Send an SMS message: sender number "{SENT}. Once for each of the recipients. {SUPPORT}',
        "6: Show the recipients.",
        "In all, Send an SMS message: at most 2 times.",
    ]


def test_reads_say_what_they_look_for(connector: Connector) -> None:
    condition = p.Joined("and", (where("eq", "status", "failed"), where("ne", "error_code", None)))
    made = program(read(condition, limit=Decimal(20)), read_one())
    assert explain(made, [connector.manifest], connection="Main") == [
        f'1: Read some SMS messages whose status is "failed" and error code is not empty, at most 20. {MAIN}',
        f"2: Read some SMS messages. {MAIN}",
        "In all: nothing is sent or changed.",
    ]


LOOP = each("m", "sms messages", send())


@pytest.mark.parametrize(
    ("steps", "often"),
    [
        ((send(),), "at most once"),
        ((send(), send()), "at most 2 times"),
        ((read(), LOOP), "at most 10,000 times"),
        ((read(limit=5), LOOP), "at most 5 times"),
        ((read(limit=5), use(ref("sms messages"), "mail"), each("m", "mail", send())), "at most 5 times"),
        ((define("n", ["a", "b"]), read(limit=5), each("x", "n", LOOP, send())), "at most 12 times"),
        ((define("n", ["a", "b"]), each("x", "n", read(limit=5), LOOP)), "at most 10 times"),
        ((define("n", ["a"]), add("b", "n"), each("x", "n", send())), "at most 2 times"),
        ((define("n", ["a"]), each("x", "n", add("b", "n")), each("x", "n", send())), "as often as there are items in its lists"),
        ((define("n", ["a"]), define("c", ["a", "b", "c"]), when(compare("eq", "a", "b"), define("n", ref("c"))),
          each("x", "n", send())), "at most 3 times"),
        ((when(compare("eq", "a", "b"), send(), otherwise=(send(), send())),), "at most 2 times"),
        ((each("x", "unknown", send()),), "as often as there are items in its lists"),
        ((each("x", "unknown", send()), send()), "as often as there are items in its lists"),
        ((define("n", ["a", "b"]), each("x", "n", send(), define("n", "a"))), "at most 2 times"),
        ((define("n", ["a"]), define("c", ["a", "b", "c"]), use(ref("n"), "o"), p.Set(("o",), ref("c"), HERE),
          each("x", "n", send())), "at most 3 times"),
        ((define("n", ["a"]), use(ref("n"), "o"), use(ref("o"), "q"), add("b", "q"), each("x", "n", send())), "at most 2 times"),
        ((define("n", ["a"]), read(limit=7), get("sms messages", name="n"), each("x", "n", send())), "at most 7 times"),
        ((define("n", ["a"]), read(limit=7), add(ABOVE, "n"), each("x", "n", send())), "at most 8 times"),
        ((define("n", ["a"]), define("c", ["a", "b"]), ask("Which?", ref("n"), ref("c"), name="d"), each("x", "d", send())),
         "at most 2 times"),
        ((define("n", ["a"]), ask("Which?", name="n"), add(ref("n"), "n"), each("x", "n", send())), "at most 2 times"),
        ((read(limit=20_000), LOOP), "at most 20,000 times"),
        ((read(limit=Decimal("20000.0")), LOOP), "at most 20,000 times"),
        ((define("k", 20_000), read(limit=ref("k")), LOOP), "as often as there are items in its lists"),
        ((define("n", ["a", "b"]), read(limit=1), each("x", "n", LOOP, read(limit=50))), "at most 100 times"),
        ((define("n", ["a", "b"]), each("x", "n", add("c", "n"), each("y", "n", send()))),
         "as often as there are items in its lists"),
        ((define("x", ["a", "b"]), define("n", [ref("x"), ref("x")]), add("c", "x"), each("x", "n", each("y", "x", send()))),
         "as often as there are items in its lists"),
        ((when(compare("eq", "a", "b"), define("n", ["a"])), each("x", "n", send())),
         "as often as there are items in its lists"),
    ],
)  # fmt: skip
def test_how_often_something_is_sent_is_known_before(
    connector: Connector, steps: tuple[p.Step, ...], often: str
) -> None:
    assert explain(program(*steps), [connector])[-1] == f"In all, Send an SMS message: {often}."


def test_every_connection_that_may_be_used_is_named(connector: Connector) -> None:
    made = program(when(compare("eq", "a", "b"), switch("A"), otherwise=(switch("B"),)), send())
    assert explain(made, [connector])[-2].endswith('Once. With the connection "A" or the connection "B" of Twilio.')
    made = program(define("n", ["a", "b"]), each("x", "n", read(), switch("A")))
    assert explain(made, [connector])[1].endswith('With the default connection or the connection "A" of Twilio.')


def test_an_action_that_is_gone_is_left_out(connector: Connector) -> None:
    assert explain(program(call("read_faxes")), [connector]) == ["In all: nothing is sent or changed."]


def test_conditions_are_said_with_what_belongs_together(connector: Connector) -> None:
    inner = p.Joined("or", (compare("gt", ref("x"), 5), compare("eq", ref("x"), None)))
    made = program(when(p.Joined("and", (inner, p.Not(compare("in", ref("x"), [1, True, 'say "hi"']))))))
    assert explain(made, [connector])[0] == (
        '1: If (the x is greater than or after 5 or the x is empty) and not (the x is one of 1, true, "say \\"hi\\""):'
    )
    assert len(explain(program(say("x" * 500)), [connector])[0]) < 80


def test_the_connections_that_may_be_used_are_known_before_it_runs(connector: Connector) -> None:
    made = program(
        read(),
        switch("never used"),
        switch("Main"),
        when(compare("eq", "a", "b"), switch("Support line")),
        send(),
    )
    assert connections_used(made, [connector]) == (("twilio", None), ("twilio", "Support line"), ("twilio", "Main"))
    assert connections_used(program(say("a"), switch("Main")), [connector]) == ()
