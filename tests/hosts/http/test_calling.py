"""Calls over HTTP: the same inputs, results and errors as everywhere, and nothing of a request that is silently ignored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from connector_kit import ActionCall
from connector_kit.documents import call_from_json
from http_desk import MESSAGE, READ, SEND, Caller, Desk, problem
from support import stored, twilio
from twilio_sandbox import Fault, Sandbox


def sent(sandbox: Sandbox) -> list[Any]:
    """The creates that reached the service."""
    return [request for request in sandbox.requests if request.method == "POST"]


def test_a_message_is_sent_and_read_back(caller: Caller, sandbox: Sandbox) -> None:
    answer = caller.call(SEND, MESSAGE)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    sid = answer.json()["output"]
    assert answer.json()["notices"][0]["code"] == "queued"
    (found,) = caller.call(READ, {"filter": ["eq", "sid", sid]}).json()["output"]
    assert (found["sid"], found["body"]) == (sid, MESSAGE["message_body"])
    assert len(sent(sandbox)) == 1


def test_the_answer_is_the_one_that_python_gets(caller: Caller, sandbox: Sandbox) -> None:
    stored(sandbox, 7)
    document = {"filter": ["has", "body", "message"], "limit": 3, "offset": 1}
    answer = caller.call(READ, document).json()
    here = twilio(sandbox).connector
    assert answer == here.run(call_from_json(here.manifest, READ, document)).to_json()
    assert len(answer["output"]) == 3


def test_nulls_are_as_if_they_were_not_there_and_whole_floats_are_whole(caller: Caller, sandbox: Sandbox) -> None:
    stored(sandbox, 3)
    answer = caller.call(READ, {"filter": None, "limit": 2.0, "offset": None})
    assert len(answer.json()["output"]) == 2
    assert caller.call(SEND, {**MESSAGE, "max_segments": None, "dry_run": None}).status_code == 200


def test_a_dry_run_shows_what_would_be_sent_and_sends_nothing(caller: Caller, sandbox: Sandbox) -> None:
    answer = caller.call(SEND, {**MESSAGE, "dry_run": True}).json()
    assert answer["output"] is None
    assert answer["preview"]["segments"] == 1
    assert sent(sandbox) == []


def test_what_is_wrong_is_told_at_once_with_its_fields_before_anything_is_sent(
    caller: Caller, sandbox: Sandbox
) -> None:
    answer = caller.call(SEND, {"recipient_number": "12", "message_body": "", "colour": "red"})
    found = problem(answer, 422, "input")
    assert {each["path"] for each in found["problems"]} >= {"sender_number", "message_body", "colour"}
    assert found["retryable"] is False
    assert sandbox.requests == []


@pytest.mark.parametrize("document", [[], "text", 5, [{"limit": 1}]])
def test_a_document_that_is_no_object_is_refused(caller: Caller, document: Any) -> None:
    problem(caller.raw(json.dumps(document).encode()), 422, "input")


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"\xff\xfe{}",
        b'{"limit": NaN}',
        b'{"limit": Infinity}',
        b'{"limit": 1, "limit": 2}',
        b'{"filter": ["not", {"a": 1, "a": 2}]}',
        b"[" * 100_000,
        b'{"limit": ' + b"9" * 10_000 + b"}",
        b'{"limit": 1} x',
    ],
    ids=["cut", "utf-16", "nan", "infinity", "twice", "twice inside", "deep", "huge number", "more behind"],
)
def test_what_is_not_json_is_refused(caller: Caller, sandbox: Sandbox, content: bytes) -> None:
    problem(caller.raw(content), 400, "bad_request")
    assert sandbox.requests == []


def test_inputs_behind_a_question_mark_are_refused_and_not_ignored(caller: Caller, sandbox: Sandbox) -> None:
    problem(caller.http.post(f"/v1/connections/main/actions/{READ}?limit=5", json={}), 400, "bad_request")
    assert sandbox.requests == []


def test_a_request_without_a_body_asks_without_inputs(caller: Caller, sandbox: Sandbox) -> None:
    stored(sandbox, 2)
    assert len(caller.http.post(f"/v1/connections/main/actions/{READ}").json()["output"]) == 2
    problem(caller.http.post(f"/v1/connections/main/actions/{SEND}"), 422, "input")


def test_the_mark_that_some_programs_put_before_json_is_no_fault(caller: Caller) -> None:
    assert caller.raw("\ufeff{}".encode()).status_code == 200
    assert caller.raw(b"{}", content_type="application/vnd.api+json; charset=UTF-8").status_code == 200


@pytest.mark.parametrize(
    "type_", ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1", "json", ""]
)
def test_another_type_than_json_is_refused(caller: Caller, type_: str) -> None:
    answer = caller.raw(b"{}", content_type=type_)
    problem(answer, 415, "unsupported_media_type")
    assert answer.headers["accept"] == "application/json"


def test_a_body_that_is_too_large_is_refused_whether_it_tells_its_length_or_not(caller: Caller) -> None:
    pieces = [b" " * 65_536] * 5

    def untold() -> Iterator[bytes]:
        yield from pieces

    problem(caller.raw(b"".join(pieces)), 413, "too_large")
    problem(caller.raw(untold()), 413, "too_large")


def test_methods_and_addresses_that_do_not_exist_are_problems_too(caller: Caller) -> None:
    answer = caller.http.delete(f"/v1/connections/main/actions/{SEND}")
    problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"
    problem(caller.http.post("/v1/connections"), 405, "method_not_allowed")
    for path in ("/", "/v1", "/v1/connections/", "/v1/connections/main/actions", "/docs", "/v1/../etc/passwd"):
        problem(caller.http.get(path), 404, "not_found")
    problem(caller.call("no_such_action"), 404, "not_found")


def test_a_connection_goes_by_its_name_or_its_id(caller: Caller) -> None:
    for name in ("main", "MAIN", "id-main", "id-second"):
        assert caller.call(READ, connection=name).status_code == 200
    problem(caller.call(READ, connection="nobody"), 404, "no_connection")
    # A name with a slash is two parts of an address, so only its id can be one.
    assert caller.call(READ, connection="Acme%2Fsupport").status_code == 404


def test_a_name_that_two_connectors_have_is_not_guessed_at(caller: Caller) -> None:
    problem(caller.call(READ, connection="shared"), 409, "ambiguous")
    assert caller.call("read_notes", connection="id-shared-toy").status_code == 200


def test_the_same_key_sends_one_message_however_it_is_given(caller: Caller, sandbox: Sandbox) -> None:
    first = caller.call(SEND, MESSAGE, Idempotency_Key="order-17").json()
    quoted = caller.call(SEND, MESSAGE, Idempotency_Key='"order-17"').json()
    inside = caller.call(SEND, {**MESSAGE, "idempotency_key": "order-17"}).json()
    both = caller.call(SEND, {**MESSAGE, "idempotency_key": "order-17"}, Idempotency_Key="order-17").json()
    assert first["output"] == quoted["output"] == inside["output"] == both["output"]
    assert [each["notices"][0]["code"] for each in (quoted, inside, both)] == ["repeated"] * 3
    assert len(sent(sandbox)) == 1


def test_a_key_for_another_content_and_two_keys_that_differ_are_refused(caller: Caller, sandbox: Sandbox) -> None:
    caller.call(SEND, MESSAGE, Idempotency_Key="order-17")
    found = problem(caller.call(SEND, {**MESSAGE, "message_body": "x"}, Idempotency_Key="order-17"), 422, "input")
    assert found["problems"][0]["path"] == "idempotency_key"
    found = problem(caller.call(SEND, {**MESSAGE, "idempotency_key": "a"}, Idempotency_Key="b"), 422, "input")
    assert found["problems"][0]["path"] == "Idempotency-Key"
    assert len(sent(sandbox)) == 1


def test_a_send_without_a_key_is_allowed(caller: Caller, sandbox: Sandbox) -> None:
    assert [caller.call(SEND, MESSAGE).status_code for _ in range(2)] == [200, 200]
    assert len(sent(sandbox)) == 2


def test_a_key_that_an_action_cannot_keep_is_refused_and_a_read_needs_none(caller: Caller) -> None:
    found = problem(caller.call("write_note", {"note_text": "x"}, "notes", Idempotency_Key="a"), 422, "input")
    assert "takes no key" in found["problems"][0]["message"]
    assert [note["name"] for note in caller.call("read_notes", {}, "notes").json()["output"]] == ["second", "first"]
    assert caller.call(READ, Idempotency_Key="a").status_code == 200


@pytest.mark.parametrize("key", ["", '"', "a\tb", "caf\u00e9".encode("latin-1").decode("latin-1")])
def test_a_key_that_is_no_text_is_refused(caller: Caller, sandbox: Sandbox, key: str) -> None:
    headers = {b"idempotency-key": key.encode("latin-1")}
    answer = caller.http.post(f"/v1/connections/main/actions/{SEND}", json=MESSAGE, headers=headers)
    if key == '"':
        assert answer.status_code == 200
    else:
        problem(answer, 400, "bad_request")
        assert sent(sandbox) == []


def test_two_keys_in_two_headers_are_refused(caller: Caller, sandbox: Sandbox) -> None:
    headers = [("idempotency-key", "a"), ("idempotency-key", "a")]
    problem(caller.http.post(f"/v1/connections/main/actions/{SEND}", json=MESSAGE, headers=headers), 400, "bad_request")
    assert sent(sandbox) == []


def test_an_unknown_outcome_is_answered_by_what_no_client_repeats_by_itself(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.faults.plant(Fault("drop_before", times=99))
    found = problem(caller.call(SEND, MESSAGE, Idempotency_Key="lost"), 409, "outcome_unknown")
    assert found["retryable"] is False


def test_what_the_service_says_is_told_with_its_code(caller: Caller, sandbox: Sandbox) -> None:
    found = problem(caller.call(SEND, {**MESSAGE, "sender_number": "+12125559999"}), 424, "service")
    assert found["service"]["code"] == 21606
    sandbox.faults.plant(Fault("rate_limited", times=99, retry_after="90"))
    answer = caller.call(READ)
    assert problem(answer, 429, "rate_limited")["retry_after"] == 90
    assert answer.headers["retry-after"] == "90"


def test_a_body_with_half_a_character_is_answered_and_not_broken(caller: Caller) -> None:
    problem(caller.raw(b'{"recipient_number": "\\ud800", "\\udfff": 1}', SEND), 422, "input")


def test_one_more_action_of_a_connector_is_there_without_a_change_of_this_host(caller: Caller, desk: Desk) -> None:
    """The host knows no action by name: those of the toy are served as those of the other connector."""
    assert caller.call("write_note", {"note_text": "eggs", "stars": 3}, "notes").json()["output"] == "new"
    notes = caller.call("read_notes", {"filter": ["ge", "stars", 3]}, "notes").json()["output"]
    toy = desk.site.connectors["toy"]
    assert [note["text"] for note in notes] == ["eggs"]
    assert ActionCall("read_notes").action in {action.id for action in toy.manifest.actions}
