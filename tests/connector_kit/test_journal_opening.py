"""Where the journal is that nobody handed in: one place for every process, or a clear error, and never another place instead."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from connector_kit import Connector, JournalError, make_plugins
from connector_kit.journal import NOTHING_SENT
from connector_kit.journal.opening import VARIABLE, default_journal
from connector_kit.journal.sqlite import SQLiteJournal
from journals import CONTENT, KEY, NOW


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is made by mistake is made here."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("address", ["postgres://ana:secret@127.0.0.1:1/x", "postgresql://ana:secret@127.0.0.1:1/x"])
def test_both_spellings_of_a_postgresql_address_lead_there(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The older one was once taken for a path, so each folder had a journal of its own and the password in a file's name."""
    monkeypatch.setenv(VARIABLE, address)
    journal = default_journal()
    with pytest.raises(JournalError, match="cannot be reached"):
        journal.begin(KEY, CONTENT, owner="first", now=NOW)
    journal.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["mysql://ana:secret@127.0.0.1/x", "journal.sqlite3", "./journal.sqlite3"])
def test_a_place_that_is_not_the_same_for_all_is_refused(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, place)
    with pytest.raises(JournalError) as caught:
        default_journal()
    assert str(caught.value).endswith(NOTHING_SENT)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("text", ["~/journal.sqlite3", "{home}/journal.sqlite3", " {home}/journal.sqlite3\n"])
def test_a_path_is_the_same_file_from_every_folder(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv(VARIABLE, text.format(home=home))
    default_journal().begin(KEY, CONTENT, owner="first", now=NOW)
    assert (home / "journal.sqlite3").exists()


def test_a_relative_state_folder_is_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", "state")
    default_journal().begin(KEY, CONTENT, owner="first", now=NOW)
    assert (tmp_path / ".local/state/connector-kit/journal.sqlite3").exists()


def test_a_user_without_a_home_is_told_where_to_say_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        message = "Could not determine home directory."
        raise RuntimeError(message)

    monkeypatch.delenv(VARIABLE)
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setattr(Path, "expanduser", lambda _: homeless())
    with pytest.raises(JournalError, match=VARIABLE):
        default_journal()


def test_a_database_without_its_extra_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "postgresql://127.0.0.1/x")
    monkeypatch.setitem(sys.modules, "connector_kit.journal.postgres", None)
    with pytest.raises(JournalError, match="extra postgres"):
        default_journal()


def test_closing_a_connector_leaves_a_journal_alone_that_was_handed_in(toy: Connector, tmp_path: Path) -> None:
    """It may serve other connectors."""
    journal = SQLiteJournal(tmp_path / "journal.sqlite3")
    with Connector(toy.manifest, make_plugins([sys.modules["toy_connector"]], entry_point_group=None), journal=journal):
        pass
    assert journal.begin(KEY, CONTENT, owner="first", now=NOW) is None
    journal.close()
