"""A test suite that any connector can run: subclass ConnectorConformance in a pytest module and say how to reach yours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from connector_kit import (
    ActionCall,
    Checked,
    Comparison,
    Connection,
    Connector,
    InputError,
    Plugins,
    RefusedError,
    hookimpl,
    load_connector,
)
from connector_kit.schemas import DRAFT_07, check, concept_schema, schemas


class _Refusal:
    """A policy that refuses everything."""

    @hookimpl
    def connector_before(self, call: ActionCall) -> None:
        message = f"{call.action} is refused by the conformance suite"
        raise RefusedError(message)


class ConnectorConformance:
    """The promises that every connector keeps. Override the four fixtures; the connection must lead to a test service."""

    @pytest.fixture
    def connector_id(self) -> str:
        """The connector's id."""
        raise NotImplementedError

    @pytest.fixture
    def plugins(self) -> Plugins:
        """Plugins that offer the connector."""
        raise NotImplementedError

    @pytest.fixture
    def connection(self) -> Connection:
        """A connection that works."""
        raise NotImplementedError

    @pytest.fixture
    def calls(self) -> list[ActionCall]:
        """One call for every action, which ends well and, for a read, gives back at least two items."""
        raise NotImplementedError

    @pytest.fixture
    def connector(self, connector_id: str, plugins: Plugins, connection: Connection) -> Iterator[Connector]:
        """The connector with its connection open."""
        with load_connector(connector_id, plugins=plugins) as connector:
            connector.open(connection)
            yield connector

    def test_every_action_has_a_sample_call(self, connector: Connector, calls: list[ActionCall]) -> None:
        """Without one the suite would pass by not looking."""
        assert [call.action for call in calls] == [action.id for action in connector.manifest.actions]

    def test_the_schemas_are_valid(self, connector: Connector) -> None:
        """Hosts get them as they are."""
        for schema in schemas(connector.manifest).values():
            (Draft7Validator if schema["$schema"] == DRAFT_07 else Draft202012Validator).check_schema(schema)

    def test_the_connection_works(self, connector: Connector) -> None:
        """The check behind a form's test button ends without an error."""
        assert isinstance(connector.check(), Checked)

    def test_a_connection_is_tried_out_without_being_opened(self, connector: Connector, connection: Connection) -> None:
        """A form asks before it saves, also about a connection whose name is open already."""
        assert connector.try_out(connection) == connector.check()
        with pytest.raises(InputError):
            connector.try_out(replace(connection, values={}))

    def test_outputs_fit_the_contract(self, connector: Connector, calls: list[ActionCall]) -> None:
        """What an action gives back fits the type and the concept that the manifest declares."""
        for call in calls:
            action = connector.manifest.action(call.action)
            assert action is not None
            output = connector.run(call).to_json()["output"]
            if not action.output.type.is_list:
                assert isinstance(output, str | int | float | bool)
                continue
            concept = connector.manifest.concept(action.output.type)
            assert len(output) > 1
            assert [problem for item in output for problem in check(item, concept_schema(concept))] == []

    def test_an_unknown_input_is_refused_by_name(self, connector: Connector, calls: list[ActionCall]) -> None:
        """Nothing that a person gave is dropped without a word."""
        for call in calls:
            with pytest.raises(InputError) as caught:
                connector.run(replace(call, inputs={**call.inputs, "no_such_input": 1}))
            assert "no_such_input" in [problem.path for problem in caught.value.problems]

    def test_a_missing_input_is_asked_for_by_name(self, connector: Connector, calls: list[ActionCall]) -> None:
        """Required means required, before anything leaves the machine."""
        for call in calls:
            action = connector.manifest.action(call.action)
            assert action is not None
            for field in action.inputs:
                if field.required:
                    with pytest.raises(InputError) as caught:
                        connector.run(replace(call, inputs={k: v for k, v in call.inputs.items() if k != field.id}))
                    assert field.id in [problem.path for problem in caught.value.problems]

    def test_paging_cuts_the_same_list(self, connector: Connector, calls: list[ActionCall]) -> None:
        """Limit and offset choose a part of what the read gives back without them; a limit of zero gives nothing."""
        for call in self._reads(connector, calls, "pageable"):
            everything = connector.run(call).output
            assert connector.run(replace(call, limit=0)).output == []
            assert connector.run(replace(call, limit=1)).output == everything[:1]
            assert connector.run(replace(call, offset=1)).output == everything[1:]
            assert connector.run(replace(call, limit=1, offset=1)).output == everything[1:2]

    def test_a_stream_gives_the_same_items(self, connector: Connector, calls: list[ActionCall]) -> None:
        """Streaming is another way to receive, not another read."""
        for call in self._reads(connector, calls, "pageable"):
            assert list(connector.stream(call)) == connector.run(call).output

    def test_a_filter_works_on_every_field(self, connector: Connector, calls: list[ActionCall]) -> None:
        """A filter on a field's own value finds exactly the items with that value."""
        for call in self._reads(connector, calls, "filterable"):
            items = connector.run(call).output
            for name in type(items[0]).model_fields:
                value = getattr(items[0], name)
                found = connector.run(replace(call, filter=Comparison("eq", name, value))).output
                assert found == [
                    item
                    for item in items
                    if getattr(item, name) == value or (not value and not getattr(item, name) and value != 0)
                ]

    def test_a_policy_can_refuse_every_action(
        self, connector_id: str, plugins: Plugins, connection: Connection, calls: list[ActionCall]
    ) -> None:
        """A refusal comes before the handler."""
        plugins.register(_Refusal(), "refusal")
        with load_connector(connector_id, plugins=plugins) as connector:
            connector.open(connection)
            for call in calls:
                with pytest.raises(RefusedError):
                    connector.run(call)

    def test_a_blank_connection_field_is_refused(
        self, connector_id: str, plugins: Plugins, connection: Connection
    ) -> None:
        """A form that was left empty never falls back to credentials from somewhere else."""
        connector = load_connector(connector_id, plugins=plugins)
        for blank in ("", "   "):
            for name in connection.values:
                with pytest.raises(InputError) as caught:
                    connector.open(replace(connection, values={**connection.values, name: blank}))
                assert name in [problem.path for problem in caught.value.problems]

    def test_secrets_are_not_printed(self, connector: Connector, connection: Connection) -> None:
        """A repr ends in logs sooner or later."""
        method = connector.manifest.method(connection.method)
        assert method is not None
        printed = repr(connection) + repr(connector) + repr(vars(connector))
        for field in method.fields:
            if field.type.scalar == "sensitive":
                assert connection.secret(field.id).get_secret_value() not in printed

    @staticmethod
    def _reads(connector: Connector, calls: list[ActionCall], capability: str) -> Iterator[ActionCall]:
        actions: dict[str, Any] = {action.id: action for action in connector.manifest.actions}
        return (call for call in calls if getattr(actions[call.action], capability))
