"""What the sandbox answers: a status with headers and a body, an error body, or a closed connection."""

from __future__ import annotations

from dataclasses import dataclass, field

from twilio_sandbox import render


@dataclass
class Answer:
    """What goes back: None for a status means that the connection is closed without an answer."""

    status: int | None
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0


class Refused(Exception):  # noqa: N818 - not an error of the sandbox: it is an answer on its way out
    """A request that Twilio answers with an error body."""

    def __init__(self, status: int, code: int | None, text: str) -> None:
        super().__init__(text)
        self.answer = Answer(status, render.dumps(render.error(status, code, text)))
