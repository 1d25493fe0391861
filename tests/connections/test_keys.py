"""Keys: where they come from and in which order, and what is refused."""

from __future__ import annotations

import base64
import os
import re
import stat
import traceback
from pathlib import Path

import pytest

from connector_kit.connections import StoreError
from connector_kit.connections.keys import Key, KeySource, MadeKeys, default_keys, parsed, spelled
from connector_kit.private_files import exposed

STORE = "0123456789abcdef"
FIRST, SECOND = Key(bytes(range(32))), Key(bytes(range(1, 33)))


@pytest.fixture
def made(tmp_path: Path) -> MadeKeys:
    return MadeKeys(tmp_path / "keys")


def key_file(folder: Path, text: str = spelled([FIRST], ","), mode: int = 0o600) -> Path:
    path = folder / "key"
    path.write_text(text)
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    "text",
    [
        "{0},{1}",
        "{0}\n{1}\n",
        " {0} , {1} ",
        "# a remark, with a comma\r\n{0}\r\n  # another\r\n\r\n{1}\r\n",
        "{0},{1},",
    ],
)
def test_keys_stand_behind_commas_or_on_lines_the_newest_first(text: str) -> None:
    assert parsed(text.format(spelled([FIRST], ""), spelled([SECOND], "")), "the test") == (FIRST, SECOND)


def test_a_key_may_be_written_by_any_tool_that_knows_base64() -> None:
    raw = b"\xff\xfe\xfb" * 10 + b"\xff\xff"
    for text in (base64.b64encode(raw), base64.urlsafe_b64encode(raw), base64.urlsafe_b64encode(raw).rstrip(b"=")):
        assert parsed(text.decode(), "the test") == (Key(raw),)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds no key"),
        (" \n# nothing\n", "holds no key"),
        ("my secret password", "holds something that is not a key"),
        (spelled([Key(bytes(16))], ""), "holds something that is not a key"),
        (spelled([Key(bytes(33))], ""), "holds something that is not a key"),
        (spelled([FIRST], "") + ",oops", "holds something that is not a key"),
        (spelled([FIRST], "").replace("A", "!", 1), "holds something that is not a key"),
        ("\udcff" * 44, "holds something that is not a key"),
    ],
)
def test_what_is_not_a_key_is_refused_without_being_repeated(text: str, says: str) -> None:
    with pytest.raises(StoreError, match=f"^The test {says}.*make one with: openssl rand -base64 32$") as caught:
        parsed(text, "the test")
    for word in text.replace(",", " ").split():
        assert word not in "".join(traceback.format_exception(caught.value))


def test_a_key_is_not_shown_and_its_id_says_nothing_about_it() -> None:
    assert "raw" not in repr(FIRST)
    assert re.fullmatch("[0-9a-f]{16}", FIRST.kid)
    assert FIRST.kid != SECOND.kid
    assert FIRST.raw.hex()[:16] not in FIRST.kid
    assert len({Key.new() for _ in range(10)}) == 10


def test_the_variable_comes_before_the_file_that_was_named_and_that_before_one_that_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def source() -> tuple[KeySource, str]:
        keys = default_keys()
        return keys, keys.place(STORE)

    keys, place = source()
    assert (keys.is_ours, place) == (True, f"the key file {tmp_path}/config/connector-kit/connections-{STORE}.key")
    assert keys.load(STORE) == ()
    path = key_file(tmp_path)
    monkeypatch.setenv("CONNECTOR_KIT_KEY_FILE", str(path))
    keys, place = source()
    assert (keys.is_ours, place, keys.load(STORE)) == (False, f"the key file {path}", (FIRST,))
    monkeypatch.setenv("CONNECTOR_KIT_KEY", spelled([SECOND, FIRST], ","))
    keys, place = source()
    assert (keys.is_ours, place) == (False, "the environment variable CONNECTOR_KIT_KEY")
    assert keys.load(STORE) == (SECOND, FIRST)
    with pytest.raises(StoreError, match="given from outside, so they are changed there"):
        keys.save(STORE, (FIRST,), replace=True)
    assert not (tmp_path / "config").exists()


