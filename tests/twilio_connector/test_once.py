"""Sends with an idempotency key: once, whatever breaks, whoever else tries, and whenever it is tried again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from connector_kit import (
    ActionCall,
    Connection,
    ConnectorError,
    ContractError,
    InputError,
    JournalError,
    OutcomeUnknownError,
    RecipientError,
    Result,
)
from connector_kit.journal import Journal, alive
from connector_kit.journal.sqlite import SQLiteJournal
from support import BODY, NOW, RECIPIENT, Twilio, twilio
from twilio_sandbox import Clock, Fault, Sandbox, SandboxTransport
from twilio_sandbox.seed import ACCOUNT_SID, OPTED_OUT, OWN_NUMBER, account


@pytest.fixture
def sandbox() -> Sandbox:
    """An empty account on a clock that stands still."""
    sandbox = Sandbox(Clock(NOW))
    sandbox.store.add_account(account())
    return sandbox


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """A journal that outlives the connectors of a test."""
    journal = SQLiteJournal(tmp_path / "journal.sqlite3")
    yield journal
    journal.close()


def send(twilio_account: Twilio, key: str | None = "order-42", **changes: Any) -> Result:
    """Send the message, with a key."""
    inputs = {"sender_number": OWN_NUMBER, "recipient_number": RECIPIENT, "message_body": BODY, "idempotency_key": key}
    return twilio_account.connector.run(ActionCall("send_sms_message", inputs | changes))


def test_a_key_sends_once_and_gives_the_first_result_again(sandbox: Sandbox, journal: Journal) -> None:
    one = twilio(sandbox, journal=journal)
    first = send(one)
    again = send(one)
    assert again.output == first.output
    assert [notice.code for notice in again.notices] == ["repeated"]
    assert sandbox.store.count(ACCOUNT_SID) == 1


def test_a_key_is_remembered_by_another_process_with_the_same_journal(sandbox: Sandbox, journal: Journal) -> None:
    first = send(twilio(sandbox, journal=journal)).output
    assert send(twilio(sandbox, journal=journal)).output == first
    assert sandbox.store.count(ACCOUNT_SID) == 1


def test_a_key_with_other_content_is_refused(sandbox: Sandbox, journal: Journal) -> None:
    one = twilio(sandbox, journal=journal)
    send(one)
    for changes in ({"message_body": "other"}, {"recipient_number": "+12125550124"}):
        with pytest.raises(InputError, match="idempotency_key: was used for a call with other content"):
            send(one, **changes)
    assert sandbox.store.count(ACCOUNT_SID) == 1


def test_another_key_sends_another_message(sandbox: Sandbox, journal: Journal) -> None:
    one = twilio(sandbox, journal=journal)
    assert send(one, "a").output != send(one, "b").output


def test_no_key_leaves_no_journal(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    send(twilio(sandbox, journal=SQLiteJournal(path)), None)
    assert not path.exists()


def test_a_send_that_twilio_refused_may_be_tried_again_with_its_key(sandbox: Sandbox, journal: Journal) -> None:
    """Nothing was sent, so the key is free: the recipient may have replied START."""
    one = twilio(sandbox, journal=journal)
    with pytest.raises(RecipientError):
        send(one, recipient_number=OPTED_OUT)
    found = sandbox.store.account(ACCOUNT_SID)
    assert found is not None
    found.opted_out.clear()
    assert send(one, recipient_number=OPTED_OUT).output.startswith("SM")


def test_a_lost_send_with_a_key_stays_unknown_until_it_is_found(sandbox: Sandbox, journal: Journal) -> None:
    """It is looked up again each time, and never sent again."""
    one = twilio(sandbox, journal=journal)
    sandbox.faults.plant(Fault("drop_after", method="POST"))
    sandbox.faults.plant(Fault("error", status=500, times=99, method="GET"))
    with pytest.raises(OutcomeUnknownError):
        send(one)
    with pytest.raises(OutcomeUnknownError, match="broken off"):
        send(one)
    sandbox.faults.clear()
    found = send(twilio(sandbox, journal=journal))
    assert [message.sid for message in sandbox.store.all(ACCOUNT_SID)] == [found.output]
    assert [notice.code for notice in send(one).notices] == ["repeated"]
    assert len([r for r in sandbox.requests if r.method == "POST"]) == 1


def test_a_lost_send_is_found_by_the_process_that_lost_it(sandbox: Sandbox, journal: Journal) -> None:
    """Its own first attempt is not another message that was lost too."""
    one = twilio(sandbox, journal=journal)
    sandbox.faults.plant(Fault("drop_after", method="POST"))
    sandbox.faults.plant(Fault("error", status=500, times=99, method="GET"))
    with pytest.raises(OutcomeUnknownError):
        send(one)
    sandbox.faults.clear()
    assert [message.sid for message in sandbox.store.all(ACCOUNT_SID)] == [send(one).output]


class Killed(BaseException):
    """Stands for kill -9: nothing handles it."""


@pytest.mark.parametrize("stored", [True, False])
def test_a_send_whose_process_was_killed_is_looked_up_and_never_sent_again(
    sandbox: Sandbox, journal: Journal, stored: bool
) -> None:
    one = twilio(sandbox, journal=journal)
    session = one.connector._opened["default"].session
    create = session.client.create_message  # type: ignore[attr-defined]  # the session of this connector has a client

    def killed(parameters: Any) -> Any:
        if stored:
            create(parameters)
        raise Killed

    session.client.create_message = killed  # type: ignore[attr-defined]  # the session of this connector has a client
    with pytest.raises(Killed):
        send(one)
    sandbox.clock.advance(120)
    restarted = twilio(sandbox, journal=journal)
    if stored:
        assert send(restarted).output == sandbox.store.all(ACCOUNT_SID)[0].sid
    else:
        with pytest.raises(OutcomeUnknownError, match="broken off"):
            send(restarted)
    assert sandbox.store.count(ACCOUNT_SID) == int(stored)


def test_workers_that_race_with_one_key_get_one_result(sandbox: Sandbox, journal: Journal) -> None:
    # The clock stands still: one that went on with each look would soon call the worker dead that is at work.
    workers = [twilio(sandbox, journal=journal, sleep=lambda _: threading.Event().wait(0.001)) for _ in range(6)]
    outputs: list[Any] = []
    gate = threading.Barrier(len(workers))

    def work(worker: Twilio) -> None:
        gate.wait(timeout=10)
        outputs.append(send(worker).output)

    threads = [threading.Thread(target=work, args=[worker]) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(outputs) == len(workers)
    assert set(outputs) == {sandbox.store.all(ACCOUNT_SID)[0].sid}
    assert sandbox.store.count(ACCOUNT_SID) == 1


def test_a_damaged_journal_is_a_clear_error_and_nothing_is_sent(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    path.write_bytes(b"this is not a database" * 100)
    with pytest.raises(JournalError, match="Nothing was sent"):
        send(twilio(sandbox, journal=SQLiteJournal(path)))
    assert sandbox.requests == []


def test_a_journal_that_fails_after_the_send_does_not_hide_its_result(sandbox: Sandbox, journal: Journal) -> None:
    one = twilio(sandbox, journal=journal)

    def broken(*_: Any, **__: Any) -> bool:
        message = "The disk is full."
        raise JournalError(message)

    journal.finish = broken  # type: ignore[method-assign]  # broken on purpose
    result = send(one)
    assert result.output == sandbox.store.all(ACCOUNT_SID)[0].sid
    assert "journal" in [notice.code for notice in result.notices]


def test_two_accounts_do_not_share_keys(sandbox: Sandbox, journal: Journal) -> None:
    other = f"AC{2:032x}"
    sandbox.store.add_account(replace(account(), sid=other, auth_token="another-token-0002"))
    one = twilio(sandbox, journal=journal)
    one.connector.open(
        Connection("auth_token", {"account_sid": other, "auth_token": "another-token-0002"}, name="other")
    )
    inputs = {"sender_number": OWN_NUMBER, "recipient_number": RECIPIENT, "message_body": BODY, "idempotency_key": "k"}
    for name in ("default", "other", "default", "other"):
        one.connector.run(ActionCall("send_sms_message", inputs, connection=name))
    assert (sandbox.store.count(ACCOUNT_SID), sandbox.store.count(other)) == (1, 1)


def test_the_journal_holds_no_number_text_or_key(sandbox: Sandbox, tmp_path: Path) -> None:
    journal = SQLiteJournal(tmp_path / "journal.sqlite3")
    one = twilio(sandbox, journal=journal)
    send(one, "order-of-Ana")
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    journal.close()
    assert content
    assert not [p for p in (RECIPIENT[1:], OWN_NUMBER[1:], BODY, "order-of-Ana", ACCOUNT_SID) if p.encode() in content]


def test_a_dry_run_sends_nothing_and_shows_everything(sandbox: Sandbox, journal: Journal) -> None:
    one = twilio(sandbox, journal=journal)
    result = send(one, dry_run=True, recipient_number="+1 (212) 555-0123", message_body="Only €5 “today” 🎉")
    assert result.output is None
    preview = result.to_json()["preview"]
    assert preview["request"] == {"To": RECIPIENT, "From": OWN_NUMBER, "Body": "Only €5 “today” 🎉"}
    assert (preview["encoding"], preview["segments"]) == ("UCS-2", 1)
    assert [(c["character"], c["replacement"]) for c in preview["forced_by"]] == [("“", '"'), ("”", '"'), ("🎉", None)]
    assert sandbox.requests == []
    assert BODY not in repr(result)
    assert send(one).output.startswith("SM")


@pytest.mark.parametrize(
    ("changes", "path", "says"),
    [
        ({"send_at": "2026-03-10T14:00:00Z"}, "send_at", "needs a messaging service"),
        ({"media_urls": ["ftp://x"]}, "media_urls", "no web address"),
        ({"media_urls": [f"https://example.com/{n}" for n in range(11)]}, "media_urls", "takes 10 at most"),
        ({"status_callback": "https://my_host.example.com/"}, "status_callback", "without _"),
        ({"validity_period": 0}, "validity_period", "from 1 to 36000"),
        ({"validity_period": 1.5}, "validity_period", "whole number"),
        ({"max_segments": 1, "message_body": "x" * 161}, "message_body", "would take 2 segments, and at most 1"),
        ({"messaging_service_sid": "MG1"}, "messaging_service_sid", "not the SID of a messaging service"),
        ({"sender_number": f"MG{1:032x}", "messaging_service_sid": f"MG{2:032x}"}, "messaging_service_sid", "differs"),
        ({"recipient_number": 12125550123}, "recipient_number", "has no country code"),
    ],
)
def test_options_that_twilio_would_refuse_are_refused_before_the_network(
    sandbox: Sandbox, changes: dict[str, Any], path: str, says: str
) -> None:
    if "send_at" in changes:
        changes = {"send_at": datetime.fromisoformat(changes["send_at"])}
    with pytest.raises(InputError) as caught:
        send(twilio(sandbox), None, **changes)
    assert says in {p.path: p.message for p in caught.value.problems}[path]
    assert sandbox.requests == []


def test_a_corrected_form_is_offered_and_kept_out_of_every_text(sandbox: Sandbox) -> None:
    with pytest.raises(InputError) as caught:
        send(twilio(sandbox), None, recipient_number="12125550123")
    assert caught.value.problems[0].suggestion == "+12125550123"
    texts = [str(caught.value), repr(caught.value.problems), repr(caught.value.to_json())]
    assert not any("2125550123" in text for text in texts)


def test_all_options_reach_twilio_in_its_spelling(sandbox: Sandbox) -> None:
    one = twilio(sandbox)
    send(
        one,
        None,
        messaging_service_sid=f"MG{1:032x}",
        media_urls=["https://example.com/1.png", "https://example.com/2.png"],
        send_at=datetime.fromisoformat("2026-03-10T15:30:00+02:00"),
        status_callback="https://example.com/status",
        validity_period=600,
    )
    assert one.creates[0] == {
        "To": [RECIPIENT],
        "From": [OWN_NUMBER],
        "MessagingServiceSid": [f"MG{1:032x}"],
        "Body": [BODY],
        "MediaUrl": ["https://example.com/1.png", "https://example.com/2.png"],
        "SendAt": ["2026-03-10T13:30:00Z"],
        "ScheduleType": ["fixed"],
        "StatusCallback": ["https://example.com/status"],
        "ValidityPeriod": ["600"],
    }


def test_errors_of_a_keyed_send_are_typed(sandbox: Sandbox, journal: Journal) -> None:
    one = twilio(sandbox, journal=journal)
    for fault in (Fault("rate_limited", times=99, retry_after="999"), Fault("error", status=401, code=20003)):
        sandbox.faults.plant(fault)
        with pytest.raises(ConnectorError):
            send(one)
        sandbox.faults.clear()
    assert send(one).output.startswith("SM")


def test_an_answer_that_breaks_the_contract_keeps_its_key(sandbox: Sandbox, journal: Journal) -> None:
    """Something was done, so the key is not free: a repetition looks and does not send."""
    one = twilio(sandbox, journal=journal)
    session = one.connector._opened["default"].session
    create = session.client.create_message  # type: ignore[attr-defined]  # the session of this connector has a client

    def drifted(parameters: Any) -> Any:
        create(parameters)
        message = "The answer does not fit."
        raise ContractError(message)

    session.client.create_message = drifted  # type: ignore[attr-defined]  # the session of this connector has a client
    with pytest.raises(ContractError):
        send(one)
    assert send(twilio(sandbox, journal=journal)).output == sandbox.store.all(ACCOUNT_SID)[0].sid
    assert sandbox.store.count(ACCOUNT_SID) == 1


def test_a_bug_while_sending_does_not_free_the_key(sandbox: Sandbox, journal: Journal) -> None:
    """Nobody knows whether the request had left, so the key stays taken and a repetition looks instead of sending."""
    wire = SandboxTransport(sandbox)

    class Buggy(SandboxTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            wire.handle_request(request)
            message = "something in the transport"
            raise RuntimeError(message)

    with pytest.raises(RuntimeError):
        send(twilio(sandbox, Buggy(sandbox), journal=journal))
    sandbox.clock.advance(120)
    assert send(twilio(sandbox, journal=journal)).output == sandbox.store.all(ACCOUNT_SID)[0].sid
    assert sandbox.store.count(ACCOUNT_SID) == 1


def test_a_send_that_twilio_lets_wait_stays_its_owners(
    sandbox: Sandbox, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twilio may ask to wait almost as long as a lease, again and again; nobody takes such a call for dead meanwhile."""
    one = twilio(sandbox, journal=journal)
    opened = one.connector._opened["default"]
    lives: list[bool] = []

    def wait(seconds: float) -> None:
        sandbox.clock.advance(seconds)
        opened.mutations.heart.beat()  # what its thread does every twenty seconds
        lives.extend(alive(entry, sandbox.clock.now()) for entry in journal.entries())

    monkeypatch.setattr(opened.session.client, "sleep", wait)  # type: ignore[attr-defined]  # the session of this connector has a client
    sandbox.faults.plant(Fault("rate_limited", times=4, method="POST", retry_after="50"))
    assert send(one).output == sandbox.store.all(ACCOUNT_SID)[0].sid
    assert lives == [True] * 4
    assert [entry.state for entry in journal.entries()] == ["done"]


