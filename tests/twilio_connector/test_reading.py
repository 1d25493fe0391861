"""Reading: every message that passes the filter, none twice, and no more requests than needed."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector_kit import (
    ActionCall,
    ContractError,
    CredentialsError,
    InputError,
    RateLimitedError,
    ServiceError,
    UnavailableError,
)
from support import NOW, RECIPIENT, Twilio, stored, twilio
from twilio_connector import mapping
from twilio_sandbox import Clock, Fault, Message, Sandbox, SandboxTransport, render, rules
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN, OWN_NUMBER, account


def test_all_messages_are_read_newest_first(twilio_account: Twilio) -> None:
    expected = stored(twilio_account.sandbox, 2300)
    assert [message.sid for message in twilio_account.read()] == [message.sid for message in expected]
    assert [query["PageSize"] for query in twilio_account.lists] == [["1000"]] * 3


def test_a_limit_chooses_the_page_size_and_stops_early(twilio_account: Twilio) -> None:
    stored(twilio_account.sandbox, 100)
    assert len(twilio_account.read(limit=20)) == 20
    assert [query["PageSize"] for query in twilio_account.lists] == [["20"]]


def test_offset_and_limit_choose_a_window(twilio_account: Twilio) -> None:
    expected = stored(twilio_account.sandbox, 100)
    assert [m.sid for m in twilio_account.read(limit=10, offset=35)] == [m.sid for m in expected[35:45]]
    assert len(twilio_account.lists) == 1


def test_an_offset_beyond_the_end_gives_nothing(twilio_account: Twilio) -> None:
    stored(twilio_account.sandbox, 3)
    assert twilio_account.read(offset=5, limit=5) == []


def test_streaming_reads_only_as_far_as_it_is_asked(twilio_account: Twilio) -> None:
    stored(twilio_account.sandbox, 2500)
    stream = twilio_account.connector.stream(ActionCall("read_sms_messages"))
    for _ in range(1000):
        next(stream)
    assert len(twilio_account.lists) == 1
    next(stream)
    assert len(twilio_account.lists) == 2
    stream.close()  # type: ignore[attr-defined]  # a generator behind the iterator


def test_one_message_is_fetched_by_its_sid(twilio_account: Twilio) -> None:
    wanted = stored(twilio_account.sandbox, 500)[321]
    assert [message.sid for message in twilio_account.read(["eq", "sid", wanted.sid])] == [wanted.sid]
    assert len(twilio_account.sandbox.requests) == 1


def test_a_sid_that_the_account_does_not_have_is_an_empty_result(twilio_account: Twilio) -> None:
    assert twilio_account.read(["eq", "sid", f"SM{99:032x}"]) == []


def test_the_rest_of_a_filter_holds_for_a_fetched_message_too(twilio_account: Twilio) -> None:
    wanted = stored(twilio_account.sandbox, 3)[0]
    assert twilio_account.read(["and", ["eq", "sid", wanted.sid], ["eq", "status", "failed"]]) == []


def test_a_message_that_arrives_while_reading_shifts_nothing(twilio_account: Twilio) -> None:
    expected = stored(twilio_account.sandbox, 2100)
    stream = twilio_account.connector.stream(ActionCall("read_sms_messages"))
    found = [next(stream) for _ in range(1000)]
    twilio_account.sandbox.clock.advance(60)
    twilio_account.send()
    assert [m.sid for m in [*found, *stream]] == [m.sid for m in expected]  # type: ignore[attr-defined]  # a generator behind the iterator


def test_messages_beyond_twilios_retention_are_not_there(twilio_account: Twilio) -> None:
    stored(twilio_account.sandbox, 5)
    twilio_account.sandbox.clock.advance(timedelta(days=399).total_seconds())
    assert len(twilio_account.read()) == 5
    twilio_account.sandbox.clock.advance(timedelta(days=2).total_seconds())
    assert twilio_account.read() == []


def paged(*pages: list[Message], link: str = "/2010-04-01/next?PageToken=PA{n}") -> httpx.MockTransport:
    """Serve the given pages one after another, each linking to the next."""

    def answer(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params.get("PageToken", "PA0")[2:])
        following = link.format(n=number + 1) if number + 1 < len(pages) else None
        listed = [render.message(message, listed=True) for message in pages[number]]
        return httpx.Response(200, json={"messages": listed, "next_page_uri": following})

    return httpx.MockTransport(answer)


def test_a_message_on_two_pages_is_given_once() -> None:
    """Pages shift when a message's date changes between two requests."""
    messages = stored(twilio().sandbox, 5)
    account = twilio(transport=paged(messages[:3], messages[2:]))
    assert [m.sid for m in account.read()] == [m.sid for m in messages]


