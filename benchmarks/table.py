"""Print measurements as a table of plain text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

HEAD = ("measurement", "ours", "SDK", "ratio", "goal", "met")


@dataclass(frozen=True)
class Row:
    """One line of the table. ``met`` is None where there is no goal."""

    measurement: str
    ours: str = ""
    sdk: str = ""
    ratio: str = ""
    goal: str = ""
    met: bool | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        """The line's texts from left to right."""
        met = {True: "yes", False: "NO", None: ""}[self.met]
        return (self.measurement, self.ours, self.sdk, self.ratio, self.goal, met)


def compared(
    measurement: str,
    ours: float,
    sdk: float,
    unit: Callable[[float], str],
    *,
    at_most: float | None = None,
) -> Row:
    """Make the line of two figures and their ratio, with the ratio that is the goal."""
    ratio = ours / sdk
    goal = "" if at_most is None else f"ratio <= {at_most:g}"
    met = None if at_most is None else ratio <= at_most
    return Row(measurement, unit(ours), unit(sdk), f"{ratio:.2f}", goal, met)


def text(rows: Iterable[Row]) -> str:
    """Set rows under the head; the first column to the left, figures to the right."""
    lines = [HEAD, *(row.cells for row in rows)]
    widths = [max(len(line[n]) for line in lines) for n in range(len(HEAD))]
    rule = tuple("-" * width for width in widths)
    return "\n".join(_line(line, widths) for line in (lines[0], rule, *lines[1:]))


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    padded = [
        cell.rjust(width) if 0 < n < 4 else cell.ljust(width)
        for n, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(padded).rstrip()


def micro(seconds: float) -> str:
    """Microseconds."""
    return f"{seconds * 1e6:.1f} us"


def milli(seconds: float) -> str:
    """Milliseconds."""
    return f"{seconds * 1e3:.0f} ms"


def mega(size: float) -> str:
    """Megabytes of 1,000,000 bytes."""
    return f"{size / 1e6:.1f} MB"


def kilo(size: float) -> str:
    """Kilobytes of 1,000 bytes."""
    return f"{size / 1e3:.1f} KB"


def number(count: float) -> str:
    """A whole number, with commas."""
    return f"{count:,.0f}"
