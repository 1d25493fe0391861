"""Write items into a CSV file: every field with its exact value, and nothing that a spreadsheet would take for a formula."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from connector_kit import Concept, ConceptSpec

# A spreadsheet runs a cell that begins with one of these, and a message from outside can hold anything.
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
# A phone number and a number are not run, and other programs need them as they are: +15551234567, -0.0075.
_HARMLESS = re.compile(r"\+\d{3,20}|-?\d{1,30}(\.\d{1,30})?", re.ASCII)


def written(items: Iterable[Concept], concept: ConceptSpec) -> bytes:
    """Return the file: UTF-8 with the mark by which spreadsheets know it, a line of field ids, one line for each item."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow([spec.id for spec in concept.fields])
    writer.writerows([safe(exact(getattr(item, spec.id))) for spec in concept.fields] for item in items)
    return stream.getvalue().encode("utf-8-sig", "replace")


def exact(value: Any) -> str:
    """Return a value as text from which it can be read again: a datetime in UTC, a list as JSON, nothing for null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | tuple) else str(value)


def safe(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would run, other than a phone number or a number."""
    return f"'{text}" if text.startswith(_DANGEROUS) and not _HARMLESS.fullmatch(text) else text
