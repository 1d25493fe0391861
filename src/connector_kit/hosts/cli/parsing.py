"""Read flags: a parser whose complaints are errors of ours, and texts that stand for other values."""

from __future__ import annotations

import argparse
import json
import re
from datetime import datetime
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from connector_kit import FieldSpec, InputError, Problem


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are InputErrors, and never repeat a value: it could be a secret."""

    def error(self, message: str) -> NoReturn:
        """Raise what argparse would print."""
        unknown = "there is an argument that this command does not know"
        # argparse quotes values: "argument --limit: invalid int value: 'x'". What is quoted could be a secret.
        text = unknown if "unrecognized" in message else re.split("['\"]", message)[0].rstrip(": ")
        raise InputError(f"{text[0].upper()}{text[1:]}. See: {self.prog} --help")


def zone_named(name: str) -> ZoneInfo:
    """Return the timezone of a flag.

    Raises:
        InputError: if there is no such timezone.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        message = "There is no such timezone. Write it like Europe/Amsterdam or UTC."
        raise InputError(message, problems=[Problem("timezone", "is not in the timezone database")]) from None


def typed(field: FieldSpec, text: str) -> Any:
    """Read the text of a flag or cell: numbers, booleans and lists as JSON, datetimes as ISO 8601, anything else as it is.

    What does not fit is left to the check of the call, which says what to write.
    """
    if field.type.scalar == "text" and not field.is_list:
        return text
    try:
        value = datetime.fromisoformat(text) if field.type.scalar == "datetime" else json.loads(text)
    except (ValueError, RecursionError):
        return text
    return text if _deep(value) else value


def _deep(value: Any) -> bool:
    """Tell what no input takes, and what could be too deep to be looked at: anything but a value or a list of values."""
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(v, list | dict) for v in value))
