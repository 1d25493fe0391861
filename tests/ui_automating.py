"""A person who writes and runs automations through the pages, without a browser."""

from __future__ import annotations

import re
from html import unescape

import httpx

from connector_kit.hosts.ui.runs import Runs
from support import RECIPIENT
from twilio_sandbox.seed import AUTH_TOKEN, OWN_NUMBER
from ui_trying import Person
from ui_visitor import fields

OTHER = "+12125550124"
SEND = f'send an SMS message from "{OWN_NUMBER}" to "{RECIPIENT}" saying "The first one"\n'
SEND_OTHER = f'send an SMS message from "{OWN_NUMBER}" to "{OTHER}" saying "The second one"\n'
ASK = 'ask "Which one?" as the choice\n  the choices are "red", "green"\n'
PRODUCTION, TEST = "production:", "test:"


class Author(Person):
    """Somebody at the editor, with the default connections of Production and of Test."""

    def write(self, text: str, do: str = "check", connection: str = TEST, **more: str) -> httpx.Response:
        """Open the editor, type a text, and press a button."""
        form = {**fields(self.get("/automations")), "text": text.replace("\n", "\r\n"), "connection": connection}
        return self.post("/automations", {**form, "do": do, **more})

    def look(self, text: str) -> dict[str, object]:
        """Ask what the script of the editor asks."""
        form = {**fields(self.get("/automations")), "text": text}
        answer: dict[str, object] = self.post("/automations/look", form).json()
        return answer

    def confirmed(self, text: str, connection: str = TEST, **more: str) -> tuple[str, httpx.Response]:
        """Write, confirm, and return the path of the run, with its page."""
        page = self.follow(self.write(text, "run", connection))
        path = re.search(r'action="[^"]*?(/automations/confirm/[^"]+)"', page.text)
        assert path, page.text
        return self.arrived(self.post(path[1], {**fields(page), **more}))

    def ran(self, text: str, connection: str = TEST) -> tuple[str, httpx.Response]:
        """Run what changes nothing, which needs no confirmation."""
        return self.arrived(self.write(text, "run", connection))

    def arrived(self, answer: httpx.Response) -> tuple[str, httpx.Response]:
        """Wait until the run that an answer leads to has ended, and look at it."""
        location = answer.headers["location"].removeprefix(self.site.access.prefix).partition("?")[0]
        assert location.startswith("/automations/runs/"), location
        self.ended(location.rpartition("/")[2])
        return location, self.follow(answer)

    def on(self, path: str, do: str, **more: str) -> httpx.Response:
        """Press a button on the page of a run, and look at the run once it has ended."""
        page = self.get(path)
        stands = re.search(r'name="stands" value="([^"]+)"', page.text)
        form = {"stands": stands[1] if stands else "", "do": do, **more}
        self.arrived(self.post(path, form))
        return self.get(path)

    def ended(self, id_: str) -> None:
        """Wait for a run."""
        attempt = self.site.runs.attempt(id_)
        assert attempt is not None
        assert attempt.ended.wait(30)

    @property
    def recipients(self) -> list[str]:
        """Who was sent to so far."""
        return [create["To"][0] for create in self.creates]

    def begin_anew(self) -> None:
        """Forget what the server remembers of runs, as after a restart."""
        self.site.runs.close()
        object.__setattr__(self.site, "runs", Runs())


def panel(page: httpx.Response) -> str:
    """Return what the first panel of a page says."""
    found = re.search(r'<(section|p) class="panel.*?</\1>', page.text, re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", found.group())).split()) if found else ""


def nothing_personal_in_addresses(author: Author) -> None:
    """No number and no text is in a Location, a link, a title or on the terminal, and no secret anywhere."""
    for page in author.seen:
        addresses = re.findall(r'(?:href|action|src|data-look|data-progress)="([^"]*)"', page.text)
        titles = re.findall(r"<title>(.*?)</title>", page.text)
        for address in (*addresses, *titles, page.headers.get("location", "")):
            assert not re.search(r"%2B|\+|15005550006|12125550|The (first|second)|customer", address), address
        assert AUTH_TOKEN not in page.text
    assert author.printed == []
