"""Show what a send would do: the request, its encoding and segments, and what it would cost, without sending it."""

from __future__ import annotations

from typing import Any

from twilio_connector.draft import Draft
from twilio_connector.segments import ForcingCharacter, Segmentation, plain, segmentation

_NAMED = 3  # forcing characters that the summary names
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
    fewest = segmentation(plain(draft.body)).segments if draft.is_segmented else 1
    # Where there are no segments, no character makes the message dearer than another.
    dear = found.forced_by if draft.is_segmented else ()
    return {
        "summary": _summary(found, fewest)
        if draft.is_segmented
        else f"{_counted(found.characters, 'character')}, not cut into segments",
        "inputs": {"sender_number": draft.sender, "recipient_number": draft.recipient},
        "request": request,
        "encoding": found.encoding,
        "characters": found.characters,
        "segments": draft.segments,
        "forced_by": [
            {"character": c.character, "name": c.name, "count": c.count, "replacement": c.replacement} for c in dear
        ],
        "segments_if_plain": fewest,
        "note": _COST if draft.is_segmented else _WHOLE,
    }


def _summary(found: Segmentation, fewest: int) -> str:
    """Say in one line what the body takes, and which characters make it take more."""
    parts = [_counted(found.segments, "segment"), found.encoding, _counted(found.characters, "character")]
    if found.forced_by:
        parts.append(f"because of {_joined([_visible(each) for each in found.forced_by])}")
    if fewest < found.segments:
        parts.append(f"{_counted(fewest, 'segment')} if written with plain characters")
    return ", ".join(parts)


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _visible(found: ForcingCharacter) -> str:
    """Return a character as it is read, or its name where there is nothing to see."""
    return found.character if found.character.isprintable() and not found.character.isspace() else found.name


def _joined(names: list[str]) -> str:
    if len(names) > _NAMED + 1:
        names = [*names[:_NAMED], f"{len(names) - _NAMED} others"]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