def test_a_key_file_is_made_once_and_read_again(tmp_path: Path, made: MadeKeys) -> None:
    made.save(STORE, (FIRST,), replace=False)
    made.save(STORE, (SECOND,), replace=False)  # who comes second takes what is there
    assert made.load(STORE) == (FIRST,)
    made.save(STORE, (SECOND, FIRST), replace=True)
    assert made.load(STORE) == (SECOND, FIRST)
    (path,) = (tmp_path / "keys").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "keep a copy" in path.read_text()


def test_what_a_killed_process_left_aside_is_removed_when_keys_are_replaced(tmp_path: Path, made: MadeKeys) -> None:
    made.save(STORE, (FIRST,), replace=False)
    path = tmp_path / "keys" / f"connections-{STORE}.key"
    path.with_name(f".{path.name}.abc").write_text("half a key")
    made.save(STORE, (SECOND,), replace=True)
    assert list(path.parent.iterdir()) == [path]


def test_a_made_key_file_is_refused_if_it_is_a_link_or_others_can_read_it(
    tmp_path: Path, made: MadeKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.save(STORE, (FIRST,), replace=False)
    path = tmp_path / "keys" / f"connections-{STORE}.key"
    path.chmod(0o644)
    with pytest.raises(
        StoreError, match=re.escape(f"can be read or changed by other users of this machine. Run: chmod 600 '{path}'")
    ):
        made.load(STORE)
    path.chmod(0o600)
    with monkeypatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
        with pytest.raises(StoreError, match="belongs to another user"):
            made.load(STORE)
    path.rename(path.with_name("real"))
    for target in ("real", "nowhere"):
        path.unlink(missing_ok=True)
        path.symlink_to(path.with_name(target))
        with pytest.raises(StoreError, match="is a symbolic link"):
            made.load(STORE)
    # Neither does a link make a key go elsewhere.
    made.save(STORE, (FIRST,), replace=False)
    assert not path.with_name("nowhere").exists()


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path, made: MadeKeys) -> None:
    (tmp_path / "keys").write_text("a file")
    with pytest.raises(
        StoreError, match=r"cannot be written \(.*\). Make its folder writable for this user, or give a key in"
    ):
        made.save(STORE, (FIRST,), replace=False)


@pytest.mark.parametrize(
    ("mode", "owner_is_root", "refused"),
    [
        (0o600, False, False),
        (0o400, False, False),
        (0o640, False, True),
        (0o604, False, True),
        (0o400, True, False),
        (0o440, True, False),
        (0o444, True, True),
        (0o460, True, True),
    ],
)
def test_a_file_that_was_named_may_be_one_that_the_system_hands_out(
    tmp_path: Path, mode: int, owner_is_root: bool, refused: bool
) -> None:
    """Systemd and Kubernetes give a service files of root that its group may read."""
    owner = 0 if owner_is_root else os.geteuid()
    status = os.stat_result((stat.S_IFREG | mode, 0, 0, 1, owner, 0, 0, 0, 0, 0))
    fault = exposed(tmp_path, status, handed_out=owner_is_root)
    assert (fault is not None and "can be read or changed by other users" in fault) is refused


def test_a_file_that_was_named_may_be_a_link_whose_end_is_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kubernetes mounts secrets as links."""
    path = key_file(tmp_path)
    link = tmp_path / "link"
    link.symlink_to(path)
    monkeypatch.setenv("CONNECTOR_KIT_KEY_FILE", str(link))
    assert default_keys().load(STORE) == (FIRST,)
    path.chmod(0o644)
    with pytest.raises(StoreError, match="can be read or changed by other users"):
        default_keys().load(STORE)


def test_a_file_that_was_named_and_is_not_there_is_never_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "key"
    monkeypatch.setenv("CONNECTOR_KIT_KEY_FILE", str(path))
    with pytest.raises(
        StoreError, match=f"^The key file {path} does not exist. Put it there, or correct CONNECTOR_KIT_KEY_FILE"
    ):
        default_keys().load(STORE)
    path.mkdir()
    with pytest.raises(StoreError, match=f"^The key file {path} "):
        default_keys().load(STORE)
    path.rmdir()
    os.mkfifo(path)  # does not block
    with pytest.raises(StoreError, match="is not a file"):
        default_keys().load(STORE)
