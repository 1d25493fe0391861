"""The file of tokens: digests only, private, strict, and in force as soon as it was written."""

from __future__ import annotations

import hmac
import os
import stat
from pathlib import Path

import pytest

from connection_stores import connection
from connector_kit import InputError
from connector_kit.tokens import Token, TokenError, TokenFile, default_token_file, digest_of, new_token


@pytest.fixture
def file(tmp_path: Path) -> TokenFile:
    """A file that is not there yet."""
    return TokenFile(tmp_path / "folder" / "tokens.yaml")


def test_a_token_is_found_by_what_was_shown_once_and_the_file_holds_only_its_digest(file: TokenFile) -> None:
    secret, token = new_token("zapier", connections=("Acme support",), read_only=True)
    file.add(token)
    text = file.path.read_text(encoding="utf-8")
    assert secret not in text
    assert secret.removeprefix("ck_") not in text
    assert digest_of(secret) in text
    assert TokenFile(file.path).holder(secret) == token
    assert file.holder(secret[:-1]) is None
    assert file.holder("") is None
    assert file.holder(token.sha256) is None
    assert secret not in repr(token) + repr(file)
    assert token.sha256 not in repr(token) + repr(file)


def test_every_token_is_another_and_long_enough_that_nobody_guesses_it() -> None:
    secrets = {new_token("a")[0] for _ in range(50)}
    assert len(secrets) == 50
    assert all(len(secret) >= 43 for secret in secrets)


def test_all_digests_are_compared_each_in_constant_time(file: TokenFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """How long it takes tells neither which token was meant nor how much of it was right."""
    secrets = []
    for name in "abc":
        secret, token = new_token(name)
        file.add(token)
        secrets.append(secret)
    compared = []
    original = hmac.compare_digest

    def compare(one: str, other: str) -> bool:
        compared.append(one)
        return original(one, other)

    monkeypatch.setattr("connector_kit.tokens.hmac.compare_digest", compare)
    found = file.holder(secrets[0])
    assert found is not None
    assert (found.name, len(compared)) == ("a", 3)


def test_the_file_is_private_and_one_that_others_could_change_is_not_used(file: TokenFile) -> None:
    file.add(new_token("a")[1])
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    file.path.chmod(0o666)
    with pytest.raises(TokenError, match="chmod 600"):
        file.tokens()


def test_where_there_is_no_file_there_is_no_token(file: TokenFile) -> None:
    assert file.tokens() == ()
    assert file.holder("anything") is None


def test_a_change_is_in_force_at_once(file: TokenFile) -> None:
    secret, token = new_token("a")
    file.add(token)
    assert file.holder(secret) == token
    TokenFile(file.path).remove("a")
    assert file.holder(secret) is None


def test_names_are_unique_and_can_be_told(file: TokenFile) -> None:
    file.add(new_token("a")[1])
    with pytest.raises(InputError, match="already"):
        file.add(new_token("a")[1])
    with pytest.raises(InputError, match="There are: 'a'"):
        file.remove("b")
    for name in ("", "a b", "-a", "\u00e4", "x" * 61, "a\n"):
        with pytest.raises(InputError, match="name"):
            new_token(name)


@pytest.mark.parametrize(
    "text",
    [
        "tokens: {",
        "tokens: 5",
        "- a",
        "tokens:\n- name: a\n",
        "tokens:\n- {name: a, sha256: ck_secret}",
        "tokens:\n- {name: a, sha256: DIGEST, connections: []}",
        "tokens:\n- {name: a, sha256: DIGEST, environment: staging}",
        "tokens:\n- {name: a, sha256: DIGEST, read_only: 'no'}",
        "tokens:\n- {name: a, sha256: DIGEST, readonly: true}",
        "tokens:\n- {name: a, sha256: DIGEST, read_only: true, read_only: false}",
        "tokens:\n- {name: a, sha256: DIGEST}\n- {name: a, sha256: DIGEST}",
        "tokens: [!!python/name:os.system ck_secret]",
        "tokens: \udcff",
    ],
)
def test_a_file_that_makes_no_sense_lets_nobody_in_and_nothing_of_it_is_told(file: TokenFile, text: str) -> None:
    secret, token = new_token("a")
    file.add(token)
    file.path.write_bytes(text.replace("DIGEST", token.sha256).encode("utf-8", "surrogateescape"))
    for attempt in (file.tokens, lambda: file.holder(secret)):
        with pytest.raises(TokenError, match="Nobody is let in") as caught:
            attempt()
        assert "ck_secret" not in str(caught.value)
        assert token.sha256 not in str(caught.value)


def test_a_token_without_names_of_connections_is_for_all_of_its_environment() -> None:
    token = Token(name="a", sha256=digest_of("x"))
    assert token.admits(connection("any"))
    assert not token.admits(connection("any", environment="test"))


def test_names_that_look_the_same_are_the_same() -> None:
    token = Token(name="a", sha256=digest_of("x"), connections=("Acme Support",))
    assert token.admits(connection("  acme support"))
    assert not token.admits(connection("acme"))
    assert not token.admits(connection("Acme Support", environment="test"))


def test_a_file_that_a_system_hands_out_by_a_link_is_read_and_not_replaced(file: TokenFile, tmp_path: Path) -> None:
    secret, token = new_token("a")
    file.add(token)
    link = tmp_path / "link.yaml"
    link.symlink_to(file.path)
    through = TokenFile(link)
    assert through.holder(secret) == token
    through.add(new_token("b")[1])
    assert link.is_symlink()
    assert [each.name for each in file.tokens()] == ["a", "b"]


def test_it_is_in_the_configuration_folder_of_this_user(tmp_path: Path) -> None:
    assert default_token_file() == tmp_path / "config" / "connector-kit" / "tokens.yaml"


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(TokenError, match="cannot be"):
        TokenFile(tmp_path / "file" / "tokens.yaml").add(new_token("a")[1])
    assert os.listdir(tmp_path) == ["file"]  # noqa: PTH208 - names alone
