"""The control endpoint: read the state and the request log, plant faults, move the clock, from another process."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from twilio_sandbox import render
from twilio_sandbox.answer import Answer
from twilio_sandbox.faults import Fault

if TYPE_CHECKING:
    from twilio_sandbox.app import Sandbox

CONTROL = "/_sandbox/"


def control(sandbox: Sandbox, method: str, name: str, body: bytes) -> Answer:
    """Do one thing to the sandbox and answer with its state."""
    data = json.loads(body) if body else {}
    if (method, name) == ("POST", "faults"):
        sandbox.faults.plant(Fault(**data))
    elif (method, name) == ("DELETE", "faults"):
        sandbox.faults.clear()
    elif (method, name) == ("POST", "clock"):
        sandbox.clock.advance(float(data["advance"]))
    elif (method, name) == ("DELETE", "requests"):
        sandbox.requests.clear()
    elif (method, name) == ("GET", "requests"):
        return Answer(200, render.dumps([asdict(request) for request in sandbox.requests]))
    elif (method, name) != ("GET", "state"):
        return Answer(404, render.dumps({"message": "state, requests, faults or clock"}))
    return Answer(200, render.dumps(_state(sandbox)), {"Content-Type": "application/json"})


def _state(sandbox: Sandbox) -> dict[str, object]:
    return {
        "now": sandbox.clock.now().isoformat(),
        "messages": {account.sid: sandbox.store.count(account.sid) for account in sandbox.store.accounts()},
        "faults": sandbox.faults.to_json(),
    }
