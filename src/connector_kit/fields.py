"""One field of a connection, of an action or of a concept, and the small types that a manifest is written in."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

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
_NAME = re.compile(r"[a-z][a-z0-9-]*( [a-z][a-z0-9-]*)*")


def _identifier(text: str) -> str:
    if not _ID.fullmatch(text):
        msg = f"{text!r} is not an id; write lower-case words joined by _, such as sender_number"
        raise ValueError(msg)
    return text


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        msg = f"{text!r} is not a name; write lower-case words, such as text message"
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


Id = Annotated[str, AfterValidator(_identifier), Field(description="lower-case words joined by _")]
Text = Annotated[str, AfterValidator(_filled)]
Names = Annotated[tuple[Annotated[str, AfterValidator(_name)], ...], Field(strict=False)]
TypeText = Annotated[
    Type, BeforeValidator(_type), PlainSerializer(str), WithJsonSchema({"type": "string", "pattern": PATTERN})
]


class Spec(BaseModel):
    """The base of everything in a manifest: frozen, and without room for what it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class HintSpec(Spec):
    """What to say about a value that is recognisably something else, such as the secret in the field of the account."""

    match: Annotated[str, AfterValidator(_pattern)] = Field(description="what such a value matches, anywhere in it")
    message: Text
    clear: bool = Field(default=False, description="true if the value may be a secret that must not be shown again")


class LiteralSpec(Spec):
    """What a text must look like where an automation in English holds the text itself, and not the name of a fact."""

    match: Annotated[str, AfterValidator(_pattern)] = Field(description="what the whole of the text must match")
    advice: Text = Field(description='what to say of one that does not, as in: is not a colour. Write it like "red"')


class FieldSpec(Spec):
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
    help: Text | None = Field(
        default=None, description="for a form: where to find the value, in place of the description"
    )
    hints: Annotated[tuple[HintSpec, ...], Field(strict=False)] = Field(
        default=(),
        description="for a text: values that are recognisably something else; the first that matches refuses the value",
    )
    identity: bool = Field(
        default=False,
        description="for a connection: says whose account it is, so that secrets do not outlive its change",
    )
    format: Literal["phone_number"] | None = Field(
        default=None, description="for a text: phone_number takes digits that a spreadsheet made a number of, too"
    )
    literal: LiteralSpec | None = Field(
        default=None, description="for a text: what it must look like where an automation in English holds it in quotes"
    )
    synonyms: Names = Field(default=(), description="other names by which an automation in English may call it")
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
        if (self.hints or any(rule is not None for rule in rules)) and self.type.scalar not in ("text", "sensitive"):
            msg = "min_length, max_length, pattern and hints go with text only"
            raise ValueError(msg)
        if (self.format is not None or self.literal is not None) and self.type.scalar != "text":
            msg = "format and literal go with text only"
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
