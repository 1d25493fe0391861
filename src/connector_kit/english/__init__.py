"""Automations in English: check one, explain it, run it, and write any call as a sentence. Imported only where it is used."""

from connector_kit.english.checker import Checked, check
from connector_kit.english.formatter import format_text
from connector_kit.english.messages import pointed
from connector_kit.english.problems import EnglishError, Problem, Question
from connector_kit.english.program import Place, Program
from connector_kit.english.sayable import NotSayableError
from connector_kit.english.sentences import to_english

__all__ = [
    "Checked",
    "EnglishError",
    "NotSayableError",
    "Place",
    "Problem",
    "Program",
    "Question",
    "check",
    "format_text",
    "pointed",
    "to_english",
]
