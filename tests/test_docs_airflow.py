"""The page docs/how-to/airflow.md agrees with the examples, the form and the errors; what needs Airflow itself runs in tests/airflow."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, field
from textwrap import indent
from typing import Any

import pytest

import connector_kit
from connector_kit import ConnectorError
from connector_kit.hosts.airflow.form import Form, method_and_values
from english_support import twilio_manifest
from support import ROOT

PAGE = (ROOT / "docs" / "how-to" / "airflow.md").read_text(encoding="utf-8")
EXAMPLES = {
    file.name: file.read_text(encoding="utf-8") for file in (ROOT / "docs" / "examples" / "airflow").glob("*.py")
}
EXCERPTS = re.findall(r"^```python airflow\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
MANIFEST = twilio_manifest()


@dataclass
class Filled:
    """A connection as Airflow hands it to a hook."""

    login: str | None
    password: str | None
    extra: dict[str, Any] = field(default_factory=dict)
    host: str | None = None

    @property
    def extra_dejson(self) -> dict[str, Any]:
        return self.extra


def command(name: str) -> list[str]:
    """Return the words of the only line of the page that begins like this."""
    (line,) = re.findall(rf"^{re.escape(name)}.*$", PAGE, re.MULTILINE)
    return shlex.split(line)


@pytest.mark.parametrize("excerpt", EXCERPTS)
def test_a_sample_stands_word_for_word_in_an_example(excerpt: str) -> None:
    # In the example it may stand in a function.
    ways = [f"\n{excerpt}", f"\n{indent(excerpt, '    ')}"]
    assert [name for name, text in EXAMPLES.items() if any(way in text for way in ways)] != []


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_named(name: str) -> None:
    assert f"(../examples/airflow/{name})" in PAGE


def test_the_connection_in_the_environment_is_one_that_the_hook_reads() -> None:
    (word,) = command("AIRFLOW_CONN_TWILIO_DEFAULT=")
    shown = json.loads(word.partition("=")[2])
    assert shown.pop("conn_type") == MANIFEST.id
    method, values = method_and_values(MANIFEST, Filled(**shown))
    assert (method, set(values)) == ("auth_token", {"account_sid", "auth_token", "region", "send_cap"})


def test_the_connection_of_the_command_line_is_one_that_the_hook_reads() -> None:
    words = command("airflow connections add")
    flags = dict(zip(words[4::2], words[5::2], strict=True))
    assert (words[3], flags["--conn-type"]) == ("twilio_default", MANIFEST.id)
    filled = Filled(flags["--conn-login"], flags["--conn-password"], json.loads(flags["--conn-extra"]))
    assert set(method_and_values(MANIFEST, filled)[1]) == {"account_sid", "auth_token", "allowed_countries"}


def test_every_field_of_the_form_is_explained() -> None:
    (table,) = re.findall(r"^\| field \| what goes there \|\n(.*?)\n\n", PAGE, re.MULTILINE | re.DOTALL)
    form = Form.of(MANIFEST)
    for shown in (form.login, form.password, *form.extras):
        assert shown is not None
        assert shown.label in table


def test_the_errors_of_the_table_are_errors_of_the_kit() -> None:
    (table,) = re.findall(r"^\| situation \| error .*?\n\n", PAGE, re.MULTILINE | re.DOTALL)[:1]
    named = set(re.findall(r"`(\w+Error)`", table))
    assert named == {name for name in named if issubclass(getattr(connector_kit, name), ConnectorError)}
    # What Airflow tries again is what the errors themselves call retryable.
    (again,) = (row for row in table.splitlines() if "tries again; since" in row)
    retryable = {name for name in named if getattr(connector_kit, name).retryable}
    assert retryable == set(re.findall(r"`(\w+Error)`", again))
