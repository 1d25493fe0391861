"""``connector english check``, ``explain`` and ``format``: what is done with the text of an automation alone."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from typing import Any

from connector_kit import InputError, load_connectors
from connector_kit.english import Checked, EnglishError, Question, check, format_text
from connector_kit.english.program import Ask, Literal
from connector_kit.hosts.cli.english.source import (
    STDIN,
    Source,
    pointing,
    question_shown,
    read_source,
    write_source,
)
from connector_kit.hosts.cli.exit_codes import NEEDS_ANSWER, exit_code
from connector_kit.hosts.cli.printing import output, print_json, tell


def check_text(given: argparse.Namespace) -> int:
    """Say whether an automation can run, and what it will ask; nothing is carried out."""
    source = read_source(given.file)
    with pointing(source.text, as_json=given.json):
        try:
            checked = checked_here(source.text)
        except EnglishError as exc:
            if not given.json:
                raise
            print_json({"error": exc.found[0].to_json()})
            return exit_code(exc)
    if given.json:
        print_json(_canonical(checked))
    else:
        _print_checked(checked, source)
    return NEEDS_ANSWER if checked.questions else 0


def checked_here(text: str) -> Checked:
    """Check an automation against the installed connectors.

    Raises:
        EnglishError: with what is wrong.
    """
    connectors = load_connectors()
    try:
        return check(text, list(connectors.values()))
    finally:
        for connector in connectors.values():
            connector.close()


def _canonical(checked: Checked) -> dict[str, Any]:
    if not checked.questions:
        return {"program": checked.program.to_json()}
    first, *following = (question.to_json() for question in checked.questions)
    return {"question": {**first, "following": following} if following else first}


def _print_checked(checked: Checked, source: Source) -> None:
    with output():
        if checked.questions:
            print(f"{source.name} can run once this is answered:")
            for question in checked.questions:
                print(question_shown(question, source.text))
        else:
            print(f"{source.name} can run.")
        for sentence in _asks(checked):
            print(f"While it runs it asks: {sentence}")
    if checked.questions:
        tell(how_to_answer(checked.questions))


def _asks(checked: Checked) -> Iterator[str]:
    for step in checked.program.all_steps():
        if isinstance(step, Ask):
            choices = [str(choice.value) for choice in step.choices if isinstance(choice, Literal)]
            yield f"{step.text} ({', '.join(choices)})" if choices else step.text


def how_to_answer(questions: tuple[Question, ...]) -> str:
    """Return what a file of answers must hold."""
    lines = "\n".join(f'  {_key(question.about)}: "..."' for question in questions)
    return f"Run it at a terminal to be asked, or answer in a file and name it with --answers. It says:\n{lines}"


def _key(name: str) -> str:
    """Return a name as a line of YAML begins with it."""
    return name if re.fullmatch(r"\w[\w ?!,.-]*", name) else json.dumps(name, ensure_ascii=False)


def format_file(given: argparse.Namespace) -> int:
    """Print an automation in the one style, or write it back, or only say whether that would change it."""
    if given.write and given.file == STDIN:
        raise InputError("What comes from standard input cannot be written back. Leave out --write.")
    source = read_source(given.file)
    with pointing(source.text, as_json=given.json):
        formatted = format_text(source.text)
    changed = formatted != source.text
    if given.write and changed:
        write_source(given.file, source, formatted)
    if given.json:
        print_json({"changed": changed, "text": formatted})
    elif given.write or given.check:
        tell(_changed(source, changed=changed, written=given.write))
    else:
        with output():
            print(formatted, end="")
    return exit_code(InputError("")) if given.check and changed else 0


def _changed(source: Source, *, changed: bool, written: bool) -> str:
    if not changed:
        return f"{source.name} has the style already."
    return f"{source.name} has the style now." if written else f"{source.name} does not have the style. Use --write."
