"""The name under which a worker of Airflow runs tasks: workers of one machine are to look like workers of several."""

from __future__ import annotations

import os


def name() -> str:
    """Return the name that the harness gave to this process."""
    return os.environ["WORKER_NAME"]
