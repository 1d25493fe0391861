"""Statements of Kognitos that this language does not have, and what to use in their place."""

from __future__ import annotations

from collections.abc import Sequence

from connector_kit.english.problems import Problem
from connector_kit.english.program import Place

_CALL = "Write the sentence of the action itself"
_IF = 'Use if, as in: if the status is "failed" then'
_LIST = 'Use a list and process each, as in: the recipients are "a", "b"'
# By the verb: what to say. The line itself is never repeated: that of connect may hold secrets.
UNSUPPORTED = {
    "imagine": 'Use the NAME is, as in: the notice is "Closed today"',
    "remove": 'Use set with an empty text, as in: set the notice to ""',
    "run": _CALL,
    "invoke": _CALL,
    "start": _CALL,
    "wait": "Leave it out: every step waits until the step before it is done.",
    "validate": _IF,
    "ensure": _IF,
    "learn": "Write the steps themselves where they are needed.",
    "discover": "Leave it out: the actions of the installed connectors are known.",
    "create": _LIST,
    "connect": 'Save a connection outside of the automation, and use switch, as in: switch NAME to "Support line"',
}


def unsupported(verb: str, place: Place, end: Place, phrases: Sequence[str] = ()) -> Problem:
    """Tell what to use in place of a statement; ``phrases`` are those of the actions that there are."""
    advice = UNSUPPORTED[verb]
    if advice == _CALL:
        advice = f"{_CALL}, as in: {phrases[0]}" if phrases else f"{_CALL}."
    instead = advice.partition("as in: ")[2]
    message = f"{verb} is not part of this language. {advice}"
    return Problem("unsupported_statement", place, message, (instead,) if instead else (), end)
