"""The base of generated hooks: open what an Airflow connection says, and carry out actions over it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import BaseHook

if TYPE_CHECKING:
    # A DAG file imports this module for its operators and runs none: what runs them is imported where it does.
    from airflow.sdk import Connection

    from connector_kit import ActionCall, ActionSpec, Concept, Connector, Result
    from connector_kit.hosts.opened import Opened


class ConnectorHook(BaseHook):
    """Carry out a connector's actions over an Airflow connection.

    Nothing is opened before the first call, so a hook may be made in a DAG file. Errors are those of ``failing.translated``.
    """

    connector_id: ClassVar[str]
    conn_name_attr: ClassVar[str]
    default_conn_name: ClassVar[str]
    conn_type: ClassVar[str]
    hook_name: ClassVar[str]

    def __init__(self, conn_id: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        setattr(self, self.conn_name_attr, conn_id)
        self._opened: tuple[str, Opened] | None = None

    @property
    def conn_id(self) -> str:
        """The id of the Airflow connection; agent toolsets set it on a copy of the hook."""
        return str(getattr(self, self.conn_name_attr))

    @property
    def connector(self) -> Connector:
        """The connector, loaded once in a process."""
        from connector_kit.hosts.opened import loaded

        return loaded(self.connector_id)

    def use(self, connection: Connection) -> str:
        """Open an Airflow connection that was fetched already, for calls over this hook's ``conn_id``, and return its name.

        Raises:
            InputError: if it needs a change, with the labels of its form; nothing was sent.
        """
        from connector_kit.hosts.airflow.opening import opened

        found = opened(self.connector, connection, self.conn_id)
        self._opened = (self.conn_id, found)
        return found.name

    def open(self) -> str:
        """Open the connection, unless it is open, and return its name in ``connector``.

        Raises:
            InputError: if it needs a change, with the labels of its form; nothing was sent.
        """
        # A toolset gives a copy of the hook another conn_id, and another connection is another account.
        if self._opened is not None and self._opened[0] == self.conn_id:
            return self._opened[1].name
        return self.use(self.get_connection(self.conn_id))

    def test_connection(self) -> tuple[bool, str]:
        """Ask the service whether the connection works; this is Airflow's Test button. Nothing is sent to anyone.

        Returns:
            Whether it works, and a sentence that says whose account it is, or what to change.
        """
        from connector_kit import ConnectorError
        from connector_kit.hosts.airflow.opening import described

        try:
            checked = self.connector.check(self.open())
        except ConnectorError as error:
            # Airflow tests a connection under an id that it makes up.
            return False, str(error).replace(described(self.conn_id), "The connection")
        account = f" Account: {checked.account}." if checked.account else ""
        return True, " ".join(
            [f"{self.hook_name} accepts these credentials.{account}", *(n.message for n in checked.notices)]
        )

    def run(self, action: str, inputs: Mapping[str, Any], *, cap: int | None = None) -> Result:
        """Carry out an action; ``inputs`` are those of its JSON Schema, and None is as if it were not there.

        A call that changes something and has no idempotency key gets one inside of a task, so that its retry does not act again.

        Raises:
            AirflowFailException: for what a repetition cannot change, or must not repeat.
            ConnectorError: for what a retry may solve.
        """
        from connector_kit.hosts.airflow.failing import translated

        with translated():
            spec, call = self._call(action, inputs)
        with translated(keyed=bool(spec.idempotency_key and call.inputs.get(spec.idempotency_key))):
            result = self.connector.run(call, cap=cap)
        for notice in result.notices:
            self.log.info("%s: %s", notice.code, notice.message)
        return result

    def items(
        self, action: str, inputs: Mapping[str, Any], *, cap: int | None = None, advice: str = "so give a limit."
    ) -> list[dict[str, Any]]:
        """Carry out a read and return its items as JSON; without a limit all of them, or none.

        Raises:
            AirflowFailException: if there are more than ``cap`` (10,000), with the advice: nothing is left out silently.
            ConnectorError: as ``run``.
        """
        from connector_kit import READ_CAP, InputError
        from connector_kit.hosts.airflow.failing import translated

        result = self.run(action, inputs, cap=cap)
        with translated():
            if result.more and inputs.get("limit") is None:
                raise InputError(f"There are more than {READ_CAP if cap is None else cap:,} items, {advice}")
        return [item.model_dump(mode="json") for item in result.output]

    def check(self, action: str, inputs: Mapping[str, Any]) -> None:
        """Look whether ``run`` would be refused before anything leaves the machine, also by the rules of the connection.

        Raises:
            AirflowFailException: with everything that is wrong at once; its cause is the connector's error.
        """
        from connector_kit.documents import call_from_json
        from connector_kit.hosts.airflow.failing import translated

        spec = self.connector.manifest.action(action)
        if spec is not None and spec.dry_run is not None:
            self.run(action, {**inputs, spec.dry_run: True})
            return
        with translated():
            self.connector.check_call(call_from_json(self.connector.manifest, action, inputs, connection=self.open()))

    def stream(self, action: str, inputs: Mapping[str, Any]) -> Iterator[Concept]:
        """Carry out a read and hand out its items one by one, however many they are.

        Raises:
            AirflowFailException, ConnectorError: as ``run``.
        """
        from connector_kit.hosts.airflow.failing import translated

        with translated():
            _, call = self._call(action, inputs)
            yield from self.connector.stream(call)

    def _call(self, action: str, inputs: Mapping[str, Any]) -> tuple[ActionSpec, ActionCall]:
        from dataclasses import replace

        from connector_kit.documents import call_from_json
        from connector_kit.hosts.airflow import keys

        manifest = self.connector.manifest
        call = call_from_json(manifest, action, inputs, connection=self.open())
        spec = self.spec(action)
        if not spec.mutation or spec.idempotency_key is None or (spec.dry_run and call.inputs.get(spec.dry_run)):
            return spec, call
        keys.require_journal()
        if call.inputs.get(spec.idempotency_key) is None:
            key = keys.content_key(keys.said(spec, self.connector.content(call)))
            call = replace(call, inputs={**call.inputs, spec.idempotency_key: key})
        return spec, call

    def said(self, action: str, inputs: Mapping[str, Any]) -> list[str]:
        """Return what a call of an action says, in one spelling: equal for two calls exactly if they do the same.

        Raises:
            AirflowFailException: if the inputs say nothing sound.
        """
        from connector_kit.documents import call_from_json
        from connector_kit.hosts.airflow import keys
        from connector_kit.hosts.airflow.failing import translated

        with translated():
            call = call_from_json(self.connector.manifest, action, inputs, connection=self.open())
            return keys.said(self.spec(action), self.connector.content(call))

    def spec(self, action: str) -> ActionSpec:
        """Return what the manifest says of an action."""
        found = self.connector.manifest.action(action)
        if found is None:
            raise LookupError(action)
        return found

    def __getstate__(self) -> dict[str, Any]:
        """Copy and pickle without what is open: it holds the secret, and is opened again when it is used."""
        return {**self.__dict__, "_opened": None}
