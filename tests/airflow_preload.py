"""Import once in a Celery worker what else each of its tasks would import again: it forks a process for each.

The plugins of Airflow's providers alone took 85 % of the time of a task that does nothing.
"""

from __future__ import annotations

import importlib
from importlib.metadata import entry_points

_MODULES = (
    "airflow.dag_processing.bundles.manager",
    "airflow.dag_processing.dagbag",
    "airflow.sdk.execution_time.task_runner",
    "connector_kit.hosts.airflow.keys",
    "connector_kit.journal.postgres",
    "psycopg",
    "twilio_connector.airflow.operators",
)

for _group in ("airflow.plugins", "connector_kit"):
    for _plugin in entry_points(group=_group):
        _plugin.load()
for _module in _MODULES:
    importlib.import_module(_module)
