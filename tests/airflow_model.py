"""A model that follows a script, and a person who approves, in the process of ``airflow_run``: they stand for those of an agent.

What the model is told goes to the output, each answer of a tool on a line of its own behind ``TOLD``.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

TOLD = "TOLD "
_BOUND = 60  # seconds until a question has come up
_POLL = 0.2

Call = tuple[str, dict[str, Any]]
READ: Call = ("read_sms_messages", {"filter": ["eq", "status", "failed"]})
MISREAD: Call = ("read_sms_messages", {"filter": ["eq", "state", "failed"]})
SEND: Call = ("send_sms_message", {"recipient_number": "+12125550123", "message_body": "None failed today"})
MISSEND: Call = ("send_sms_message", {"recipient_number": "2125550123", "message_body": "None failed today"})
REJECTED: Call = ("send_sms_message", {"recipient_number": "+12125550199", "message_body": "None failed today"})


def approved(_: Any) -> None:
    """Read, send what is approved, and end."""
    _play([READ, SEND])
    _answer("Approve")


def denied(_: Any) -> None:
    """Want to send, and learn that a person said no."""
    _play([SEND])
    _answer("Reject")


def corrected(_: Any) -> None:
    """Name a field that is not there, and a number without its country; write both again."""
    _play([MISREAD, READ, MISSEND, SEND])
    _answer("Approve")


def refused(_: Any) -> None:
    """Send to a person who wants no messages, and end."""
    _play([REJECTED])
    _answer("Approve")


def forbidden(_: Any) -> None:
    """Send what the connection does not allow, and end. No person is there to be asked."""
    _play([SEND])


def mistaken(_: Any) -> None:
    """Name a field that is not there, and hear no more of it."""
    _play([MISREAD, READ])


def retried(_: Any) -> None:
    """Send, lose the model, and in the next try send the same again."""
    _play([SEND, None, SEND])


def _play(script: list[Call | None]) -> None:
    """Let the script answer wherever a model would be asked: a call of a tool each time, then the end. None is a lost connection."""
    from airflow.providers.common.ai.hooks.pydantic_ai import PydanticAIHook
    from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart, ToolReturnPart
    from pydantic_ai.models.function import FunctionModel

    left = list(script)

    def play(messages: list[Any], _: Any) -> ModelResponse:
        for part in messages[-1].parts:
            if isinstance(part, ToolReturnPart):
                sys.stdout.write(f"{TOLD}{json.dumps(part.content)}\n")
        if not left:
            return ModelResponse(parts=[TextPart("Done.")])
        call = left.pop(0)
        if call is None:
            raise ConnectionError
        return ModelResponse(parts=[ToolCallPart(*call)])

    PydanticAIHook.get_conn = lambda _: FunctionModel(play)


def _answer(chosen: str) -> None:
    """Answer the next question to a person as the page Required Actions does: by Airflow's API."""
    from airflow.api_fastapi.app import cached_app
    from fastapi.testclient import TestClient

    client = TestClient(cached_app(apps="core"))
    threading.Thread(target=_answered, args=[client, chosen], daemon=True).start()


def _answered(client: Any, chosen: str) -> None:
    asked = _until(
        lambda: next((one for one in _asked(client) if one["task_instance"]["state"] == "awaiting_input"), None)
    )
    told = asked["task_instance"]
    run = f"/api/v2/dags/{told['dag_id']}/dagRuns/{told['dag_run_id']}"
    address = f"{run}/taskInstances/{told['task_id']}/{told['map_index']}/hitlDetails"
    client.patch(
        address, json={"chosen_options": [chosen], "params_input": {"reason": "Not today."}}
    ).raise_for_status()
    sys.stdout.write(f"ASKED {json.dumps(asked['body'])}\n")


def _asked(client: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        client.get("/api/v2/dags/~/dagRuns/~/hitlDetails").raise_for_status().json()["hitl_details"]
    )
    return found


def _until(question: Callable[[], Any]) -> Any:
    end = time.monotonic() + _BOUND
    while time.monotonic() < end:
        if answer := question():
            return answer
        time.sleep(_POLL)
    raise TimeoutError
