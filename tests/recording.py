"""Record the scenarios into cassettes/<origin>/<scenario>.yaml, scrubbed. Run it in tests/: ``python -m recording --origin sandbox``.

Origins: ``sandbox`` (this repository's), ``prism`` (needs npm ci --prefix tests/node), and ``twilio``, the real service, which
takes its account from the environment variables TWILIO_RECORD_ACCOUNT_SID, TWILIO_RECORD_AUTH_TOKEN, TWILIO_RECORD_FROM and
TWILIO_RECORD_TO and from nowhere else. Recording from twilio sends one real SMS, which costs money and reaches a person.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import httpx
import vcr
import yaml
from vcr.serializers import yamlserializer

from connector_kit import Connection, Connector, load_connector, make_plugins
from scenarios import Place, Scenario, Stage, of_origin, play
from support import BODY, RECIPIENT, ROOT, Wire
from twilio_connector import plugin
from twilio_connector.client import BASE_URL
from twilio_openapi import serving_prism
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN, OWN_NUMBER, account
from twilio_sandbox.server import serving

CASSETTES = ROOT / "cassettes"

# The first line of every cassette.
TITLES = {
    "sandbox": "# Recorded from: the sandbox of this repository (python -m twilio_sandbox).",
    "prism": "# Recorded from: Prism 5.x mocking Twilio's OpenAPI document (@twilio/cli-core 8.x).",
    "twilio": "# Recorded from: Twilio, api.twilio.com.",
}
STAND_IN = "# Recorded from: a stand-in for Twilio. Keep this out of the repository."

# What a replay uses as the account and its numbers. Those of twilio are fictional and take the place of the real ones.
PLACES = {
    "sandbox": Place(ACCOUNT_SID, AUTH_TOKEN, OWN_NUMBER, RECIPIENT, known_sid=f"SM{3:032x}"),
    "prism": Place(ACCOUNT_SID, AUTH_TOKEN, OWN_NUMBER, RECIPIENT, known_sid="SMb7c0a2ce80504485a6f653a7110836f5"),
    "twilio": Place(f"AC{2:032x}", "a-fictional-token", "+12125550101", "+12125550102"),
}

# vcrpy leaves the body out by default, and then any text would replay happily.
MATCH_ON = ("method", "scheme", "host", "path", "query", "body")
# Headers that say something about the conversation; the others differ with every machine, version and minute.
_REQUEST_HEADERS = ("accept", "content-type")
_RESPONSE_HEADERS = ("content-type", "retry-after", "twilio-request-id")

_SID = re.compile("([A-Z]{2})([0-9a-fA-F]{32})")
_NUMBER = re.compile(r"(?<![0-9A-Za-z+])(\+\d{6,15}|\d{10,15})(?![0-9A-Za-z])")
_MASKED = re.compile(r"\+?\d+X{2,}")
# NANP keeps 555-0100 to 555-0199 of every area for fiction; +1 500 555 is Twilio's range of magic numbers.
_FICTIONAL_NUMBER = re.compile(r"\+?1([2-9]\d\d55501\d\d|500555\d{4})")
_FICTIONAL_MASKED = re.compile(r"\+?1\d{3}555X{4}")
# Counted up from zero, or Twilio's own placeholder in its documentation.
_FICTIONAL_HEX = re.compile("0{16}[0-9a-f]{16}|a{32}")
# The other identifiers and numbers in the examples of Twilio's OpenAPI document, which Prism answers with.
DOCUMENTED = frozenset(
    {
        "SMb7c0a2ce80504485a6f653a7110836f5",
        "SMded05904ccb347238880ca9264e8fe1c",
        "MMc26223853f8c46b4ab7dfaa6abba0a26",
        "+14155552345",
        "+12019235161",
        "+18182008801",
        "+123456789",
        "+987654321",
    }
)


# ---- looking for what must not be in a cassette ---------------------------------------------------------------------


def leaks(text: str) -> list[str]:
    """Name everything in a cassette that could belong to a real account or person."""
    # Also as YAML reads it, since YAML may break a long text anywhere, and without percent signs.
    texts = {form for part in (text, *_strings(yaml.safe_load(text))) for form in (part, unquote(part))}
    found = set()
    for part in texts:
        found |= {f"identifier {match[0]}" for match in _SID.finditer(part) if not _is_fictional_sid(match)}
        found |= {f"phone number {match[0]}" for match in _NUMBER.finditer(part) if not _is_fictional_number(match[0])}
        found |= {f"phone number {m[0]}" for m in _MASKED.finditer(part) if not _FICTIONAL_MASKED.fullmatch(m[0])}
        if re.search(r"(?im)^[\s?'\"-]*authorization\b|\bbasic [0-9a-z+/]{8,}|\bbearer \S", part):
            found.add("authorization header")
    return sorted(found)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _strings(key)
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, str | bytes):
        yield value if isinstance(value, str) else value.decode("utf-8", "replace")


def _is_fictional_sid(match: re.Match[str]) -> bool:
    return match[0] in DOCUMENTED or _FICTIONAL_HEX.fullmatch(match[2]) is not None


def _is_fictional_number(number: str) -> bool:
    return number in DOCUMENTED or _FICTIONAL_NUMBER.fullmatch(number) is not None


# ---- replacing it ---------------------------------------------------------------------------------------------------


class Scrubber:
    """Replaces what belongs to a real account by fiction: the same by the same everywhere, so that requests and pages still match."""

    def __init__(self, real: Place) -> None:
        fiction = PLACES["twilio"]
        self._sids = {real.account_sid: fiction.account_sid}
        self._numbers = {real.sender.lstrip("+"): fiction.sender[1:], real.recipient.lstrip("+"): fiction.recipient[1:]}
        self._names: dict[str, str] = {}
        self._texts: dict[str, str] = {}

    def target(self, target: str) -> str:
        """Scrub a path with its query."""
        parts = urlsplit(target)
        query = f"?{self.pairs(parts.query)}" if parts.query else ""
        return self.plain(parts.path) + query

    def pairs(self, text: str) -> str:
        """Scrub a query or a form."""
        return urlencode([(name, self._value(name, value)) for name, value in parse_qsl(text, keep_blank_values=True)])

    def json(self, content: bytes) -> bytes:
        """Scrub a JSON document.

        Raises:
            ValueError: if it is none; what cannot be read cannot be scrubbed.
        """
        return json.dumps(self._cleaned("", json.loads(content))).encode()

    def plain(self, text: str) -> str:
        """Scrub identifiers and phone numbers wherever they stand in a text."""
        text = _SID.sub(lambda match: match[0] if _is_fictional_sid(match) else self._sid(match[0]), text)
        text = _NUMBER.sub(lambda match: self._number(match[0]), text)
        return _MASKED.sub("+1212555XXXX", text)

    def _cleaned(self, name: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._cleaned(key, item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._cleaned(name, item) for item in value]
        return self._value(name, value) if isinstance(value, str) else value

    def _value(self, name: str, value: str) -> str:
        if name.lower() == "body":
            # The text of the scenarios stays, also behind what a trial account puts before it.
            return (
                value
                if value.endswith(BODY) or not value
                else self._texts.setdefault(value, f"Text {len(self._texts) + 1}")
            )
        if name.lower() in ("from", "to") and value and not _NUMBER.search(value):
            return self._names.setdefault(value, f"Sender {len(self._names) + 1}")
        return self.target(value) if value.startswith("/2010-04-01/") else self.plain(value)

    def _sid(self, sid: str) -> str:
        return self._sids.setdefault(sid, f"{sid[:2]}{len(self._sids) + 100:032x}")

    def _number(self, number: str) -> str:
        digits = number.lstrip("+")
        if digits not in self._numbers and not _is_fictional_number(number):
            count = len(self._numbers) + 10
            self._numbers[digits] = f"1{212 + count // 100}55501{count % 100:02d}"
        return ("+" if number.startswith("+") else "") + self._numbers.get(digits, digits)


# ---- recording and replaying ----------------------------------------------------------------------------------------


class _Titled:
    """vcrpy's YAML, with a first line that says where it comes from."""

    def __init__(self, title: str) -> None:
        self._title = title

    def serialize(self, cassette: dict[str, Any]) -> str:
        text: str = yamlserializer.serialize(cassette)
        return f"{self._title}\n{text}"

    def deserialize(self, text: str) -> Any:
        return yamlserializer.deserialize(text)


