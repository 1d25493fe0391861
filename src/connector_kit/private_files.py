"""Make files and folders for this user alone, whole before they have a name, and judge those that are there already."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def user_folder(variable: str, *otherwise: str) -> Path:
    """Return this product's folder below the one that an XDG variable names, or below one in this user's home.

    A relative path in the variable is ignored, as the XDG Base Directory Specification wants it.

    Raises:
        RuntimeError: if the variable does not help and this user has no home.
    """
    base = Path(os.environ.get(variable, ""))
    return (base if base.is_absolute() else Path.home().joinpath(*otherwise)) / "connector-kit"


def make_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing, with mode 0700."""
    if not folder.exists():
        make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make sure that the names in a folder survive a power loss: a file without its name is lost."""
    if os.name == "nt":  # Windows opens no folders
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_file(path: Path, fill: Callable[[Path], None], *, replace: bool = False) -> None:
    """Fill a new file aside, then give it its name: a half-made one is never seen.

    Without ``replace``, a file that has the name already stays; who asks next finds one whole file, whoever made it.
    """
    make_folder(path.parent)
    # With mode 0600, O_EXCL and O_NOFOLLOW.
    handle, name = tempfile.mkstemp(prefix=_aside(path), dir=path.parent)
    os.close(handle)
    fresh = Path(name)
    try:
        fill(fresh)
        if replace:
            fresh.replace(path)
        else:
            with suppress(FileExistsError):
                os.link(fresh, path)
        sync_folder(path.parent)
    finally:
        fresh.unlink(missing_ok=True)


def remove_leftovers(path: Path) -> None:
    """Remove what processes left aside that were killed in ``make_file``; no other process may be in it."""
    for leftover in path.parent.glob(f"{_aside(path)}*"):
        leftover.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text into a file that is there, through to the disk."""
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def exposed(path: Path, status: os.stat_result, *, handed_out: bool = False) -> str | None:
    """Say what is wrong with a file that must be this user's alone, and what to do; None if nothing is.

    ``status`` must come from ``lstat``, or from a handle that follows no link. ``handed_out`` also accepts a file of root that
    a group may read: this is how a system hands a secret to a service.
    """
    if stat.S_ISLNK(status.st_mode):
        return "is a symbolic link, which could lead to another user's file. Put the file itself there."
    if not stat.S_ISREG(status.st_mode):
        return "is not a file. Move it away, or choose another path."
    if os.name == "nt":  # there the folder's access list decides
        return None
    of_root = handed_out and status.st_uid == 0
    if status.st_uid != os.geteuid() and not of_root:
        return f"belongs to another user (number {status.st_uid}). Run this as that user, or choose another path."
    if status.st_mode & (0o037 if of_root else 0o077):
        return f"can be read or changed by other users of this machine. Run: chmod 600 '{path}'"
    return None


def _aside(path: Path) -> str:
    return f".{path.name}."