def test_an_empty_last_page_ends_the_list() -> None:
    """Whether a full last page links to an empty one is not known, so both must work."""
    messages = stored(twilio().sandbox, 2)
    assert len(twilio(transport=paged(messages, [])).read()) == 2


def test_pages_that_lead_in_a_circle_are_an_error(twilio_account: Twilio) -> None:
    stored(twilio_account.sandbox, 10)
    twilio_account.sandbox.faults.plant(Fault("same_next_page", times=99))
    with pytest.raises(ContractError, match="in a circle"):
        twilio_account.read()
    assert len(twilio_account.lists) <= 3


@pytest.mark.parametrize(
    "link",
    [
        "https://elsewhere.example/2010-04-01/x?PageToken=PA1",
        "//elsewhere.example/x",
        "https://api.twilio.com:8443/x",
        "http://api.twilio.com/x",
    ],
)
def test_a_next_page_on_another_address_is_not_followed(link: str) -> None:
    """The credentials would go with it."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(200, json={"messages": [], "next_page_uri": link})

    with pytest.raises(ContractError, match="another address"):
        twilio(transport=httpx.MockTransport(answer)).read()
    assert asked == ["api.twilio.com"]


def test_the_link_to_the_next_page_is_kept_byte_for_byte() -> None:
    asked: list[bytes] = []
    link = "/2010-04-01/Accounts/AC1/Messages.json?From=%2B12065550137&DateSent%3E=2026-03-01T00%3A00%3A00Z&X=a%20b%2Fc&PageToken=PA1"

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.raw_path)
        return httpx.Response(200, json={"messages": [], "next_page_uri": link if len(asked) == 1 else None})

    twilio(transport=httpx.MockTransport(answer)).read()
    assert asked[1] == link.encode()


def test_an_unknown_account_is_an_error_and_not_an_empty_list(twilio_account: Twilio) -> None:
    sandbox = twilio_account.sandbox
    sandbox.faults.plant(
        Fault("error", times=9, status=404, code=20404, message="The requested resource /x was not found")
    )
    for tree in (None, ["eq", "sid", f"SM{1:032x}"]):
        with pytest.raises(ServiceError, match="20404"):
            twilio_account.read(tree)


@pytest.mark.parametrize("kind", ["rate_limited", "server_error", "drop_before", "garbled", "truncated", "empty"])
def test_a_read_survives_a_passing_fault(twilio_account: Twilio, kind: str) -> None:
    stored(twilio_account.sandbox, 3)
    twilio_account.sandbox.faults.plant(Fault(kind, times=2))
    assert len(twilio_account.read()) == 3
    assert len(twilio_account.waits) == 2


def test_a_read_gives_up_after_five_attempts(twilio_account: Twilio) -> None:
    twilio_account.sandbox.faults.plant(Fault("server_error", times=99, status=503))
    with pytest.raises(UnavailableError, match="HTTP 503"):
        twilio_account.read()
    assert len(twilio_account.lists) == 5
    assert len(twilio_account.waits) == 4


def test_waits_grow_and_differ() -> None:
    """Backoff with jitter: clients that failed together must not come back together."""
    waits = []
    for _ in range(8):
        account = twilio()
        account.sandbox.faults.plant(Fault("server_error", times=4))
        account.read()
        waits.append(account.waits)
    assert all(0 <= wait <= 0.5 * 2**n for each in waits for n, wait in enumerate(each))
    assert len({tuple(each) for each in waits}) == 8


def test_a_failing_twilio_is_asked_again_when_it_said(twilio_account: Twilio) -> None:
    answers = iter([httpx.Response(503, headers={"Retry-After": "7"})])
    sandbox = SandboxTransport(twilio_account.sandbox)
    account = twilio(
        transport=httpx.MockTransport(lambda request: next(answers, None) or sandbox.handle_request(request))
    )
    account.read()
    assert account.waits == [7.0]


def test_a_connection_that_was_closed_is_named(twilio_account: Twilio) -> None:
    stored(twilio_account.sandbox, 1500)
    stream = twilio_account.connector.stream(ActionCall("read_sms_messages"))
    next(stream)
    twilio_account.connector.close()
    with pytest.raises(InputError, match="The connection was closed"):
        list(stream)


@pytest.mark.parametrize("link", ["http://[::1", "/\x00", "/elsewhere?To=%2B12125550123"])
def test_a_link_that_is_no_page_of_the_api_is_not_followed(link: str) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"messages": [], "next_page_uri": link}))
    with pytest.raises(ContractError):
        twilio(transport=transport).read()


def test_a_wait_longer_than_a_minute_is_reported_instead_of_waited(twilio_account: Twilio) -> None:
    twilio_account.sandbox.faults.plant(Fault("rate_limited", times=9, retry_after="3600"))
    with pytest.raises(RateLimitedError) as caught:
        twilio_account.read()
    assert caught.value.retry_after == 3600
    assert twilio_account.waits == []


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError,
        httpx.ConnectTimeout,
        httpx.ReadTimeout,
        httpx.ReadError,
        httpx.RemoteProtocolError,
        httpx.DecodingError,
    ],
)
def test_network_failures_of_a_read_are_unavailable(error: type[httpx.RequestError]) -> None:
    def failing(request: httpx.Request) -> httpx.Response:
        raise error("boom", request=request)

    with pytest.raises(UnavailableError) as caught:
        twilio(transport=httpx.MockTransport(failing)).read()
    assert caught.value.retryable


def test_a_redirect_is_not_followed() -> None:
    """A guest network's sign-in page, or worse: the credentials stay here."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(302, headers={"Location": "https://elsewhere.example/"})

    with pytest.raises(UnavailableError, match="sign-in page"):
        twilio(transport=httpx.MockTransport(answer)).read()
    assert set(asked) == {"api.twilio.com"}


