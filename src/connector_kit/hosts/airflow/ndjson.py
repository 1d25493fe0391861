"""Write items as newline-delimited JSON to a path that Airflow understands: a file, or an object in a store."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from airflow.sdk import ObjectStoragePath

from connector_kit import Concept


def written(path: str, items: Iterable[Concept]) -> dict[str, Any]:
    """Write items as they come, and return the path and their count.

    A file that could not be written to its end is removed: whoever reads the path finds all of the items, or nothing.
    """
    target = ObjectStoragePath(path)
    count = 0
    try:
        if target.protocol in ("file", ""):
            target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as stream:
            for item in items:
                stream.write(item.model_dump_json().encode() + b"\n")
                count += 1
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return {"path": path, "count": count}
