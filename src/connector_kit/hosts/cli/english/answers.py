"""Answers to the questions of an automation: from a file, or from the person at the terminal."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import yaml

from connector_kit import InputError
from connector_kit.english import Question
from connector_kit.hosts.cli.english.source import question_shown
from connector_kit.hosts.cli.printing import tell


class _Texts(yaml.BaseLoader):
    """Reads every value as the text that was typed: YAML would take ``+12125550123`` for a number and lose its plus."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        names = [key.value for key, _ in node.value]
        if any(names.count(name) > 1 for name in names):
            raise yaml.constructor.ConstructorError(None, None, "one name stands twice", node.start_mark)
        return super().construct_mapping(node, deep=deep)


_Texts.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_Texts.add_constructor("tag:yaml.org,2002:null", lambda *_: None)


def read_answers(path: Path | None) -> dict[str, Any]:
    """Read a file of answers, YAML or JSON: a name and a value each, or a list of values.

    Raises:
        InputError: if it cannot be read; no value is repeated.
    """
    if path is None:
        return {}
    try:
        found = _parsed(path.read_text(encoding="utf-8-sig"))
    except OSError as exc:
        raise InputError(f"The answers in {path.name} cannot be read: {exc.strerror}.") from None
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        where = f" line {mark.line + 1}:" if mark else ""
        fault = getattr(exc, "problem", None) or "it is neither YAML nor JSON"
        raise InputError(f"The answers in {path.name} cannot be read:{where} {re.sub(chr(39), '', fault)}.") from None
    except (ValueError, RecursionError):
        raise InputError(f"The answers in {path.name} cannot be read: it is neither YAML nor JSON in UTF-8.") from None
    if found is None:
        return {}
    if not isinstance(found, dict) or not all(_is_answer(value) for value in found.values()):
        message = f"{path.name} is no file of answers. Write one line for each, such as: recipient number: "
        raise InputError(f'{message}"+15551234567"')
    return {str(name): value for name, value in found.items()}


def _parsed(text: str) -> Any:
    if text.lstrip().startswith("{"):
        try:
            return json.loads(text, parse_int=str, parse_float=str)
        except ValueError:
            pass  # YAML has curly braces too
    return yaml.load(text, Loader=_Texts)  # noqa: S506 - it makes texts of everything


def _is_answer(value: object) -> bool:
    values = value if isinstance(value, list) else [value]
    return all(each is None or isinstance(each, str | bool) for each in values)


def somebody_is_there() -> bool:
    """Tell whether a person sits at the terminal and can answer."""
    return sys.stdin is not None and sys.stderr is not None and sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: Question, text: str) -> Any:
    """Ask the person at the terminal; None if they end the input instead of answering."""
    tell(question_shown(question, text) if not question.choices else _with_choices(question))
    several = question.type.startswith("list")
    prompt = f"{question.about}, several separated by commas" if several else question.about
    while True:
        print(f"{'Your choice' if question.choices else prompt}: ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            return None
        answer = line.strip()
        if answer and question.choices:
            return _chosen(answer, question.choices)
        if answer:
            return [part.strip() for part in answer.split(",") if part.strip()] if several else answer


def _with_choices(question: Question) -> str:
    choices = (f"  {number}. {choice}" for number, choice in enumerate(question.choices, start=1))
    return "\n".join([f"line {question.place.line}: {question.text}", *choices])


def _chosen(answer: str, choices: tuple[str, ...]) -> str:
    """Return the choice that was written out or numbered, or else what was written, which will be refused."""
    written = next((choice for choice in choices if choice.casefold() == answer.casefold()), None)
    if written is None and answer.isascii() and answer.isdigit() and 0 < int(answer[:6]) <= len(choices):
        return choices[int(answer) - 1]
    return written or answer
