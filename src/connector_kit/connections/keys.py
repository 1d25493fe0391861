"""Where the keys come from that saved secrets are sealed with: a variable, a file that was named, or a file that is made."""

from __future__ import annotations

import base64
import binascii
import errno
import os
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from connector_kit.connections import StoreError
from connector_kit.private_files import exposed, make_file, remove_leftovers, user_folder, write_text

KEY = "CONNECTOR_KIT_KEY"
KEY_FILE = "CONNECTOR_KIT_KEY_FILE"
_LENGTH = 32
_MOST = 65_536  # bytes of a key file that are read
_HEADER = (
    "# The key of saved connections. Keep it secret, and keep a copy of it apart from them: without it they are lost.\n"
)


@dataclass(frozen=True, slots=True)
class Key:
    """One AES-256 key. ``kid`` names it beside what it sealed and says nothing about it."""

    raw: bytes = field(repr=False)

    @property
    def kid(self) -> str:
        """Return a short digest."""
        return sha256(b"connector-kit key id " + self.raw).hexdigest()[:16]

    @classmethod
    def new(cls) -> Key:
        """Make a random key."""
        return cls(secrets.token_bytes(_LENGTH))


class KeySource(Protocol):
    """Where a store finds its keys. ``store`` is the random id of the store that asks."""

    @property
    def is_ours(self) -> bool:
        """Whether the keys are made and changed by this program, or given from outside."""

    def place(self, store: str) -> str:
        """Say where the keys are, as the subject of a sentence."""

    def load(self, store: str) -> tuple[Key, ...]:
        """Return the keys, the newest first; empty where one may be made and none is yet.

        Raises:
            StoreError: if they cannot be read, or are none.
        """

    def save(self, store: str, keys: tuple[Key, ...], *, replace: bool) -> None:
        """Write keys where there are none yet; with ``replace``, in place of those that are there.

        Only whoever holds the store's write lock may.

        Raises:
            StoreError: if they cannot be written, or are given from outside.
        """


class GivenKeys:
    """Keys that somebody gives from outside: in an environment variable, or in a file that was named."""

    is_ours = False

    def __init__(self, place: str, read: Callable[[], str]) -> None:
        self._place = place
        self._read = read

    def place(self, store: str) -> str:
        """Name the variable or the file."""
        return self._place

    def load(self, store: str) -> tuple[Key, ...]:
        """Read the keys as they are now."""
        return parsed(self._read(), self._place)

    def save(self, store: str, keys: tuple[Key, ...], *, replace: bool) -> None:
        """Refuse."""
        raise StoreError(f"The keys in {self._place} are given from outside, so they are changed there.")


class MadeKeys:
    """The keys in a file of this user that is made when the first secret is saved.

    Each store has a file of its own, so that changing the key of one does not make another unreadable.
    """

    is_ours = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()

    def place(self, store: str) -> str:
        """Name the file."""
        return f"the key file {self._path(store)}"

    def load(self, store: str) -> tuple[Key, ...]:
        """Read the file, if there is one."""
        text = _read(self._path(store))
        return () if text is None else parsed(text, self.place(store))

    def save(self, store: str, keys: tuple[Key, ...], *, replace: bool) -> None:
        """Write the file, whole or not at all."""
        path = self._path(store)
        text = f"{_HEADER}{spelled(keys, chr(10))}\n"
        try:
            if replace:
                remove_leftovers(path)
            make_file(path, lambda fresh: write_text(fresh, text), replace=replace)
        except OSError as exc:
            raise StoreError(
                f"The key file {path} cannot be written ({exc.strerror}). Make its folder writable for this user, or give a "
                f"key in {KEY} or {KEY_FILE}."
            ) from exc

    def _path(self, store: str) -> Path:
        return self._folder / f"connections-{store}.key"


def default_keys() -> KeySource:
    """Return the variable if it is set, else the file that was named, else a file in this user's configuration folder."""
    if os.environ.get(KEY):
        return GivenKeys(f"the environment variable {KEY}", lambda: os.environ.get(KEY, ""))
    if named := os.environ.get(KEY_FILE):
        path = Path(named).absolute()
        return GivenKeys(f"the key file {path}", lambda: _named(path))
    return MadeKeys(user_folder("XDG_CONFIG_HOME", ".config"))


def parsed(text: str, place: str) -> tuple[Key, ...]:
    """Read keys that stand behind commas or on lines of their own; a line that starts with # is a remark.

    Raises:
        StoreError: without any of the text.
    """
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    words = [word for line in lines for word in re.split(r"[,\s]+", line) if word]
    keys = tuple(key for word in words if (key := _key(word)) is not None)
    if not words or len(keys) != len(words):
        raise StoreError(
            f"{_capital(place)} holds {'something that is not a key' if words else 'no key'}. A key is 32 random bytes in base64, "
            "44 characters; make one with: openssl rand -base64 32"
        )
    return keys


def spelled(keys: Iterable[Key], separator: str) -> str:
    """Write keys as ``parsed`` reads them."""
    return separator.join(base64.urlsafe_b64encode(key.raw).decode("ascii") for key in keys)


def _key(word: str) -> Key | None:
    # Both alphabets of base64, and without the padding too: people make keys with the tool at hand.
    plain = word.rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        raw = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    return Key(raw) if len(raw) == _LENGTH else None


def _named(path: Path) -> str:
    """Read a file that somebody named. It may be a link, and a file of root: this is how systems hand out secrets."""
    text = _read(path, handed_out=True)
    if text is None:
        raise StoreError(f"The key file {path} does not exist. Put it there, or correct {KEY_FILE}.")
    return text


def _read(path: Path, *, handed_out: bool = False) -> str | None:
    """Read a private file; what is judged is the open file, so nobody can put another in its place in between."""
    # Not to block where somebody put a pipe.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | (0 if handed_out else getattr(os, "O_NOFOLLOW", 0))
    try:
        with os.fdopen(os.open(path, flags), "rb") as file:
            fault = exposed(path, os.fstat(file.fileno()), handed_out=handed_out)
            content = b"" if fault else file.read(_MOST)
    except FileNotFoundError:
        return None
    except OSError as exc:
        if exc.errno != errno.ELOOP:
            raise StoreError(f"The key file {path} cannot be read ({exc.strerror}).") from exc
        fault, content = exposed(path, path.lstat()), b""
    if fault:
        raise StoreError(f"The key file {path} {fault}")
    return content.decode("utf-8", "replace")


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
