"""The text of an automation, from a file or from standard input, and how its problems are shown."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from connector_kit import InputError
from connector_kit.english import EnglishError, Problem, Question, pointed

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Source:
    """An automation as it was given. Its text has plain line ends; ``ends`` are those that the file has."""

    name: str
    text: str = field(repr=False)
    ends: str = "\n"


def read_source(name: str) -> Source:
    """Read an automation from a file, or from standard input if the name is ``-``.

    Raises:
        InputError: if it cannot be read.
    """
    try:
        content = _standard_input() if name == STDIN else Path(name).read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as exc:
        raise InputError(f"{Path(name).name} cannot be read: {exc.strerror}.") from None
    except UnicodeDecodeError:
        shown = "Standard input" if name == STDIN else Path(name).name
        raise InputError(f"{shown} is not a text in UTF-8. Save the automation as plain text in UTF-8.") from None
    ends = "\r\n" if "\r\n" in text else "\n"
    return Source("standard input" if name == STDIN else Path(name).name, text.replace("\r\n", "\n"), ends)


def _standard_input() -> bytes:
    if sys.stdin is None:
        raise InputError("There is no standard input to read the automation from.")
    return sys.stdin.buffer.read()


def write_source(name: str, source: Source, text: str) -> None:
    """Put another text in the place of a file's, at once: whoever reads it meanwhile sees the old or the new one whole.

    Raises:
        InputError: if it cannot be written.
    """
    path = Path(name).resolve()
    fresh = None
    try:
        handle, fresh = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(text.replace("\n", source.ends).encode())
            stream.flush()
            os.fsync(stream.fileno())
        shutil.copymode(path, fresh)
        Path(fresh).replace(path)
    except OSError as exc:
        if fresh is not None:
            with suppress(OSError):
                Path(fresh).unlink()
        raise InputError(f"{path.name} cannot be written: {exc.strerror}. It stays as it was.") from None


class PointedError(InputError):
    """What is wrong with an automation, line by line with its carets, for a person."""


@contextmanager
def pointing(text: str, *, as_json: bool) -> Iterator[None]:
    """Show the problems of an automation with their lines and carets, unless a program reads them.

    Raises:
        PointedError: in place of an EnglishError.
    """
    try:
        yield
    except EnglishError as exc:
        if as_json:
            raise
        raise PointedError("\n".join(problem_shown(problem, text) for problem in exc.found)) from None


def problem_shown(problem: Problem, text: str, *, masked: bool = False) -> str:
    """Return a problem with its line, a caret, and what to write instead where its message does not say so."""
    known = " ".join(problem.message.split())
    lines = [pointed(problem, text, masked=masked)]
    for suggestion in problem.suggestions:
        plain = suggestion.replace("\n", " / ")
        if " ".join(plain.split()) not in known:
            lines.append(f"  Write: {plain}")
    return "\n".join(lines)


def question_shown(question: Question, text: str, *, masked: bool = False) -> str:
    """Return a question with its line, a caret and its choices."""
    choices = f"\n  Choices: {', '.join(question.choices)}" if question.choices else ""
    return pointed(Problem(question.kind, question.place, question.text), text, masked=masked) + choices
