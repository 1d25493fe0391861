"""Say what an action does not have that a sentence asks of it, and what to write instead."""

from __future__ import annotations

from connector_kit.english.meaning.catalogue import Catalogue, Entry
from connector_kit.english.meaning.kinds import field_names
from connector_kit.english.messages import did_you_mean, listed, shown
from connector_kit.english.names import nearest
from connector_kit.english.problems import Problem
from connector_kit.english.reading import tree

PAGING = ("limit", "offset")
_MOST_LINES = 3


def unknown_action(catalogue: Catalogue, step: tree.CallStep) -> Problem:
    """Tell that no action is called so."""
    said = step.verb.said if step.thing is None else f"{step.verb.said} {step.thing.said}"
    noun = " ".join(name.text for name in step.thing.path) if step.thing is not None else ""
    near = catalogue.offers(step.verb.text, noun)
    things = "; ".join(catalogue.phrases()) or "nothing, as no connector is installed"
    message = f"I don't know how to {shown(said)}.{did_you_mean(near)} Things I can do: {things}."
    return Problem("unknown_action", step.place, message, near, step.verb.end)


def unknown_book(catalogue: Catalogue, name: tree.Name, entry: Entry | None = None) -> Problem:
    """Tell that no connector has this name, or that it is not the one that has the action."""
    books = sorted({each.manifest.id.replace("_", " ") for each in catalogue.entries})
    message = f"There is no book {shown(name.said)}. Installed: {listed(books)}."
    if name.text in catalogue.books and entry is not None:
        books = [entry.book]
        message = f"{shown(name.said)} cannot {entry.calling}; {entry.book} can."
    elif entry is not None:
        words = shown(name.text)
        message += (
            f' If it is a text, put quotes around it: "{words}". If it is the name of something, write the {words}.'
        )
    near = nearest(name.text, books, at_least_one=True)
    return Problem("unknown_book", name.place, message, near or tuple(books), name.end)


def no_such_prep(entry: Entry, prep: tree.Prep) -> Problem:
    """Tell that an action has no use for a preposition."""
    takes = [f"{name} ..." for name in entry.action.shortcuts]
    one = f" Behind it can stand: {listed(takes)}." if takes else ""
    message = f"{entry.phrase} takes no {prep.word.text}.{one}{inputs_sentence(entry)}"
    return Problem("unknown_input", prep.word.place, message, tuple(takes) or _input_lines(entry), prep.value.end)


def unknown_input(entry: Entry, ref: tree.NameRef) -> Problem:
    """Tell that an action has no input of this name."""
    said = shown(ref.said.removeprefix("the "), 60)
    near = nearest(ref.path[0].text, [*field_names(entry.action.inputs), *_input_names(entry)])
    message = f"{entry.phrase} has no {said}.{did_you_mean(near)}{inputs_sentence(entry)}"
    suggestions = tuple(f"the {name} is ..." for name in near) or _input_lines(entry)
    field_ = entry.field(ref.path[0].text) if len(ref.path) == 1 and entry.action.filterable else None
    if entry.action.filterable and entry.concept is not None:
        example = field_ or entry.concept.fields[0]
        write = f"whose {example.phrase} is ..."
        message += f" To choose {entry.result} write {write}"
        suggestions = (write, *suggestions) if field_ is not None else (*suggestions, write)
    return Problem("unknown_input", ref.place, message, suggestions, ref.end)


def no_filter(whose: tree.Whose, entry: Entry) -> Problem:
    """Tell that an action takes no conditions."""
    if _input_names(entry):
        message = f"{entry.phrase} takes where ..., not whose ....{inputs_sentence(entry)}"
        write = (f"{entry.phrase} where", *_input_lines(entry))
    else:
        message, write = f"{entry.phrase} takes no conditions.", (entry.phrase,)
    return Problem("filter_not_supported", whose.word.place, message, write, whose.word.end)


def inputs_sentence(entry: Entry) -> str:
    """Return the sentence that names what an action takes, or nothing."""
    names = _input_names(entry)
    return f" It takes: {listed(names)}." if names else ""


def _input_names(entry: Entry) -> list[str]:
    """Return the inputs that a person gives; those that are for programs only go without saying."""
    hidden = (entry.action.idempotency_key, entry.action.dry_run)
    names = [spec.phrase for spec in entry.action.inputs if spec.id not in hidden]
    return names + (list(PAGING) if entry.action.pageable else [])


def _input_lines(entry: Entry) -> tuple[str, ...]:
    return tuple(f"the {name} is ..." for name in _input_names(entry)[:_MOST_LINES]) or (entry.phrase,)
