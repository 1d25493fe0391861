"""The bases of generated operators: carry out one action, once for a task instance, however often it is tried."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import BaseOperator

from connector_kit.hosts.airflow.hook import ConnectorHook

try:
    from airflow.sdk import ResumableJobMixin
except ImportError:

    class ResumableJobMixin:  # type: ignore[no-redef]
        """What Airflow 3.2 lacks: it keeps no state of a task, so a retry learns from the journal alone that it is done."""

        def execute_resumable(self, context: Context) -> Any:
            """Act, or find what an earlier try has done."""
            job: Any = self
            return job.get_job_result(job.submit_job(context), context)


if TYPE_CHECKING:
    from airflow.sdk import Context
    from pydantic import JsonValue

# How many items go into XCom where no limit was given; Airflow keeps it in its own database.
XCOM_CAP = 1_000


class ActionOperator(BaseOperator):
    """Carry out one action of a connector. Its inputs are attributes of the operator, by the names of the manifest."""

    hook_class: ClassVar[type[ConnectorHook]]
    action: ClassVar[str]
    # The inputs, and the attributes that hold them: Airflow's operators have some names of their own.
    inputs: ClassVar[Mapping[str, str]]

    def pre_execute(self, context: Context) -> None:
        """Let a failure be retried when the service said, unless the task has a retry policy of its own."""
        super().pre_execute(context)
        # Part of Airflow since 3.3; before, retry_delay alone decides.
        if getattr(self, "retry_policy", self) is None:
            from connector_kit.hosts.airflow.retrying import RetryWhenTold

            self.retry_policy = RetryWhenTold()

    def _do_render_template_fields(
        self, parent: Any, template_fields: Iterable[str], context: Context, jinja_env: Any, seen_oids: set[int]
    ) -> None:
        """Fill in templates, but not in what another task has handed to ``expand_kwargs``.

        Airflow 3.3 takes that for templates, although it leaves alone what ``expand`` or an output hands over: a text of a stranger
        could ask for the password of a connection, and would be sent it.
        """
        data = mapped_data(self, context["ti"].map_index)
        templates = [name for name in template_fields if name not in data]
        super()._do_render_template_fields(parent, templates, context, jinja_env, seen_oids)

    @property
    def hook(self) -> ConnectorHook:
        """A hook for the operator's connection."""
        return self.hook_class(getattr(self, self.hook_class.conn_name_attr))

    def given(self) -> dict[str, Any]:
        """Return the inputs that were given, as what they are to be: a template makes a text of a number, or the reverse."""
        from connector_kit.hosts.airflow.rendered import as_declared

        values = {name: getattr(self, attribute) for name, attribute in self.inputs.items()}
        action = self.hook.spec(self.action)
        return {name: as_declared(action, name, value) for name, value in values.items() if value is not None}


def mapped_data(operator: BaseOperator, index: int) -> Collection[str]:
    """Return the template fields of a mapped task instance that ``expand_kwargs`` filled with what another task has returned."""
    mapped = operator.dag.get_task(operator.task_id) if operator.has_dag() else operator
    given = getattr(getattr(mapped, "expand_input", None), "value", None)
    # expand() holds a dictionary; a list stands in the DAG file, where its author may have written templates.
    if given is None or isinstance(given, dict) or (isinstance(given, Sequence) and isinstance(given[index], Mapping)):
        return ()
    written: Mapping[str, Any] = mapped.partial_kwargs
    defaults = {**operator.dag.default_args, **(written.get("default_args") or {})}
    return [
        name
        for name in operator.template_fields
        if name not in written and not (name in defaults and getattr(operator, name) == defaults[name])
    ]


class ReadOperator(ActionOperator):
    """Carry out a read. Its items go into XCom, or into a file of one JSON object a line."""

    output_path: str | None

    def execute(self, context: Context) -> list[dict[str, Any]] | dict[str, Any]:  # noqa: ARG002 - Airflow's signature
        """Return the items, or with ``output_path`` where they are and how many.

        Raises:
            AirflowFailException: if there are more than XCom should hold and no limit was given: nothing is left out silently.
        """
        if self.output_path is not None:
            from connector_kit.hosts.airflow.ndjson import written

            return written(self.output_path, self.hook.stream(self.action, self.given()))
        advice = "which is more than XCom should hold. Give output_path to write all of them to a file, or a limit."
        return self.hook.items(self.action, self.given(), cap=XCOM_CAP, advice=advice)


class ValueOperator(ActionOperator):
    """Carry out an action that gives back one value."""

    def execute(self, context: Context) -> Any:  # noqa: ARG002 - Airflow's signature
        """Return the action's output."""
        return self.hook.run(self.action, self.given()).output