def _keep_request(scrubber: Scrubber | None) -> Callable[[Any], Any]:
    def keep(request: Any) -> Any:
        parts = urlsplit(request.uri)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        request.headers = {name: request.headers[name] for name in _REQUEST_HEADERS if name in request.headers}
        if scrubber is not None:
            target = scrubber.target(target)
            request.body = scrubber.pairs((request.body or b"").decode())
        # Replays use the product's own address, wherever this was recorded from.
        request.uri = BASE_URL + target
        return request

    return keep


def _keep_response(scrubber: Scrubber | None) -> Callable[[Any], Any]:
    def keep(response: Any) -> Any:
        content = response["body"]["string"]
        headers = {name: response["headers"][name] for name in _RESPONSE_HEADERS if name in response["headers"]}
        if scrubber is not None:
            content = scrubber.json(content) if content else content
            headers = {name: [scrubber.plain(value) for value in values] for name, values in headers.items()}
        return {"status": response["status"], "headers": headers, "body": {"string": content}}

    return keep


@contextmanager
def replaying(path: Path) -> Iterator[Any]:
    """Answer the requests of this process from a cassette; one that is not in it is refused."""
    with vcr.VCR(record_mode="none", match_on=MATCH_ON).use_cassette(str(path)) as cassette:
        yield cassette


