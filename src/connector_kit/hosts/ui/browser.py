"""Open the browser on a link without naming the link in the browser's arguments, which every user of a computer can read."""

from __future__ import annotations

import html
import os
import sys
import tempfile
import threading
import webbrowser
from pathlib import Path
from types import TracebackType
from typing import Self

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Opening</title>
<meta http-equiv="refresh" content="0;url={link}"></head>
<body><p><a href="{link}">Continue</a></p></body></html>
"""


class RedirectFile:
    """A file of this user alone that leads to the link. It is deleted once the link was followed, or at the end."""

    def __init__(self, link: str) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="connector-"))  # mkdtemp gives it to this user alone
        self.path = self._folder / "open.html"
        with os.fdopen(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(_PAGE.format(link=html.escape(link)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.delete()

    def open(self) -> None:
        """Start the browser; whether that works is not known, so the link is printed as well."""
        # In a thread of its own: some browsers do not return before they are closed.
        threading.Thread(target=webbrowser.open, args=(self.path.as_uri(),), daemon=True).start()

    def delete(self) -> None:
        """Forget the link."""
        self.path.unlink(missing_ok=True)
        if self._folder.is_dir():
            self._folder.rmdir()


def has_browser() -> bool:
    """Whether there is a screen to open a browser on; one in the terminal would take the terminal away."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(name) for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"))
