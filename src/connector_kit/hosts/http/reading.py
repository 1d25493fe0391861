"""Read what a request says before any of it is understood: its JSON, its key, and the form of answer that it wants."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from starlette.requests import ClientDisconnect, Request

from connector_kit import ActionSpec, InputError, Problem
from connector_kit.hosts.http.problems import Refusal

BODY_LIMIT = 256 * 1024
NDJSON = "application/x-ndjson"
KEY_HEADER = "Idempotency-Key"
_BODY_SECONDS = 30
_JSON_TYPE = re.compile(r"application/([\w.-]+\+)?json")
_QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')


async def document_of(request: Request) -> Any:
    """Return the JSON of a request; a request without a body asks for what needs no inputs.

    Raises:
        Refusal: if it is too large, comes too slowly, is not JSON, or one name stands twice in it.
    """
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            body = await _body(request)
    except TimeoutError:
        raise Refusal("bad_request", "The request did not come to its end in time. Nothing was done.") from None
    except ClientDisconnect:
        raise Refusal("bad_request", "The request was broken off. Nothing was done.") from None
    if not body:
        return {}
    _check_type(request.headers.get("content-type", ""))
    try:
        # The mark at the beginning is what some programs on Windows write.
        text = body.decode("utf-8-sig")
        return json.loads(text, object_pairs_hook=_distinct, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Refusal("bad_request", "The request is not JSON in UTF-8. Nothing was done.") from None


async def _body(request: Request) -> bytes:
    length = request.headers.get("content-length", "0")
    pieces = bytearray()
    # Refused before it is read, and all the same where the length was not told or is not true.
    if len(length) <= 12 and length.isdigit() and int(length) <= BODY_LIMIT:
        async for piece in request.stream():
            pieces += piece
            if len(pieces) > BODY_LIMIT:
                break
        else:
            return bytes(pieces)
    raise Refusal("too_large", f"A request may hold {BODY_LIMIT:,} bytes at most. Nothing was done.")


def _check_type(content_type: str) -> None:
    media_type, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charset = next((p.partition("=")[2].strip('"') for p in parameters if p.startswith("charset=")), "utf-8")
    if not _JSON_TYPE.fullmatch(media_type) or charset not in ("utf-8", "utf8", "us-ascii"):
        message = "Send JSON in UTF-8, with the header Content-Type: application/json. Nothing was done."
        raise Refusal("unsupported_media_type", message, {"accept": "application/json"})


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Refusal("bad_request", "One name stands twice in one object of the request. Nothing was done.")
    return found


def _no_constant(name: str) -> NoReturn:
    raise Refusal("bad_request", f"{name} is not JSON. Nothing was done.")


def key_of(request: Request) -> str | None:
    """Return the key of a request: a quoted text, as the header's draft standard has it, or a plain one.

    Raises:
        Refusal: if there are two, or it is no text.
    """
    given = request.headers.getlist(KEY_HEADER)
    if not given:
        return None
    text = given[0].strip()
    if quoted := _QUOTED.fullmatch(text):
        text = re.sub(r"\\(.)", r"\1", quoted[1])
    if len(given) > 1 or not text or not text.isascii() or not text.isprintable():
        message = f"Give one {KEY_HEADER}, made of letters, digits and signs of ASCII. Nothing was done."
        raise Refusal("bad_request", message)
    return text


def with_key(action: ActionSpec, document: Any, key: str | None) -> Any:
    """Put the key of the header where the action takes it. Reads need none: they may be repeated.

    Raises:
        InputError: if the action takes none, or the document holds another one.
    """
    if key is None or not action.mutation or not isinstance(document, Mapping):
        return document
    name = action.idempotency_key
    if name is None:
        fault = f"{action.label} takes no key, so a repetition would act again. Leave it out"
        raise InputError("Nothing was done.", problems=[Problem(KEY_HEADER, fault)])
    if document.get(name) not in (None, key):
        fault = f"is not the {name} of the document. Give the key once, or twice the same"
        raise InputError("Nothing was done.", problems=[Problem(KEY_HEADER, fault)])
    return {**document, name: key}


def wants_stream(request: Request, action: ActionSpec) -> bool:
    """Whether the items are to be sent one by one, a line each.

    Raises:
        Refusal: if only that is accepted, and the action gives back one value.
    """
    accepted = [part.partition(";")[0].strip().lower() for part in request.headers.get("accept", "").split(",")]
    if NDJSON not in accepted:
        return False
    if action.output.type.is_list:
        return True
    if not {"application/json", "application/*", "*/*"} & set(accepted):
        message = f"{action.label} gives back one value, as application/json. Nothing was done."
        raise Refusal("not_acceptable", message)
    return False