@contextmanager
def connected(place: Place, token: str | None = None, wire: Wire | None = None) -> Iterator[Connector]:
    """Open the connector at a place, as a host would do it; with ``wire`` nobody waits between two tries."""
    plugins = make_plugins([plugin] if wire is None else [plugin, wire], entry_point_group=None)
    values = {"account_sid": place.account_sid, "auth_token": token or place.auth_token}
    with load_connector("twilio", plugins=plugins) as connector:
        connector.open(Connection("auth_token", values, base_url=place.base_url))
        yield connector


def record(scenario: Scenario, origin: str, place: Place, folder: Path) -> Path:
    """Play a scenario over the network, hold it to its promise, and keep the scrubbed conversation.

    Raises:
        AssertionError: if the promise is broken; nothing is kept then.
        ValueError: if something could not be scrubbed; nothing is kept then.
    """
    real = origin == "twilio"
    scrubber = Scrubber(place) if real else None
    recorder = vcr.VCR(
        record_mode="all",
        match_on=MATCH_ON,
        filter_headers=["authorization"],
        decode_compressed_response=True,
        before_record_request=_keep_request(scrubber),
        before_record_response=_keep_response(scrubber),
        record_on_exception=False,
        serializer="titled",
    )
    # Nothing is called a recording of Twilio that came from another address.
    recorder.register_serializer("titled", _Titled(STAND_IN if real and place.base_url else TITLES[origin]))
    wire = None if real else Wire(httpx.HTTPTransport(trust_env=False))
    with TemporaryDirectory() as drafts:
        draft = Path(drafts) / "draft.yaml"
        with recorder.use_cassette(str(draft)), connected(place, scenario.token, wire) as connector:
            play(scenario, connector, place)
        text = draft.read_text(encoding="utf-8")
    private = [place.account_sid, place.sender, place.recipient, place.auth_token] if real else []
    if found := [
        *leaks(text),
        *(f"the account's own {value[:2]}..." for value in private if value.lstrip("+") in unquote(text)),
    ]:
        msg = f"{scenario.name} was not kept, it would show: {', '.join(found)}"
        raise ValueError(msg)
    path = folder / origin / f"{scenario.name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def stage(scenario: Scenario) -> Stage:
    """Build the sandbox of a scenario."""
    built = Stage()
    built.store.add_account(account())
    scenario.prepare(built)
    return built


def record_from_sandbox(folder: Path, only: Iterable[Scenario] = of_origin("sandbox")) -> Iterator[Path]:
    """Record from the sandbox: a fresh one for each scenario, on a socket of this machine."""
    for scenario in only:
        with serving(stage(scenario)) as address:
            yield record(scenario, "sandbox", replace(PLACES["sandbox"], base_url=address), folder)


def record_from_prism(folder: Path) -> Iterator[Path]:
    """Record from Prism on a socket of this machine."""
    with TemporaryDirectory() as scratch, serving_prism(Path(scratch)) as address:
        for scenario in of_origin("prism"):
            yield record(scenario, "prism", replace(PLACES["prism"], base_url=address), folder)


def record_from_twilio(folder: Path) -> Iterator[Path]:
    """Record from Twilio itself, with the account that the environment names for this purpose."""
    place = place_from(os.environ)
    for scenario in of_origin("twilio"):
        yield record(scenario, "twilio", place, folder)


def place_from(environment: Mapping[str, str]) -> Place:
    """Read the account to record from.

    Raises:
        SystemExit: naming the variables that are missing or wrong.
    """
    names = [f"TWILIO_RECORD_{name}" for name in ("ACCOUNT_SID", "AUTH_TOKEN", "FROM", "TO")]
    if missing := [name for name in names if not environment.get(name)]:
        msg = f"Recording from Twilio needs {', '.join(missing)}. It sends one real SMS from {names[2]} to {names[3]}."
        raise SystemExit(msg)
    account_sid, auth_token, sender, recipient = (environment[name] for name in names)
    # Fictional numbers take their place, so they must be numbers: no names, short codes or channels.
    if wrong := [name for name in names[2:] if not re.fullmatch(r"\+[1-9]\d{6,14}", environment[name])]:
        msg = f"{' and '.join(wrong)} must be a phone number like +15551234567."
        raise SystemExit(msg)
    return Place(account_sid, auth_token, sender, recipient)


def main(arguments: list[str] | None = None) -> None:
    """Record every scenario of an origin."""
    parser = argparse.ArgumentParser(prog="python -m recording", description=__doc__)
    parser.add_argument("--origin", choices=TITLES, required=True)
    parser.add_argument("--into", type=Path, default=CASSETTES, help="folder of the cassettes")
    options = parser.parse_args(arguments)
    origins = {"sandbox": record_from_sandbox, "prism": record_from_prism, "twilio": record_from_twilio}
    for path in origins[options.origin](options.into):
        sys.stdout.write(f"{path.relative_to(options.into)}\n")


if __name__ == "__main__":
    main()
