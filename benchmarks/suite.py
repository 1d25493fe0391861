"""The measurements: what is run in turns, what its outcome must be, and which lines of the table come of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from benchmarks.mcp import seconds_to_tools
from benchmarks.rounds import Bench, BrokenError, Figures, Job
from benchmarks.table import Row, compared, kilo, mega, micro, milli, number
from benchmarks.ui import seconds_to_link

MEGA = 1_000_000
READ_GOAL, CHECKING_GOAL = 0.33, 0.30
MEMORY_GOAL, MEMORY_GROWTH_GOAL = 64 * MEGA, 1.2
FIRST_PAGE_BYTES = 30_000
TOOLS_GOAL = 1.5
LINE_GOAL, LINES_GOAL = 0.001, 1.0  # seconds


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    rounds: int
    messages: int  # in the account that is read into a list
    streamed: int  # in the account that is too large for a list
    streamed_by_sdk: int
    sends: int


FULL = Scale(rounds=5, messages=100_000, streamed=1_000_000, streamed_by_sdk=1_000_000, sends=300)
QUICK = Scale(rounds=2, messages=20_000, streamed=100_000, streamed_by_sdk=20_000, sends=100)


def p1(bench: Bench, scale: Scale) -> list[Row]:
    """A full read into a list, and what of ours is filter and engine."""
    n = scale.messages
    ours, sdk, filtered, sdk_1000, unchecked = bench.middle(
        scale.rounds,
        Job("ours", "read_list", n),
        Job("sdk", "read_list", n),
        Job("ours", "read_filtered", n),
        Job("sdk", "read_list_1000", n),
        Job("ours", "read_unchecked", n),
    )
    for found in (ours, sdk, filtered, sdk_1000, unchecked):
        _must(found.facts == sdk.facts and found.facts["count"] == found.facts["sids"] == n, "P1", found)
    checking = (filtered.cpu - unchecked.cpu) / ours.cpu
    return [
        compared(f"P1 read {n:,} into a list, CPU a message", ours.cpu / n, sdk.cpu / n, micro, at_most=READ_GOAL),
        compared("   the SDK with page_size=1000", ours.cpu / n, sdk_1000.cpu / n, micro),
        compared("   through a filter that everything passes", filtered.cpu / n, sdk.cpu / n, micro),
        compared("   wall time", ours.wall, sdk.wall, milli),
        compared("   requests", ours.requests - 1, sdk.requests - 1, number),  # one was the warm-up
        compared("   peak memory with the list", ours.peak, sdk.peak, mega),
        Row(
            "P7 filter and engine, share of P1's CPU",
            f"{checking:.0%}",
            goal=f"<= {CHECKING_GOAL:.0%}",
            met=checking <= CHECKING_GOAL,
        ),
    ]


def p2(bench: Bench, scale: Scale) -> list[Row]:
    """Few messages of many: requests and bytes, which are the same on every machine."""
    n = scale.messages
    ours, sdk, ours_after, sdk_after = bench.middle(
        1,
        Job("ours", "read_20", n),
        Job("sdk", "read_20", n),
        Job("ours", "read_20_after_5000", n),
        Job("sdk", "read_20_after_5000", n),
    )
    _must(ours.facts == sdk.facts and ours.facts["sids"] == 20, "P2 limit 20", ours)
    _must(ours_after.facts == sdk_after.facts and ours_after.facts["sids"] == 20, "P2 offset 5000", ours_after)
    _must(ours.requests == 1 and ours.bytes <= FIRST_PAGE_BYTES, "P2 limit 20", ours)
    _must(ours_after.requests == 6, "P2 offset 5000", ours_after)
    return [
        _held(f"P2 limit 20 of {n:,}, requests", ours.requests, sdk.requests, number, "1"),
        _held("   bytes on the wire", ours.bytes, sdk.bytes, kilo, f"<= {kilo(FIRST_PAGE_BYTES)}"),
        _held("   offset 5000 limit 20, requests", ours_after.requests, sdk_after.requests, number, "6"),
        compared("   offset 5000 limit 20, bytes", ours_after.bytes, sdk_after.bytes, kilo),
    ]


def p4(bench: Bench, scale: Scale) -> list[Row]:
    """Stream everything and keep nothing: the peak does not grow with the account."""
    n, m = scale.streamed, scale.streamed_by_sdk
    # Memory hardly differs from round to round, and a million messages take their time.
    few, sdk_few, many, sdk_many = (
        bench.middle(1, job)[0]
        for job in (
            Job("ours", "read_stream", 10_000),
            Job("sdk", "read_stream", 10_000),
            Job("ours", "read_stream", n),
            Job("sdk", "read_stream", m),
        )
    )
    for found, count in ((few, 10_000), (sdk_few, 10_000), (many, n), (sdk_many, m)):
        _must(found.facts["count"] == count, "P4", found)
    growth, growth_of_sdk = many.peak / few.peak, sdk_many.peak / sdk_few.peak
    beside = "" if m == n else f" (SDK: {m:,})"
    return [
        compared("P4 stream 10,000, peak memory", few.peak, sdk_few.peak, mega),
        replace(
            compared(f"   stream {n:,}{beside}, peak memory", many.peak, sdk_many.peak, mega),
            goal=f"<= {mega(MEMORY_GOAL)}",
            met=many.peak <= MEMORY_GOAL,
        ),
        Row(
            "   growth from the one to the other",
            f"{growth:.2f} x",
            f"{growth_of_sdk:.2f} x",
            f"{growth / growth_of_sdk:.2f}",
            f"<= {MEMORY_GROWTH_GOAL} x",
            growth <= MEMORY_GROWTH_GOAL,
        ),
        compared("   CPU a message", many.cpu / n, sdk_many.cpu / m, micro),
    ]


def p5(bench: Bench, scale: Scale) -> list[Row]:
    """Send on a warm connection."""
    n = scale.sends
    ours, sdk = bench.middle(scale.rounds, Job("ours", "send", n), Job("sdk", "send", n))
    for found in (ours, sdk):
        # One was the warm-up.
        _must(found.facts["count"] == n and found.requests == found.creates == n + 1, "P5", found)
    return [
        compared(f"P5 {n} sends on a warm connection, CPU each", ours.cpu / n, sdk.cpu / n, micro, at_most=1.0),
        compared("   wall time each", ours.wall / n, sdk.wall / n, micro),
    ]


def p8(bench: Bench, scale: Scale) -> list[Row]:
    """Send many at once over a network with latency."""
    n, at_once, latency = 200, 50, 0.05
    (ours,) = bench.middle(scale.rounds, Job("ours", "send_at_once", n))
    _must(ours.facts["count"] == n and ours.creates == n + at_once, "P8", ours)
    ideal = n / at_once * latency
    ratio = ours.wall / ideal
    return [
        Row(
            f"P8 {n} sends, {at_once} at once, 50 ms each, wall (ideal {ideal * 1000:.0f} ms)",
            f"{ours.wall * 1000:.0f} ms",
            ratio=f"{ratio:.2f}",
            goal="<= 1.3 x ideal",
            met=ratio <= 1.3,
        )
    ]


def p6(bench: Bench, scale: Scale) -> list[Row]:
    """From nothing to the first message, with the interpreter's own start."""
    jobs = (Job("ours", "read_first", 1000), Job("sdk", "read_first", 1000))
    bench.middle(1, *jobs)  # leaves every module compiled, as an installation does
    ours, sdk = bench.middle(2 * scale.rounds, *jobs)
    for found in (ours, sdk):
        _must(found.facts["count"] == found.requests == 1, "P6", found)
    return [
        compared("P6 fresh process to first message, wall", ours.wall_of_process, sdk.wall_of_process, milli),
        compared("   CPU", ours.cpu_of_process, sdk.cpu_of_process, milli),
        compared("   peak memory", ours.peak, sdk.peak, mega),
    ]


