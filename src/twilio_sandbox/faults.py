"""Faults that can be planted: the next requests that match one are answered by it instead of, or after, the real answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