def lost_after(sandbox: Sandbox, journal: Journal, *, stored: bool, key: str | None, **changes: Any) -> Result:
    """Send over a connection of its own which breaks, before or after the message was stored."""
    sandbox.faults.plant(Fault("drop_after" if stored else "drop_before", method="POST"))
    return send(twilio(sandbox, journal=journal), key, **changes)


@pytest.mark.parametrize("number", [RECIPIENT, "+1 (212) 555-0123"])
def test_a_lost_send_does_not_take_the_message_of_an_equal_one(sandbox: Sandbox, journal: Journal, number: str) -> None:
    """However the number is written: order-2 was not sent, and order-1's message must not be shown for it."""
    send(twilio(sandbox, journal=journal), "order-1")
    with pytest.raises(OutcomeUnknownError, match="found none"):
        lost_after(sandbox, journal, stored=False, key="order-2", recipient_number=number)
    assert sandbox.store.count(ACCOUNT_SID) == 1


@pytest.mark.parametrize("keys", [("order-1", "order-2"), (None, None)])
def test_of_two_equal_lost_sends_none_takes_the_one_message_that_was_stored(
    sandbox: Sandbox, journal: Journal, keys: tuple[str | None, str | None]
) -> None:
    """Nobody can tell whose it is; both would be called sent, and one recipient would wait for ever."""
    one = twilio(sandbox, journal=journal)
    sandbox.faults.plant(Fault("drop_before", method="POST"))
    with pytest.raises(OutcomeUnknownError, match="found none"):
        send(one, keys[0])
    sandbox.faults.plant(Fault("drop_after", method="POST"))
    with pytest.raises(OutcomeUnknownError, match="an equal message was under way or lost too"):
        send(one if keys[0] is None else twilio(sandbox, journal=journal), keys[1])
    assert sandbox.store.count(ACCOUNT_SID) == 1


