"""Show what a send would do: the request, its encoding and segments, and what it would cost, without sending it."""

from __future__ import annotations

from typing import Any

from twilio_connector.draft import Draft
from twilio_connector.segments import plain, segmentation

_COST = (
    "Each segment to each recipient is paid for, at the price of the recipient's country. A trial account puts a sentence of 38 "
    "characters in front of the message, which counts too."
)
_WHOLE = (
    "A message with media, or on a channel such as WhatsApp, is not divided into segments: Twilio counts it as one, whatever its "
    "length and characters. It is paid for at the price of its channel and the recipient's country."
)


def preview(draft: Draft) -> dict[str, Any]:
    """Return the preview as JSON: no secret, but the numbers and the body of the message, which its writer wants to see."""
    request: dict[str, Any] = {}
    for name, value in draft.parameters():
        request[name] = [*request[name], value] if name == "MediaUrl" and name in request else value
        if name == "MediaUrl" and not isinstance(request[name], list):
            request[name] = [value]
    found = segmentation(draft.body)
    # Where there are no segments, no character makes the message dearer than another.
    dear = found.forced_by if draft.is_segmented else ()
    return {
        "request": request,
        "encoding": found.encoding,
        "characters": found.characters,
        "segments": draft.segments,
        "forced_by": [
            {"character": c.character, "name": c.name, "count": c.count, "replacement": c.replacement} for c in dear
        ],
        "segments_if_plain": segmentation(plain(draft.body)).segments if draft.is_segmented else 1,
        "note": _COST if draft.is_segmented else _WHOLE,
    }
