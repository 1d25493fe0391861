"""Automations in English: check one, explain it, run it, and write any call as a sentence. Imported only where it is used."""

from connector_kit.english.checker import Checked, check
from connector_kit.english.problems import EnglishError, Problem, Question
from connector_kit.english.program import Place, Program

__all__ = ["Checked", "EnglishError", "Place", "Problem", "Program", "Question", "check"]
