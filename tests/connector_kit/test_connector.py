"""The engine: loading, opening, checking input, and how a call reaches its handler or does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import FrozenInstanceError, replace
from datetime import datetime
from typing import Any

import pytest

import connector_kit.reads as engine
import toy_connector
from connector_kit import (
    ActionCall,
    Concept,
    Connection,
    Connector,
    ContractError,
    InputError,
    ManifestError,
    Result,
    UnboundActionError,
    hookimpl,
    load_connector,
    load_connectors,
    make_plugins,
)

WRITE = ActionCall("write_note", {"note_text": "eggs"})


def rebound(handler: Any) -> Connector:
    """Load the toy connector with another handler behind both of its actions."""

    class Rebinding:
        @hookimpl
        def connector_bind(self, action: Any) -> Any:
            return handler

    plugins = make_plugins([toy_connector, Rebinding()], entry_point_group=None)
    connector = load_connector("toy", plugins=plugins)
    connector.open({"owner": "Ana", "pin": "1234"})
    return connector


def test_the_installed_connector_is_found_by_its_entry_point() -> None:
    """Four lines of Python: nothing is registered by hand."""
    assert "twilio" in load_connectors()


def test_an_unknown_connector_is_refused_with_the_installed_ones() -> None:
    with pytest.raises(InputError, match=r"There is no connector 'telex'\. Installed: twilio"):
        load_connector("telex")


def test_an_action_that_nobody_binds_fails_when_it_is_loaded() -> None:
    """At load, not in the middle of the night."""

    class Unbinding:
        @hookimpl
        def connector_manifest(self) -> Any:
            return toy_connector.connector_manifest()

    with pytest.raises(UnboundActionError, match="'read_notes'"):
        load_connector("toy", plugins=make_plugins([Unbinding()], entry_point_group=None))


def test_two_connectors_with_one_id_are_refused() -> None:
    class Twin:
        @hookimpl
        def connector_manifest(self) -> Any:
            return toy_connector.connector_manifest()

    with pytest.raises(ManifestError, match="Two plugins offer"):
        load_connectors(plugins=make_plugins([toy_connector, Twin()], entry_point_group=None))


@pytest.mark.parametrize(
    ("call", "path", "says"),
    [
        (replace(WRITE, action="burn_note"), "", "Toy has no action 'burn_note'. It has: read_notes, write_note."),
        (replace(WRITE, inputs={}), "note_text", "Please provide it."),
        (replace(WRITE, inputs={"note_text": 4}), "note_text", "give text, not a number"),
        (replace(WRITE, inputs={"note_text": "a", "stars": "many"}), "stars", "give a number, not text"),
        (replace(WRITE, inputs={"note_text": "a", "subject": "b"}), "subject", "It takes: note text, stars."),
        (replace(WRITE, limit=3), "limit", "takes no limit"),
        (replace(WRITE, offset=3), "offset", "takes no offset"),
        (ActionCall("read_notes", limit=-1), "limit", "give a whole number from 0"),
        (ActionCall("read_notes", limit=True), "limit", "give a whole number from 0"),
        (ActionCall("read_notes", limit=10**30), "limit", "give a whole number from 0"),
        (ActionCall("read_notes", offset=0.0), "offset", "give a whole number from 0"),  # type: ignore[arg-type]  # wrong on purpose
        (replace(WRITE, inputs={"note_text": "half \ud83d"}), "note_text", "half a character"),
        (replace(WRITE, inputs={"note_text": 10**5000}), "note_text", "give text, not a number"),
        (replace(WRITE, inputs={"note_text": "a", "stars": 10**5000}), "stars", "is too large a number"),
        (ActionCall("read_notes", offset=-1), "offset", "give a whole number from 0"),
        (ActionCall("read_notes", {"owner": "x"}), "owner", "It takes no inputs."),
    ],
)
def test_a_bad_call_is_refused_before_the_handler(toy: Connector, call: ActionCall, path: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        toy.run(call)
    assert says in str(caught.value)
    assert path in [problem.path for problem in caught.value.problems] or not path
    assert len(toy.run(ActionCall("read_notes")).output) == 2


def test_every_fault_of_a_call_is_reported_at_once(toy: Connector) -> None:
    with pytest.raises(InputError) as caught:
        toy.run(ActionCall("write_note", {"stars": "x", "colour": 1}, limit=1))
    assert {problem.path for problem in caught.value.problems} == {"note_text", "stars", "colour", "limit"}


def test_a_filter_on_an_action_without_one_is_refused(toy: Connector) -> None:
    from connector_kit import Comparison

    with pytest.raises(InputError, match="takes no filter"):
        toy.run(replace(WRITE, filter=Comparison("eq", "name", "a")))


def test_a_call_needs_an_open_connection_and_never_takes_another(toy: Connector) -> None:
    with pytest.raises(InputError, match=r"no open connection named 'work' \(open: 'default'\)"):
        toy.run(replace(WRITE, connection="work"))


def test_a_name_is_opened_once(toy: Connector) -> None:
    with pytest.raises(InputError, match="'default' is open already"):
        toy.open({"owner": "Ben", "pin": "1"})


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"owner": "Ana"}, "pin"),
        ({"owner": "Ana", "pin": ""}, "pin"),
        ({"owner": " \n", "pin": "1"}, "owner"),
        ({"owner": "Ana", "pin": "1", "colour": "red"}, "colour"),
        ({"owner": "Ana", "pin": 1234}, "pin"),
    ],
)
def test_a_connection_with_a_wrong_field_is_refused_by_name(values: dict[str, Any], path: str) -> None:
    connector = load_connector("toy", plugins=make_plugins([toy_connector], entry_point_group=None))
    with pytest.raises(InputError) as caught:
        connector.open(values)
    assert [problem.path for problem in caught.value.problems] == [path]


def test_an_unknown_connection_method_is_refused() -> None:
    connector = load_connector("toy", plugins=make_plugins([toy_connector], entry_point_group=None))
    with pytest.raises(InputError, match=r"cannot be connected by 'pigeon'\. It has: notebook"):
        connector.open(Connection("pigeon", {}))


@pytest.mark.parametrize(
    "address",
    [
        "http://api.example.com",
        "ftp://127.0.0.1",
        "https://",
        "https://user@example.com",
        "https://example.com/path",
        "http://[::1",
        "127.0.0.1",
        " https://x.example",
        "https://x y.example",
        "https://:pw@x.example",
        5,
    ],
)
def test_an_address_that_could_leak_the_secret_is_refused(address: str) -> None:
    """Only https leaves the machine."""
    connector = load_connector("toy", plugins=make_plugins([toy_connector], entry_point_group=None))
    with pytest.raises(InputError) as caught:
        connector.open(Connection("notebook", {"owner": "Ana", "pin": "1"}, base_url=address))
    assert [problem.path for problem in caught.value.problems] == ["base_url"]


@pytest.mark.parametrize(
    "address",
    [
        "https://[v1.x]",
        "https://[::1]x",
        "https://[fe80::1%25eth0]",
        "https://a..b",
        "https://.",
        f"https://{'a' * 64}.example",
        f"https://{'a.' * 127}example",
        "https://xn--",
        "https://xn--a.example",
        "https://-a.example",
        "https://999.1.1.1",
        "https://127.1",
        "https://a%41.example",
    ],
)
def test_an_address_that_no_name_server_knows_is_refused_when_it_is_opened(address: str) -> None:
    """It would otherwise fail in the middle of a send, with an error of some library."""
    connector = load_connector("toy", plugins=make_plugins([toy_connector], entry_point_group=None))
    with pytest.raises(InputError, match="base_url: is not an address; write it like"):
        connector.open(Connection("notebook", {"owner": "Ana", "pin": "1"}, base_url=address))


@pytest.mark.parametrize(
    "address",
    [
        "https://api.example.com",
        "http://127.0.0.1:8765",
        "http://localhost:1",
        "http://[::1]:8765/",
        "HTTPS://API.example.com.:443",
        "https://a_b.example",
        "https://192.0.2.1",
        "https://xn--fiqs8s.icom.museum",
    ],
)
def test_https_and_this_machine_are_fine_addresses(address: str) -> None:
    connector = load_connector("toy", plugins=make_plugins([toy_connector], entry_point_group=None))
    connector.open(Connection("notebook", {"owner": "Ana", "pin": "1"}, base_url=address))


def test_a_read_without_a_limit_stops_at_the_cap_and_says_so(monkeypatch: pytest.MonkeyPatch, toy: Connector) -> None:
    monkeypatch.setattr(engine, "READ_CAP", 1)
    result = toy.run(ActionCall("read_notes"))
    assert (len(result.output), result.more) == (1, True)
    assert "Go on with the offset 1" in result.notices[0].message


def test_a_host_may_choose_a_smaller_cap(toy: Connector) -> None:
    result = toy.run(ActionCall("read_notes"), cap=1)
    assert (len(result.output), result.more) == (1, True)
    assert "more than 1;" in result.notices[0].message
    assert len(toy.run(ActionCall("read_notes", limit=2), cap=1).output) == 2


def test_a_read_that_ends_below_the_cap_says_that_there_is_no_more(toy: Connector) -> None:
    assert toy.run(ActionCall("read_notes")).more is False


def test_a_read_with_a_limit_does_not_look_further(toy: Connector) -> None:
    assert toy.run(ActionCall("read_notes", limit=1)).more is None


def test_an_action_with_one_value_cannot_be_streamed(toy: Connector) -> None:
    with pytest.raises(InputError, match="cannot be streamed"):
        toy.stream(WRITE)


def test_a_stream_checks_its_input_before_the_first_item(toy: Connector) -> None:
    with pytest.raises(InputError):
        toy.stream(ActionCall("read_notes", limit=-1))


def test_a_long_read_tells_how_far_it_is() -> None:
    notes = [
        toy_connector.Note(name=str(n), text=None, stars=None, written=datetime.fromisoformat("2026-03-01T00:00Z"))
        for n in range(250)
    ]
    seen: list[int] = []
    rebound(lambda *_: iter(notes)).run(ActionCall("read_notes"), progress=seen.append)
    assert seen == [100, 200]


class Misshapen(Concept):
    """Not the concept that the manifest declares."""

    name: str


@pytest.mark.parametrize(
    ("action", "handler", "says"),
    [
        ("read_notes", lambda *_: iter([Misshapen(name="a")]), "Misshapen has other fields"),
        ("read_notes", lambda *_: iter([{"name": "a"}]), "dict is not a Concept model"),
        ("write_note", lambda *_: Result(7), "give text, not a number"),
        ("write_note", lambda *_: "note 3", "did not return a Result"),
    ],
)
def test_output_that_breaks_the_contract_is_an_error(action: str, handler: Any, says: str) -> None:
    call = ActionCall(action, {"note_text": "a"} if action == "write_note" else {})
    with pytest.raises(ContractError, match=says):
        rebound(handler).run(call)


def test_a_model_with_another_type_breaks_the_contract() -> None:
    class Note(toy_connector.Note):
        stars: str | None  # type: ignore[assignment]  # wrong on purpose

    note = Note(name="a", text=None, stars="1", written=datetime.fromisoformat("2026-03-01T00:00Z"))
    with pytest.raises(
        ContractError,
        match=r"stars: is optional\[number\] \(integer\) in the manifest, but optional\[text\] in the model",
    ):
        rebound(lambda *_: iter([note])).run(ActionCall("read_notes"))


def test_a_call_is_frozen_and_prints_no_values() -> None:
    call = ActionCall("send", {"body": "secret words"})
    with pytest.raises(FrozenInstanceError):
        call.action = "other"  # type: ignore[misc]  # frozen, which is the test
    assert "secret words" not in repr(call)
    assert "body" in repr(call)


def test_closing_a_connector_closes_its_sessions() -> None:
    connector = load_connector("toy", plugins=make_plugins([toy_connector], entry_point_group=None))
    with connector:
        connector.open({"owner": "Ana", "pin": "1"})
    with pytest.raises(InputError, match="open: none"):
        connector.run(ActionCall("read_notes"))


def test_a_handler_that_fails_midway_has_handed_out_what_came_before() -> None:
    def failing(*_: Any) -> Iterator[Concept]:
        yield toy_connector.Note(name="a", text=None, stars=None, written=datetime.fromisoformat("2026-03-01T00:00Z"))
        raise RuntimeError

    stream = rebound(failing).stream(ActionCall("read_notes"))
    assert next(stream).name == "a"  # type: ignore[attr-defined]  # a Note
    with pytest.raises(RuntimeError):
        next(stream)


def test_an_input_that_is_a_number_in_the_place_of_a_name_is_not_repeated(toy: Connector) -> None:
    with pytest.raises(InputError) as caught:
        toy.run(replace(WRITE, inputs={"note_text": "a", "+12125550123": 1}))
    assert "2125550123" not in str(caught.value)
