"""Tell Airflow what a connector brings: the dictionary that ``get_provider_info`` returns. Nothing here needs Airflow.

Its shape is Airflow's ``provider_info.schema.json``; Airflow draws the connection form from it without importing the hook.
"""

from __future__ import annotations

from typing import Any

from connector_kit import Manifest
from connector_kit.hosts.airflow.form import Form, conn_fields
from connector_kit.hosts.airflow.names import hook_class

# The Test button of Airflow 3.3 compares the port, which the page sends as 0 if it is hidden, with the stored one, and refuses.
_PORT = "443"


def provider_info(manifest: Manifest, *, package: str, module: str) -> dict[str, Any]:
    """Return what Airflow is to know of a connector.

    Args:
        manifest: the connector's.
        package: the name of the distribution that offers it; Airflow compares the two.
        module: the package of the generated modules, such as ``my_connector.airflow``.
    """
    form = Form.of(manifest)
    told = {place: field for place, field in (("login", form.login), ("password", form.password)) if field is not None}
    parts = {"hooks": "hooks", "operators": "operators"}
    if any(concept.outcome is not None for concept in manifest.concepts):
        parts |= {"sensors": "sensors"}
    return {
        "package-name": package,
        "name": manifest.name,
        "description": " ".join(manifest.description.split()),
        "connection-types": [
            {
                "connection-type": manifest.id,
                "hook-class-name": f"{module}.hooks.{hook_class(manifest)}",
                "hook-name": manifest.name,
                "ui-field-behaviour": {
                    "hidden-fields": [
                        name for name in ("host", "schema", "login", "password", "extra") if name not in told
                    ],
                    "relabeling": {place: field.label for place, field in told.items()},
                    "placeholders": {
                        **{place: _first_sentence(field.help or field.description) for place, field in told.items()},
                        "port": _PORT,
                    },
                },
                "conn-fields": conn_fields(manifest),
            }
        ],
        **{
            part: [{"integration-name": manifest.name, "python-modules": [f"{module}.{name}"]}]
            for part, name in parts.items()
        },
    }


def _first_sentence(text: str) -> str:
    """Return what there is room for inside of a field."""
    first, more, _ = text.partition(". ")
    return f"{first}." if more else first
