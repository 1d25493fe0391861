"""The sandbox's API as a plain function from request to answer: routing, authentication, lists and creates."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import format_datetime
from itertools import islice
from urllib.parse import parse_qs, quote_plus, urlsplit

from twilio_sandbox import render, rules
from twilio_sandbox.answer import Answer, Refused
from twilio_sandbox.clock import Clock
from twilio_sandbox.control import CONTROL, control
from twilio_sandbox.faults import Faults
from twilio_sandbox.segments import segments
from twilio_sandbox.store import TRIAL_PREFIX, Account, Message, Store

DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE = 50, 1000
_ACCOUNT_PATH = re.compile(r"/2010-04-01/Accounts/([^/]*?)(/Messages(?:/([^/]+?))?)?(\.json)?")
_LIST_PARAMETERS = ("To", "From", "DateSent", "DateSent<", "DateSent>")


@dataclass
class LoggedRequest:
    """One request in the log: everything but the credentials."""

    method: str
    path: str
    query: dict[str, list[str]]
    form: dict[str, list[str]]
    status: int | None = None


class Sandbox:
    """A local Twilio with accounts, messages, faults and a clock.

    ``date_reading`` chooses how DateSent bounds are read: inclusive, strict, midnight or whole_day.
    """

    def __init__(self, clock: Clock | None = None, *, date_reading: str = "inclusive") -> None:
        self.clock = clock or Clock()
        self.store = Store(self.clock)
        self.faults = Faults()
        self.requests: list[LoggedRequest] = []
        self.date_reading = date_reading

    def handle(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer one request. ``target`` is the path with its query; header names are lower case."""
        parts = urlsplit(target)
        if parts.path.startswith(CONTROL):
            return control(self, method, parts.path.removeprefix(CONTROL), body)
        query = parse_qs(parts.query, keep_blank_values=True)
        form = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
        logged = LoggedRequest(method, parts.path, query, form)
        self.requests.append(logged)
        fault = self.faults.take(method)
        answer = fault.instead() if fault else None
        if answer is None:
            answer = self._api(logged, headers)
            answer = fault.afterwards(answer) if fault else answer
        logged.status = answer.status
        return self._finished(answer)

    def _finished(self, answer: Answer) -> Answer:
        headers = {
            "Content-Type": "application/json",
            "Date": format_datetime(self.clock.now(), usegmt=True),
            "Twilio-Request-Id": self.store.new_sid("RQ"),
            "Twilio-Request-Duration": "0.010",
            "Twilio-Concurrent-Requests": "1",
            "X-Home-Region": "us1",
            "X-API-Domain": "api.twilio.com",
            "X-Powered-By": "AT-5000",
            "X-Shenanigans": "none",
            "Strict-Transport-Security": "max-age=31536000",
        }
        return Answer(answer.status, answer.body, {**headers, **answer.headers}, answer.delay)

    def _api(self, request: LoggedRequest, headers: Mapping[str, str]) -> Answer:
        try:
            return self._routed(request, headers)
        except Refused as refused:
            return refused.answer

    def _routed(self, request: LoggedRequest, headers: Mapping[str, str]) -> Answer:
        found = _ACCOUNT_PATH.fullmatch(request.path)
        caller, key = self._authenticated(headers)
        account = self.store.account(found[1]) if found else None
        if found is None or account is None or not found[4]:
            # Without .json Twilio writes XML, which nothing here reads.
            raise Refused(404, 20404, f"The requested resource {request.path} was not found")
        if caller.sid not in (account.sid, account.owner_sid) or (key and caller.sid != account.sid):
            raise Refused(401, 20003, "Authenticate")
        create = request.method == "POST" and found[2] and not found[3]
        if account.test and not create:
            raise Refused(403, 20008, "Resource not accessible with Test Account Credentials")
        if not found[2]:
            if key:
                raise Refused(401, 20003, "Authenticate")
            return Answer(200, render.dumps(render.account(account)))
        if account.status != "active":
            raise Refused(401, 20003, "Authenticate")
        if not found[3]:
            return self._create(account, request.form) if create else self._list(account, request.path, request.query)
        return self._one(account, found[3], request)

    def _authenticated(self, headers: Mapping[str, str]) -> tuple[Account, str | None]:
        scheme, _, encoded = headers.get("authorization", "").partition(" ")
        try:
            user, _, password = base64.b64decode(encoded).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            user = password = ""
        if scheme.lower() != "basic" or not user:
            answer = Refused(401, 20003, "Authentication Error - No credentials provided")
            answer.answer.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
            raise answer
        for account in self.store.accounts():
            if user == account.sid and password == account.auth_token:
                return account, None
            if user in account.api_keys and password == account.api_keys[user]:
                return account, user
        raise Refused(401, 20003, "Authenticate")

    def _create(self, account: Account, form: dict[str, list[str]]) -> Answer:
        to, sender = form.get("To", [""])[0], rules.normalised(form.get("From", [""])[0])
        code = rules.refusal(account, form)
        if code is not None:
            raise Refused(400, code, rules.text(code, to, sender))
        service = form.get("MessagingServiceSid", [""])[0]
        if rules.SERVICE.fullmatch(sender):
            service, sender = sender, ""
        if service and service not in account.services:
            raise Refused(404, 20404, f"The requested resource /Services/{service} was not found")
        media = len(form.get("MediaUrl", []))
        body = form.get("Body", [""])[0]
        channel = ":" in to
        message = Message(
            sid=self.store.new_sid("MM" if media else "SM"),
            account_sid=account.sid,
            sender=sender or None,
            recipient=to,
            body=f"{TRIAL_PREFIX}{body}" if account.type == "Trial" else body,
            created=self.clock.now().replace(microsecond=0),
            status="accepted" if service else "queued",
            segments="0" if service else "1" if media or channel else str(segments(body)),
            media=media,
            price_unit=None if service or channel else "USD",
            messaging_service_sid=service or None,
        )
        if not account.test:
            self.store.add(message)
        return Answer(201, render.dumps(render.message(message, listed=False)))

    def _one(self, account: Account, sid: str, request: LoggedRequest) -> Answer:
        message = self.store.find(account.sid, sid)
        if message is None:
            raise Refused(404, 20404, f"The requested resource {request.path} was not found")
        if request.method == "DELETE":
            self.store.delete(message)
            return Answer(204)
        if request.method == "POST" and request.form.get("Body") == [""]:
            message.body = ""
        return Answer(200, render.dumps(render.message(message, listed=True)))

    def _list(self, account: Account, path: str, query: dict[str, list[str]]) -> Answer:
        first = {name: values[0] for name, values in query.items()}
        size = min(max(_whole(first.get("PageSize"), DEFAULT_PAGE_SIZE), 1), MAX_PAGE_SIZE)
        number, token = _whole(first.get("Page"), 0), first.get("PageToken", "")
        if number > 0 and not token:
            raise Refused(400, 20001, "PageToken is required for paging.")
        matches = self._matcher(first)
        if token.startswith("PB"):
            found = self.store.before(account.sid, matches, token[2:])[-size:]
            more = True
        else:
            listed = self.store.listed(account.sid, matches, token[2:] or None)
            found = list(islice(listed, size))
            more = next(listed, None) is not None
        filters = [(name, first[name]) for name in _LIST_PARAMETERS if name in first]

        def uri(page: int, token: str = "") -> str:
            pairs = [*filters, ("PageSize", str(size)), ("Page", str(page)), *([("PageToken", token)] if token else [])]
            return f"{path}?" + "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs)

        start = number * size
        document = {
            "first_page_uri": uri(0),
            "end": start + len(found) - 1 if found else 0,
            "previous_page_uri": uri(number - 1, f"PB{found[0].sid}") if number and found else None,
            "messages": [render.message(message, listed=True) for message in found],
            "uri": uri(number, token),
            "page_size": size,
            "start": start if found else 0,
            "next_page_uri": uri(number + 1, f"PA{found[-1].sid}") if found and more else None,
            "page": number,
        }
        return Answer(200, render.dumps(document))

    def _matcher(self, parameters: dict[str, str]) -> Callable[[Message], bool]:
        checks: list[Callable[[Message], bool]] = []
        if to := parameters.get("To"):
            checks.append(lambda message: message.recipient == to)
        if sender := parameters.get("From"):
            checks.append(lambda message: message.sender == sender)
        dates = [name for name in ("DateSent", "DateSent<", "DateSent>") if parameters.get(name)]
        checks += [self._date_check(name, parameters[name]) for name in dates]
        return lambda message: all(check(message) for check in checks)

    def _date_check(self, name: str, value: str) -> Callable[[Message], bool]:
        try:
            bound, whole_day = rules.date_value(value)
        except ValueError:
            raise Refused(400, 20001, "Invalid date value.") from None
        exact = {"DateSent": rules.on_day if whole_day else rules.at_instant}
        bounds = {"DateSent<": rules.BEFORE[self.date_reading], "DateSent>": rules.AFTER[self.date_reading]}
        holds = {**exact, **bounds}[name]
        # A record without a date sent is in no date filter; whether Twilio does so is not known.
        return lambda message: message.sent is not None and holds(message.sent, bound)


def _whole(text: str | None, default: int) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() else default
