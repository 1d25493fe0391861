"""The values that travel between hosts, the engine and handlers: frozen, and silent about what they hold when printed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Protocol

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainSerializer, SecretStr

from connector_kit.filters import Filter
from connector_kit.types import in_utc, parse_instant

DEFAULT_CONNECTION = "default"


def _exact_number(value: object) -> object:
    if isinstance(value, str | bool):
        msg = "give a number"
        raise ValueError(msg)  # noqa: TRY004 - pydantic collects ValueErrors, a TypeError would escape it
    return Decimal(repr(value)) if isinstance(value, int | float) else value


def _whole_number(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _instant(value: object) -> object:
    return parse_instant(value) if isinstance(value, str) else value


# The types that a concept model's fields are made of, beside str and bool; each accepts what the type's JSON Schema accepts.
# JSON has one kind of number and every host reads it as a double; the exact decimal stays exact in Python.
JSON_NUMBER = PlainSerializer(float, return_type=float, when_used="json")
ExactNumber = Annotated[Decimal, BeforeValidator(_exact_number), JSON_NUMBER]
WholeNumber = Annotated[int, BeforeValidator(_whole_number)]
Instant = Annotated[datetime, BeforeValidator(_instant), AfterValidator(in_utc)]


class Concept(BaseModel):
    """The base of every concept model: frozen, and neither its errors nor its repr repeat the data it holds."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", hide_input_in_errors=True)

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Print the class alone: a message holds numbers and a body."""
        return iter(())

    __str__ = BaseModel.__repr__


# Compared by identity: two connections with one content are two runs, and comparing would touch secrets.
@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Connection:
    """The filled-in fields of one connection method, under a name.

    ``base_url`` replaces the service's own address, for a local stand-in or a proxy: https, or http on this machine only.
    """

    method: str
    values: Mapping[str, Any]
    name: str = DEFAULT_CONNECTION
    base_url: str | None = None

    def __repr__(self) -> str:
        return f"Connection(method={self.method!r}, values=***, name={self.name!r})"

    def secret(self, field_id: str) -> SecretStr:
        """Return a sensitive field, still wrapped."""
        value = self.values[field_id]
        return value if isinstance(value, SecretStr) else SecretStr(value)

    def get(self, field_id: str) -> Any:
        """Return the value of a field that may have been left out, or None."""
        return self.values.get(field_id)


@dataclass(frozen=True, slots=True)
class ActionCall:
    """One request to do one thing: what every host makes, and the only thing ``Connector.run`` takes."""

    action: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    filter: Filter | None = None
    limit: int | None = None
    offset: int = 0
    connection: str = DEFAULT_CONNECTION

    def __repr__(self) -> str:
        names = ", ".join(sorted(str(name) for name in self.inputs))
        return f"ActionCall({self.action!r}, inputs=({names}), connection={self.connection!r})"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something worth knowing about a call that went well: a stable code and a sentence."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Result:
    """How a call ended well.

    ``more`` says whether a read stopped although there is more: True, False, or None where nobody looked. A dry run has no
    output, only a ``preview`` of what would be done.
    """

    output: Any = field(repr=False)
    notices: tuple[Notice, ...] = ()
    more: bool | None = None
    preview: Mapping[str, Any] | None = field(default=None, repr=False)

    def to_json(self) -> dict[str, Any]:
        """Return the one JSON form in which every host shows a result."""
        output = self.output
        if isinstance(output, list):
            output = [item.model_dump(mode="json") for item in output]
        notices = [{"code": notice.code, "message": notice.message} for notice in self.notices]
        preview = {} if self.preview is None else {"preview": dict(self.preview)}
        return {"output": output, "notices": notices, "more": self.more, **preview}


@dataclass(frozen=True, slots=True)
class Streamed:
    """How a streamed read ended well: how many items were handed out."""

    count: int


@dataclass(frozen=True, slots=True)
class Others:
    """What is known of other calls that do the same: the outputs that are theirs, and whether some may yet come to have one."""

    taken: AbstractSet[str] = frozenset()
    undecided: bool = False


Known = Callable[[], Others]


class Session(Protocol):
    """A live connection, as ``connector_open`` returns it."""

    @property
    def identity(self) -> str:
        """What it is connected to: the same text for the same account, however one connects."""

    def check(self) -> None:
        """Ask the service whether the credentials work; raise a ConnectorError if not."""

    def recover(self, call: ActionCall, began: datetime, known: Known) -> Result:
        """Find out what a mutation that began then, and whose end nobody saw, has done. Never carry it out again.

        ``known`` tells about other calls that do the same. Ask it anew after each look: what was seen and is not ``taken`` is
        this call's only if none of the others is ``undecided`` then.

        Raises:
            OutcomeUnknownError: with what was looked for and when to look again. Finding nothing does not prove that it was
                not carried out.
        """

    def canonical(self, call: ActionCall) -> Mapping[str, Any]:
        """Return a call's inputs in one spelling: those of two calls are equal exactly if they do the same."""

    def close(self) -> None:
        """Let go of sockets and files."""


class Handler(Protocol):
    """The function behind an action, as ``connector_bind`` returns it.

    An action whose output is a list yields Concept instances lazily, newest first or in the service's own order, at least all
    that pass ``call.filter``; the engine filters, skips and stops. Any other action returns a Result.
    """

    def __call__(self, session: Any, call: ActionCall, /) -> Result | Iterator[Concept]:
        """Carry out a checked call."""
