"""Write a connector's provider for Airflow: from a manifest to the texts of its Python modules. It needs no package of Airflow.

The same manifest gives the same texts. A generated class has its inputs as named, typed and documented arguments, which is what
people complete in an editor, what Airflow maps and templates, and what agent toolsets make a model's tools of.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from connector_kit import ActionSpec, ConceptSpec, Manifest, OutcomeSpec
from connector_kit.hosts.airflow import arguments
from connector_kit.hosts.airflow.names import (
    batch_class,
    conn_name,
    default_conn,
    hook_class,
    operator_class,
    sensor_class,
)
from connector_kit.hosts.airflow.provider import provider_info
from connector_kit.hosts.writing import INDENT, escaped, inside, quoted

_HEAD = '''"""{sentence}

Generated from connector.yaml by ``connector generate airflow-provider {id}``: change connector.yaml, not this file.
"""
'''


def modules(manifest: Manifest, *, package: str, module: str) -> dict[str, str]:
    """Return the text of each module by its file's name.

    Args:
        manifest: the connector's.
        package: the name of the distribution that offers it.
        module: the package that the modules stand in, such as ``my_connector.airflow``.

    Raises:
        InputError: if something in the manifest cannot be said in Python.
    """
    texts = {
        "__init__.py": _head(
            manifest,
            f"{manifest.name} for Apache Airflow: hooks, operators, sensors, and what Airflow is told of them.",
        ),
        "get_provider_info.py": _info(manifest, package, module),
        "hooks.py": _hooks(manifest),
        "operators.py": _operators(manifest, module),
    }
    if any(concept.outcome for concept in manifest.concepts):
        texts["sensors.py"] = _sensors(manifest, module)
    return texts


def _head(manifest: Manifest, sentence: str) -> str:
    return _HEAD.format(sentence=escaped(sentence), id=manifest.id)


def _info(manifest: Manifest, package: str, module: str) -> str:
    info = provider_info(manifest, package=package, module=module)
    lines = [
        _head(
            manifest,
            f"What Airflow is told of {manifest.name}. It imports nothing, so that forms are drawn without the hook.",
        ),
        "from __future__ import annotations",
        "",
        "from typing import Any",
        "",
        "",
        "def get_provider_info() -> dict[str, Any]:",
        f'{INDENT}"""Return the provider\'s metadata, in the shape of Airflow\'s ``provider_info.schema.json``."""',
        f"{INDENT}return {_literal(info, 1)}",
    ]
    return "\n".join(lines) + "\n"


def _literal(value: object, depth: int) -> str:
    """Write a JSON value as the formatter would write it in Python, one entry a line."""
    inside, outside = INDENT * (depth + 1), INDENT * depth
    if isinstance(value, dict) and value:
        entries = [f"{inside}{quoted(key)}: {_literal(each, depth + 1)},\n" for key, each in value.items()]
        return "{\n" + "".join(entries) + outside + "}"
    if isinstance(value, list) and value:
        return "[\n" + "".join(f"{inside}{_literal(each, depth + 1)},\n" for each in value) + outside + "]"
    return quoted(value) if isinstance(value, str) else repr(value)


# ---- the hook -------------------------------------------------------------------------------------------------------


def _hooks(manifest: Manifest) -> str:
    name, conn = hook_class(manifest), conn_name(manifest)
    lines = [
        _head(
            manifest,
            f"The hook of {manifest.name}: its actions as methods, for tasks of your own and for agents' toolsets.",
        ),
        "from __future__ import annotations",
        "",
        *_datetime(manifest),
        "from typing import Any",
        "",
        "from connector_kit.hosts.airflow.hook import ConnectorHook",
        "",
        "",
        f"class {name}(ConnectorHook):",
        *arguments.docstring(
            1, manifest.description, [(conn, f"The id of an Airflow connection of the type ``{manifest.id}``.")]
        ),
        "",
        f"{INDENT}connector_id = {quoted(manifest.id)}",
        f"{INDENT}conn_name_attr = {quoted(conn)}",
        f"{INDENT}default_conn_name = {quoted(default_conn(manifest))}",
        f"{INDENT}conn_type = {quoted(manifest.id)}",
        f"{INDENT}hook_name = {quoted(manifest.name)}",
        "",
        f"{INDENT}def __init__(self, {conn}: str = default_conn_name, **kwargs: Any) -> None:",
        f"{INDENT * 2}super().__init__({conn}, **kwargs)",
        *[line for action in manifest.actions for line in _method(manifest, action)],
    ]
    return "\n".join(lines) + "\n"


def _datetime(manifest: Manifest) -> list[str]:
    used = any(field.type.scalar == "datetime" for action in manifest.actions for field in action.inputs)
    return ["from datetime import datetime"] if used else []


