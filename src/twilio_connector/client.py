"""Talk HTTP with Twilio's Messages API: connections that are reused, a timeout on every phase, and no request repeated blindly."""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlencode

import httpx
from pydantic import SecretStr

from connector_kit import ConnectorError, ContractError, InputError, OutcomeUnknownError, UnavailableError
from twilio_connector import __version__, mapping
from twilio_connector.answers import UNKNOWN, error_of
from twilio_connector.connections import Connections
from twilio_connector.environment import http_client, tls
from twilio_connector.failures import network_error
from twilio_connector.models import SmsMessage
from twilio_connector.privacy import masked, quiet_httpx

BASE_URL = "https://api.twilio.com"
TIMEOUT = httpx.Timeout(connect=6.0, read=30.0, write=15.0, pool=30.0)
# A person waits in front of a form.
CHECK_TIMEOUT = httpx.Timeout(6.0)
_PATIENT, _BRIEF = ({"timeout": timeout.as_dict()} for timeout in (TIMEOUT, CHECK_TIMEOUT))

# How many SIDs are remembered while reading, to tell a message that comes twice: it comes again close by, because a list is
# ordered by date and a message only ever moves up. All SIDs of a large account would not fit in memory.
_REMEMBERED = 5_000
# A clock may be wrong by decades where a machine has lost its battery, but a date beyond this is none.
_FARTHEST = timedelta(days=36_525)

_log = logging.getLogger("twilio_connector")
_T = TypeVar("_T")


