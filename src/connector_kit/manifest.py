"""The model of a connector.yaml: what it may say. ``loading`` reads one and explains its faults."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self, TypeVar

from pydantic import AfterValidator, Field, model_validator

from connector_kit.fields import FieldSpec, HintSpec, Id, LiteralSpec, Names, Spec, Text, TypeText
from connector_kit.types import Type

__all__ = [
    "ActionSpec", "ConceptSpec", "ConnectionMethodSpec", "ExampleSpec", "FieldSpec", "HintSpec", "LiteralSpec", "Manifest",
    "OutcomeSpec", "OutputSpec", "Preposition",
]  # fmt: skip


def _phrase(text: str) -> str:
    plain = text.replace("*", "").replace("(", "").replace(")", "")
    balanced = text.count("*") % 2 == 0 and text.count("(") == text.count(")") <= 1
    if not balanced or not re.fullmatch(r"to [a-z]+( \w+)+", plain):
        msg = f"{text!r} is not a phrase; write it like: to read some (*SMS* messages)"
        raise ValueError(msg)
    return text


_Item = TypeVar("_Item", bound="FieldSpec | ActionSpec | ConceptSpec | ConnectionMethodSpec")


def _distinct(items: tuple[_Item, ...]) -> tuple[_Item, ...]:
    ids = [item.id for item in items]
    if twice := sorted({id_ for id_ in ids if ids.count(id_) > 1}):
        msg = f"the id {twice[0]!r} is used more than once"
        raise ValueError(msg)
    return items


def _all_optional(fields: tuple[FieldSpec, ...]) -> tuple[FieldSpec, ...]:
    if required := [field.id for field in fields if field.required]:
        msg = f"{required[0]!r} must have an optional type; what is always needed belongs to a connection method"
        raise ValueError(msg)
    return fields


Preposition = Literal["to", "in", "from", "via", "using", "saying", "on", "by", "for", "at", "through", "into", "about"]


def _verbs(verbs: tuple[str, ...]) -> tuple[str, ...]:
    if wrong := [verb for verb in verbs if not re.fullmatch("[a-z]+", verb)]:
        msg = f"{wrong[0]!r} is not a verb; write one word, such as retrieve"
        raise ValueError(msg)
    return verbs


class ConnectionMethodSpec(Spec):
    """One way to connect: its fields are what a form asks for."""

    id: Id
    label: Text
    description: Text
    help: Text | None = Field(default=None, description="for a form: where to find the values")
    fields: Annotated[tuple[FieldSpec, ...], Field(min_length=1, strict=False), AfterValidator(_distinct)]


class ExampleSpec(Spec):
    """An automation in English that uses the action."""

    title: Text
    automation: Text


class OutputSpec(Spec):
    """What an action gives back."""

    type: TypeText
    description: Text


class ActionSpec(Spec):
    """One thing the connector can do."""

    id: Id
    label: Text
    description: Text
    phrase: Annotated[str, AfterValidator(_phrase)]
    mutation: bool = Field(description="true if it changes something or costs money; false if it only reads")
    warning: Text | None = Field(default=None, description="for a mutation: what a person must know before it is done")
    usage: Text | None = Field(
        default=None,
        description="for whoever chooses among actions, such as a language model: when to use it, and when not",
    )
    filterable: bool = False
    pageable: bool = False
    inputs: Annotated[tuple[FieldSpec, ...], Field(strict=False), AfterValidator(_distinct)] = ()
    output: OutputSpec
    idempotency_key: str | None = Field(
        default=None, description="the input that holds a key: calls with one key act at most once"
    )
    dry_run: str | None = Field(default=None, description="the input that, when true, only shows what would be done")
    verbs: Annotated[Names, AfterValidator(_verbs)] = Field(
        default=(), description="other verbs by which an automation in English may call it"
    )
    nouns: Names = Field(default=(), description="other names of its object, each for one thing: text message")
    shortcuts: dict[Preposition, Id] = Field(
        default={},
        description="by preposition: the input, or for a filter the field of the output, whose value follows it in a sentence",
    )
    examples: Annotated[tuple[ExampleSpec, ...], Field(min_length=1, strict=False)]

    @model_validator(mode="after")
    def _fits_its_output(self) -> Self:
        type_ = self.output.type
        if type_.is_list != bool(type_.concept) or (type_.inner is not None and type_.inner.inner is not None):
            msg = "the output is one value, such as text, or a list of a concept"
            raise ValueError(msg)
        if (self.filterable or self.pageable) and not type_.is_list:
            msg = "only an action whose output is a list of a concept can be filterable or pageable"
            raise ValueError(msg)
        for key, named in (("idempotency_key", self.idempotency_key), ("dry_run", self.dry_run)):
            if named not in (None, *(field.id for field in self.inputs)):
                msg = f"{key} names {named!r}, which is not an input of this action"
                raise ValueError(msg)
        inputs = [field.id for field in self.inputs]
        if not type_.is_list and (unknown := [id_ for id_ in self.shortcuts.values() if id_ not in inputs]):
            msg = f"a shortcut names {unknown[0]!r}, which is not an input of this action"
            raise ValueError(msg)
        if self.warning is not None and not self.mutation:
            msg = "a warning goes with a mutation only"
            raise ValueError(msg)
        reserved = ["filter"] * self.filterable + ["limit", "offset"] * self.pageable
        if taken := [field.id for field in self.inputs if field.id in reserved]:
            msg = f"{taken[0]!r} cannot be an input here; the action has it already"
            raise ValueError(msg)
        return self


class OutcomeSpec(Spec):
    """How one tells that an item will not change any more, and whether it ended well."""

    identifier: str = Field(description="the field by which one item is found again")
    field: str = Field(description="the field whose value says how far the item is")
    good: Annotated[tuple[Text, ...], Field(min_length=1, strict=False)] = Field(
        description="the values with which it has ended well"
    )
    bad: Annotated[tuple[Text, ...], Field(min_length=1, strict=False)] = Field(
        description="the values with which it has ended badly"
    )
    reasons: Annotated[tuple[str, ...], Field(strict=False)] = Field(
        default=(), description="the fields that say why it ended badly"
    )

    @model_validator(mode="after")
    def _good_is_not_bad(self) -> Self:
        if both := [value for value in self.good if value in self.bad]:
            msg = f"{both[0]!r} is good and bad"
            raise ValueError(msg)
        return self


class ConceptSpec(Spec):
    """A shape of data, with its fields in order."""

    id: Id
    label: Text
    description: Text
    class_name: Annotated[str, Field(pattern=r"^[A-Z][A-Za-z0-9]*$")] | None = Field(
        default=None, description="what a host written in Python calls its class; made from the id where it is left out"
    )
    overview: Annotated[tuple[str, ...], Field(strict=False)] = Field(
        default=(), description="the fields that a table for people shows; all where it is left out"
    )
    newest_by: Annotated[tuple[str, ...], Field(strict=False)] = Field(
        default=(),
        description="the datetime fields by which one of several is the newest: the first that has a value counts",
    )
    outcome: OutcomeSpec | None = Field(
        default=None, description="for an item that goes on changing at the service: when it has ended, and how"
    )
    fields: Annotated[tuple[FieldSpec, ...], Field(min_length=1, strict=False), AfterValidator(_distinct)]

    @model_validator(mode="after")
    def _names_are_fields(self) -> Self:
        known = [field.id for field in self.fields]
        named = () if self.outcome is None else (self.outcome.identifier, self.outcome.field, *self.outcome.reasons)
        if unknown := [name for name in named if name not in known]:
            msg = f"the outcome names {unknown[0]!r}; allowed: {', '.join(known)}"
            raise ValueError(msg)
        if unknown := [name for name in self.overview if name not in known]:
            msg = f"the overview names {unknown[0]!r}; allowed: {', '.join(known)}"
            raise ValueError(msg)
        dates = [field.id for field in self.fields if field.type.scalar == "datetime" and not field.is_list]
        if unknown := [name for name in self.newest_by if name not in dates]:
            msg = f"newest_by names {unknown[0]!r}; allowed: {', '.join(dates) or 'nothing, as no field is a datetime'}"
            raise ValueError(msg)
        return self

    @property
    def phrase(self) -> str:
        """The id as words; this is the concept's name in the type language."""
        return self.id.replace("_", " ")

    def field(self, name: str) -> FieldSpec | None:
        """Find a field by its id or its words, in any case."""
        wanted = "_".join(name.lower().split())
        return next((field for field in self.fields if field.id == wanted), None)


