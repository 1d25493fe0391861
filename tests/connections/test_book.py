"""The book of all stores: a name leads to one connection, or to a sentence; never to another environment or account."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from connection_stores import OTHER_PIN, PIN, PINS, connection, file_store
from connector_kit import Connector, InputError, PluginError
from connector_kit.connections import (
    DuplicateNameError,
    NoConnectionError,
    SavedConnection,
    StoreError,
    name_key,
)
from connector_kit.connections.book import ConnectionBook, open_book
from connector_kit.connections.environment import EnvironmentStore
from connector_kit.connections.opening import default_store

DEFINED = "toy notebook production owner=MY_OWNER pin=MY_PIN"


@pytest.fixture
def environ() -> dict[str, str]:
    return {"MY_OWNER": "Ana", "MY_PIN": PIN}


@pytest.fixture
def book(tmp_path: Path, environ: dict[str, str]) -> ConnectionBook:
    return ConnectionBook([EnvironmentStore(environ=environ), file_store(tmp_path)])


def put(book: ConnectionBook, name: str, environment: str = "production") -> SavedConnection:
    return book.put(connection(name, environment="test" if environment == "test" else "production"), PINS)


def test_a_name_or_the_default_is_resolved(book: ConnectionBook) -> None:
    first, second = put(book, "first"), put(book, "second")
    assert book.resolve("toy") == first
    assert book.resolve("toy", " SECOND ") == second
    book.set_default(second.id)
    assert book.resolve("toy").id == second.id
    assert book.default("toy", "test") is None
    assert book.find("toy", "third", "production") is None
    assert book.get(first.id) == book.find("toy", "first", "production")


def test_nothing_is_resolved_across_environments_or_connectors(book: ConnectionBook) -> None:
    """A text meant for a test would reach a person."""
    put(book, "support", "test")
    put(book, "sales", "test")
    book.put(connection("support", "other", connector="other"), PINS)
    with pytest.raises(NoConnectionError) as caught:
        book.resolve("toy", "Support")
    assert str(caught.value) == (
        "toy has no connection called 'Support' in Production. There is none at all; save one first. "
        "In Test there is one of that name, but none is used in its place."
    )
    with pytest.raises(
        NoConnectionError, match=r"^toy has no default connection in Production. .* In Test there are some, but"
    ):
        book.resolve("toy")
    assert book.resolve("toy", environment="test").name == "support"


def test_a_deleted_default_has_no_substitute(book: ConnectionBook) -> None:
    first = put(book, "first")
    put(book, "second")
    book.delete(first.id)
    with pytest.raises(NoConnectionError) as caught:
        book.resolve("toy")
    assert str(caught.value) == (
        "toy has no default connection in Production. There are: 'second'. Name one of them, or make one the default."
    )
    with pytest.raises(NoConnectionError, match=r"There are: 'second'. Name one of them\.$"):
        book.resolve("toy", "first")
    assert isinstance(caught.value, InputError)


def test_a_resolved_connection_opens_a_session(book: ConnectionBook, toy: Connector) -> None:
    put(book, "other")
    saved = put(book, "support")
    opened = book.connection(book.resolve("toy", "support"))
    assert (opened.name, opened.method, opened.base_url) == (saved.id, "notebook", None)
    assert opened.values == {"owner": "Ana", "pin": SecretStr(PIN)}
    assert PIN not in repr((opened, book, saved))
    toy.open(opened)
    toy.check(saved.id)


def test_connections_of_all_stores_are_listed_together(book: ConnectionBook, environ: dict[str, str]) -> None:
    put(book, "b")
    put(book, "a", "test")
    environ["CONNECTOR_KIT_CONNECTION_A"] = DEFINED
    found = [(one.environment, one.name, one.source, one.read_only) for one in book.list()]
    assert found == [
        ("production", "a", "environment", True),
        ("production", "b", "sqlite", False),
        ("test", "a", "sqlite", False),
    ]
    assert {book.store_of(one).name for one in book.list()} == {"environment", "sqlite"}


def test_a_default_of_the_environment_counts_and_is_shown_as_the_only_one(
    book: ConnectionBook, environ: dict[str, str]
) -> None:
    """Whoever writes the word default into a variable means it; the first saved one became the default by itself."""
    first = put(book, "first")
    environ["CONNECTOR_KIT_CONNECTION_A"] = f"default {DEFINED}"
    assert [one.name for one in book.list() if one.is_default] == ["a"]
    assert book.resolve("toy").name == "a"
    assert not book.get(first.id).is_default
    with pytest.raises(StoreError, match="'a' was made the default in the environment, which comes first"):
        book.set_default(first.id)
    del environ["CONNECTOR_KIT_CONNECTION_A"]
    assert book.resolve("toy") == first


def test_a_name_is_one_connection_in_all_stores(book: ConnectionBook, environ: dict[str, str]) -> None:
    environ["CONNECTOR_KIT_CONNECTION_A"] = DEFINED
    with pytest.raises(DuplicateNameError):
        put(book, "A")
    assert put(book, "a", "test").name == "a"
    put(book, "b")
    environ["CONNECTOR_KIT_CONNECTION_B"] = DEFINED
    with pytest.raises(
        StoreError, match=r"two connections called 'b' in production: in environment and sqlite. Rename one"
    ):
        book.resolve("toy", "b")


def test_what_is_read_only_is_changed_where_it_is_defined(book: ConnectionBook, environ: dict[str, str]) -> None:
    environ["CONNECTOR_KIT_CONNECTION_A"] = DEFINED
    (saved,) = book.list()
    for change in (lambda: book.put(saved), lambda: book.delete(saved.id), lambda: book.set_default(saved.id)):
        with pytest.raises(StoreError, match="it is changed there"):
            change()
    with pytest.raises(StoreError, match="no connection store that can be written"):
        ConnectionBook([EnvironmentStore(environ=environ)]).put(connection())


def test_what_is_nowhere_is_refused(book: ConnectionBook) -> None:
    for ask in (book.get, book.delete, book.set_default):
        with pytest.raises(NoConnectionError):
            ask("nobody")
    with pytest.raises(StoreError, match="The connection store vault is not there"):
        book.store_of(connection(source="vault"))
    book.check()
    book.close()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Default", "dEFAULT", True),
        ("default", "\u3000default\u00a0", True),
        ("acme  support", "acme\tsupport", True),
        ("\uff53\uff55\uff50\uff50\uff4f\uff52\uff54", "support", True),
        ("STRASSE", "straße", True),
        ("café", "cafe\u0301", True),
        ("de\u200bfault", "\ufeffdefault", True),
        ("ﬁrst", "FIRST", True),
        ("acme support", "acmesupport", False),
        ("a", "b", False),
        ("café", "cafe", False),
    ],
)
def test_names_that_read_the_same_are_the_same(one: str, other: str, same: bool) -> None:
    assert (name_key(one) == name_key(other)) is same
    assert name_key(name_key(one)) == name_key(one)


# -- opening ----------------------------------------------------------------------------------------------------------------


def test_the_book_of_this_user_holds_the_environment_and_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = open_book()
    assert book.list() == []
    put(book, "support")
    assert (tmp_path / "data/connector-kit/connections.sqlite3").exists()
    monkeypatch.setenv("CONNECTOR_KIT_CONNECTION_A", DEFINED)
    assert [one.name for one in open_book().list()] == ["a", "support"]
    monkeypatch.setenv("CONNECTOR_KIT_CONNECTIONS", str(tmp_path / "elsewhere" / "file"))
    put(open_book(), "there")
    assert [one.name for one in open_book().list()] == ["a", "there"]
    assert (tmp_path / "elsewhere" / "file").exists()


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"CONNECTOR_KIT_STORE": "vault"}, "CONNECTOR_KIT_STORE is neither sqlite nor keyring"),
        (
            {"CONNECTOR_KIT_STORE": "keyring", "CONNECTOR_KIT_KEY": "x"},
            "but CONNECTOR_KIT_KEY gives one too. Unset one of the two",
        ),
        ({"CONNECTOR_KIT_STORE": "keyring", "CONNECTOR_KIT_KEY_FILE": "x"}, "but CONNECTOR_KIT_KEY_FILE gives one too"),
    ],
)
def test_variables_that_make_no_sense_are_refused(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], says: str
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(StoreError, match=says):
        default_store()


def test_a_user_without_a_home_is_told_what_to_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    monkeypatch.delenv("XDG_CONFIG_HOME")
    with pytest.raises(StoreError, match=r"This user has no home folder. Name a file in CONNECTOR_KIT_CONNECTIONS"):
        default_store()
    monkeypatch.setenv("CONNECTOR_KIT_CONNECTIONS", str(tmp_path / "file"))
    monkeypatch.setenv("CONNECTOR_KIT_KEY", "A" * 43)
    assert default_store().put(connection(), PINS).rev == 1


STORE_OF_A_PLUGIN = """
from pathlib import Path
from connector_kit.connections.keys import MadeKeys
from connector_kit.connections.sqlite import SQLiteConnectionStore