class TwilioClient:
    """One account's messages.

    ``secret`` is the account's Auth Token, or with ``key_sid`` the secret of that API key. ``transport``, ``sleep`` and ``now``
    are there to be replaced by tests and by hosts with a transport of their own.
    """

    def __init__(
        self,
        account_sid: str,
        secret: SecretStr,
        *,
        key_sid: str | None = None,
        base_url: str | None = None,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        quiet_httpx()
        self.account_sid = account_sid
        self._origin = httpx.URL(base_url or BASE_URL)
        self._messages = self._url("Messages.json")
        self.sleep, self.now = sleep, now
        # How far Twilio's clock is ahead of this machine's, as its last answer told.
        self._ahead = timedelta()
        local = self._origin.scheme == "http"
        make = functools.partial(
            http_client,
            auth=httpx.BasicAuth(key_sid or account_sid, secret.get_secret_value()),
            headers={
                "Accept": "application/json",
                "Accept-Charset": "utf-8",
                "User-Agent": f"twilio-sms-connector/{__version__}",
            },
            timeout=TIMEOUT,
            follow_redirects=False,
            # A proxy from the environment must not see what was meant for this machine.
            trust_env=not local,
        )
        # A transport that somebody gives is one for all requests: only they know whether there may be several.
        self._http = (
            make(transport=transport)
            if transport
            else Connections(functools.partial(make, transport=None, verify=False if local else tls()), TIMEOUT.pool)
        )
        self._form_headers = httpx.Headers(self._http.headers)
        self._form_headers["Content-Type"] = "application/x-www-form-urlencoded"

    def __repr__(self) -> str:
        return f"TwilioClient({self._origin.host!r})"

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def service_time(self, moment: datetime) -> datetime:
        """Return what Twilio's clock showed at a moment of this machine's clock."""
        return moment + self._ahead

    def create_message(self, parameters: Sequence[tuple[str, str]]) -> mapping.Receipt:
        """Send one message with one request, repeated only if it provably was not processed.

        Args:
            parameters: the form in Twilio's spelling; a name may occur more than once.

        Raises:
            OutcomeUnknownError: if the request may have been processed and no usable answer came back.
            ServiceError: if Twilio said no; nothing was sent.
            UnavailableError: if no connection could be opened; nothing was sent.
        """
        doing = f"send the message to {masked(dict(parameters)['To'])}"
        private = [value for _, value in parameters]
        form = urlencode(parameters).encode("ascii")

        def create() -> mapping.Receipt:
            request = self._request("POST", self._messages, form)
            response = self._send(request, "create", doing, sending=True)
            if not response.is_success:
                raise error_of(response, doing, sending=True, private=private)
            try:
                return mapping.receipt(response.content)
            except Exception:  # noqa: BLE001 - whatever is wrong with the answer, the request has left
                why = "Twilio accepted it, but its answer cannot be read"
                raise OutcomeUnknownError(UNKNOWN.format(why=why)) from None

        return self._repeated(create)

    def messages(self, parameters: Iterable[tuple[str, str]] = (), *, page_size: int) -> Iterator[SmsMessage]:
        """Yield the account's messages newest first, reading page after page only as far as they are asked for.

        Raises:
            ContractError: if an answer does not fit, or the pages lead in a circle or to another address.
        """
        url = self._messages.copy_merge_params([*parameters, ("PageSize", str(page_size))])
        visited: set[str] = set()
        recent: set[str] = set()
        older: set[str] = set()
        while True:
            page = self._page(url)
            for message in page.messages:
                sid = message.sid
                if sid is not None:
                    if sid in recent or sid in older:
                        continue
                    recent.add(sid)
                yield message
            if len(recent) > _REMEMBERED:
                recent, older = set(), recent
            following = page.next_page_uri
            # Let go of this page before the next one is read: two at once would double the peak memory.
            del page
            if not following:
                return
            if following in visited:
                msg = "Twilio's pages lead in a circle, so the read was stopped. Please report it."
                raise ContractError(msg)
            visited.add(following)
            url = self._on_origin(following)

    def message(self, sid: str) -> SmsMessage | None:
        """Fetch one message by its SID; None if the account has no such message."""
        doing = "read the message"

        def fetch() -> SmsMessage | None:
            response = self._get(self._url(f"Messages/{sid}.json"), "fetch", doing)
            if response.status_code == HTTPStatus.NOT_FOUND:
                return None
            if response.status_code != HTTPStatus.OK:
                raise error_of(response, doing, private=[sid])
            return self._decoded(mapping.sms_message_from_bytes, response, doing)

        found = self._repeated(fetch)
        if found is None:
            # An account that does not exist is "not found" too, and that must not look like an empty result.
            self._page(self._messages.copy_merge_params({"PageSize": "1"}), "read the message")
        return found

    def ask(self, suffix: str, doing: str, **query: str) -> httpx.Response:
        """Ask about the account once, and briefly, since a person is waiting; return whatever the answer is.

        Args:
            suffix: what follows the account in the address: ``/Messages.json``, or ``.json`` for the account itself.
            doing: what is tried, as words.
            query: the query of the address.

        Raises:
            UnavailableError: if there was no answer.
        """
        url = self._origin.join(f"/2010-04-01/Accounts/{self.account_sid}{suffix}").copy_merge_params(query)
        return self._send(self._request("GET", url, extensions=_BRIEF), "check", doing)

    def _page(self, url: httpx.URL, doing: str = "read the messages") -> mapping.Page:
        def read() -> mapping.Page:
            response = self._get(url, "list", doing)
            if response.status_code != HTTPStatus.OK:
                raise error_of(response, doing)
            return self._decoded(mapping.page, response, doing)

        return self._repeated(read)

    def _get(self, url: httpx.URL, label: str, doing: str) -> httpx.Response:
        return self._send(self._request("GET", url), label, doing)

    def _request(
        self, method: str, url: httpx.URL, form: bytes | None = None, extensions: dict[str, Any] = _PATIENT
    ) -> httpx.Request:
        # Not httpx's build_request: the address is complete, and taking it apart again costs a fifth of a send.
        headers = self._http.headers if form is None else self._form_headers
        return httpx.Request(method, url, headers=headers, content=form, extensions=extensions)

    @staticmethod
    def _decoded(decode: Callable[[bytes], _T], response: httpx.Response, doing: str) -> _T:
        try:
            return decode(response.content)
        except mapping.NotJsonError:
            msg = f"Could not {doing}: the answer was cut off or did not come from Twilio. Check the network and run it again."
            raise UnavailableError(msg) from None

    def _send(self, request: httpx.Request, label: str, doing: str, *, sending: bool = False) -> httpx.Response:
        """Send one request and read its answer; the one place where httpx's errors become ours."""
        # Asked before, and not caught after: once the request may have left, nothing may say that it was not sent.
        if self._http.is_closed:
            raise InputError("The connection was closed. Open it again, and read to the end before you close it.")
        began = time.perf_counter()
        failed: httpx.RequestError | None = None
        try:
            response = self._http.send(request)
        except httpx.RequestError as exc:
            failed = exc
        except Exception as exc:
            # What broke a read is shown as it is. After a send, whatever it is, the request may have left.
            if not sending:
                raise
            failed = httpx.TransportError(type(exc).__name__)
        if failed is not None:
            _log.debug("%s: %s", label, type(failed).__name__)
            # Raised here and not in the except block: as its context the exception would carry the request along, and with it
            # the address, the form and the credentials.
            raise network_error(failed, doing, sending=sending)
        # httpx ties an answer and its stream into a circle, which would keep a page's bytes until the garbage collector comes by.
        response.stream = httpx.ByteStream(b"")
        elapsed = time.perf_counter() - began
        self._note_the_time(response)
        if _log.isEnabledFor(logging.DEBUG):
            request_id = response.headers.get("Twilio-Request-Id")
            _log.debug("%s: HTTP %d in %.3f s, %s", label, response.status_code, elapsed, request_id)
        return response

    def _note_the_time(self, response: httpx.Response) -> None:
        try:
            ahead = parsedate_to_datetime(response.headers.get("Date", "")).replace(tzinfo=UTC) - self.now()
        except (ValueError, OverflowError):
            # Without a usable Date header the last known difference stays.
            return
        if abs(ahead) < _FARTHEST:
            self._ahead = ahead

    def _repeated(self, attempt: Callable[[], _T]) -> _T:
        """Try once, and again after a wait as long as the error says that repeating cannot act twice."""
        try:
            return attempt()
        except ConnectorError as exc:
            if not exc.retryable:
                raise
            first = exc
        # Imported where it is needed: most runs never wait, and a short automation should not pay for it.
        from twilio_connector.retries import again  # noqa: PLC0415 - see above

        return again(attempt, first, self.sleep)

    def _url(self, path: str) -> httpx.URL:
        return self._origin.join(f"/2010-04-01/Accounts/{self.account_sid}/{path}")

    def _on_origin(self, uri: str) -> httpx.URL:
        """Resolve a page's link, on the configured address only: the credentials would follow it anywhere."""
        try:
            url = self._origin.join(uri)
        except httpx.InvalidURL:
            raise ContractError("Twilio's answer links to a next page that is no address. Please report it.") from None
        here = (self._origin.scheme, self._origin.host, self._origin.port)
        if not url.path.startswith("/2010-04-01/") or (url.scheme, url.host, url.port) != here:
            msg = "Twilio's answer points to a next page on another address, which was not followed. Please report it."
            raise ContractError(msg)
        return url
