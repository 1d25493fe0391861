"""Faults that can be planted: the next requests that match one are answered by it instead of, or after, the real answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from twilio_sandbox import render
from twilio_sandbox.answer import Answer

_PAGE = b"<html><body><h1>Something went wrong</h1></body></html>"
_HTML, _PROBLEM = {"Content-Type": "text/html"}, {"Content-Type": "application/problem+json"}
KINDS = {
    "rate_limited": "429 with code 20429; retry_after adds the header",
    "server_error": "status (500) with an HTML body, before anything is stored",
    "server_error_after": "the same, after a create was stored",
    "drop_before": "the connection is closed before anything is stored",
    "drop_after": "the connection is closed after a create was stored",
    "slow": "the answer is delayed by seconds",
    "truncated": "the JSON is cut in the middle",
    "garbled": "an HTML page with status 200",
    "unknown_key": "every message has a key that nobody knows",
    "unknown_status": "every message has a status that nobody knows",
    "error": "status (400) with code and message; code may be missing or have six digits",
    "problem": "the same as an RFC 9457 body",
    "empty": "status (500) with an empty body",
    "foreign_next_page": "a list's next page lies on another address",
    "same_next_page": "a list's next page is always the same",
    "null": "every message has null in the field named by field",
}


@dataclass
class Fault:
    """One planted fault. It hits ``times`` requests of ``method`` (any, if empty) and is then used up."""

    kind: str
    times: int = 1
    method: str = ""
    status: int | None = None
    code: int | None = None
    message: str = ""
    retry_after: str | None = None
    seconds: float = 0.0
    field: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            msg = f"there is no fault {self.kind!r}; there are: {', '.join(KINDS)}"
            raise ValueError(msg)

    def instead(self) -> Answer | None:
        """Return what is answered instead of asking the API, or None if the API is asked."""
        bad = self.status or 400
        answers: dict[str, Callable[[], Answer]] = {
            "rate_limited": lambda: Answer(429, _error(429, 20429, "Too Many Requests"), self._retry_after()),
            "server_error": lambda: Answer(self.status or 500, _PAGE, _HTML),
            "drop_before": lambda: Answer(None),
            "garbled": lambda: Answer(self.status or 200, _PAGE, _HTML),
            "empty": lambda: Answer(self.status or 500),
            "error": lambda: Answer(bad, _error(bad, self.code, self.message)),
            "problem": lambda: Answer(bad, render.dumps(render.problem(bad, self.code, self.message)), _PROBLEM),
        }
        return answers[self.kind]() if self.kind in answers else None

    def _retry_after(self) -> dict[str, str]:
        return {} if self.retry_after is None else {"Retry-After": self.retry_after}

    def afterwards(self, answer: Answer) -> Answer:
        """Return what becomes of the API's answer on its way."""
        if self.kind == "drop_after":
            return Answer(None)
        if self.kind == "server_error_after":
            return Answer(self.status or 500, _PAGE, _HTML)
        if self.kind == "slow":
            return replace(answer, delay=self.seconds)
        if self.kind == "truncated":
            return replace(answer, body=answer.body[: len(answer.body) // 2])
        return replace(answer, body=render.dumps(self._changed(json.loads(answer.body))))

    def _changed(self, document: dict[str, Any]) -> dict[str, Any]:
        changes: dict[str, dict[str, Any]] = {
            "unknown_key": {"never_seen": {"nested": [1]}},
            "unknown_status": {"status": "teleported"},
            "null": {self.field: None},
        }
        for message in document.get("messages", [document]):
            message.update(changes.get(self.kind, {}))
        if self.kind == "foreign_next_page":
            document["next_page_uri"] = f"https://elsewhere.example{document['uri']}"
        if self.kind == "same_next_page":
            document["next_page_uri"] = document["first_page_uri"]
        return document


def _error(status: int, code: int | None, text: str) -> bytes:
    return render.dumps(render.error(status, code, text))


class Faults:
    """The planted faults, in the order in which they will be used up."""

    def __init__(self) -> None:
        self._planted: list[Fault] = []

    def plant(self, fault: Fault) -> None:
        """Plant a fault behind those that are there."""
        self._planted.append(fault)

    def clear(self) -> None:
        """Take all faults away."""
        self._planted.clear()

    def take(self, method: str) -> Fault | None:
        """Return the fault that hits this request, and count it."""
        for fault in self._planted:
            if fault.method in ("", method):
                fault.times -= 1
                if fault.times <= 0:
                    self._planted.remove(fault)
                return fault
        return None

    def to_json(self) -> list[dict[str, Any]]:
        """Return what is still planted."""
        return [vars(fault) for fault in self._planted]
