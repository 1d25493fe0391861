"""Give what a task does an idempotency key, so that a retried or killed task acts once, and ask for a journal that its retry finds."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from typing import Any

from airflow.sdk import get_current_context
from airflow.sdk.configuration import conf

from connector_kit import ActionSpec, InputError
from connector_kit.journal import digest
from connector_kit.journal.opening import VARIABLE

# Executors whose tasks run on the scheduler's machine, where a retry finds the journal that is a file there.
_ONE_MACHINE = ("LocalExecutor", "SequentialExecutor")
# Airflow sets it in the pods of KubernetesExecutor, whose own setting says LocalExecutor there.
_POD = "AIRFLOW_IS_K8S_EXECUTOR_POD"

# How often each try of a task instance has asked for one content so far. Airflow gives a try a process of its own, dag.test does not.
_asked: Counter[str] = Counter()


def run_key(instance: Any) -> str:
    """Return the name of a task in its run, the same for all of its mapped instances and tries."""
    return digest("airflow", instance.dag_id, instance.run_id, instance.task_id)


def said(action: ActionSpec, content: Mapping[str, Any]) -> list[str]:
    """Return what a call says, for a digest: all of its content but the key, and whether it is a dry run."""
    apart = (action.idempotency_key, action.dry_run)
    return [f"{name}={content[name]!r}" for name in sorted(content) if content[name] is not None and name not in apart]


def task_key(instance: Any, what: list[str]) -> str:
    """Return the key of what a task instance does, the same in every try and another in every run.

    A mapped instance is known by what it says and not by its index: after a list was collected again, another person may stand at
    an index, and who stood there was texted already.
    """
    return run_key(instance) if instance.map_index in (None, -1) else content_digest(instance, what)


def content_digest(instance: Any, what: list[str]) -> str:
    """Return a digest of what is said in a run, which tells nothing of it to whoever does not know it."""
    return digest(run_key(instance), *what)


def content_key(what: list[str]) -> str | None:
    """Return the key for something that the code of a task does now; None outside of a task.

    A retry asks for the same contents in the same numbers, so the nth of a content has the key of the nth of the try before.
    """
    try:
        instance = get_current_context()["ti"]
    except RuntimeError:
        return None
    key = content_digest(instance, what)
    asked = f"{instance.id} {instance.try_number} {key}"
    _asked[asked] += 1
    return digest(key, str(_asked[asked]))


def require_journal() -> None:
    """Refuse to act where a retry may run on another machine and no database is named that it would find from there.

    Raises:
        InputError: with what to set.
    """
    if "://" in os.environ.get(VARIABLE, ""):
        return
    executors = conf.get("core", "executor", fallback="LocalExecutor")
    # Several are written as "LocalExecutor,alias:package.module.Class", and teams as "team=...;..."
    names = {
        part.rpartition("=")[2].rpartition(":")[2].rpartition(".")[2].strip()
        for part in executors.replace(";", ",").split(",")
    }
    if os.environ.get(_POD) or not names <= {*_ONE_MACHINE, ""}:
        raise InputError(
            "Nothing was sent: tasks run on several machines, and no database is named in which all of them remember what was sent, so "
            f"a retried task could act twice. Set {VARIABLE}=postgresql://... in the environment of every worker."
        )
