"""Open what an Airflow connection says, or say what to change in the words of its form."""

from __future__ import annotations

from connector_kit import Connector, FieldSpec, InputError
from connector_kit.hosts.airflow.form import Filled, Form, method_and_values
from connector_kit.hosts.opened import Opened


def opened(connector: Connector, filled: Filled, conn_id: str) -> Opened:
    """Open a connection of Airflow. Nothing is sent.

    Its host, which the form does not show, replaces the service's own address: for a proxy, or a stand-in on this machine.

    Raises:
        InputError: if it needs a change, with the labels of its form.
    """
    manifest = connector.manifest
    try:
        method, values = method_and_values(manifest, filled)
        return Opened.shared(connector, method, values, name=conn_id, base_url=filled.host or None)
    except InputError as error:
        labels = {field.id: field.label for field in _fields(Form.of(manifest))}
        faults = [problem.sentence(labels.get(problem.path, problem.path)) for problem in error.problems] or [
            error.message
        ]
        raise InputError(" ".join([f"{described(conn_id)} needs a change. Nothing was sent.", *faults])) from None


def described(conn_id: str) -> str:
    """Return how a sentence begins that tells which connection is to be changed."""
    return f"The Airflow connection {conn_id!r}"


def _fields(form: Form) -> list[FieldSpec]:
    return [field for field in (form.login, form.password, *form.extras) if field is not None]