def p9(_: Bench, scale: Scale) -> list[Row]:
    """From the command to the link of the pages."""
    seconds_to_link(1)  # leaves every module compiled
    took = seconds_to_link(scale.rounds)
    return [Row("P9 connector ui, start to printed link", f"{took * 1000:.0f} ms", goal="<= 1000 ms", met=took <= 1)]


def p10(bench: Bench, scale: Scale) -> list[Row]:
    """Check automations in English: one line, and as many as anybody writes. Nothing is requested."""
    n = 1500
    line, lines = bench.middle(scale.rounds, Job("ours", "check_english", 1), Job("ours", "check_english", n))
    _must(line.facts["count"] == 1 and line.requests == 0, "P10 one line", line)
    _must(lines.facts["count"] == n and lines.requests == 0, "P10 many lines", lines)
    return [
        Row(
            "P10 check one line of English, CPU", f"{line.cpu * 1000:.2f} ms", goal="<= 1 ms", met=line.cpu <= LINE_GOAL
        ),
        Row(f"   {n:,} lines", f"{lines.cpu * 1000:.0f} ms", goal="<= 1 s", met=lines.cpu <= LINES_GOAL),
    ]


def p11(_: Bench, scale: Scale) -> list[Row]:
    """From the start of an MCP server to its list of tools, beside a bare server of the SDK with the same two tools."""
    seconds_to_tools(1)  # leaves every module compiled
    ours, bare = seconds_to_tools(2 * scale.rounds)
    return [
        compared("P11 MCP server to tools/list, beside a bare one of its SDK", ours, bare, milli, at_most=TOOLS_GOAL)
    ]


MEASUREMENTS: dict[str, Callable[[Bench, Scale], list[Row]]] = {
    "p1": p1, "p2": p2, "p4": p4, "p5": p5, "p6": p6, "p8": p8, "p9": p9, "p10": p10, "p11": p11,
}  # fmt: skip


def _held(measurement: str, ours: float, sdk: float, unit: Callable[[float], str], goal: str) -> Row:
    """Make the line of a goal without which there would be no table."""
    return replace(compared(measurement, ours, sdk, unit), goal=goal, met=True)


def _must(holds: bool, where: str, found: Figures) -> None:  # noqa: FBT001 - like an assertion
    if not holds:
        msg = f"{where}: the outcome is not what it must be: {found}."
        raise BrokenError(msg)
