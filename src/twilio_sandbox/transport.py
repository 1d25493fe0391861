"""The sandbox inside one process: an httpx transport, so that no socket is needed."""

from __future__ import annotations

import gzip

import httpx

from twilio_sandbox.app import Sandbox


class SandboxTransport(httpx.BaseTransport):
    """Hand requests to a sandbox. A slow answer is a read timeout here as soon as it is slower than the request's limit."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request, or fail like a network does."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = self._sandbox.handle(request.method, request.url.raw_path.decode(), headers, request.read())
        limit = request.extensions.get("timeout", {}).get("read")
        if limit is not None and answer.delay > limit:
            msg = "The read operation timed out"
            raise httpx.ReadTimeout(msg, request=request)
        if answer.status is None:
            msg = "Server disconnected without sending a response."
            raise httpx.RemoteProtocolError(msg, request=request)
        body, reply = answer.body, dict(answer.headers)
        if body and "gzip" in headers.get("accept-encoding", ""):
            body, reply["Content-Encoding"] = gzip.compress(body, 1), "gzip"
        return httpx.Response(answer.status, headers=reply, content=body)
