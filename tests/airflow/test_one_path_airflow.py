"""The hook for Airflow leads to the same path as every other host: the same calls, in the environment in which Airflow is."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from connector_kit import Connector, ConnectorError
from connector_kit.hosts.airflow.generator import modules
from one_path import CALLS, Asked
from one_path_drivers import Desk, Driver, Ending
from one_path_hosts import differences
from twilio_sandbox.seed import ACCOUNT_SID

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
