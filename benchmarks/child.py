"""What both sides do in a process of their own: run one piece of work, measure it, and print one line of figures."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from zlib import crc32

# ru_maxrss is in bytes on macOS and in kibibytes elsewhere.
_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Work:
    """A piece of work: what is done, what is done before to be warm, and how to check what it gave back."""

    run: Callable[[], object]
    warm_up: Callable[[], object] = lambda: None
    check: Callable[[object], dict[str, object]] = lambda found: {"count": found}


def measure(work: Work) -> None:
    """Do a piece of work and print its figures; what it gave back is looked at afterwards, when nothing is measured."""
    work.warm_up()
    cpu, wall = time.process_time(), time.perf_counter()
    found = work.run()
    cpu_after, wall = time.process_time(), time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT
    figures = {"cpu": cpu_after - cpu, "wall": wall, "peak": peak, "cpu_of_process": cpu_after}
    print(json.dumps(figures | {"facts": work.check(found)}), flush=True)


def facts(messages: Iterable[tuple[object, ...]]) -> dict[str, object]:
    """Sum up messages, so that two sides that have read the same have the same facts."""
    count, checksum, sids = 0, 0, set()
    for message in messages:
        count += 1
        sids.add(message[0])
        checksum = crc32(repr(message).encode(), checksum)
    return {"count": count, "sids": len(sids), "checksum": checksum}
