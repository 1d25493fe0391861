"""Give what a task does an idempotency key, so that a retried or killed task acts once, and ask for a journal that its retry finds."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from typing import Any

from airflow.sdk import get_current_context
from airflow.sdk.configuration import conf

from connector_kit import InputError
from connector_kit.journal import digest
from connector_kit.journal.opening import VARIABLE

# Executors whose tasks run on the scheduler's machine, where a retry finds the journal that is a file there.
_ONE_MACHINE = ("LocalExecutor", "SequentialExecutor")

# How often each try of a task instance has asked for one content so far. Airflow gives a try a process of its own, dag.test does not.
_asked: Counter[str] = Counter()


def run_key(instance: Any) -> str:
    """Return the name of a task in its run, the same for all of its mapped instances and tries."""
    return digest("airflow", instance.dag_id, instance.run_id, instance.task_id)


def instance_key(instance: Any) -> str:
    """Return the key of a task instance: the same in every try, another in every run."""
    return digest(run_key(instance), str(instance.map_index))


def content_key(content: Mapping[str, Any]) -> str | None:
    """Return the key for something that the code of a task does now; None outside of a task.

    A retry asks for the same contents in the same numbers, so the nth of a content has the key of the nth of the try before.
    """
    try:
        instance = get_current_context()["ti"]
    except RuntimeError:
        return None
    said = [f"{name}={content[name]!r}" for name in sorted(content) if content[name] is not None]
    key = digest(instance_key(instance), *said)
    asked = f"{instance.id} {instance.try_number} {key}"
    _asked[asked] += 1
    return digest(key, str(_asked[asked]))


def require_journal() -> None:
    """Refuse to act where a retry may run on another machine and no journal is named that it would find there.

    Raises:
        InputError: with what to set.
    """
    if os.environ.get(VARIABLE, "").strip():
        return
    executors = conf.get("core", "executor", fallback="LocalExecutor")
    # Several are written as "LocalExecutor,alias:package.module.Class", and teams as "team=...;..."
    names = {
        part.rpartition("=")[2].rpartition(":")[2].rpartition(".")[2].strip()
        for part in executors.replace(";", ",").split(",")
    }
    if not names <= {*_ONE_MACHINE, ""}:
        raise InputError(
            f"Nothing was sent: tasks run on several machines ({executors}), and no journal is named that all of them share, so a "
            f"retried task could act twice. Set {VARIABLE}=postgresql://... in the environment of every worker."
        )
