"""Who is let in, what a token shows and allows, and what nobody learns: secrets, numbers, bodies, other people's connections."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

import toy_connector
from connector_kit import ActionCall, ActionSpec, Handler, Manifest, hookimpl
from http_desk import MESSAGE, PIN, READ, SEND, Caller, Desk, connectors, problem, served
from support import RECIPIENT
from twilio_sandbox import Fault, Sandbox
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN, OWN_NUMBER

PATHS = ["/v1/connectors", "/v1/connections", "/v1/connections/main", "/openapi.json", "/swagger.json", "/nothing"]


@pytest.mark.parametrize("path", PATHS)
def test_without_a_token_there_is_nothing(desk: Desk, path: str) -> None:
    secret = desk.token("one")
    for given in (
        {},
        {"authorization": secret},
        {"authorization": f"Basic {secret}"},
        {"authorization": f"Bearer {secret}x"},
        {"authorization": f"Bearer {secret[:-1]}"},
        {"authorization": "Bearer"},
        {"authorization": "Bearer \xff"},
    ):
        headers = {name.encode(): value.encode("latin-1") for name, value in given.items()}
        answer = httpx.get(f"{desk.address}{path}", headers=headers)
        problem(answer, 401, "unauthorized")
        assert answer.headers["www-authenticate"] == "Bearer"
    twice = [("authorization", f"Bearer {secret}")] * 2
    problem(httpx.get(f"{desk.address}{path}", headers=twice), 401, "unauthorized")


def test_a_digest_of_a_token_is_no_token(desk: Desk) -> None:
    desk.token("one")
    (token,) = desk.site.tokens.tokens()
    with desk.client(token.sha256) as client:
        problem(client.get("/v1/connections"), 401, "unauthorized")


def test_whether_the_server_lives_is_told_to_anybody_by_any_name_and_nothing_else(desk: Desk) -> None:
    answer = httpx.get(f"{desk.address}/healthz", headers={"host": "10.0.0.7:1"})
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_a_token_sees_and_uses_only_its_connections(desk: Desk, sandbox: Sandbox) -> None:
    with desk.client(desk.token("notes", connections=("Notes",))) as client:
        caller = Caller(client)
        assert [each["name"] for each in caller.get("/v1/connections")["connections"]] == ["notes"]
        assert [each["id"] for each in caller.get("/v1/connectors")["connectors"]] == ["toy"]
        assert "send_sms_message" not in client.get("/openapi.json").text
        # One that it may not use is like one that is not there, by every name.
        foreign, none = (client.post(f"/v1/connections/{n}/actions/{SEND}", json=MESSAGE) for n in ("main", "nobody"))
        assert problem(foreign, 404, "no_connection") == problem(none, 404, "no_connection")
        problem(client.get("/v1/connections/id-main"), 404, "no_connection")
        problem(caller.call(READ, connection="id-test"), 404, "no_connection")
        assert caller.call("read_notes", connection="notes").status_code == 200
    assert sandbox.requests == []


def test_a_token_that_only_reads_does_not_act_and_is_not_shown_how(desk: Desk, sandbox: Sandbox) -> None:
    with desk.client(desk.token("reader", read_only=True)) as client:
        caller = Caller(client)
        problem(caller.call(SEND, MESSAGE), 403, "forbidden")
        problem(caller.call(SEND, {**MESSAGE, "dry_run": True}), 403, "forbidden")
        assert caller.call(READ).status_code == 200
        assert [each["id"] for each in caller.get("/v1/connections/main")["actions"]] == [READ]
        paths = caller.get("/openapi.json")["paths"]
    assert not [path for path in paths if path.endswith(("send_sms_message", "write_note"))]
    assert [request.method for request in sandbox.requests] == ["GET"]


def test_a_token_of_one_environment_is_worth_nothing_in_the_other(desk: Desk) -> None:
    with desk.client(desk.token("tests", environment="test")) as client:
        found = problem(client.get("/v1/connections"), 403, "forbidden")
        assert found["detail"] == "This token is for Test; this server is for Production."
        problem(client.post(f"/v1/connections/main/actions/{SEND}", json=MESSAGE), 403, "forbidden")


def test_connections_of_the_other_environment_are_not_served(caller: Caller) -> None:
    shown = caller.get("/v1/connections")["connections"]
    assert {each["environment"] for each in shown} == {"production"}
    problem(caller.call(READ, connection="id-test"), 404, "no_connection")


def test_a_removed_token_is_worthless_at_once_and_a_new_one_works_at_once(desk: Desk) -> None:
    with desk.client(desk.token("one")) as client:
        assert client.get("/v1/connections").status_code == 200
        desk.site.tokens.remove("one")
        problem(client.get("/v1/connections"), 401, "unauthorized")
        client.headers["authorization"] = f"Bearer {desk.token('two')}"
        assert client.get("/v1/connections").status_code == 200


def test_while_the_file_of_tokens_makes_no_sense_nobody_is_let_in(desk: Desk, caller: Caller, tmp_path: Path) -> None:
    path = desk.site.tokens.path
    path.write_text(f"tokens: [{{name: {AUTH_TOKEN}", encoding="utf-8")
    found = problem(caller.http.get("/v1/connections"), 503, "tokens")
    assert AUTH_TOKEN not in str(found)


def test_another_name_of_the_server_is_refused_so_that_no_page_can_lead_a_browser_here(caller: Caller) -> None:
    for host in ("evil.example", "127.0.0.1", "localhost:1", ""):
        problem(caller.http.get("/v1/connections", headers={"host": host}), 421, "misdirected")


def test_pages_of_other_sites_are_not_let_in_and_the_server_does_not_say_what_it_is(caller: Caller) -> None:
    for answer in (
        caller.http.get("/v1/connections", headers={"origin": "https://evil.example"}),
        caller.http.options("/v1/connections", headers={"origin": "https://evil.example"}),
        caller.http.get("/nothing"),
        caller.call(SEND, {}),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control-")]
        assert "server" not in answer.headers
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_what_is_shown_of_connections_holds_no_secret_and_no_account(caller: Caller) -> None:
    shown = "".join(
        caller.http.get(path).text
        for path in ("/v1/connectors", "/v1/connections", "/v1/connections/main", *PATHS[3:5])
    )
    assert "main" in shown
    assert not [secret for secret in (AUTH_TOKEN, ACCOUNT_SID, PIN, "Ana", "sha256") if secret in shown]


def test_the_log_and_the_errors_hold_no_secret_number_text_or_token(
    desk: Desk, caller: Caller, sandbox: Sandbox
) -> None:
    faults = ["drop_before", "server_error", "garbled", "rate_limited", "error"]
    answers = [caller.call(SEND, MESSAGE, Idempotency_Key=f"order for {RECIPIENT}")]
    answers += [
        caller.http.post(f"/v1/connections/main/actions/{SEND}?to={RECIPIENT}&body=secret", json={"x": AUTH_TOKEN})
    ]
    answers += [caller.http.get(f"/v1/connections/{RECIPIENT}?token={AUTH_TOKEN}")]
    answers += [caller.call(SEND, {**MESSAGE, "recipient_number": "+1212555012", "message_body": ""})]
    for kind in faults:
        sandbox.faults.plant(Fault(kind, times=9))
        answers.append(caller.call(SEND, MESSAGE))
        sandbox.faults.clear()
    read = caller.call(READ)
    told = "\n".join([*desk.log.lines(len(answers) + 1), *(answer.text for answer in answers)])
    digits = RECIPIENT.removeprefix("+")
    secrets = [
        AUTH_TOKEN,
        *desk.secrets.values(),
        digits,
        OWN_NUMBER.removeprefix("+"),
        MESSAGE["message_body"],
        "order for",
    ]
    assert [secret for secret in secrets if secret in told] == []
    assert digits in read.text, "what was asked for is told to whoever may ask for it"


def test_the_log_has_a_line_for_each_request_with_who_did_what_where(desk: Desk, caller: Caller) -> None:
    caller.call(SEND, MESSAGE)
    caller.http.get("/v1/connections?x=1")
    httpx.get(f"{desk.address}/v1/connections")
    caller.http.request("BREW", "/v1/connections")
    stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
    for line, expected in zip(
        desk.log.lines(4),
        [
            rf"{stamp} POST 200 \d+ms token=everything connection=id-main action=send_sms_message",
            rf"{stamp} GET 200 \d+ms token=everything",
            rf"{stamp} GET 401 \d+ms",
            rf"{stamp} - 405 \d+ms token=everything",
        ],
        strict=True,
    ):
        assert re.fullmatch(expected, line), line


def test_a_bug_tells_a_client_nothing_and_the_log_where_it_was(tmp_path: Path, service: tuple[Sandbox, str]) -> None:
    def broken(session: object, call: ActionCall) -> None:
        raise KeyError(PIN)

    class Broken:
        @hookimpl
        def connector_bind(self, manifest: Manifest, action: ActionSpec) -> Handler | None:
            return broken if manifest.id == "toy" else None  # type: ignore[return-value]  # it returns nothing at all

    with (
        served(tmp_path, service[1], connectors(toy_connector, Broken())) as desk,
        desk.client(desk.token("t")) as client,
    ):
        caller = Caller(client)
        read = problem(caller.call("read_notes", connection="notes"), 500, "bug")
        # It may have come after the act, so it is no 500, which clients repeat.
        wrote = problem(caller.call("write_note", {"note_text": "x"}, "notes"), 409, "outcome_unknown")
    said = desk.log.lines(4)
    assert PIN not in f"{read}{wrote}{said}"
    assert sum("KeyError" in line and "in broken" in line for line in said) == 2
