"""Write down how each row of a file ended, as it ends, so that a run that is broken off leaves what it knows."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from connector_kit import InputError
from connector_kit.many import RowResult


def results_path(asked: Path | None, file: Path) -> Path:
    """Return where the results go: where it was asked for, else beside the file.

    Raises:
        InputError: if that is the file itself, also under another name.
    """
    path = asked or file.with_suffix(".results.csv")
    try:
        same = path.samefile(file)
    except OSError:
        return path  # it is not there yet, or opening it will say what is wrong
    if same:
        raise InputError("The results would overwrite the file itself. Name another file with --results.")
    return path


@contextmanager
def writing_results(path: Path) -> Iterator[TextIO]:
    """Open the file of results before anything is done.

    Raises:
        InputError: if it cannot be written.
        OSError: at the end, if what was written last cannot be kept.
    """
    try:
        stream = path.open("w", encoding="utf-8", newline="")
        _begin(stream)
    except OSError as exc:
        message = (
            f"{path.name} cannot be written ({exc.strerror}). Nothing was sent now; name another file with --results."
        )
        raise InputError(message) from None
    with stream:
        yield stream


def _begin(stream: TextIO) -> None:
    try:
        csv.writer(stream).writerow(["line", "state", "output", "error", "message"])
        stream.flush()
    except OSError:
        with suppress(OSError):  # closing tries once more
            stream.close()
        raise


def write_result(stream: TextIO, line: int, result: RowResult) -> None:
    """Write the line of one row, so that it is in the file at once.

    Raises:
        OSError: if it cannot be written.
    """
    error = result.error
    code, message = ("", "") if error is None else (error.code, " ".join(str(error).split()))
    csv.writer(stream).writerow([line, result.state, result.output or "", code, message])
    stream.flush()