class OnceOperator(ValueOperator):
    """Carry out an action that changes something and knows no idempotency key: it is never retried, because that could act twice."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.retries = 0


class MutationOperator(ResumableJobMixin, ActionOperator):
    """Carry out an action that changes something, once for a task instance.

    Three things keep it from acting twice: the key under which the connector's journal knows this task instance, what
    Airflow's task state store keeps of it since Airflow 3.3, and that an unknown outcome is looked up and never repeated.
    """

    external_id_key = "connector_result"
    key_name: ClassVar[str]
    dry_run_name: ClassVar[str | None] = None

    def execute(self, context: Context) -> Any:
        """Return the action's output. A dry run is skipped, with what would be done in the XCom ``preview``."""
        return self.execute_resumable(context)

    def submit_job(self, context: Context) -> JsonValue:
        """Act, or find what an earlier try has done."""
        given, key, content = self._asked(context)
        with self._own_key_explained():
            result = self.hook.run(self.action, {**given, self.key_name: key})
        if result.preview is not None:
            from airflow.sdk.exceptions import AirflowSkipException

            context["ti"].xcom_push(key="preview", value=dict(result.preview))
            raise AirflowSkipException("A dry run: nothing was sent. What would be sent is in the XCom preview.")
        return {"output": result.output, "key": key, "content": content}

    def get_job_status(self, external_id: JsonValue, context: Context) -> str:
        """Say whether this is done: under the same key it stays done, however often the task is cleared.

        Raises:
            AirflowFailException: if the inputs are others than those that were acted on under this key.
        """
        _, key, content = self._asked(context)
        before = external_id if isinstance(external_id, dict) else {}
        if before.get("key") != key:
            return "not asked for"
        if before.get("content") != content:
            raise self._acted_otherwise()
        return "done"

    def is_job_active(self, status: str) -> bool:  # noqa: ARG002 - Airflow's signature
        """Say that nothing is under way: a sensor waits for what becomes of it."""
        return False

    def is_job_succeeded(self, status: str) -> bool:
        """Tell whether it is done."""
        return status == "done"

    def poll_until_complete(self, external_id: JsonValue, context: Context) -> None:
        """Wait for nothing: what was acted on is done."""

    def get_job_result(self, external_id: JsonValue, context: Context) -> Any:  # noqa: ARG002 - Airflow's signature
        """Return the action's output."""
        return external_id["output"] if isinstance(external_id, dict) else None

    def _asked(self, context: Context) -> tuple[dict[str, Any], str, str]:
        """Return the inputs, the key under which they are acted on, and a digest of what they say."""
        from connector_kit.hosts.airflow.keys import content_digest, task_key

        given = self.given()
        said = self.hook.said(self.action, given)
        key = given.get(self.key_name) or task_key(context["ti"], said)
        return given, key, content_digest(context["ti"], said)

    @contextmanager
    def _own_key_explained(self) -> Iterator[None]:
        """Say what to do in Airflow's words if the key that was refused is one that nobody gave."""
        from airflow.sdk.exceptions import AirflowFailException

        try:
            yield
        except AirflowFailException as failed:
            problems = getattr(failed.__cause__, "problems", ())
            if self.key_name not in self.given() and any(problem.path == self.key_name for problem in problems):
                raise self._acted_otherwise() from failed.__cause__
            raise

    def _acted_otherwise(self) -> Exception:
        from airflow.sdk.exceptions import AirflowFailException

        return AirflowFailException(
            "This task has acted in this run already, with other inputs; nothing was done now. To act again, trigger a new run, or "
            f"give {self.key_name} a value of its own."
        )


class BatchOperator(ActionOperator):
    """Carry out an action for each of many rows, some at once; each row at most once in a run of the DAG."""

    key_name: ClassVar[str]
    rows: Sequence[Mapping[str, Any]]
    at_once: int
    per_second: float | None
    fail_on_refused: bool

    def execute(self, context: Context) -> list[Any]:
        """Return the output of each row, in their order; None for a row that was refused.

        How each row ended is in the XCom ``ends``: its number, and its output or its error, which names no person.

        Raises:
            AirflowFailException: if rows were refused, unless ``fail_on_refused`` is off, or the outcome of some is unknown.
            ConnectorError: if a retry may solve it; it does not repeat the rows that are done.
        """
        from connector_kit.hosts.airflow.batch import Batch, raise_for, told

        batch = Batch(self.hook, self.action, self.key_name, self.given(), self.rows)
        ends = batch.ends(context["ti"], at_once=self.at_once, per_second=self.per_second)
        context["ti"].xcom_push(key="ends", value=[told(end) for end in ends])
        raise_for(ends, fail_on_refused=self.fail_on_refused)
        return [end.output for end in ends]