def test_a_compressed_answer_is_understood() -> None:
    messages = stored(twilio().sandbox, 3)
    plain = json.dumps({"messages": [render.message(m, listed=True) for m in messages], "next_page_uri": None}).encode()
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["Accept-Encoding"])
        return httpx.Response(200, headers={"Content-Encoding": "gzip"}, content=gzip.compress(plain))

    assert len(twilio(transport=httpx.MockTransport(answer)).read()) == 3
    assert "gzip" in seen[0]


def test_the_check_reads_one_message_and_tells_wrong_credentials(twilio_account: Twilio) -> None:
    twilio_account.connector.check()
    assert [query["PageSize"] for query in twilio_account.lists] == [["1"]]
    account = twilio_account.sandbox.store.account(ACCOUNT_SID)
    assert account is not None
    account.auth_token = AUTH_TOKEN[::-1]
    with pytest.raises(CredentialsError, match="did not accept the Account SID and Auth Token together"):
        twilio_account.connector.check()


def test_a_client_reuses_its_connection_pool_for_all_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client for each call costs 17 ms of CPU for its certificates (performance.md)."""
    made = []
    original = httpx.Client.__init__

    def counted(self: httpx.Client, **settings: Any) -> None:
        made.append(settings)
        original(self, **settings)

    monkeypatch.setattr(httpx.Client, "__init__", counted)
    account = twilio()
    account.read(limit=1)
    account.read(limit=1)
    account.send()
    assert len(made) == 1


# ---- the property: a read is the account, filtered in plain Python ---------------------------------------------

NUMBERS = [OWN_NUMBER, RECIPIENT, "+12125550124", "whatsapp:+12125550125", None]
SECONDS = st.integers(0, 4 * 86_400)
STATUSES = ["delivered", "failed", "received", "queued"]


@st.composite
def accounts(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draw the messages of an account: few values, so that filters hit; some at midnight, some without dates."""
    one = st.fixed_dictionaries(
        {
            "sender": st.sampled_from(NUMBERS),
            "recipient": st.sampled_from([n for n in NUMBERS if n]),
            "body": st.sampled_from(["", "refund", "a refund", "Refund"]),
            "age": st.one_of(SECONDS, st.sampled_from([12 * 3600, 12 * 3600 + 1, 12 * 3600 - 1, 36 * 3600])),
            "unsent": st.booleans(),
            "status": st.sampled_from(STATUSES),
            "price": st.sampled_from([None, Decimal("-0.0075"), Decimal("-0.015")]),
            "error_code": st.sampled_from([None, 30003, 30005]),
            "media": st.integers(0, 2),
        }
    )
    return draw(st.lists(one, max_size=25))


def instants() -> st.SearchStrategy[str]:
    """Draw dates near those of the messages: to the second, with an offset, or whole days."""
    ages = st.one_of(SECONDS, st.sampled_from([12 * 3600, 36 * 3600]))
    exact = ages.map(lambda age: (NOW - timedelta(seconds=age)).isoformat())
    return st.one_of(exact, ages.map(lambda age: (NOW - timedelta(seconds=age)).date().isoformat()))


