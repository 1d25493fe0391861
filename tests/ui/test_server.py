"""``connector ui`` as a process: how it starts, who learns the link, and how it ends."""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from connector_kit.hosts.ui.server import _Used
from support import ROOT
from ui_process import StartUi, command, ui_environment

LISTENING = "0A"  # as /proc/net/tcp writes it


def ran(home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command that ends by itself."""
    environment = ui_environment(home, **variables)
    return subprocess.run(  # noqa: S603 - our own command
        command(*arguments), env=environment, capture_output=True, text=True, check=False, cwd=ROOT, timeout=60
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_a_link_that_works_once_and_stops_when_asked(start_ui: StartUi, number: signal.Signals) -> None:
    ui = start_ui("--no-browser")
    assert httpx.get(ui.link).status_code == 200
    assert httpx.get(ui.link).status_code == 403
    assert "server" not in httpx.get(ui.link).headers
    assert ui.stop(number) == 0
    printed = "".join(ui.printed)
    assert "it works once, only on this computer" in printed
    assert "Stop with Ctrl+C. Without use it stops by itself after 30 minutes." in printed
    assert printed.endswith("Stopped.\n")
    # No log of requests: the link holds a token.
    assert printed.count(ui.link.partition("token=")[2]) == 1


def test_it_listens_on_this_computer_only_and_on_the_port_that_was_asked_for(start_ui: StartUi) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ui = start_ui("--no-browser", "--port", str(port))
    assert ui.origin == f"http://127.0.0.1:{port}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text(encoding="utf-8").splitlines()[1:]]
    assert [row[1] for row in rows if row[1].endswith(f":{port:04X}") and row[3] == LISTENING] == [
        f"0100007F:{port:04X}"
    ]


def test_a_port_that_is_taken_is_one_readable_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        for port in (str(taken.getsockname()[1]), "99999", "-1"):
            done = ran(tmp_path, "ui", "--no-browser", "--port", port)
            assert (done.returncode, done.stdout) == (2, "")
            assert "Choose another port" in done.stderr
            assert "Traceback" not in done.stderr


@pytest.mark.parametrize("address", ["http://example.com", "ftp://127.0.0.1", "nonsense", "https://example.com/path"])
def test_an_address_that_no_connection_can_have_is_refused_at_the_start(tmp_path: Path, address: str) -> None:
    done = ran(tmp_path, "ui", "--no-browser", "--base-url", address)
    assert (done.returncode, done.stdout) == (2, "")
    assert "New connections cannot have this address.\n- base_url: " in done.stderr


@pytest.mark.parametrize("minutes", ["-1", "nan", "inf", "soon"])
def test_minutes_that_are_no_use_are_refused(tmp_path: Path, minutes: str) -> None:
    done = ran(tmp_path, "ui", "--no-browser", f"--idle={minutes}")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


def test_it_stops_by_itself_when_nobody_uses_it(start_ui: StartUi) -> None:
    ui = start_ui("--no-browser", "--idle", "0.02")
    assert ui.process.wait(30) == 0
    ui.stop()
    assert "the pages were not used for 0.02 minutes. Start again with: connector ui" in "".join(ui.printed)


def test_the_browser_gets_the_link_from_a_file_that_only_this_user_can_read(start_ui: StartUi, tmp_path: Path) -> None:
    """Every user of a computer can read the arguments of processes; so the token is in none."""
    seen, browser = tmp_path / "seen", tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$@" > {seen}.part && mv {seen}.part {seen}\n', encoding="utf-8")
    browser.chmod(0o700)
    ui = start_ui(BROWSER=f"{browser} %s")
    ended = time.monotonic() + 10
    while not seen.exists() and time.monotonic() < ended:
        ui.process.poll()
    opened = seen.read_text(encoding="utf-8").strip()
    assert opened.startswith("file://")
    assert "token" not in opened
    path = Path(opened.removeprefix("file://"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert ui.link in path.read_text(encoding="utf-8")
    arguments = Path(f"/proc/{ui.process.pid}/cmdline").read_text(encoding="utf-8")
    assert "token" not in arguments
    assert httpx.get(ui.link).status_code == 200
    assert not path.parent.exists()
    ui.stop()
    assert "Your browser opens now." in "".join(ui.printed)


def test_the_file_is_deleted_at_the_end_if_nobody_followed_it(start_ui: StartUi) -> None:
    ui = start_ui(BROWSER="true %s")
    assert list(ui.home.glob("connector-*/open.html"))
    ui.stop(signal.SIGTERM)
    assert not list(ui.home.glob("connector-*"))


def test_without_a_screen_only_the_link_is_printed(start_ui: StartUi) -> None:
    ui = start_ui(DISPLAY="", WAYLAND_DISPLAY="", BROWSER="")
    assert "Open this link in your browser" in "".join(ui.printed)
    assert not list(ui.home.glob("connector-*"))


def test_a_wrong_key_is_one_readable_line(tmp_path: Path) -> None:
    save = (
        "from connector_kit.connections import SavedConnection\n"
        "from connector_kit.connections.book import open_book\n"
        "from pydantic import SecretStr\n"
        "one = SavedConnection('1', 'toy', 'notebook', 'test', 'a', {})\n"
        "open_book().put(one, {'pin': SecretStr('x')})\n"
    )
    environment = ui_environment(tmp_path)
    subprocess.run([sys.executable, "-c", save], env=environment, check=True, cwd=ROOT)  # noqa: S603 - our own command
    done = ran(tmp_path, "ui", "--no-browser", CONNECTOR_KIT_KEY="A" * 43 + "=")
    assert done.returncode == 15
    assert done.stdout == ""
    assert "key" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_damaged_store_is_one_readable_line(tmp_path: Path) -> None:
    home = tmp_path / "home"
    place = home / "data" / "connector-kit" / "connections.sqlite3"
    place.parent.mkdir(parents=True, mode=0o700)
    place.write_bytes(b"this is no database at all" * 100)
    place.chmod(0o600)
    done = ran(home, "ui", "--no-browser")
    assert done.returncode == 15
    assert (done.stdout, len(done.stderr.strip().splitlines())) == ("", 1)


def test_nothing_of_the_pages_is_loaded_before_they_are_asked_for() -> None:
    probe = (
        "import sys, connector_kit, connector_kit.hosts.cli\n"
        "print([name for name in ('starlette', 'jinja2', 'uvicorn', 'cryptography', 'lark', 'anyio._core')"
        " if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)  # noqa: S603 - our own command
    assert done.stdout == "[]\n"


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "starlette.py").write_text("raise ModuleNotFoundError('x', name='starlette')\n", encoding="utf-8")
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = ran(tmp_path, "ui", "--no-browser", PYTHONPATH=path)
    assert done.returncode == 2
    assert re.search(r"extra \"ui\".*pip install", done.stderr)


def test_pages_on_which_a_run_is_under_way_are_in_use() -> None:
    seconds, busy = [0.0], [True]

    async def nothing(scope: object, receive: object, send: object) -> None:
        pass

    used = _Used(nothing, lambda: busy[0], lambda: seconds[0])
    seconds[0] = 99
    assert used.idle_for() == 0
    busy[0], seconds[0] = False, 109
    assert used.idle_for() == 10


def test_the_language_of_automations_is_loaded_only_where_it_is_used() -> None:
    code = "import sys, connector_kit.hosts.ui.server as _; print([m for m in sys.modules if 'english' in m or m == 'lark'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own code
    assert done.stdout == "[]\n"