def vault():
    folder = Path(__file__).parent
    return SQLiteConnectionStore(folder / "vault", MadeKeys(folder), name="vault")

def broken():
    raise KeyError("the password is hunter2")

def nothing():
    return object()

def twin():
    return SQLiteConnectionStore(Path("unused"), MadeKeys(Path()), name="sqlite")
"""


def installed(folder: Path, monkeypatch: pytest.MonkeyPatch, function: str) -> None:
    """Install a distribution with an entry point, as pip lays it out."""
    module = f"plugin_with_{function}"
    (folder / f"{module}.py").write_text(STORE_OF_A_PLUGIN)
    info = folder / f"{module}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[connector_kit.stores]\nvault = {module}:{function}\n")
    monkeypatch.syspath_prepend(str(folder))


def test_a_store_of_an_installed_plugin_joins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(tmp_path, monkeypatch, "vault")
    book = open_book()
    ours = put(book, "ours")
    theirs = book.store_of(connection(source="vault")).put(connection("theirs"), {"pin": SecretStr(OTHER_PIN)})
    assert [(one.name, one.source, one.is_default) for one in book.list()] == [
        ("ours", "sqlite", True),
        ("theirs", "vault", False),
    ]
    assert book.connection(theirs).secret("pin") == SecretStr(OTHER_PIN)
    assert ours.source == "sqlite"  # new ones go to the first that can be written


@pytest.mark.parametrize("function", ["broken", "nothing", "missing"])
def test_a_store_that_is_broken_is_named_and_can_be_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    installed(tmp_path, monkeypatch, function)
    with pytest.raises(
        PluginError, match=r"^The plugin 'vault' cannot be loaded .* CONNECTOR_KIT_DISABLED_PLUGINS=vault"
    ) as caught:
        open_book()
    assert "hunter2" not in str(caught.value)
    monkeypatch.setenv("CONNECTOR_KIT_DISABLED_PLUGINS", "vault")
    assert open_book().list() == []


def test_two_stores_of_one_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(tmp_path, monkeypatch, "twin")
    with pytest.raises(PluginError, match="Two connection stores are called 'sqlite'"):
        open_book()


def test_the_kit_alone_loads_none_of_it() -> None:
    program = (
        "import sys, connector_kit\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('cryptography', 'keyring', 'sqlite3')"
        " or name.startswith('connector_kit.connections')])"
    )
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