def _method(manifest: Manifest, action: ActionSpec) -> list[str]:
    parameters = arguments.parameters(action, dry_run=False)
    described = arguments.described(manifest, action, dry_run=False)
    is_list = action.output.type.is_list
    output = "list[dict[str, Any]]" if is_list else arguments.written(str(action.output.type))
    # All of the items, or an error: nobody would miss what is left out.
    method, taken = ("items", "") if is_list else ("run", ".output")
    # A toolset shows a model the first paragraph alone, so all of it stands there.
    known = action.warning if action.mutation else action.usage
    return [
        "",
        f"{INDENT}def {arguments.name(action)}(",
        *inside(2, ["self", *parameters]),
        f"{INDENT}) -> {output}:",
        *arguments.docstring(2, f"{action.description} {known or ''}", described, action.output.description, one=True),
        f"{INDENT * 2}return self.{method}(",
        *inside(3, [quoted(action.id)]),
        f"{INDENT * 3}{{",
        *inside(4, [f"{quoted(name)}: {name}" for name in arguments.names(action, dry_run=False)]),
        f"{INDENT * 3}}},",
        f"{INDENT * 2}){taken}",
    ]


# ---- operators ------------------------------------------------------------------------------------------------------


def _operators(manifest: Manifest, module: str) -> str:
    bases = sorted({base for action in manifest.actions for base in _bases(action)})
    lines = [
        _head(manifest, f"The operators of {manifest.name}: an action is a task."),
        "from __future__ import annotations",
        "",
        "from collections.abc import Mapping, Sequence",
        *_datetime(manifest),
        "from typing import Any",
        "",
        f"from connector_kit.hosts.airflow.operators import {', '.join(bases)}",
        f"from {module}.hooks import {hook_class(manifest)}",
        *[line for action in manifest.actions for line in _operator(manifest, action)],
        *[line for action in manifest.actions if action.idempotency_key for line in _batch(manifest, action)],
    ]
    return "\n".join(lines) + "\n"


def _bases(action: ActionSpec) -> list[str]:
    if action.output.type.is_list:
        return ["ReadOperator"]
    if action.idempotency_key:
        return ["MutationOperator", "BatchOperator"]
    return ["OnceOperator"] if action.mutation else ["ValueOperator"]


def _operator(manifest: Manifest, action: ActionSpec) -> list[str]:
    names = arguments.names(action)
    named = {"key_name": action.idempotency_key, "dry_run_name": action.dry_run} if action.idempotency_key else {}
    is_list = action.output.type.is_list
    path = ["output_path: str | None = None"] * is_list
    told = [
        (
            "output_path",
            (
                "Write the items there, one JSON object a line, instead of into XCom: a path or address as ObjectStoragePath takes "
                "it. The result is then the path and the count."
            ),
        )
    ] * is_list
    templated = [name for name in names if name not in arguments.OWN] + ["output_path"] * is_list
    return [
        "",
        "",
        f"class {operator_class(action)}({_bases(action)[0]}):",
        *arguments.docstring(
            1,
            " ".join([action.description, *([action.warning] if action.warning else [])]),
            [*arguments.described(manifest, action), *told, _conn_told(manifest)],
            action.output.description,
        ),
        "",
        f"{INDENT}hook_class = {hook_class(manifest)}",
        f"{INDENT}action = {quoted(action.id)}",
        *[f"{INDENT}{name} = {quoted(input_)}" for name, input_ in named.items() if input_],
        *_inputs_attribute(names),
        *_templates(manifest, templated),
        "",
        *_constructor(manifest, [*arguments.parameters(action), *path]),
        *[f"{INDENT * 2}self.{arguments.attribute(name)} = {name}" for name in names],
        *[f"{INDENT * 2}self.output_path = output_path"] * is_list,
        f"{INDENT * 2}self.{conn_name(manifest)} = {conn_name(manifest)}",
    ]


def _batch(manifest: Manifest, action: ActionSpec) -> list[str]:
    left_out = (action.dry_run, action.idempotency_key)
    shared = [field for field in action.inputs if field.id not in left_out]
    told = [
        ("rows", "One dictionary of inputs for each; what stands in a row wins over what is given for all."),
        *[(field.id, f"For every row that has none of its own. {field.description}") for field in shared],
        ("at_once", "How many rows may be under way at a time, 1 to 1,000."),
        ("per_second", "How many rows may begin in a second; without it, as many as the service takes."),
        ("fail_on_refused", "Whether the task fails if rows were refused; all others are carried out either way."),
        _conn_told(manifest),
    ]
    parameters = [
        "rows: Sequence[Mapping[str, Any]]",
        *[f"{field.id}: {arguments.annotation(field, required=False)} = None" for field in shared],
        "at_once: int = 10",
        "per_second: float | None = None",
        "fail_on_refused: bool = True",
    ]
    return [
        "",
        "",
        f"class {batch_class(action)}(BatchOperator):",
        *arguments.docstring(
            1,
            f"{action.label}, for each of many rows: for more recipients than Airflow maps tasks. In one run of a DAG, rows that say "
            "the same are carried out once.",
            told,
            "The output of each row, in their order; None for a row that was refused",
        ),
        "",
        f"{INDENT}hook_class = {hook_class(manifest)}",
        f"{INDENT}action = {quoted(action.id)}",
        f"{INDENT}key_name = {quoted(str(action.idempotency_key))}",
        *_inputs_attribute([field.id for field in shared]),
        *_templates(manifest, ["rows", *[field.id for field in shared]]),
        "",
        *_constructor(manifest, parameters),
        *[f"{INDENT * 2}self.{line.partition(':')[0]} = {line.partition(':')[0]}" for line in parameters],
        f"{INDENT * 2}self.{conn_name(manifest)} = {conn_name(manifest)}",
    ]