def conditions() -> st.SearchStrategy[list[Any]]:
    """Draw one condition on any kind of field."""
    order = st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge"])
    numbers = st.sampled_from([n for n in NUMBERS if n])
    return st.one_of(
        st.tuples(
            st.sampled_from(["eq", "ne"]),
            st.sampled_from(["sender_number", "recipient_number"]),
            st.one_of(numbers, st.none()),
        ),
        st.tuples(st.just("in"), st.sampled_from(["sender_number", "recipient_number"]), st.lists(numbers, max_size=2)),
        st.tuples(st.sampled_from(["has", "starts", "ends"]), st.just("body"), st.sampled_from(["", "refund", "R"])),
        st.tuples(order, st.sampled_from(["date_sent", "date_sent", "date_created"]), instants()),
        st.tuples(st.just("in"), st.just("date_sent"), st.lists(instants(), max_size=2)),
        st.tuples(
            st.sampled_from(["eq", "ne"]), st.sampled_from(["date_sent", "price", "error_code", "body"]), st.none()
        ),
        st.tuples(order, st.just("price"), st.sampled_from([-0.0075, 0, -1])),
        st.tuples(order, st.sampled_from(["error_code", "num_media"]), st.sampled_from([0, 1, 30004, 30005])),
        st.tuples(st.sampled_from(["eq", "ne", "has"]), st.just("status"), st.sampled_from(STATUSES)),
    ).map(list)


def filters() -> st.SearchStrategy[list[Any]]:
    """Draw a tree of conditions."""
    return st.recursive(
        conditions(),
        lambda inner: st.one_of(
            st.tuples(st.just("not"), inner).map(list),
            st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=3)).map(
                lambda pair: [pair[0], *pair[1]]
            ),
        ),
        max_leaves=5,
    )


class Capped(SandboxTransport):
    """A Twilio with small pages, so that few messages already make many pages."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_set_param("PageSize", "4")
        return super().handle_request(request)


def plainly(tree: list[Any], item: Any) -> bool:
    """Evaluate a filter by the rules of english.md D12, with no code in common with the kit."""
    op, *rest = tree
    if op == "not":
        return not plainly(rest[0], item)
    if op in ("and", "or"):
        return (all if op == "and" else any)([plainly(part, item) for part in rest])
    name, value = rest
    found = getattr(item, name)
    if op == "ne":
        return not plainly(["eq", name, value], item)
    if op == "in":
        return any(plainly(["eq", name, one], item) for one in value)
    if value is None:
        return found is None or found == ""
    if found is None:
        return False
    if name.startswith("date") and "T" not in value:
        found = found.date().isoformat()
    elif name.startswith("date"):
        value = datetime.fromisoformat(value)
    elif name == "price":
        value = Decimal(str(value))
    holds: dict[str, Callable[[], bool]] = {
        "eq": lambda: found == value, "lt": lambda: found < value, "le": lambda: found <= value, "gt": lambda: found > value,
        "ge": lambda: found >= value, "has": lambda: value in found, "starts": lambda: found.startswith(value),
        "ends": lambda: found.endswith(value),
    }  # fmt: skip
    return bool(holds[op]())


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(
    accounts(),
    filters(),
    st.sampled_from(sorted(rules.BEFORE)),
    st.integers(0, 4),
    st.one_of(st.none(), st.integers(0, 6)),
    st.booleans(),
)
def test_a_read_is_the_account_filtered_in_plain_python(
    messages: list[dict[str, Any]], tree: list[Any], reading: str, offset: int, limit: int | None, small_pages: bool
) -> None:
    """For every paging and every reading of DateSent's boundaries."""
    sandbox = Sandbox(Clock(NOW), date_reading=reading)
    sandbox.store.add_account(account())
    for drawn in messages:
        values = dict(drawn)
        age, unsent = values.pop("age"), values.pop("unsent")
        created = NOW - timedelta(seconds=age)
        sandbox.store.extend(
            ACCOUNT_SID,
            [
                Message(
                    sid=sandbox.store.new_sid("SM"),
                    account_sid=ACCOUNT_SID,
                    created=created,
                    sent=None if unsent else created,
                    **values,
                )
            ],
        )
    everything = [mapping.sms_message(render.message(m, listed=True)) for m in sandbox.store.all(ACCOUNT_SID)]
    expected = [m for m in everything if plainly(tree, m)]
    opened = twilio(sandbox, (Capped if small_pages else SandboxTransport)(sandbox))
    wanted = ActionCall("read_sms_messages", filter=opened.filter(tree), offset=offset, limit=limit)
    found = list(opened.connector.stream(wanted))
    assert found == expected[offset:][: len(expected) if limit is None else limit]


def test_a_filter_that_compares_a_date_with_text_is_refused_before_any_request(twilio_account: Twilio) -> None:
    with pytest.raises(InputError, match="date sent: needs a datetime"):
        twilio_account.read(["gt", "date_sent", "yesterday"])
    assert twilio_account.sandbox.requests == []
