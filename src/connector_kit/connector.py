"""The engine: open a connector's connections and run calls. ``Connector.run`` is the one way to do anything."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from types import TracebackType
from typing import Any, Self, TypedDict, Unpack

from pydantic import SecretStr

from connector_kit.acts import Acts
from connector_kit.checks import checked_call, checked_connection
from connector_kit.errors import ContractError, InputError, OutcomeUnknownError, UnboundActionError
from connector_kit.journal import Journal, State
from connector_kit.journal.heart import Heart
from connector_kit.journal.opening import default_journal
from connector_kit.manifest import ActionSpec, Manifest
from connector_kit.mutations import Mutations
from connector_kit.plugins import Plugins
from connector_kit.reads import Progress, Reads
from connector_kit.types import mismatch
from connector_kit.values import (
    DEFAULT_CONNECTION,
    ActionCall,
    Checked,
    Concept,
    Connection,
    Handler,
    Result,
    Session,
    Streamed,
)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Settings(TypedDict, total=False):
    """What a host may choose for a connector.

    ``timezone`` is the automation's: naive datetimes and bare dates are taken in it (default UTC). ``journal`` remembers
    idempotency keys (default: a file of this user). ``now`` and ``sleep`` replace the clock.
    """

    timezone: tzinfo
    journal: Journal
    now: Callable[[], datetime]
    sleep: Callable[[float], None]


@dataclass(frozen=True, slots=True)
class _Opened:
    """A connection and its live session."""

    connection: Connection
    session: Session
    mutations: Mutations


class Connector:
    """A loaded connector: every action bound to its handler, and the connections that were opened."""

    def __init__(self, manifest: Manifest, plugins: Plugins, **settings: Unpack[Settings]) -> None:
        self.manifest = manifest
        self._plugins = plugins
        self._timezone = settings.get("timezone", UTC)
        self._journal = settings.get("journal")
        self._journal_is_ours = self._journal is None
        self._now = settings.get("now", _utc_now)
        self._sleep = settings.get("sleep", time.sleep)
        self._handlers = {action.id: self._bound(action) for action in manifest.actions}
        self._opened: dict[str, _Opened] = {}
        self._reads = Reads(manifest, self._handlers)

    def _bound(self, action: ActionSpec) -> Handler:
        handler = self._plugins.bind(self.manifest, action)
        if handler is None:
            msg = f"{self.manifest.name} declares the action {action.id!r}, but no loaded plugin binds it to a handler."
            raise UnboundActionError(msg)
        return handler

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every open connection."""
        while self._opened:
            _, opened = self._opened.popitem()
            opened.session.close()
        if self._journal is not None and self._journal_is_ours:
            # One that was handed in may serve other connectors too.
            self._journal.close()
            self._journal = None

    def shut(self, connection: str) -> None:
        """Close one open connection; nothing happens if it is not open."""
        opened = self._opened.pop(connection, None)
        if opened is not None:
            opened.session.close()

    def open(self, connection: Connection | Mapping[str, str | SecretStr]) -> None:
        """Open a connection under its name. A plain mapping of field values opens the first method, named ``default``.

        Nothing is sent; use ``check`` to ask the service.

        Raises:
            InputError: for a blank, missing, unknown or misshapen field, or a name that is open already.
        """
        if not isinstance(connection, Connection):
            connection = Connection(self.manifest.connection[0].id, connection)
        checked = checked_connection(self.manifest, connection)
        if checked.name in self._opened:
            raise InputError(_open_already(checked.name))
        session = self._session(checked)
        heart = Heart(self._opened_journal, self._now)
        mutations = Mutations(session, Acts(), self._opened_journal, heart, self._now, self._sleep)
        opened = _Opened(checked, session, mutations)
        if self._opened.setdefault(checked.name, opened) is not opened:
            # Another thread was faster.
            session.close()
            raise InputError(_open_already(checked.name))

    def _session(self, checked: Connection) -> Session:
        session = self._plugins.open(self.manifest, checked)
        if session is None:
            msg = f"No loaded plugin opens connections of {self.manifest.name}."
            raise UnboundActionError(msg)
        return session

    def check(self, connection: str = DEFAULT_CONNECTION) -> Checked:
        """Ask the service whether an open connection's credentials work, and whose account it is.

        Raises:
            CredentialsError: if they do not, with what to change.
            UnavailableError: if the service could not be asked; the credentials were not rejected.
        """
        return self._named(connection).session.check()

    def try_out(self, connection: Connection) -> Checked:
        """Check a connection without opening it for calls, as a form does before it saves one.

        Raises:
            InputError: as ``open``; nothing has left the machine.
            CredentialsError, UnavailableError: as ``check``.
        """
        session = self._session(checked_connection(self.manifest, connection))
        try:
            return session.check()
        finally:
            session.close()

    def run(self, call: ActionCall, *, progress: Progress = None, cap: int | None = None) -> Result:
        """Carry out a call and return its result; a read without a limit stops at 10,000 items, or ``cap``, and says so.

        ``progress`` is told now and then how many items a read has looked at.

        Raises:
            InputError: before anything leaves the machine.
            ConnectorError: any of the tree in ``connector_kit.errors``.
        """
        action, prepared = checked_call(self.manifest, call, self._timezone)
        opened = self._named(call.connection)
        try:
            # A key that was acted on never acts again, so there is nothing to refuse: a policy that changed since must not
            # turn what was done into "nothing was done". In flight is not enough, because an attempt that failed frees its key.
            if self._state(action, opened, prepared) not in ("done", "unknown"):
                self._plugins.before(prepared, opened.connection)
            result = self._run(action, opened, prepared, progress, cap)
        except BaseException as exc:
            self._plugins.after(prepared, exc, opened.connection)
            raise
        self._plugins.after(prepared, result, opened.connection)
        return result

    def check_call(self, call: ActionCall) -> ActionCall:
        """Return a call as ``run`` would carry it out: every input present, datetimes in UTC. Nothing else happens.

        Raises:
            InputError: with everything that is wrong at once, as ``run`` would.
        """
        return checked_call(self.manifest, call, self._timezone)[1]

    def content(self, call: ActionCall) -> Mapping[str, Any]:
        """Return the inputs of a mutation in one spelling: those of two calls are equal exactly if they do the same.

        Raises:
            InputError: with everything that is wrong at once.
        """
        _, prepared = checked_call(self.manifest, call, self._timezone)
        return self._named(call.connection).session.canonical(prepared)

    def remembers(self, call: ActionCall) -> bool:
        """Tell whether this very call, by its key, was carried out before, may have been, or is under way: it is in the journal.

        Raises:
            JournalError: if the journal cannot be used.
        """
        try:
            action, prepared = checked_call(self.manifest, call, self._timezone)
        except InputError:
            return False
        return self._state(action, self._named(call.connection), prepared) not in (None, "refused")

    def look_for(self, call: ActionCall) -> Result:
        """Find out what became of a call with a key whose outcome is unknown; it is never carried out by this.

        Raises:
            OutcomeUnknownError: if that cannot be told, also if the journal has lost its entry.
        """
        if not self.remembers(call):
            raise OutcomeUnknownError(
                "The journal knows nothing of this call any more, so nobody can tell what became of it. Look at the service itself."
            )
        return self.run(call)

    def _state(self, action: ActionSpec, opened: _Opened, call: ActionCall) -> State | None:
        return opened.mutations.state(action, self._handlers[action.id], call) if action.mutation else None

    def stream(self, call: ActionCall) -> Iterator[Concept]:
        """Carry out a read and hand out its items one by one, without a cap. Input is checked at once, the read is lazy.

        Raises:
            InputError: before anything leaves the machine, also if the action is not a read of a list.
        """
        action, prepared = checked_call(self.manifest, call, self._timezone)
        if not action.output.type.is_list:
            msg = f"{action.label} gives back one value and cannot be streamed. Use run."
            raise InputError(msg)
        opened = self._named(call.connection)
        return self._streamed(action, opened, prepared)

    def _streamed(self, action: ActionSpec, opened: _Opened, call: ActionCall) -> Iterator[Concept]:
        count = 0
        try:
            self._plugins.before(call, opened.connection)
            for item in self._reads.items(action, opened.session, call):
                count += 1
                yield item
        except GeneratorExit:
            self._plugins.after(call, Streamed(count), opened.connection)
            raise
        except BaseException as exc:
            self._plugins.after(call, exc, opened.connection)
            raise
        self._plugins.after(call, Streamed(count), opened.connection)

    def _run(
        self, action: ActionSpec, opened: _Opened, call: ActionCall, progress: Progress, cap: int | None
    ) -> Result:
        if action.output.type.is_list:
            return self._reads.run(action, opened.session, call, progress, cap)
        handler = self._handlers[action.id]
        result = opened.mutations.run(action, handler, call) if action.mutation else handler(opened.session, call)
        if isinstance(result, Result) and result.preview is not None:
            return result
        if not isinstance(result, Result) or (fault := mismatch(action.output.type, result.output)):
            fault = fault if isinstance(result, Result) else "the handler did not return a Result"
            msg = f"The output of {action.label} does not fit its type {action.output.type}: {fault}."
            raise ContractError(msg)
        return result

    def _opened_journal(self) -> Journal:
        # Opened with the first key: a connector that only reads leaves no file behind.
        if self._journal is None:
            self._journal = default_journal()
        return self._journal

    def _named(self, name: str) -> _Opened:
        try:
            return self._opened[name]
        except KeyError:
            names = ", ".join(repr(n) for n in self._opened) or "none"
            msg = f"There is no open connection named {name!r} (open: {names}). Open it first."
            raise InputError(msg) from None


def _open_already(name: str) -> str:
    return f"The connection {name!r} is open already. Close it first, or give this one another name."
