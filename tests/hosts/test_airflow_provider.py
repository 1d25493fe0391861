"""The provider for Airflow, as far as it needs no package of Airflow: what the generator writes, and how the form is read."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_kit import InputError, load_connector, load_manifest
from connector_kit.hosts.airflow.form import Form, method_and_values
from connector_kit.hosts.airflow.generator import modules as generated
from connector_kit.hosts.airflow.opening import opened
from connector_kit.hosts.cli import main
from connector_kit.loading import parse_manifest
from support import ROOT
from test_floors import NEED_AIRFLOW, modules
from twilio_connector.airflow.get_provider_info import get_provider_info
from twilio_sandbox.seed import ACCOUNT_SID, AUTH_TOKEN

PROVIDER = ROOT / "src" / "twilio_connector" / "airflow"
TWILIO = load_manifest(ROOT / "connector.yaml")
TOY = load_manifest(ROOT / "tests" / "toy_connector.yaml")
NAMES = {"package": "twilio-sms-connector", "module": "twilio_connector.airflow"}
KEY = {"api_key_sid": f"SK{1:032x}", "api_key_secret": "a secret of sixteen".replace(" ", "-")}


@dataclass
class Filled:
    """A connection of Airflow."""

    login: str | None = None
    password: str | None = None
    host: str | None = None
    extra_dejson: dict[str, Any] = field(default_factory=dict)


# ---- the modules ----------------------------------------------------------------------------------------------------


def test_the_checked_in_provider_is_what_the_manifest_gives() -> None:
    texts = generated(TWILIO, **NAMES)
    assert {path.name for path in PROVIDER.glob("*.py")} == set(texts)
    stale = [name for name, text in texts.items() if (PROVIDER / name).read_text(encoding="utf-8") != text]
    assert stale == [], "run: make provider"


def test_any_connector_has_a_provider() -> None:
    texts = generated(TOY, package="toy", module="toy.airflow")
    assert "twilio" not in "".join(texts.values()).lower()
    for name, text in texts.items():
        assert ast.get_docstring(ast.parse(text, name))


def test_a_connector_whose_items_do_not_end_has_no_sensor() -> None:
    without = parse_manifest(
        {
            **TWILIO.model_dump(mode="json"),
            "concepts": [TWILIO.concepts[0].model_dump(mode="json", exclude={"outcome"})],
        }
    )
    assert "sensors.py" not in generated(without, **NAMES)
    assert "sensors.py" in generated(TWILIO, **NAMES)


def test_a_mutation_that_knows_no_key_is_an_operator_that_is_never_retried() -> None:
    document = TWILIO.model_dump(mode="json")
    send = next(action for action in document["actions"] if action["mutation"])
    send["inputs"] = [each for each in send["inputs"] if each["id"] != send["idempotency_key"]]
    send["idempotency_key"] = None
    text = generated(parse_manifest(document), **NAMES)["operators.py"]
    assert "class SendSmsMessageOperator(OnceOperator):" in text
    assert "BatchOperator" not in text


def test_a_text_cannot_break_out_of_a_generated_module() -> None:
    evil = 'ends in a quote" and \\ a """ b'
    changed = parse_manifest({**TWILIO.model_dump(mode="json"), "description": evil, "name": 'Tw"""i'})
    for name, text in generated(changed, **NAMES).items():
        ast.parse(text, name)


def test_nothing_but_what_says_so_needs_airflow() -> None:
    names = [
        name
        for name, _ in modules()
        if name not in NEED_AIRFLOW and "kognitos" not in name and name != "twilio_connector.book"
    ]
    names.remove("connector_kit.hosts.cli.__main__")
    code = f"import importlib, sys\nsys.modules['airflow'] = None\nfor name in {names}: importlib.import_module(name)\n"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - our own program
    assert (done.stdout, done.stderr) == ("", "")


def test_what_airflow_is_told_is_read_without_the_kit() -> None:
    code = "import sys; import twilio_connector.airflow.get_provider_info; print([n for n in sys.modules if n.startswith('connector_kit')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - our own program
    assert done.stdout == "[]\n"


