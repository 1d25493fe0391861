"""Automations in English: check one, explain it, run it, and write any call as a sentence. Imported only where it is used."""

from connector_kit.english.automations import Automations
from connector_kit.english.checker import Checked, check
from connector_kit.english.explain import explain
from connector_kit.english.formatter import format_text
from connector_kit.english.messages import pointed
from connector_kit.english.problems import EnglishError, Problem, Question, StepError
from connector_kit.english.program import Place, Program
from connector_kit.english.running.outcomes import Done, Failed, Outcome, Waiting
from connector_kit.english.running.run_journal import NoRunError, Run, RunBusyError, RunJournal
from connector_kit.english.running.run_sqlite import default_runs
from connector_kit.english.running.runner import run
from connector_kit.english.running.runs import Begin, shown, start, summary, zone_of
from connector_kit.english.running.unfinished import Unfinished, UnfinishedRunError
from connector_kit.english.sayable import NotSayableError
from connector_kit.english.sentences import to_english

__all__ = [
    "Automations",
    "Begin",
    "Checked",
    "Done",
    "EnglishError",
    "Failed",
    "NoRunError",
    "NotSayableError",
    "Outcome",
    "Place",
    "Problem",
    "Program",
    "Question",
    "Run",
    "RunBusyError",
    "RunJournal",
    "StepError",
    "Unfinished",
    "UnfinishedRunError",
    "Waiting",
    "check",
    "default_runs",
    "explain",
    "format_text",
    "pointed",
    "run",
    "shown",
    "start",
    "summary",
    "to_english",
    "zone_of",
]
