"""Begin a run, and say of a run what a person wants to know: ids, zones and what is shown of it."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connector_kit.connections import Environment
from connector_kit.english.program import Program
from connector_kit.english.running.run_journal import Run, RunJournal
from connector_kit.errors import InputError

# Without vowels, so that no id is a word, and without what looks alike.
_LETTERS = "23456789bcdfghjkmnpqrstvwxz"
_FIXED = re.compile(r"UTC([+-])(\d\d):(\d\d)")
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Begin:
    """What a new run is begun with. ``connection`` is the name that is used where the automation does not switch.

    Connections are those of ``environment``, and never others of the same name.
    """

    now: Callable[[], datetime]
    zone: tzinfo = UTC
    connection: str | None = None
    environment: Environment = "production"


def start(journal: RunJournal, program: Program, begin: Begin) -> str:
    """Write a new run of a program into a journal and return its id. Nothing is carried out yet.

    Raises:
        InputError: if the zone has no name by which it can be found again, or the text has half of a character in it.
        JournalError: if the journal cannot be used.
    """
    now, zone = begin.now(), zone_name(begin.zone)
    try:
        program.text.encode()
    except UnicodeEncodeError:
        raise InputError("The automation has half of a character in a text. Type that text anew.") from None
    for _ in range(_TRIES):
        run = Run(_new_id(), secrets.token_hex(16), program.text, begin.connection, begin.environment, zone, now, now)
        try:
            journal.add(run)
        except InputError:
            continue  # the id is taken
        return run.id
    raise InputError("No free id for a run was found. Remove old runs.")


def _new_id() -> str:
    letters = "".join(secrets.choice(_LETTERS) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def zone_name(zone: tzinfo) -> str:
    """Return the name by which ``zone_of`` finds a zone again.

    Raises:
        InputError: if it has none.
    """
    name = str(zone)
    try:
        zone_of(name)
    except InputError:
        raise InputError("Name the timezone, such as Europe/Berlin or UTC: a run that goes on must find it.") from None
    return name


def zone_of(name: str) -> tzinfo:
    """Return the zone of a name such as ``Europe/Berlin``, ``UTC`` or ``UTC+05:30``.

    Raises:
        InputError: if there is none.
    """
    if name == "UTC":
        return UTC
    if fixed := _FIXED.fullmatch(name):
        size = timedelta(hours=int(fixed[2]), minutes=int(fixed[3]))
        return timezone(-size if fixed[1] == "-" else size)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError(f"There is no timezone {name!r}. Write it like Europe/Berlin.") from None


def summary(run: Run, now: datetime) -> dict[str, Any]:
    """Return a run as a list shows it: no text of the automation, no answer and nothing that was read."""
    detail = json.loads(run.detail)
    return {
        "run": run.id,
        "state": run.shown_state(now),
        "started": run.started.isoformat(),
        "updated": run.updated.isoformat(),
        "connection": run.connection,
        "environment": run.environment,
        "zone": run.zone,
        "step": detail.get("step"),
        "steps_done": run.position,
    }


def shown(journal: RunJournal, id_: str, now: datetime) -> dict[str, Any]:
    """Return everything that a person may want to know of a run: its text, how it stands, and what it sent.

    Raises:
        NoRunError: if there is none.
    """
    run = journal.get(id_)
    sends = [record.path for record in journal.records(id_) if record.kind == "sent"]
    return {**summary(run, now), "program": run.program, "sends": sends, "detail": json.loads(run.detail)}
