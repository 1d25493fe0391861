"""The table of problems: every error has a status, and none that clients repeat by themselves could act twice."""

from __future__ import annotations

import inspect
import json
import re

import pytest

import connector_kit
from connector_kit import ConnectorError, Problem, RateLimitedError, RecipientError, ServiceAnswer, UnavailableError
from connector_kit.connections import DuplicateNameError, NoConnectionError, StaleError, StoreError
from connector_kit.hosts.http.problems import FAMILIES, REFUSALS, Refusal, problem_of
from support import ROOT

# What Power Automate, the retry policies of HTTP libraries and gateways repeat without being told to.
REPEATED = {408, 425, 429, *range(500, 600)}
# Of these, the error tree says that nothing was done, or that only reading was.
NOTHING_DONE = {"RateLimitedError", "UnavailableError", "JournalError", "StoreError", "ManifestError", "PluginError"}


def errors() -> list[type[ConnectorError]]:
    """Every error of the kit that a host may meet."""
    public = [e for e in vars(connector_kit).values() if inspect.isclass(e) and issubclass(e, ConnectorError)]
    return [each for each in (*public, StoreError, NoConnectionError) if each is not ConnectorError]


@pytest.mark.parametrize("error", errors(), ids=lambda error: error.__name__)
def test_every_error_has_its_row(error: type[ConnectorError]) -> None:
    assert next((status for kind, status, _ in FAMILIES if issubclass(error, kind)), None)


def test_a_status_that_clients_repeat_is_only_given_where_repeating_cannot_act_twice() -> None:
    for kind, status, _ in FAMILIES:
        assert status not in REPEATED or kind.__name__ in NOTHING_DONE, kind
    for error in errors():
        status = next(status for kind, status, _ in FAMILIES if issubclass(error, kind))
        assert not error.retryable or status in REPEATED, error
    # 'bug' is said of reads and of what comes before an act; of an act that broke it is said that its outcome is unknown.
    assert {code for code, (status, _) in REFUSALS.items() if status in REPEATED} == {"bug", "busy", "timeout"}


def test_a_problem_holds_all_that_the_error_tells() -> None:
    service = ServiceAnswer(400, 21610, "RQ1", "https://example.com", "no")
    answer = problem_of(RecipientError("He has opted out.", reason="opted_out", service=service))
    assert (answer.status, json.loads(answer.body)) == (
        424,
        {
            "type": "urn:connector-kit:problem:recipient",
            "title": "The service will not reach this recipient",
            "status": 424,
            "detail": "He has opted out.",
            "code": "recipient",
            "retryable": False,
            "reason": "opted_out",
            "service": {
                "status": 400, "code": 21610, "request_id": "RQ1", "more_info": "https://example.com", "message": "no",
            },
        },
    )  # fmt: skip


def test_suggestions_are_in_no_problem() -> None:
    fault = Problem("recipient_number", "is no number", suggestion="+12125550123")
    answer = problem_of(connector_kit.InputError("No.", problems=[fault]))
    assert answer.document["problems"] == [{"path": "recipient_number", "message": "is no number"}]


@pytest.mark.parametrize(("seconds", "told"), [(1.2, "2"), (0, "0"), (90, "90"), (-3, "0"), (None, None)])
def test_how_long_to_wait_is_told_in_whole_seconds(seconds: float | None, told: str | None) -> None:
    for error in (RateLimitedError("x", retry_after=seconds), UnavailableError("x", retry_after=seconds)):
        assert problem_of(error).headers.get("retry-after") == told


def test_an_error_that_the_table_does_not_know_is_a_bug() -> None:
    class NewError(ConnectorError):
        code = "new"

    assert problem_of(NewError("x")).status == 500


def test_errors_of_families_go_with_them() -> None:
    assert problem_of(StaleError("x")).status == 503
    assert problem_of(DuplicateNameError("x", "test")).status == 422


def test_what_this_host_refuses_itself_is_retryable_only_where_nothing_was_done() -> None:
    assert [code for code in REFUSALS if Refusal(code, "x").retryable] == ["busy", "timeout"]


def test_the_page_shows_the_table() -> None:
    page = (ROOT / "docs" / "reference" / "http.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d{3}) \| `(\w+)` \| (.+?) \|", page, re.MULTILINE)
    expected = {(status, kind.code, title) for kind, status, title in FAMILIES}
    expected |= {(status, code, title) for code, (status, title) in REFUSALS.items()}
    assert {(int(status), code, title) for status, code, title in rows} == expected
    assert len(rows) == len(expected)
