"""What is typed into a form becomes values of the manifest's types, and faults come back beside their fields."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from connector_kit import FieldSpec, Problem
from connector_kit.hosts.ui import forms

BERLIN = ZoneInfo("Europe/Berlin")


def spec(type_: str, id_: str = "it", **more: Any) -> FieldSpec:
    return FieldSpec.model_validate({"id": id_, "description": "What it is.", "type": type_, **more})


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        ("text", " as typed ", " as typed "),
        ("optional[text]", "null", "null"),
        ("number", "12", 12),
        ("number", " -0 ", 0),
        ("number", "1.50", 1.5),
        ("optional[number]", ".5", 0.5),
        ("number", "1e400", "1e400"),
        ("number", "NaN", "NaN"),
        ("number", "1,5", "1,5"),
        ("number", "9" * 400, "9" * 400),
        ("boolean", "true", True),
        ("optional[boolean]", "false", False),
        ("boolean", "maybe", "maybe"),
        ("optional[list[text]]", "+1\r\n\r\n  +2  \n", ["+1", "+2"]),
        ("datetime", "2026-03-01T15:00", datetime(2026, 3, 1, 15, tzinfo=BERLIN)),
        ("datetime", "2026-03-01T15:00:00Z", datetime(2026, 3, 1, 15, tzinfo=UTC)),
        ("datetime", "tomorrow", "tomorrow"),
    ],
)
def test_a_text_becomes_a_value_of_its_type_or_stays_a_text(type_: str, text: str, value: object) -> None:
    read = forms.read([spec(type_)], {"f-it": text}, BERLIN)
    assert read == {"it": value}
    assert type(read["it"]) is type(value)


def test_a_secret_is_wrapped_at_once() -> None:
    read = forms.read([spec("sensitive"), spec("optional[sensitive]", "more")], {"f-it": "x y", "f-more": "z"}, BERLIN)
    assert read == {"it": SecretStr("x y"), "more": SecretStr("z")}


def test_what_is_blank_or_unknown_is_not_there() -> None:
    fields = [spec("text"), spec("optional[text]", "other"), spec("optional[list[text]]", "lines")]
    assert forms.read(fields, {"f-it": " \n", "f-lines": "\n", "f-unknown": "x", "other": "x"}, BERLIN) == {}


@pytest.mark.parametrize(
    ("type_", "value", "text"),
    [
        ("text", "a <b>", "a <b>"),
        ("number", 1.5, "1.5"),
        ("boolean", True, "true"),
        ("boolean", False, "false"),
        ("datetime", datetime(2026, 3, 1, 14, tzinfo=UTC), "2026-03-01T15:00"),
        ("list[text]", ("a", "b"), "a\nb"),
        ("text", None, ""),
        ("sensitive", "plain", ""),
        ("sensitive", SecretStr("plain"), ""),
        ("text", SecretStr("plain"), ""),
    ],
)
def test_a_value_stands_in_its_field_unless_it_is_a_secret(type_: str, value: object, text: str) -> None:
    assert forms.text(spec(type_), value, BERLIN) == text


def test_each_type_has_its_control() -> None:
    types = ["text", "sensitive", "number", "boolean", "datetime", "optional[list[text]]", "optional[boolean]"]
    kinds = ["text", "secret", "number", "boolean", "datetime", "lines", "boolean"]
    assert [forms.kind(spec(type_)) for type_ in types] == kinds


def test_a_field_shows_its_help_its_value_and_its_first_fault() -> None:
    problems = [
        Problem("it", "is not one. Write another", suggestion="two"),
        Problem("it", "is wrong twice"),
        Problem("list[1]", "This is an item."),
    ]
    fields = [spec("text", help="Look there."), spec("list[text]", "list", label="The list"), spec("text", "fine")]
    shown = forms.shown(
        fields, {"it": "precious", "list": ["a", "b"]}, BERLIN, problems=problems, notes={"fine": "Kept."}
    )
    assert [field.help for field in shown] == ["Look there.", "What it is.", "What it is."]
    assert [field.value for field in shown] == ["precious", "a\nb", ""]
    assert [field.error for field in shown] == ["It is not one. Write another.", "This is an item.", ""]
    assert [field.suggestion for field in shown] == ["two", "", ""]
    assert shown[2].note == "Kept."
    assert "precious" not in repr(shown[0])


def test_a_value_in_the_wrong_field_is_emptied_and_never_shown_again() -> None:
    problem = Problem("it", "This looks like a secret", suggestion="s3cret", clear=True)
    (shown,) = forms.shown([spec("text")], {"it": "s3cret"}, BERLIN, problems=[problem])
    assert (shown.value, shown.suggestion, shown.error) == ("", "", "This looks like a secret.")


def test_the_summary_leads_to_each_element_once() -> None:
    problems = [
        Problem("name", "is taken"),
        Problem("it", "is wrong"),
        Problem("it", "is wrong again"),
        Problem("base_url", "is not an address"),
    ]
    faults = forms.faults(problems, [spec("text")], {"name": "Name"})
    assert [(fault.target, fault.sentence) for fault in faults] == [
        ("name", "Name is taken."),
        ("f-it", "It is wrong."),
        ("", "base_url is not an address."),
    ]


def test_a_secret_with_a_fault_is_dropped_and_the_others_wait() -> None:
    secrets = {"a": SecretStr("1"), "b": SecretStr("2")}
    assert forms.without(secrets, [Problem("a", "is wrong"), Problem("name", "is taken")]) == {"b": SecretStr("2")}


def test_an_instant_at_the_edge_of_the_calendar_is_shown_as_it_is() -> None:
    field = FieldSpec.model_validate({"id": "when", "description": "When.", "type": "optional[datetime]"})
    edge = datetime.fromisoformat("0001-01-01T00:00+14:00")
    assert forms.text(field, edge, ZoneInfo("America/New_York")) == "0001-01-01T00:00:00+14:00"
