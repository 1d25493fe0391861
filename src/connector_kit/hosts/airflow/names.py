"""What the classes and modules of a generated Airflow provider are called. Nothing here needs Airflow."""

from __future__ import annotations

import re

from connector_kit import ActionSpec, ConceptSpec, Manifest
from connector_kit.hosts.writing import pascal


def conn_name(manifest: Manifest) -> str:
    """Return the name of the argument that takes the id of an Airflow connection."""
    return f"{manifest.id}_conn_id"


def default_conn(manifest: Manifest) -> str:
    """Return the id of the Airflow connection that is used where none is named."""
    return f"{manifest.id}_default"


def hook_class(manifest: Manifest) -> str:
    """Return the name of the hook."""
    return f"{pascal(re.sub('[^A-Za-z0-9]+', '_', manifest.name))}Hook"


def operator_class(action: ActionSpec) -> str:
    """Return the name of the operator that carries an action out."""
    return f"{pascal(action.id)}Operator"


def batch_class(action: ActionSpec) -> str:
    """Return the name of the operator that carries an action out for many rows."""
    return f"{pascal(action.id)}BatchOperator"


def sensor_class(concept: ConceptSpec) -> str:
    """Return the name of the sensor that waits for the end of an item."""
    return f"{pascal(concept.id)}Sensor"
