"""Exported tools have the shapes of the vendors' SDKs, and the samples run with those SDKs and a model that follows a script."""

from __future__ import annotations

from typing import Any, get_type_hints

import pytest
from anthropic.types import ToolParam
from langchain_core.utils.function_calling import convert_to_openai_tool
from openai.types.chat import ChatCompletionFunctionToolParam
from openai.types.responses import FunctionToolParam
from openai.types.shared_params import FunctionDefinition
from pydantic import TypeAdapter

from connector_kit.hosts.export import tools
from english_support import toy_manifest, twilio_manifest
from pages import blocks
from scripted_model import WANTED, ScriptedModel
from support import RECIPIENT
from twilio_sandbox import Sandbox
from twilio_sandbox.seed import ACCOUNT_SID

MANIFESTS = [twilio_manifest(), toy_manifest()]


def fits(tool: Any, shape: Any) -> None:
    """Hold an object to a TypedDict: its types, and no key that it does not have."""
    TypeAdapter(shape).validate_python(tool, strict=True)
    assert set(tool) <= set(get_type_hints(shape))


@pytest.mark.parametrize(
    ("form", "shape"),
    [("openai", ChatCompletionFunctionToolParam), ("openai-responses", FunctionToolParam), ("anthropic", ToolParam)],
)
def test_exported_tools_have_the_shape_that_the_sdk_declares(form: str, shape: Any) -> None:
    for tool in tools(MANIFESTS, form):
        fits(tool, shape)
        if form == "openai":
            fits(tool["function"], FunctionDefinition)


def test_a_framework_takes_the_exported_json_schemas_as_tools() -> None:
    for schema, tool in zip(tools(MANIFESTS, "json-schema"), tools(MANIFESTS, "anthropic"), strict=True):
        function = convert_to_openai_tool(schema)["function"]
        assert (function["name"], function["description"]) == (tool["name"], tool["description"])
        assert set(function["parameters"]["properties"]) == set(tool["input_schema"]["properties"])


def is_of_mcp(sample: Any) -> bool:
    return "langchain" in sample.values[0]


SAMPLES = [sample for sample in blocks("python", needs_packages_of_agents=True) if not is_of_mcp(sample)]


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_model_reads_why_a_number_is_refused_corrects_it_and_sends_once(
    sample: str, sandbox: Sandbox, model: ScriptedModel, capsys: pytest.CaptureFixture[str]
) -> None:
    exec(compile(sample, "sample", "exec"), {"__name__": "sample"})  # noqa: S102 - our own pages
    refused, sent = model.told
    assert '"code": "input"' in refused
    assert '"recipient_number"' in refused
    (message,) = sandbox.store.all(ACCOUNT_SID)
    assert (message.recipient, message.body) == (RECIPIENT, WANTED["message_body"])
    assert message.sid in sent
    assert capsys.readouterr().out == f"Sent as {message.sid}.\n"


def test_each_vendor_has_a_sample() -> None:
    assert len(SAMPLES) == 3
