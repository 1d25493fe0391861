"""Write items as newline-delimited JSON to a path that Airflow understands: a file, or an object in a store."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from airflow.sdk import ObjectStoragePath

from connector_kit import Concept


def written(path: str, items: Iterator[Concept]) -> dict[str, Any]:
    """Write items as they come, and return the path and their count.

    They go to a neighbour that takes the path's place at the end: whoever reads the path finds all of the items, or what stood there
    before.
    """
    # Nothing is touched before the service has answered for the first time.
    first = list(islice(items, 1))
    target = ObjectStoragePath(path)
    part = target.with_name(f"{target.name}.part")
    count = 0
    if target.protocol in ("file", ""):
        target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with part.open("wb") as stream:
            for item in chain(first, items):
                stream.write(item.model_dump_json().encode() + b"\n")
                count += 1
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return {"path": path, "count": count}
