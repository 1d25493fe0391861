"""Run DAG files as ``dag.test`` does, in a process of its own that is asked by lines of JSON: ``python -m airflow_run``.

A question is ``{"file", "when", "env"}``, and may have a ``conf`` of the run and a ``setup``: the ``module:function`` that is called
with the DAG before it runs. The DAG of a file is its ``DAG``, or what its function of the file's name makes. The answer follows what
Airflow prints, on a line of its own, and tells what became of each task. The same file and date again is the same run, cleared.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

ENDED = "ENDED "  # before the answer: everything else on this output is Airflow's


def main() -> None:
    """Answer until there are no more questions."""
    import connector_kit.reads
    import twilio_connector.lookup
    import twilio_connector.retries

    # A message that nobody finds is looked for long enough to see that it is looked for; a wait that Twilio asks for is Airflow's.
    twilio_connector.lookup.LOOKS = (0.0, 0.0, 0.0, 0.0, 0.1)
    twilio_connector.retries.LONGEST_WAIT = 0.0
    # What is more than a list should hold need not be much.
    connector_kit.reads.READ_CAP = 1_000
    for line in sys.stdin:
        question = json.loads(line)
        os.environ.update(question["env"])
        sys.stdout.write(f"{ENDED}{json.dumps(_answer(question), default=str)}\n")
        sys.stdout.flush()


def _answer(question: dict[str, Any]) -> dict[str, Any]:
    spec = importlib.util.spec_from_file_location("lab", question["file"])
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    when = datetime.fromisoformat(question["when"])
    dag = module.DAG if hasattr(module, "DAG") else getattr(module, Path(question["file"]).stem)()
    if question.get("setup"):
        name, _, function = question["setup"].partition(":")
        getattr(importlib.import_module(name), function)(dag)
    run = dag.test(logical_date=when, run_after=when, run_conf=question.get("conf"))
    return {"state": run.state, "tasks": [_told(instance) for instance in run.get_task_instances()]}


def _told(instance: Any) -> dict[str, Any]:
    from airflow.models.xcom import XComModel
    from airflow.settings import Session

    with Session() as session:
        found = session.query(XComModel).filter_by(
            dag_id=instance.dag_id, run_id=instance.run_id, task_id=instance.task_id, map_index=instance.map_index
        )
        xcoms = {xcom.key: XComModel.deserialize_value(xcom) for xcom in found}
    return {
        "task": instance.task_id,
        "index": instance.map_index,
        "state": instance.state,
        "tries": instance.try_number,
        "xcoms": xcoms,
    }


if __name__ == "__main__":
    main()
