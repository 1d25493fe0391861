"""Part a connector's message so that it reads well on a page: sentences, numbered steps, and a line for support."""

from __future__ import annotations

import re
from dataclasses import dataclass

# How connectors write numbered steps into a message, and what the service said in numbers behind it.
_STEP = re.compile(r"\s*\(\d\)\s+")
_DETAIL = re.compile(r"\s*\((HTTP \d+[^()]*)\)\s*$")


@dataclass(frozen=True, slots=True)
class Told:
    """The parts of a message; no word of it is lost but the numbers of the steps."""

    sentences: tuple[str, ...]
    steps: tuple[str, ...] = ()
    detail: str = ""


def told(message: str) -> Told:
    """Part a message."""
    detail = _DETAIL.search(message)
    lead, *steps = _STEP.split(message[: detail.start()] if detail else message)
    return Told(tuple(lead.splitlines()), tuple(steps), detail.group(1) if detail else "")
