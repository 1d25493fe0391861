"""Read a connector.yaml, or explain every fault in it at once, each with its path and what is allowed there."""

from __future__ import annotations

import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from connector_kit.errors import ManifestError, Problem
from connector_kit.manifest import Manifest

# The C loader is ten times as fast, and optional in PyYAML.
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class StrictLoader(_SafeLoader):  # type: ignore[misc]  # its base is chosen at run time
    """PyYAML's safe loader, which would otherwise let the second of two equal keys win without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        """Read a mapping, unless a key stands twice in it."""
        keys = [key.value for key, _ in node.value]
        if twice := sorted({key for key in keys if keys.count(key) > 1}):
            raise yaml.constructor.ConstructorError(None, None, f"{twice[0]!r} stands twice", node.start_mark)
        return typing.cast("dict[Any, Any]", super().construct_mapping(node, deep=deep))


def load_manifest(path: Path) -> Manifest:
    """Read a connector.yaml.

    Raises:
        ManifestError: with every fault, each with its path and what is allowed there.
    """
    try:
        with path.open("rb") as stream:
            data = yaml.load(stream, Loader=StrictLoader)  # noqa: S506 - StrictLoader is a SafeLoader
    except OSError as exc:
        msg = f"The manifest {path.name} cannot be read: {exc.strerror}."
        raise ManifestError(msg) from exc
    except (ValueError, KeyError, AttributeError, IndexError, TypeError, RecursionError) as exc:
        # YAML's own constructors break on values such as 2026-13-45, which it takes for a date.
        problem = Problem("", "holds a value that YAML cannot read; put quotes around texts, dates and numbers")
        raise ManifestError(f"The manifest {path.name} cannot be used.", problems=[problem]) from exc
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = Problem(where, getattr(exc, "problem", None) or "is not YAML")
        reason = "" if isinstance(exc, yaml.constructor.ConstructorError) else ": it is not YAML"
        raise ManifestError(f"The manifest cannot be used{reason}.", problems=[problem]) from exc
    return parse_manifest(data)


def parse_manifest(data: object) -> Manifest:
    """Check what a connector.yaml holds, once it has been read.

    Raises:
        ManifestError: with every fault, each with its path and what is allowed there.
    """
    try:
        return Manifest.model_validate(data, context={"concepts": _concept_names(data)})
    except ValidationError as exc:
        errors = exc.errors(include_url=False)
        # A list with faulty items is reported as too short as well, which would only confuse.
        faulty = {error["loc"][:n] for error in errors for n in range(len(error["loc"]))}
        problems = [
            _explain(error) for error in errors if not (error["type"] == "too_short" and error["loc"] in faulty)
        ]
        raise ManifestError("The manifest cannot be used.", problems=problems) from exc


def _concept_names(data: object) -> set[str]:
    concepts = data.get("concepts") if isinstance(data, Mapping) else None
    ids = [c.get("id") for c in concepts if isinstance(c, Mapping)] if isinstance(concepts, list) else []
    return {id_.replace("_", " ") for id_ in ids if isinstance(id_, str)}


def _explain(error: Any) -> Problem:
    kind, path = error["type"], _path(error["loc"])
    if kind == "missing":
        return Problem(path, "is required")
    if kind == "extra_forbidden":
        return Problem(path, f"is not known here; allowed: {', '.join(_allowed(error['loc'][:-1]))}")
    if kind == "value_error":
        return Problem(path, str(error["ctx"]["error"]))
    return Problem(path, f"{error['msg'][0].lower()}{error['msg'][1:]}")


def _path(loc: Sequence[int | str]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc)
    return text.lstrip(".")


def _allowed(loc: Sequence[int | str]) -> list[str]:
    model: type[BaseModel] = Manifest
    for part in loc:
        if isinstance(part, str):
            model = next(m for m in _models(model.model_fields[part].annotation))
    return list(model.model_fields)


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in typing.get_args(annotation) for model in _models(argument)]
