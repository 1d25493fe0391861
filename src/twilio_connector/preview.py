"""Show what a send would do: the request, its encoding and segments, and what it would cost, without sending it."""

from __future__ import annotations

from typing import Any

from twilio_connector.draft import Draft
from twilio_connector.segments import plain, segmentation

_COST = (
    "Each segment to each recipient is paid for, at the price of the recipient's country. A trial account puts a sentence of 38 "
    "characters in front of the message, which counts too."
)


def preview(draft: Draft) -> dict[str, Any]:
    """Return the preview as JSON: no secret, but the numbers and the body of the message, which its writer wants to see."""
    found = segmentation(draft.body)
    request: dict[str, Any] = {}
    for name, value in draft.parameters():
        request[name] = [*request[name], value] if name == "MediaUrl" and name in request else value
        if name == "MediaUrl" and not isinstance(request[name], list):
            request[name] = [value]
    return {
        "request": request,
        "encoding": found.encoding,
        "characters": found.characters,
        "segments": found.segments,
        "forced_by": [
            {"character": c.character, "name": c.name, "count": c.count, "replacement": c.replacement}
            for c in found.forced_by
        ],
        "segments_if_plain": segmentation(plain(draft.body)).segments,
        "note": _COST,
    }
