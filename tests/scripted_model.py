"""A model that follows a script, behind the APIs of two vendors: it calls with a bad number, reads why not, and corrects itself."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from jsonschema import Draft202012Validator

TOOL = "twilio_send_sms_message"
WANTED = {"sender_number": "+15005550006", "recipient_number": "2125550123", "message_body": "Your table is ready"}
_USAGE = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2, "input_tokens": 1, "output_tokens": 1}


@dataclass
class ScriptedModel:
    """What it was offered and told, request by request."""

    address: str = ""
    offered: list[dict[str, Any]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def next(self, results: list[str], schema: dict[str, Any]) -> dict[str, Any] | str:
        """Return the inputs of the next call of the tool, or what it says at the end."""
        self.told = results
        if not results:
            return _inputs(WANTED, schema)
        if sid := re.search(r"SM[0-9a-f]{32}", results[-1]):
            return f"Sent as {sid[0]}."
        if "country code" in results[-1] and len(results) == 1:
            return _inputs({**WANTED, "recipient_number": f"+1{WANTED['recipient_number']}"}, schema)
        return "I could not send it."


def _inputs(values: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Fill in what a schema wants: a strict one wants every input, and null for what is left out."""
    inputs = {**dict.fromkeys(schema["required"]), **values}
    Draft202012Validator(schema).validate(inputs)
    return inputs


def _chat(model: ScriptedModel, asked: dict[str, Any]) -> dict[str, Any]:
    """Answer as Chat Completions does."""
    tools = {tool["function"]["name"]: tool["function"]["parameters"] for tool in asked["tools"]}
    results = [_text(message["content"]) for message in asked["messages"] if message["role"] == "tool"]
    step = model.next(results, tools[TOOL])
    if isinstance(step, str):
        message: dict[str, Any] = {"role": "assistant", "content": step}
    else:
        function = {"name": TOOL, "arguments": json.dumps(step)}
        calls = [{"id": f"call_{len(results)}", "type": "function", "function": function}]
        message = {"role": "assistant", "content": None, "tool_calls": calls}
    finish = "stop" if isinstance(step, str) else "tool_calls"
    choices = [{"index": 0, "finish_reason": finish, "message": message}]
    return {"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": choices, "usage": _USAGE}


def _responses(model: ScriptedModel, asked: dict[str, Any]) -> dict[str, Any]:
    """Answer as the Responses API does."""
    tools = {tool["name"]: tool["parameters"] for tool in asked["tools"]}
    results = [_text(item["output"]) for item in asked["input"] if item.get("type") == "function_call_output"]
    step = model.next(results, tools[TOOL])
    id_ = f"item_{len(results)}"
    if isinstance(step, str):
        content = [{"type": "output_text", "text": step, "annotations": []}]
        item = {"type": "message", "id": id_, "role": "assistant", "status": "completed", "content": content}
    else:
        item = {"type": "function_call", "id": id_, "call_id": id_, "name": TOOL, "arguments": json.dumps(step)}
    kept = {"id": "1", "object": "response", "created_at": 0, "model": "m", "status": "completed", "tools": []}
    return {**kept, "output": [item], "parallel_tool_calls": True, "tool_choice": "auto"}


def _messages(model: ScriptedModel, asked: dict[str, Any]) -> dict[str, Any]:
    """Answer as Anthropic's Messages does."""
    tools = {tool["name"]: tool["input_schema"] for tool in asked["tools"]}
    blocks = [
        block for message in asked["messages"] if isinstance(message["content"], list) for block in message["content"]
    ]
    results = [_text(block["content"]) for block in blocks if block["type"] == "tool_result"]
    step = model.next(results, tools[TOOL])
    if isinstance(step, str):
        content: dict[str, Any] = {"type": "text", "text": step}
    else:
        content = {"type": "tool_use", "id": f"call_{len(results)}", "name": TOOL, "input": step}
    stop = "end_turn" if isinstance(step, str) else "tool_use"
    kept = {"id": "1", "type": "message", "role": "assistant", "model": "m", "stop_sequence": None, "usage": _USAGE}
    return {**kept, "content": [content], "stop_reason": stop}


def _text(content: Any) -> str:
    """Return what a model reads of a tool's result, which is a text or a list of blocks."""
    return content if isinstance(content, str) else "\n".join(block["text"] for block in content)


_APIS: dict[str, Callable[[ScriptedModel, dict[str, Any]], dict[str, Any]]] = {
    "/v1/chat/completions": _chat,
    "/v1/responses": _responses,
    "/v1/messages": _messages,
}


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.model.offered = asked["tools"]
        body = json.dumps(_APIS[self.path.partition("?")[0]](self.server.model, asked)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Stay silent."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    model: ScriptedModel


@contextmanager
def serving_model() -> Iterator[ScriptedModel]:
    """Serve the model in a thread."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.model = ScriptedModel(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.model
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
