"""The hook for Airflow leads to the same path as every other host: the same calls, in the environment in which Airflow is."""

from __future__ import annotations

import copy
import json
import os
import pickle
from collections.abc import Iterator
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from connector_kit import Connector, ConnectorError, InputError
from connector_kit.hosts.airflow.generator import modules
from one_path import CALLS, Asked
from one_path_drivers import Desk, Driver, Ending
from one_path_hosts import differences
from twilio_sandbox import Sandbox
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN, OWN_NUMBER, account
from twilio_sandbox.server import serving

# Nothing listens there: the connector of these tests is wired to a sandbox in this process.
NOWHERE = "http://127.0.0.1:9"
# Airflow itself warns while it is imported.
pytestmark = pytest.mark.filterwarnings("default")


class Hook(Driver):
    """``ConnectorHook.run``, on which operators, methods and toolsets stand. An error fails the task, with ours as its cause."""

    name = "airflow"

    def call(self, desk: Desk, asked: Asked) -> Ending:
        from connector_kit.hosts import opened
        from twilio_connector.airflow.hooks import TwilioHook

        # The connector of the call before is wired to another sandbox.
        desk.monkeypatch.setattr(opened, "_loaded", {})
        connection = {"conn_type": "twilio", "login": ACCOUNT_SID, "password": os.environ["MY_TOKEN"], "host": NOWHERE}
        desk.monkeypatch.setenv("AIRFLOW_CONN_TWILIO_DEFAULT", json.dumps(connection))
        try:
            return Ending.of(TwilioHook().run(asked.action, asked.document).to_json())
        except Exception as failed:
            # What a retry may solve passes as it is; all else fails the task, with the connector's error as the cause.
            error = failed if isinstance(failed, ConnectorError) else failed.__cause__
            if not isinstance(error, ConnectorError) or error.retryable != (error is failed):
                raise
            return Ending.of({"error": error.to_json()})


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let Airflow, which looks for its folder when it is imported, find an empty one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.mark.parametrize("asked", CALLS, ids=lambda asked: asked.name)
def test_a_call_of_the_hook_ends_as_in_python(
    asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert differences(Desk(tmp_path, monkeypatch, capsys), asked, Hook()) == []


def test_the_provider_of_any_connector_works(
    toy: Connector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The toy's modules, as its package would carry them."""
    from connector_kit.hosts import opened

    folder = tmp_path / "toy_provider"
    folder.mkdir()
    for name, text in modules(toy.manifest, package="toy", module="toy_provider").items():
        (folder / name).write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(opened, "_loaded", {"toy": toy})
    connection = {"conn_type": "toy", "login": "Ana", "password": "1234"}
    monkeypatch.setenv("AIRFLOW_CONN_TOY_DEFAULT", json.dumps(connection))
    hook = import_module("toy_provider.hooks").ToyHook()
    assert hook.test_connection()[0]
    written = hook.write_note("Water the plants", stars=2)
    assert [note["text"] for note in hook.read_notes(filter=["eq", "name", written])] == ["Water the plants"]
    operator = import_module("toy_provider.operators").WriteNoteOperator(
        task_id="write", note_text="Once", default_args={"retries": 3}
    )
    assert operator.retries == 0, "it has no key, so a retry could write it twice"


class Store(dict[str, object]):
    """A task state store of Airflow."""

    def set(self, key: str, value: object) -> None:
        """Keep a value."""
        self[key] = value


def test_a_task_that_has_acted_acts_again_only_under_another_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Airflow keeps what a task did over its retries and clears; our advice to give another key must work beside that."""
    from airflow.sdk.exceptions import AirflowFailException

    from twilio_connector.airflow.operators import SendSmsMessageOperator

    sandbox = Sandbox()
    sandbox.store.add_account(account())
    store, ti = Store(), SimpleNamespace(dag_id="d", run_id="r", task_id="send", map_index=-1, stats_tags={})

    def run(text: str, number: str = "+12125550101", key: str | None = None) -> str:
        operator = SendSmsMessageOperator(
            task_id="send", sender_number=OWN_NUMBER, recipient_number=number, message_body=text, idempotency_key=key
        )
        return str(operator.execute({"ti": ti, "task_state_store": store}))

    with serving(sandbox) as address:
        connection = {"conn_type": "twilio", "login": ACCOUNT_SID, "password": AUTH_TOKEN, "host": address}
        monkeypatch.setenv("AIRFLOW_CONN_TWILIO_DEFAULT", json.dumps(connection))
        first = run("One")
        assert run("One") == run("One", number="+1 (212) 555-0101") == first
        with pytest.raises(AirflowFailException, match="has acted in this run already, with other inputs"):
            run("Two")
        second = run("Two", key="k2")
        assert second != first
        assert run("Two", key="k2") == second
    assert sandbox.store.count(ACCOUNT_SID) == 2


def test_a_hook_is_copied_and_pickled_without_what_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    from twilio_connector.airflow.hooks import TwilioHook

    connection = {"conn_type": "twilio", "login": ACCOUNT_SID, "password": AUTH_TOKEN, "host": NOWHERE}
    monkeypatch.setenv("AIRFLOW_CONN_TWILIO_DEFAULT", json.dumps(connection))
    hook = TwilioHook()
    name = hook.open()
    assert AUTH_TOKEN.encode() not in pickle.dumps(hook)
    copied = copy.deepcopy(hook)
    assert copied.open() == name, "an equal connection is opened once in a process"
    del hook
    assert copied.open() == name


@pytest.mark.parametrize("wrong", ["", "None", "['SM1', 'SM2']", 5, [["SM1"]], None])
def test_a_sensor_is_told_what_it_cannot_wait_for(wrong: Any) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    from twilio_connector.airflow.sensors import TwilioSmsMessageSensor

    sensor = TwilioSmsMessageSensor(task_id="wait", sid=wrong, deferrable=True)
    with pytest.raises(AirflowFailException, match="Give one sid, or a list of them"):
        sensor.execute({})


@pytest.mark.parametrize(
    ("executor", "pod", "journal", "refused"),
    [
        ("LocalExecutor", "", "", False),
        ("LocalExecutor", "", "/var/journal.sqlite3", False),
        ("LocalExecutor", "True", "", True),
        ("LocalExecutor", "True", "postgresql://db/journal", False),
        ("CeleryExecutor", "", "/var/journal.sqlite3", True),
        ("CeleryExecutor", "", "postgresql://db/journal", False),
        ("LocalExecutor,edge:airflow.providers.edge3.executors.EdgeExecutor", "", "", True),
        ("airflow.executors.local_executor.LocalExecutor", "", "", False),
        ("team1=KubernetesExecutor;LocalExecutor", "", "", True),
    ],
)
def test_a_database_is_asked_for_where_tasks_run_on_several_machines(
    executor: str, pod: str, journal: str, refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from connector_kit.hosts.airflow.keys import require_journal

    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", executor)
    monkeypatch.setenv("AIRFLOW_IS_K8S_EXECUTOR_POD", pod)
    monkeypatch.setenv("CONNECTOR_KIT_JOURNAL", journal)
    with pytest.raises(InputError, match="CONNECTOR_KIT_JOURNAL=postgresql://") if refused else nullcontext():
        require_journal()