def test_the_command_writes_the_modules_and_says_whether_they_are_current(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["generate", "airflow-provider", "twilio", "--write", str(tmp_path / "new")]) == 0
    assert {path.name for path in (tmp_path / "new").iterdir()} == set(generated(TWILIO, **NAMES))
    assert main(["generate", "airflow-provider", "twilio", "--check"]) == 0
    assert capsys.readouterr().err == "airflow is what the manifest gives.\n"
    assert main(["generate", "airflow-provider", "twilio", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"files": generated(TWILIO, **NAMES)}


# ---- the form -------------------------------------------------------------------------------------------------------


def test_the_form_has_every_field_of_the_manifest_once_with_its_label() -> None:
    (kind,) = get_provider_info()["connection-types"]
    form, relabeled = Form.of(TWILIO), kind["ui-field-behaviour"]["relabeling"]
    assert form.login is not None
    assert form.password is not None
    told = {form.login.id: relabeled["login"], form.password.id: relabeled["password"]}
    told |= {name: each["label"] for name, each in kind["conn-fields"].items()}
    wanted = {each.id: each.label for method in TWILIO.connection for each in TWILIO.connection_fields(method)}
    assert told == wanted


def test_a_secret_is_masked_on_the_form() -> None:
    fields = get_provider_info()["connection-types"][0]["conn-fields"]
    assert [name for name, each in fields.items() if each["schema"].get("format") == "password"] == ["api_key_secret"]


def test_what_is_filled_in_says_which_method_is_meant() -> None:
    token = method_and_values(TWILIO, Filled(ACCOUNT_SID, AUTH_TOKEN, extra_dejson={"api_key_sid": "", "region": None}))
    assert token == ("auth_token", {"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN})
    assert method_and_values(TWILIO, Filled(ACCOUNT_SID, "", extra_dejson=KEY)) == (
        "api_key",
        {"account_sid": ACCOUNT_SID, **KEY},
    )
    assert method_and_values(TWILIO, Filled()) == ("auth_token", {})


def test_a_password_that_airflow_cannot_empty_gives_way_to_another_method() -> None:
    """Airflow keeps a saved password when its field is emptied, so a connection could not go from the Auth Token to a key."""
    api_key = ("api_key", {"account_sid": ACCOUNT_SID, **KEY})
    assert method_and_values(TWILIO, Filled(ACCOUNT_SID, AUTH_TOKEN, extra_dejson=KEY)) == api_key
    half = {"api_key_sid": KEY["api_key_sid"]}
    with load_connector("twilio") as connector, pytest.raises(InputError, match="API Key Secret is missing"):
        opened(connector, Filled(ACCOUNT_SID, AUTH_TOKEN, extra_dejson=half), "twilio_default")


def test_a_form_that_is_filled_in_for_two_methods_is_refused_with_what_to_empty() -> None:
    document = TWILIO.model_dump(mode="json")
    third = {**document["connection"][1], "id": "pin", "label": "PIN"}
    third["fields"] = [third["fields"][0], {**third["fields"][1], "id": "pin", "label": "PIN"}]
    document["connection"].append(third)
    with pytest.raises(InputError, match="Fill in API Key SID and API Key Secret, or PIN, and empty the other"):
        method_and_values(parse_manifest(document), Filled(ACCOUNT_SID, extra_dejson={**KEY, "pin": f"SK{2:032x}"}))


def test_an_empty_line_of_a_list_is_no_item() -> None:
    """Airflow's form makes an item of each line, and of what follows the last line break."""
    lines = {"allowed_recipients": ["+12125550123", ""], "allowed_countries": [""]}
    _, values = method_and_values(TWILIO, Filled(ACCOUNT_SID, AUTH_TOKEN, extra_dejson=lines))
    assert values["allowed_recipients"] == ["+12125550123"]
    assert "allowed_countries" not in values


@pytest.mark.parametrize(
    ("filled", "says"),
    [
        (Filled("AC1", AUTH_TOKEN), "Account SID must be AC followed by 32 characters"),
        (Filled(ACCOUNT_SID), "Auth Token is missing"),
        (Filled(ACCOUNT_SID, extra_dejson={"api_key_sid": "SK1"}), "API Key SID must be SK followed by 32 characters"),
        (Filled(ACCOUNT_SID, AUTH_TOKEN, extra_dejson={"allowed_countrys": ["US"]}), "has no such input"),
        (Filled(ACCOUNT_SID, AUTH_TOKEN, host="http://example.com"), "base_url"),
    ],
)
def test_a_connection_that_needs_a_change_says_so_in_the_words_of_its_form(filled: Filled, says: str) -> None:
    with load_connector("twilio") as connector, pytest.raises(InputError, match=says) as refused:
        opened(connector, filled, "twilio_default")
    assert str(refused.value).startswith("The Airflow connection 'twilio_default' needs a change. Nothing was sent.")
    assert AUTH_TOKEN not in str(refused.value)


_TEXTS = st.none() | st.text(max_size=40)


@given(
    login=_TEXTS,
    password=_TEXTS,
    host=_TEXTS,
    extra=st.dictionaries(
        st.sampled_from([*KEY, "region", "send_cap"]) | st.text(max_size=5),
        _TEXTS | st.integers() | st.lists(st.text(max_size=3)),
    ),
)
def test_any_connection_is_opened_or_refused(
    login: str | None, password: str | None, host: str | None, extra: dict[str, Any]
) -> None:
    with load_connector("twilio") as connector, suppress(InputError):
        opened(connector, Filled(login, password, host, extra), "mine")
