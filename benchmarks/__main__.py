"""Run the measurements and print them: ``python -m benchmarks [--quick] [--only p1,p2] [--gzip]``."""

from __future__ import annotations

import argparse
import sys
import time

from benchmarks.rounds import bench
from benchmarks.suite import FULL, MEASUREMENTS, QUICK
from benchmarks.table import text


def main() -> None:
    """Measure what was asked for. Figures never fail a build; a wrong outcome does."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="The connector and Twilio's own Python SDK, side by side against one local server.",
    )
    parser.add_argument("--quick", action="store_true", help="fewer rounds and messages: about 20 seconds")
    parser.add_argument("--only", default=",".join(MEASUREMENTS), help="some of: %(default)s")
    parser.add_argument("--gzip", action="store_true", help="let the server compress for both sides")
    options = parser.parse_args()
    names = options.only.lower().split(",")
    if unknown := [name for name in names if name not in MEASUREMENTS]:
        parser.error(f"{unknown[0]!r} is not one of {', '.join(MEASUREMENTS)}")
    began, scale, rows = time.perf_counter(), QUICK if options.quick else FULL, []
    with bench(compress=options.gzip) as running:
        for name in names:
            print(f"{name} ...", file=sys.stderr, flush=True)
            rows += MEASUREMENTS[name](running, scale)
    print(text(rows))
    print(
        f"\nAfter {time.perf_counter() - began:.0f} s; P1, P5 and P6 are medians of {scale.rounds} rounds or more, in turns. "
        "The ratios are what counts: other work on the machine moves both sides."
    )


if __name__ == "__main__":
    main()
