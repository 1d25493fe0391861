"""Turn Twilio's JSON into SMS messages. Pure: no network, no clock.

Facts: Twilio's OpenAPI document (schema api.v2010.account.message) and recorded answers of 2015 to 2023. Twilio sends numbers as
texts, dates as RFC 2822, and null where the contract has a plain text.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from connector_kit import JSON_NUMBER, ContractError, Problem
from twilio_connector.models import SmsMessage

_Model = TypeVar("_Model", bound=BaseModel)
_MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name: f"{number:02}" for number, name in enumerate(_MONTH_NAMES, start=1)}
_LAYOUT = len("Fri, 24 May 2019 17:18:27 +0000")
_SHOWN = 10  # faults of one answer that an error names; a drift of the API would otherwise name thousands


class NotJsonError(ValueError):
    """The bytes are not JSON: cut off on the way, or written by something that is not Twilio's API."""


@lru_cache(maxsize=1024)
def _iso_day(text: str) -> str | None:
    """Turn ``24 May 2019`` into ``2019-05-24T``; None if it is anything else. A page has few days."""
    day, month, year = text[:2], _MONTHS.get(text[3:6]), text[7:]
    return f"{year}-{month}-{day}T" if month and (day + year).isdigit() else None


def _parsed_date(text: str) -> datetime:
    # Dates are most of the work of reading a message, and the standard parser takes ten times as long as this way around.
    plain = len(text) == _LAYOUT and text.endswith(" +0000") and text[19] == text[22] == ":"
    if plain and (day := _iso_day(text[5:16])):
        return datetime.fromisoformat(f"{day}{text[17:25]}+00:00")
    try:
        parsed = parsedate_to_datetime(text)
        # RFC 2822 writes "-0000" for a UTC time of an unknown zone, which Python returns as naive.
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except OverflowError:
        raise ValueError("is too far away") from None


def _date(value: object) -> object:
    if value is None or isinstance(value, str):
        return None if value is None else _parsed_date(value)
    raise ValueError("is not a date")


def _empty_for_null(value: object) -> object:
    return "" if value is None else value


_Date = Annotated[datetime, BeforeValidator(_date)]
_Text = Annotated[str, BeforeValidator(_empty_for_null)]


class _TwilioMessage(SmsMessage):
    """The same message, read from Twilio's names and types in one pass."""

    model_config = ConfigDict(strict=False)

    sender_number: str | None = Field(validation_alias="from")
    recipient_number: str | None = Field(validation_alias="to")
    price: Annotated[Decimal, JSON_NUMBER] | None
    account_sid: _Text
    num_media: int
    # The oldest records lack it altogether, which says the same as null.
    messaging_service_sid: _Text = ""
    date_sent: _Date | None
    date_created: _Date | None
    date_updated: _Date | None
    price_unit: _Text
    error_code: int | None


_TwilioMessage.__name__ = _TwilioMessage.__qualname__ = SmsMessage.__name__
_TWILIO_NAMES = {field.validation_alias: name for name, field in _TwilioMessage.model_fields.items()}


class Page(BaseModel):
    """One page of a list. ``next_page_uri`` must be there: taking its absence for the end could lose messages."""

    model_config = ConfigDict(hide_input_in_errors=True)

    messages: list[_TwilioMessage]
    next_page_uri: str | None


class Receipt(BaseModel):
    """What counts of the answer to a create: nothing else in it may turn a sent SMS into an error."""

    model_config = ConfigDict(hide_input_in_errors=True)

    sid: str = Field(min_length=1)
    status: Any = None


def page(content: bytes) -> Page:
    """Read a page of a list.

    Raises:
        NotJsonError: if it is not JSON.
        ContractError: naming every field that does not fit.
    """
    return _read(Page, content)


def sms_message(document: dict[str, Any]) -> SmsMessage:
    """Read one message from Twilio's JSON object.

    Raises:
        ContractError: naming every field that does not fit.
    """
    return sms_message_from_bytes(json.dumps(document).encode())


def sms_message_from_bytes(content: bytes) -> SmsMessage:
    """Read one message from an answer's bytes.

    Raises:
        NotJsonError: if it is not JSON.
        ContractError: naming every field that does not fit.
    """
    return _read(_TwilioMessage, content)


def receipt(content: bytes) -> Receipt:
    """Read the SID and status of a created message.

    Raises:
        NotJsonError: if it is not JSON.
        ContractError: if there is no SID.
    """
    return _read(Receipt, content)


def _read(model: type[_Model], content: bytes) -> _Model:
    # Errors are raised after the except block: chained or as context, pydantic's would carry the data along.
    found = _validated(model, content)
    if isinstance(found, ValidationError) and _errors(found)[0]["type"] == "json_invalid":
        found = _validated(model, _with_whole_characters(content))
    if isinstance(found, ValidationError):
        raise _contract_error(found)
    return found


def _validated(model: type[_Model], content: bytes) -> _Model | ValidationError:
    try:
        return model.model_validate_json(content)
    except ValidationError as exc:
        return exc


def _errors(exc: ValidationError) -> list[Any]:
    return list(exc.errors(include_url=False, include_input=False, include_context=False))


def _with_whole_characters(content: bytes) -> bytes:
    r"""Replace halves of a character, such as ``\ud83d`` alone, by U+FFFD: JSON allows them and carriers cut texts there."""
    document = _loaded(content)
    if document is None:
        msg = "the answer is not JSON"
        raise NotJsonError(msg)
    text = json.dumps(document, ensure_ascii=False)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def _loaded(content: bytes) -> Any:
    """Return what JSON says, or None if it is not JSON. The parser's error stays here: it holds the whole document."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _contract_error(exc: ValidationError) -> ContractError:
    errors = _errors(exc)
    problems = [_problem(error["loc"], error["type"], error["msg"]) for error in errors[:_SHOWN]]
    if len(errors) > _SHOWN:
        problems.append(Problem("", f"and {len(errors) - _SHOWN} more"))
    return ContractError(
        "Twilio's answer does not fit the contract of this connector. Please report it.", problems=problems
    )


def _problem(loc: Sequence[int | str], kind: str, message: str) -> Problem:
    *where, last = loc or ("",)
    path = "".join(f"[{part}]" if isinstance(part, int) else str(part) for part in where)
    field = _TWILIO_NAMES.get(str(last), str(last))
    # A value error's own text may repeat the value.
    return Problem(f"{path}.{field}".lstrip("."), "cannot be read" if kind == "value_error" else message.lower())