@pytest.mark.parametrize("apart", [False, True])
def test_a_lost_send_leaves_the_message_to_an_equal_one_whose_answer_is_on_its_way(
    sandbox: Sandbox, journal: Journal, apart: bool
) -> None:
    """In one process or in two: A's message is listed before its answer is back, while B is looking for its own."""
    inner = SandboxTransport(sandbox)
    stored, looked = threading.Event(), threading.Event()

    class Slow(SandboxTransport):
        creates = 0

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if request.method == "GET":
                answer = inner.handle_request(request)
                looked.set()
                return answer
            Slow.creates += 1
            if Slow.creates == 1:
                answer = inner.handle_request(request)
                stored.set()
                assert looked.wait(timeout=10)
                return answer
            message = "dropped before it reached Twilio"
            raise httpx.ReadError(message, request=request)

    one = twilio(sandbox, Slow(sandbox), journal=journal)
    other = twilio(sandbox, Slow(sandbox), journal=journal) if apart else one
    results: list[Result] = []
    first = threading.Thread(target=lambda: results.append(send(one, "A")))
    first.start()
    assert stored.wait(timeout=10)
    with pytest.raises(OutcomeUnknownError):
        send(other, "B")
    first.join(timeout=10)
    assert [result.output for result in results] == [sandbox.store.all(ACCOUNT_SID)[0].sid]
    assert sandbox.store.count(ACCOUNT_SID) == 1


def test_an_equal_send_that_was_lost_long_ago_does_not_hide_what_became_of_this_one(
    sandbox: Sandbox, journal: Journal
) -> None:
    """A daily text is the same every day."""
    with pytest.raises(OutcomeUnknownError):
        lost_after(sandbox, journal, stored=False, key="monday")
    sandbox.clock.advance(86_400)
    assert "reconciled" in [n.code for n in lost_after(sandbox, journal, stored=True, key="tuesday").notices]
    assert sandbox.store.count(ACCOUNT_SID) == 1


def test_a_key_belongs_to_the_message_and_not_to_how_its_number_is_written(sandbox: Sandbox, journal: Journal) -> None:
    one = twilio(sandbox, journal=journal)
    first = send(one)
    assert send(one, recipient_number="+1 (212) 555-0123").output == first.output
    assert sandbox.store.count(ACCOUNT_SID) == 1
