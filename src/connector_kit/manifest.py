"""The model of a connector.yaml: what it may say. ``loading`` reads one and explains its faults."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)

from connector_kit.types import PATTERN, SCALARS, Type

_ID = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def _identifier(text: str) -> str:
    if not _ID.fullmatch(text):
        msg = f"{text!r} is not an id; write lower-case words joined by _, such as sender_number"
        raise ValueError(msg)
    return text


def _filled(text: str) -> str:
    if not text.strip():
        msg = "is empty; write a text"
        raise ValueError(msg)
    return text


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as exc:
        msg = f"is not a regular expression: {exc}"
        raise ValueError(msg) from None
    return text


def _phrase(text: str) -> str:
    plain = text.replace("*", "").replace("(", "").replace(")", "")
    balanced = text.count("*") % 2 == 0 and text.count("(") == text.count(")") <= 1
    if not balanced or not re.fullmatch(r"to [a-z]+( \w+)+", plain):
        msg = f"{text!r} is not a phrase; write it like: to read some (*SMS* messages)"
        raise ValueError(msg)
    return text


def _type(value: object, info: ValidationInfo) -> Type:
    if isinstance(value, Type):
        return value
    if not isinstance(value, str):
        msg = "is not a type; write it as text, such as optional[text]"
        raise ValueError(msg)  # noqa: TRY004 - pydantic collects ValueErrors, a TypeError would escape it
    type_ = Type.parse(value)
    known = (info.context or {}).get("concepts")
    if known is not None and type_.concept is not None and type_.concept not in known:
        allowed = ", ".join([*SCALARS, *sorted(known), "optional[...]", "list[...]"])
        msg = f"{type_.concept!r} is not a type or a concept of this manifest; allowed: {allowed}"
        raise ValueError(msg)
    return type_


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


Id = Annotated[str, AfterValidator(_identifier), Field(description="lower-case words joined by _")]
Text = Annotated[str, AfterValidator(_filled)]
TypeText = Annotated[
    Type, BeforeValidator(_type), PlainSerializer(str), WithJsonSchema({"type": "string", "pattern": PATTERN})
]


class _Spec(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class FieldSpec(_Spec):
    """One field of a connection, of an action's inputs or of a concept."""

    id: Id
    label: Text = Field(default="", description="how a person sees it; made from the id where it is left out")
    description: Text
    type: TypeText
    integer: bool = Field(default=False, description="for a number: only whole numbers occur")
    min_length: int | None = Field(default=None, ge=0, description="for a text: the fewest characters")
    max_length: int | None = Field(default=None, ge=1, description="for a text: the most characters")
    pattern: Annotated[str, AfterValidator(_pattern)] | None = Field(
        default=None, description="for a text: what the whole of it must match"
    )
    advice: Text | None = Field(default=None, description="what to do when the pattern or a length does not hold")
    format: Literal["phone_number"] | None = Field(
        default=None, description="for a text: phone_number takes digits that a spreadsheet made a number of, too"
    )
    words: dict[str, Text] = Field(default={}, description="what a value means, in plain words, for people")

    @model_validator(mode="before")
    @classmethod
    def _derive_label(cls, data: Any) -> Any:
        if isinstance(data, dict) and "label" not in data and isinstance(data.get("id"), str):
            return {**data, "label": data["id"].replace("_", " ").capitalize()}
        return data

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        if self.integer and self.type.scalar != "number":
            msg = "integer goes with a number only"
            raise ValueError(msg)
        rules = (self.min_length, self.max_length, self.pattern)
        if any(rule is not None for rule in rules) and self.type.scalar not in ("text", "sensitive"):
            msg = "min_length, max_length and pattern go with text only"
            raise ValueError(msg)
        if self.format is not None and self.type.scalar != "text":
            msg = "format goes with text only"
            raise ValueError(msg)
        if self.pattern is not None and self.advice is None:
            msg = "a pattern needs an advice that tells a person what to write"
            raise ValueError(msg)
        return self

    @property
    def phrase(self) -> str:
        """The id as words, as a sentence uses them: ``sender number``."""
        return self.id.replace("_", " ")

    @property
    def is_list(self) -> bool:
        """Whether its values are lists, or null."""
        return self.type.is_list or (self.type.inner is not None and self.type.inner.is_list)

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return not self.type.is_optional


class ConnectionMethodSpec(_Spec):
    """One way to connect: its fields are what a form asks for."""

    id: Id
    label: Text
    description: Text
    fields: Annotated[tuple[FieldSpec, ...], Field(min_length=1, strict=False), AfterValidator(_distinct)]


class ExampleSpec(_Spec):
    """An automation in English that uses the action."""

    title: Text
    automation: Text


class OutputSpec(_Spec):
    """What an action gives back."""

    type: TypeText
    description: Text


class ActionSpec(_Spec):
    """One thing the connector can do."""

    id: Id
    label: Text
    description: Text
    phrase: Annotated[str, AfterValidator(_phrase)]
    mutation: bool = Field(description="true if it changes something or costs money; false if it only reads")
    filterable: bool = False
    pageable: bool = False
    inputs: Annotated[tuple[FieldSpec, ...], Field(strict=False), AfterValidator(_distinct)] = ()
    output: OutputSpec
    idempotency_key: str | None = Field(
        default=None, description="the input that holds a key: calls with one key act at most once"
    )
    dry_run: str | None = Field(default=None, description="the input that, when true, only shows what would be done")
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
        reserved = ["filter"] * self.filterable + ["limit", "offset"] * self.pageable
        if taken := [field.id for field in self.inputs if field.id in reserved]:
            msg = f"{taken[0]!r} cannot be an input here; the action has it already"
            raise ValueError(msg)
        return self


class ConceptSpec(_Spec):
    """A shape of data, with its fields in order."""

    id: Id
    label: Text
    description: Text
    overview: Annotated[tuple[str, ...], Field(strict=False)] = Field(
        default=(), description="the fields that a table for people shows; all where it is left out"
    )
    fields: Annotated[tuple[FieldSpec, ...], Field(min_length=1, strict=False), AfterValidator(_distinct)]

    @model_validator(mode="after")
    def _overview_has_fields(self) -> Self:
        known = [field.id for field in self.fields]
        if unknown := [name for name in self.overview if name not in known]:
            msg = f"the overview names {unknown[0]!r}; allowed: {', '.join(known)}"
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


class Manifest(_Spec):
    """A whole connector.yaml."""

    id: Id
    name: Text
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    description: Text
    connection: Annotated[
        tuple[ConnectionMethodSpec, ...], Field(min_length=1, strict=False), AfterValidator(_distinct)
    ]
    connection_options: Annotated[
        tuple[FieldSpec, ...], Field(strict=False), AfterValidator(_distinct), AfterValidator(_all_optional)
    ] = Field(default=(), description="optional fields of every connection method, which a form need not show at once")
    actions: Annotated[tuple[ActionSpec, ...], Field(min_length=1, strict=False), AfterValidator(_distinct)]
    concepts: Annotated[tuple[ConceptSpec, ...], Field(strict=False), AfterValidator(_distinct)] = ()

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
