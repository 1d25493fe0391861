"""Connections of environment variables: only those the user named, read when they are used, never changed."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest
from pydantic import SecretStr

import toy_connector
from connection_stores import PIN, ReadingContract, plain
from connector_kit import Connector, Manifest, load_connector, load_manifest, make_plugins
from connector_kit.connections import ConnectionStore, NoConnectionError, StaleError, StoreError
from connector_kit.connections.book import ConnectionBook
from connector_kit.connections.environment import EnvironmentStore

MAIN = "CONNECTOR_KIT_CONNECTION_MAIN"
DEFINED = "default toy notebook production owner=MY_OWNER pin=MY_PIN"
VALUES = {"MY_OWNER": "Ana", "MY_PIN": PIN, "PIN": "never looked at"}


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    return load_manifest(Path(toy_connector.__file__).with_suffix(".yaml"))


def store(**environ: str) -> EnvironmentStore:
    return EnvironmentStore(environ={**VALUES, **environ})


class TestEnvironmentStore(ReadingContract):
    @pytest.fixture
    def filled(self, manifest: Manifest) -> ConnectionStore:
        return EnvironmentStore([manifest], {MAIN: DEFINED, **VALUES})


class TestEnvironmentStoreOfAnUnknownConnector(ReadingContract):
    @pytest.fixture
    def filled(self) -> ConnectionStore:
        return store(**{MAIN: DEFINED})


def test_what_is_public_is_shown_if_the_manifest_is_known(manifest: Manifest) -> None:
    environ = {MAIN: DEFINED, **VALUES}
    known, unknown = EnvironmentStore([manifest], environ), EnvironmentStore(environ=environ)
    assert [dict(one.list()[0].public) for one in (known, unknown)] == [{"owner": "Ana"}, {}]
    assert plain(known.secrets(known.list()[0])) == {"pin": PIN}
    assert plain(unknown.secrets(unknown.list()[0])) == {"owner": "Ana", "pin": PIN}


@pytest.mark.parametrize("known", [True, False])
def test_a_connector_opens_it(toy: Connector, manifest: Manifest, known: bool) -> None:
    one = EnvironmentStore([manifest] if known else [], {MAIN: DEFINED, **VALUES})
    connection = ConnectionBook([one]).connection(one.list()[0])
    toy.open(connection)
    toy.check("env-main")
    assert connection.secret("pin") == SecretStr(PIN)


def test_the_process_environment_is_read_when_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    one = EnvironmentStore()
    assert one.list() == []
    monkeypatch.setenv(MAIN, "toy notebook test pin=MY_PIN")
    (saved,) = one.list()
    monkeypatch.setenv("MY_PIN", PIN)
    assert plain(one.secrets(saved)) == {"pin": PIN}
    monkeypatch.setenv("MY_PIN", "new")
    assert plain(one.secrets(saved)) == {"pin": "new"}


def test_the_name_is_the_end_of_the_variable_in_small_letters_with_hyphens() -> None:
    one = store(CONNECTOR_KIT_CONNECTION_ACME__SUPPORT_2="toy notebook test pin=MY_PIN")
    (saved,) = one.list()
    assert (saved.name, saved.id, saved.environment, saved.is_default) == (
        "acme-support-2",
        "env-acme-support-2",
        "test",
        False,
    )


def test_an_address_is_a_variable_too() -> None:
    one = store(**{MAIN: f"{DEFINED} base_url=MY_ADDRESS"})
    (saved,) = one.list()
    with pytest.raises(StoreError, match="needs the environment variable MY_ADDRESS, which is not set"):
        one.secrets(saved)  # and not: goes to the service itself
    there = store(**{MAIN: f"{DEFINED} base_url=MY_ADDRESS", "MY_ADDRESS": "http://127.0.0.1:1"})
    with pytest.raises(StaleError):
        there.secrets(saved)
    assert there.list()[0].base_url == "http://127.0.0.1:1"
    assert plain(there.secrets(there.list()[0])) == {"owner": "Ana", "pin": PIN}


@pytest.mark.parametrize("value", [{}, {"MY_PIN": ""}])
def test_a_variable_that_is_missing_is_named_when_it_is_needed(manifest: Manifest, value: dict[str, str]) -> None:
    one = EnvironmentStore([manifest], {MAIN: DEFINED, "MY_OWNER": "Ana", **value})
    (saved,) = one.list()
    with pytest.raises(
        StoreError, match=r"^The connection 'main' needs the environment variable MY_PIN, which is not set"
    ):
        one.secrets(saved)


@pytest.mark.parametrize(
    "definition",
    [
        "",
        "default",
        "toy notebook",
        "toy notebook staging pin=MY_PIN",
        "toy notebook production pin",
        "toy notebook production hunter2",
        "toy notebook production pin=hunter2!",
        "toy notebook production pin=",
        "toy notebook production =MY_PIN",
        "toy notebook production pin=MY_PIN pin=MY_OWNER",
        "toy notebook 'production pin=hunter2",
        "toy default notebook production pin=MY_PIN",
        "production toy notebook pin=MY_PIN",
    ],
)
def test_a_definition_that_makes_no_sense_is_named_and_not_repeated(definition: str) -> None:
    one = store(**{MAIN: definition})
    for ask in (one.list, one.check, lambda: one.get("env-main")):
        with pytest.raises(StoreError, match=f"^{MAIN} does not define a connection. Write it as: ") as caught:
            ask()
        assert "hunter2" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("end", ["", "_", "A-B", "A B", "É"])
def test_a_variable_whose_end_is_no_name_is_refused(end: str) -> None:
    with pytest.raises(StoreError, match="does not define a connection"):
        store(**{f"CONNECTOR_KIT_CONNECTION_{end}": DEFINED}).list()


def test_two_of_one_name_or_two_defaults_are_refused() -> None:
    with pytest.raises(
        StoreError, match="CONNECTION_MAIN and CONNECTOR_KIT_CONNECTION_main define a connection of the same name"
    ):
        store(**{MAIN: DEFINED, "CONNECTOR_KIT_CONNECTION_main": DEFINED}).list()
    with pytest.raises(StoreError, match="CONNECTION_MAIN and CONNECTOR_KIT_CONNECTION_OTHER are both the default"):
        store(**{MAIN: DEFINED, "CONNECTOR_KIT_CONNECTION_OTHER": DEFINED}).list()
    in_test = DEFINED.replace("production", "test")
    assert len(store(**{MAIN: DEFINED, "CONNECTOR_KIT_CONNECTION_OTHER": in_test}).list()) == 2


def test_numbers_and_lists_are_written_as_json() -> None:
    connector = load_connector("twilio", plugins=make_plugins())
    environ = {
        MAIN: "twilio auth_token test account_sid=A auth_token=T send_cap=C allowed_countries=L region=R",
        "A": "AC1",
        "T": "t",
        "C": "20",
        "L": '["NL", "US"]',
        "R": "ie1",
    }
    (saved,) = EnvironmentStore([connector.manifest], environ).list()
    assert dict(saved.public) == {
        "account_sid": "AC1",
        "region": "ie1",
        "allowed_countries": ["NL", "US"],
        "send_cap": 20,
    }
    (saved,) = EnvironmentStore([connector.manifest], {**environ, "C": "many"}).list()
    assert saved.public["send_cap"] == "many"  # the check of the connection says what to write


def test_a_definition_that_is_gone_is_not_found() -> None:
    (saved,) = store(**{MAIN: DEFINED}).list()
    with pytest.raises(NoConnectionError, match="No environment variable defines this connection any more"):
        store().secrets(saved)
