"""Check a call or a connection against the manifest and bring its values to one form, before anything leaves the machine."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from connector_kit.errors import InputError, Problem
from connector_kit.filters import Filter, prepare, speakable
from connector_kit.manifest import ActionSpec, FieldSpec, Manifest
from connector_kit.types import mismatch
from connector_kit.values import ActionCall, Connection

_HALF = re.compile("[\ud800-\udfff]")
_MOST = 10**12  # more items than any service lists
_EXACT = 2**53  # a float, which hosts read numbers as, holds whole numbers up to here exactly
# RFC 1123, section 2.1, and the underscore that some internal names have; RFC 1035, section 2.3.4, for the lengths.
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_LONGEST_HOST = 253
# What comes along when a value is copied from a page or a mail: blanks of every kind, marks without a width, quotes.
_AROUND = " \t\r\n\v\f\N{NO-BREAK SPACE}\u200b\u200c\u200d\u2060\ufeff"
_QUOTES = {'"': '"', "'": "'", "`": "`", "\u201c": "\u201d", "\u2018": "\u2019", "\u201e": "\u201c", "\u00ab": "\u00bb"}


def checked_call(manifest: Manifest, call: ActionCall, zone: tzinfo) -> tuple[ActionSpec, ActionCall]:
    """Return the action and the call with every input present, datetimes in UTC and the filter prepared.

    Raises:
        InputError: with everything that is wrong at once.
    """
    action = manifest.action(call.action)
    if action is None:
        known = ", ".join(a.id for a in manifest.actions)
        raise InputError(f"{manifest.name} has no action {call.action!r}. It has: {known}.")
    given = {name: _spelled(action, name, value) for name, value in call.inputs.items()}
    problems = [*_paging_problems(action, call), *_input_problems(action.inputs, given, action.label)]
    tree = _prepared_filter(manifest, action, call.filter, zone, problems)
    if problems:
        raise InputError(f"{action.label}: the request needs a change. Nothing was sent.", problems=problems)
    inputs = {field.id: _in_utc(given.get(field.id), zone) for field in action.inputs}
    return action, replace(call, inputs=MappingProxyType(inputs), filter=tree)


def checked_connection(manifest: Manifest, connection: Connection) -> Connection:
    """Return the connection with cleaned values, its sensitive ones wrapped.

    Raises:
        InputError: with everything that is wrong at once.
    """
    method = manifest.method(connection.method)
    if method is None:
        known = ", ".join(m.id for m in manifest.connection)
        raise InputError(f"{manifest.name} cannot be connected by {connection.method!r}. It has: {known}.")
    values = {name: cleaned(value) for name, value in connection.values.items()}
    fields = manifest.connection_fields(method)
    blank = [field for field in fields if field.required and values.get(field.id) == ""]
    problems = [Problem(field.id, f"{field.label} is blank; fill it in") for field in blank]
    filled = [field for field in fields if field not in blank]
    problems += _input_problems(filled, {k: v for k, v in values.items() if v != ""}, method.label)
    if connection.base_url is not None and (fault := _address_fault(connection.base_url)):
        problems.append(Problem("base_url", fault))
    if problems:
        message = f"The connection {connection.name!r} to {manifest.name} needs a change. Nothing was sent."
        raise InputError(message, problems=problems)
    given = [field for field in fields if values.get(field.id) not in (None, "")]
    wrapped = {f.id: SecretStr(values[f.id]) if f.type.scalar == "sensitive" else values[f.id] for f in given}
    return replace(connection, values=MappingProxyType(wrapped))


def _value_problem(field: FieldSpec, value: object) -> Problem | None:
    """Say what to change about a value for a field, without repeating it; None if it is fine."""
    # First: a value that is recognisably something else may well have the form of this field too.
    hint = next((hint for hint in field.hints if isinstance(value, str) and re.search(hint.match, value)), None)
    if hint is not None:
        return Problem(field.id, hint.message, clear=hint.clear)
    fault = _value_fault(field, value)
    return None if fault is None else Problem(field.id, fault)


def _value_fault(field: FieldSpec, value: object) -> str | None:
    if fault := mismatch(field.type, value):
        return fault
    if isinstance(value, int | float | Decimal) and (fault := _number_fault(field, value)):
        return fault
    if any(_HALF.search(text) for text in _texts(value)):
        return "holds half a character, as an emoji cut in two does; write it again"
    if not isinstance(value, str):
        return None
    if field.min_length is not None and len(value) < field.min_length:
        return field.advice or f"is too short; write at least {field.min_length} characters"
    if field.max_length is not None and len(value) > field.max_length:
        return f"is too long: {len(value)} characters of at most {field.max_length}; shorten it"
    if field.pattern is not None and not re.fullmatch(field.pattern, value):
        return field.advice
    return None


def _number_fault(field: FieldSpec, value: float | Decimal) -> str | None:
    if (field.integer or not isinstance(value, float)) and not -_EXACT <= value <= _EXACT:
        return "is too large a number"
    return "give a whole number" if field.integer and value != int(value) else None


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def _input_problems(fields: Iterable[FieldSpec], values: Mapping[str, Any], owner: str) -> list[Problem]:
    fields = tuple(fields)
    known = [field.id for field in fields]
    takes = f"It takes: {', '.join(field.phrase for field in fields)}" if fields else "It takes no inputs"
    problems = [
        Problem(speakable(name), f"{owner} has no such input. {takes}.") for name in values if name not in known
    ]
    for field in fields:
        if field.id not in values and field.required:
            problems.append(Problem(field.id, "is missing. Please provide it."))
        elif problem := _value_problem(field, values.get(field.id)):
            problems.append(problem)
    return problems


def _spelled(action: ActionSpec, name: str, value: object) -> object:
    """Spell a phone number that a spreadsheet or YAML made a number of as its digits."""
    field = next((field for field in action.inputs if field.id == name), None)
    if field is None or field.format != "phone_number" or isinstance(value, bool):
        return value
    if not isinstance(value, int | float | Decimal):
        return value
    if isinstance(value, Decimal) and not value.is_finite():
        return value
    # Compared before it is made whole, which neither infinity nor a number beyond all bounds can be.
    return str(int(value)) if 0 < value < _EXACT and value == int(value) else value


def _paging_problems(action: ActionSpec, call: ActionCall) -> Iterator[Problem]:
    for name, value, unset in (("limit", call.limit, None), ("offset", call.offset, 0)):
        if value is None or (value == unset and type(value) is int):
            continue
        if not action.pageable:
            yield Problem(name, f"{action.label} takes no {name}")
        elif isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST:
            yield Problem(name, f"give a whole number from 0 to {_MOST}")


def _prepared_filter(
    manifest: Manifest, action: ActionSpec, tree: Filter | None, zone: tzinfo, problems: list[Problem]
) -> Filter | None:
    if tree is None:
        return None
    if not action.filterable:
        problems.append(Problem("filter", f"{action.label} takes no filter"))
        return None
    try:
        return prepare(tree, manifest.concept(action.output.type), zone)
    except InputError as exc:
        problems.extend(exc.problems)
        return None


def _in_utc(value: object, zone: tzinfo) -> object:
    if not isinstance(value, datetime):
        return value
    try:
        return (value if value.utcoffset() is not None else value.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        raise InputError("A date in the request is too far away. Nothing was sent.") from None


def cleaned(value: object) -> Any:
    """Unwrap and tidy a value of a connection: what is pasted brings blanks, marks and quotes that no credential contains."""
    plain = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not isinstance(plain, str):
        return plain
    text = unicodedata.normalize("NFC", plain).strip(_AROUND)
    quoted = len(text) > 1 and _QUOTES.get(text[0]) == text[-1]
    return text[1:-1].strip(_AROUND) if quoted else text


def _address_fault(address: str) -> str | None:
    """Only https leaves the machine: the credentials travel in a header."""
    if not isinstance(address, str) or not re.fullmatch(r"[!-?A-~]+", address):
        return "is not an address; write it like https://api.example.com"
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is not an address; write it like https://api.example.com"
    if not host or parts.query or parts.fragment or parts.path not in ("", "/"):
        return "is not a plain address; write it like https://api.example.com, with nothing behind the name"
    if not _is_host(parts.netloc, host):
        return "is not an address; write it like https://api.example.com"
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host)):
        return None
    return "must start with https:// (http:// is for this machine only: 127.0.0.1, ::1 or localhost)"


def _is_host(netloc: str, host: str) -> bool:
    """Tell whether a host is an IP address or a name that can be looked up: what is not fails later, when something is sent."""
    try:
        if netloc.startswith("["):
            return bool(re.fullmatch(r"\[[^%]*\](:[0-9]*)?", netloc) and ipaddress.IPv6Address(host))
        if re.fullmatch("[0-9.]+", host):
            return bool(ipaddress.IPv4Address(host))
        # Names in other alphabets are written as xn--..., of which not every one is a name.
        host.encode().decode("idna")
    except ValueError:
        return False
    labels = host.removesuffix(".").split(".")
    return len(host) <= _LONGEST_HOST and all(_LABEL.fullmatch(label) for label in labels)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
