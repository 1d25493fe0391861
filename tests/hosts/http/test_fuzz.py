"""Random requests made of the server's own document: it always answers as it says it does, and no such request breaks it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from http_desk import Desk, served
from support import NOW
from twilio_sandbox import Clock, Sandbox
from twilio_sandbox.seed import seeded
from twilio_sandbox.server import serving

EXAMPLES = 25


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One server for all requests."""
    with pytest.MonkeyPatch.context() as monkeypatch, serving(seeded(Sandbox(Clock(NOW)), count=20)) as address:
        folder = tmp_path_factory.mktemp("fuzz")
        monkeypatch.setenv("CONNECTOR_KIT_JOURNAL", str(folder / "journal.sqlite3"))
        with served(folder, address) as desk:
            yield desk


@pytest.fixture(scope="module")
def described(fuzzed: Desk) -> schemathesis.BaseSchema:
    """The document of the running server."""
    with fuzzed.client(fuzzed.token("fuzz")) as client:
        document = client.get("/openapi.json").json()
    return schemathesis.openapi.from_dict(flattened(document))


def flattened(document: dict[str, Any]) -> dict[str, Any]:
    """Let filters hold conditions, but no filters of filters: schemathesis cannot make trees without end."""
    schemas = document["components"]["schemas"]
    for name in [name for name in schemas if name.endswith("_filter")]:
        inner = {"$ref": f"#/components/schemas/{name}"}
        text = json.dumps(inner)
        conditions = [each for each in schemas[name]["anyOf"] if text not in json.dumps(each)]
        assert len(conditions) == len(schemas[name]["anyOf"]) - 2, "not, and/or"
        schemas[f"{name}_condition"] = {"anyOf": conditions}
        schemas[name] = json.loads(json.dumps(schemas[name]).replace(f'{name}"', f'{name}_condition"'))
    return document


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_random_requests_are_answered_as_the_document_says(
    described: schemathesis.BaseSchema, fuzzed: Desk, mode: GenerationMode
) -> None:
    """Both those that fit the document and those that do not.

    Not held to take all that fits: whether a number can be reached, no schema says.
    """
    headers = {"Authorization": f"Bearer {fuzzed.secrets['fuzz']}"}
    asked = set()
    for found in described.get_all_operations():
        operation = found.ok()  # type: ignore[union-attr]  # else it raises, which fails too
        if mode is GenerationMode.NEGATIVE and "{" not in operation.path:
            continue  # it takes nothing that could be wrong

        @hypothesis.settings(
            max_examples=EXAMPLES, derandomize=True, suppress_health_check=list(hypothesis.HealthCheck)
        )
        @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
        def answered(case: Any) -> None:
            case.call_and_validate(fuzzed.address, headers=headers, excluded_checks=[positive_data_acceptance])

        answered()
        asked.add(operation.label)
    statuses = {line.split()[2] for line in fuzzed.log.lines(1) if " action=" in line}
    assert statuses >= ({"200", "422"} if mode is GenerationMode.POSITIVE else {"422"}), (
        "they came as far as the actions"
    )
    assert {"POST /v1/connections/{connection}/actions/send_sms_message", "GET /v1/connections/{connection}"} <= asked
