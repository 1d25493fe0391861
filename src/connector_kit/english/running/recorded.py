"""Write values as JSON and read them back exactly: numbers stay exact, datetimes aware, records know their concept."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from connector_kit.english.running.values import Record
from connector_kit.manifest import ConceptSpec

# Finds a concept by the ids of its connector and its own.
Concepts = Callable[[str, str], ConceptSpec]
# Longer texts are packed: a read of thousands of messages repeats the same words.
_PACKED_FROM = 2048


def dumped(value: object, *, packed: bool = True) -> str | bytes:
    """Write a value as JSON; a long one is compressed if it may be packed.

    Raises:
        TypeError: if it is not a value.
    """
    # In ASCII: texts from elsewhere may end in half of an emoji, which no file takes as it is.
    text = json.dumps(_tagged(value), separators=(",", ":"))
    return text if not packed or len(text) < _PACKED_FROM else zlib.compress(text.encode(), 1)


def loaded(stored: str | bytes, concepts: Concepts) -> Any:
    """Read what ``dumped`` wrote.

    Raises:
        ValueError: if it is anything else.
    """
    try:
        text = stored if isinstance(stored, str) else zlib.decompress(stored).decode()
        return _untagged(json.loads(text), concepts)
    except (ArithmeticError, LookupError, TypeError, zlib.error) as exc:
        raise ValueError("not a recorded value") from exc


def _tagged(value: Any) -> Any:
    if isinstance(value, Decimal):
        return {"number": str(value)}
    if isinstance(value, datetime):
        return {"datetime": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, list):
        return [_tagged(item) for item in value]
    if isinstance(value, Record):
        return {"record": [value.connector, value.concept.id, {k: _tagged(v) for k, v in value.values.items()}]}
    if isinstance(value, dict):
        raise TypeError("a mapping is no value")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**18:
        return {"number": f"{Decimal(value):f}"}  # Python reads no longer numbers than 4,300 digits from JSON
    return value


def _untagged(value: Any, concepts: Concepts) -> Any:
    if isinstance(value, list):
        return [_untagged(item, concepts) for item in value]
    if not isinstance(value, dict):
        return value
    ((tag, held),) = value.items()
    if tag == "record":
        connector, id_, values = held
        concept = concepts(connector, id_)
        # A field that is new in the manifest is missing in what was read before.
        return Record(connector, concept, {f.id: _untagged(values.get(f.id), concepts) for f in concept.fields})
    if tag == "number":
        number = Decimal(held)
        return int(number) if number == number.to_integral_value() else number
    return {"datetime": datetime, "date": date}[tag].fromisoformat(held)
