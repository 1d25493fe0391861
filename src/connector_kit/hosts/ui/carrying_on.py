"""Carry runs of automations on for the pages: in a thread, with what a person has answered or left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector_kit.english import Outcome, Run
from connector_kit.hosts.ui.automating import automations, stamp
from connector_kit.hosts.ui.runs import Attempt
from connector_kit.hosts.ui.visit import Visit

_SOON = 0.5  # seconds in which most runs end; then their page shows the end at once


def carry_on(
    visit: Visit,
    id_: str,
    seen: str | None = None,
    *,
    answers: Mapping[str, Any] | None = None,
    skip: str | None = None,
) -> Attempt | None:
    """Carry a run on from where it stands, if it still stands as the page has ``seen`` it; None asks for no such thing.

    Raises:
        NoRunError, JournalError: if the run cannot be looked at.
    """
    desk = automations(visit)

    def fits(run: Run) -> bool:
        return seen is None or stamp(run) == seen

    def work(attempt: Attempt) -> Outcome:
        return desk.resume(id_, answers=answers or {}, skip=skip, say=attempt.say, progress=attempt.progress)

    return visit.site.runs.carry_on(id_, fits, work, visit.site.report)


def soon(attempt: Attempt | None) -> None:
    """Wait a moment for an attempt to end."""
    if attempt is not None:
        attempt.ended.wait(_SOON)