class Manifest(Spec):
    """A whole connector.yaml."""

    id: Id
    name: Text
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    description: Text
    author: Text | None = Field(default=None, description="for a catalogue of connectors: who made it")
    tags: Annotated[tuple[Text, ...], Field(strict=False)] = Field(
        default=(), description="for a catalogue of connectors: the kinds of work it belongs to"
    )
    icon: Text | None = Field(default=None, description="for a catalogue of connectors: a picture in its package")
    connection: Annotated[
        tuple[ConnectionMethodSpec, ...], Field(min_length=1, strict=False), AfterValidator(_distinct)
    ]
    connection_options: Annotated[
        tuple[FieldSpec, ...], Field(strict=False), AfterValidator(_distinct), AfterValidator(_all_optional)
    ] = Field(default=(), description="optional fields of every connection method, which a form need not show at once")
    actions: Annotated[tuple[ActionSpec, ...], Field(min_length=1, strict=False), AfterValidator(_distinct)]
    concepts: Annotated[tuple[ConceptSpec, ...], Field(strict=False), AfterValidator(_distinct)] = ()

    @model_validator(mode="after")
    def _shortcuts_lead_somewhere(self) -> Self:
        for action in self.actions:
            concept = next((c for c in self.concepts if c.phrase == action.output.type.concept), None)
            filtered = concept.fields if concept is not None and action.filterable else ()
            known = [field.id for field in (*action.inputs, *filtered)]
            if unknown := [id_ for id_ in action.shortcuts.values() if id_ not in known]:
                msg = f"a shortcut of {action.id} names {unknown[0]!r}; allowed: {', '.join(known) or 'nothing'}"
                raise ValueError(msg)
        return self

    def action(self, id_: str) -> ActionSpec | None:
        """Find an action by its id."""
        return next((action for action in self.actions if action.id == id_), None)

    def connection_fields(self, method: ConnectionMethodSpec) -> tuple[FieldSpec, ...]:
        """Return everything that a connection of a method can hold."""
        return (*method.fields, *self.connection_options)

    def method(self, id_: str) -> ConnectionMethodSpec | None:
        """Find a connection method by its id."""
        return next((method for method in self.connection if method.id == id_), None)

    def concept(self, type_: Type) -> ConceptSpec:
        """Return the concept at the core of a type; loading made sure that it is declared."""
        return next(concept for concept in self.concepts if concept.phrase == type_.concept)
