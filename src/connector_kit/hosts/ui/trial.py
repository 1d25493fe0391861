"""One action on trial over a saved connection: what it is, how it is carried out, and what a failure of it means in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretStr

from connector_kit import (
    ActionCall,
    ActionSpec,
    Connector,
    ConnectorError,
    CredentialsError,
    FieldSpec,
    InputError,
    Problem,
    RecipientError,
    RefusedError,
    Result,
    ServiceError,
)
from connector_kit.connections import SavedConnection, StoreError
from connector_kit.hosts.ui import forms
from connector_kit.hosts.ui.told import Told, told
from connector_kit.hosts.ui.visit import NotFoundError, Visit


@dataclass(frozen=True, slots=True)
class Trial:
    """What a page of an action is about."""

    visit: Visit
    saved: SavedConnection
    connector: Connector
    action: ActionSpec

    @property
    def place(self) -> tuple[str, str]:
        """The ids of the connection and the action."""
        return self.saved.id, self.action.id

    @property
    def fields(self) -> tuple[FieldSpec, ...]:
        """The inputs that a person fills in: all but those that the pages themselves use."""
        own = (self.action.idempotency_key, self.action.dry_run)
        return tuple(spec for spec in self.action.inputs if spec.id not in own)

    @property
    def required(self) -> int:
        """How many of the fields must be given; they stand first in the form."""
        return sum(spec.required for spec in self.fields)

    @property
    def ordered(self) -> tuple[FieldSpec, ...]:
        """The fields as the form shows them: what must be given first."""
        return tuple(sorted(self.fields, key=lambda spec: not spec.required))

    def entered(self) -> dict[str, Any]:
        """Return what was posted, by input."""
        return forms.read(self.fields, self.visit.form, self.visit.zone)

    def run(self, inputs: Mapping[str, Any], **more: Any) -> Result:
        """Carry the action out.

        Raises:
            ConnectorError: whatever the connector raises.
        """
        site = self.visit.site
        return site.sessions.run(site.book, self.connector, self.saved, self._call(inputs, more))

    def look_for(self, inputs: Mapping[str, Any]) -> Result:
        """Find out what became of the action whose outcome is unknown; nothing is carried out.

        Raises:
            ConnectorError: whatever the connector raises.
        """
        site = self.visit.site
        return site.sessions.look_for(site.book, self.connector, self.saved, self._call(inputs, {}))

    def validate(self, inputs: Mapping[str, Any], **more: Any) -> None:
        """Look whether the action could be carried out, without doing anything.

        Raises:
            InputError: with everything that is wrong at once.
        """
        self.connector.check_call(self._call(inputs, more))

    def _call(self, inputs: Mapping[str, Any], more: Mapping[str, Any]) -> ActionCall:
        plain = {id_: v.get_secret_value() if isinstance(v, SecretStr) else v for id_, v in inputs.items()}
        return ActionCall(self.action.id, plain, **more)


def trial(visit: Visit) -> Trial:
    """Return what the path names.

    Raises:
        NotFoundError: if the connector is not installed, or has no such action.
        NoConnectionError: if the connection is gone.
    """
    saved = visit.saved()
    connector = visit.connector(saved.connector)
    action = connector.manifest.action(visit.places["act"])
    if action is None:
        raise NotFoundError
    return Trial(visit, saved, connector, action)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why nothing was done. ``target`` says what to do next: change the ``form`` or the ``connection``, or just try ``again``."""

    status: int
    headline: str
    told: Told
    target: str = "again"
    faults: tuple[forms.Fault, ...] = ()
    problems: tuple[Problem, ...] = field(default=(), repr=False)


def failed(about: Trial, exc: ConnectorError, faults: tuple[forms.Fault, ...] = ()) -> Failure:
    """Say why nothing was done.

    Raises:
        StoreError: if it is one: that is about all connections, and has a page of its own.
    """
    if isinstance(exc, StoreError):
        raise exc
    visit, service = about.visit, about.connector.manifest.name
    headline, status, target = visit.say("It did not work"), 503, "again"
    if isinstance(exc, InputError):
        headline, status, target = visit.say("Please change what is marked below"), 422, "form"
        if not faults:
            faults = tuple(forms.faults(exc.problems, about.fields, {}))
    elif isinstance(exc, RefusedError):
        headline, status, target = visit.say("A rule of this connection does not allow it"), 422, "form"
    elif isinstance(exc, RecipientError):
        headline, status, target = visit.say("This recipient cannot be reached"), 422, "form"
    elif isinstance(exc, CredentialsError):
        headline, status, target = (
            visit.say("{service} did not accept the connection", service=service),
            422,
            "connection",
        )
    elif isinstance(exc, ServiceError) and not exc.retryable:
        headline, status, target = visit.say("{service} said no", service=service), 422, "form"
    return Failure(status, headline, told(exc.message), target, faults, exc.problems)