def _inputs_attribute(names: list[str]) -> list[str]:
    lines = [
        f"{INDENT}inputs = {{",
        *inside(2, [f"{quoted(n)}: {quoted(arguments.attribute(n))}" for n in names]),
        f"{INDENT}}}",
    ]
    return lines if names else [f"{INDENT}inputs: dict[str, str] = {{}}"]


def _templates(manifest: Manifest, names: Iterable[str]) -> list[str]:
    return [
        f"{INDENT}template_fields = (",
        *inside(2, map(quoted, [*names, conn_name(manifest)])),
        f"{INDENT})",
    ]


def _constructor(manifest: Manifest, parameters: list[str]) -> list[str]:
    conn = f"{conn_name(manifest)}: str = {quoted(default_conn(manifest))}"
    return [
        f"{INDENT}def __init__(",
        *inside(2, ["self", "*", *parameters, conn, "**kwargs: Any"]),
        f"{INDENT}) -> None:",
        f"{INDENT * 2}super().__init__(**kwargs)",
    ]


def _conn_told(manifest: Manifest) -> tuple[str, str]:
    return conn_name(manifest), f"The id of an Airflow connection of the type ``{manifest.id}``."


# ---- sensors --------------------------------------------------------------------------------------------------------


def _sensors(manifest: Manifest, module: str) -> str:
    lines = [
        _head(manifest, f"The sensors of {manifest.name}: wait until something that goes on at the service has ended."),
        "from __future__ import annotations",
        "",
        "from collections.abc import Sequence",
        "from typing import Any",
        "",
        "from airflow.sdk.configuration import conf",
        "",
        "from connector_kit.hosts.airflow.sensor import OutcomeSensor",
        f"from {module}.hooks import {hook_class(manifest)}",
    ]
    for concept in manifest.concepts:
        if concept.outcome is not None:
            lines += _sensor(manifest, concept, concept.outcome)
    return "\n".join(lines) + "\n"


def _sensor(manifest: Manifest, concept: ConceptSpec, outcome: OutcomeSpec) -> list[str]:
    id_ = outcome.identifier
    good, bad = f"good_{_plural(outcome.field)}", f"bad_{_plural(outcome.field)}"
    told = [
        (id_, f"The {id_} of one {concept.label}, or of several; None among several is passed over."),
        (good, f"The values of {outcome.field} with which it has ended well."),
        (bad, f"The values of {outcome.field} with which it has ended badly: the task fails, and is not retried."),
        (
            "deferrable",
            "Whether the triggerer waits, so that no worker does; the default is Airflow's ``[operators] default_deferrable``.",
        ),
        ("poke_interval", "How many seconds to wait between two looks."),
        ("timeout", "After how many seconds to give up, although it has not ended."),
        _conn_told(manifest),
    ]
    return [
        "",
        "",
        f"class {sensor_class(concept)}(OutcomeSensor):",
        *arguments.docstring(
            1,
            f"Wait until a {concept.label}, or each of several, has ended.",
            told,
            f"Its {outcome.field}; of several, that of each by its {id_}",
        ),
        "",
        f"{INDENT}hook_class = {hook_class(manifest)}",
        f"{INDENT}concept = {quoted(concept.id)}",
        f"{INDENT}identifier = {quoted(id_)}",
        *_templates(manifest, [id_]),
        "",
        *_constructor(
            manifest,
            [
                f"{id_}: str | Sequence[str | None]",
                f"{good}: Sequence[str] = {_tuple(outcome.good)}",
                f"{bad}: Sequence[str] = {_tuple(outcome.bad)}",
                'deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False)',
                "poke_interval: float = 15",
                "timeout: float = 3600",
            ],
        )[:-1],
        f"{INDENT * 2}super().__init__(poke_interval=poke_interval, timeout=timeout, **kwargs)",
        f"{INDENT * 2}self.{id_} = {id_}",
        f"{INDENT * 2}self.good = {good}",
        f"{INDENT * 2}self.bad = {bad}",
        f"{INDENT * 2}self.deferrable = deferrable",
        f"{INDENT * 2}self.{conn_name(manifest)} = {conn_name(manifest)}",
    ]


def _plural(word: str) -> str:
    return f"{word}es" if word.endswith(("s", "x", "ch", "sh")) else f"{word}s"


def _tuple(values: Iterable[str]) -> str:
    return (
        json.dumps(list(values)).replace("[", "(", 1)[:-1] + ",)"
        if len(list(values)) == 1
        else f"({json.dumps(list(values))[1:-1]})"
    )
