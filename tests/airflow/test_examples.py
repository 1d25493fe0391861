"""The DAGs of docs/examples/airflow do on a real Airflow what they say, down to the number of messages."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from airflow_lab import Lab, Ran, Runner, running
from airflow_model import TOLD
from support import NOW, ROOT
from twilio_sandbox import Clock, Sandbox
from twilio_sandbox.seed import ACCOUNT_SID, account, seeded
from twilio_sandbox.server import serving

EXAMPLES = ROOT / "docs" / "examples" / "airflow"
PAGE = (ROOT / "docs" / "how-to" / "airflow.md").read_text(encoding="utf-8")
FILES = sorted(EXAMPLES.glob("*.py"))
_BOUND = 120  # seconds


class Hurrying(Clock):
    """A clock that goes on five seconds whenever it is looked at: what was sent is delivered at the next look."""

    def now(self) -> datetime:
        self.advance(5)
        return super().now()


@dataclass
class Examples(Lab):
    """A lab that runs examples."""

    rules: dict[str, Any] = field(default_factory=dict)  # of the connection

    def example(self, name: str, *, setup: str | None = None, **conf: Any) -> Ran:
        """Run an example as if somebody had triggered it; again is the same run, cleared."""
        model = {"conn_type": "pydanticai", "password": "none", "extra": {"model": "openai:gpt-5.5"}}
        env = self.environment(
            AIRFLOW_CONN_TWILIO_DEFAULT=self.connection(extra=self.rules),
            AIRFLOW_CONN_PYDANTICAI_DEFAULT=json.dumps(model),
            AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS="True",
            AIRFLOW__API_AUTH__JWT_SECRET="a secret of this test alone, long enough for every algorithm there is",
        )
        more = {"conf": conf, "setup": setup and f"airflow_model:{setup}"}
        return self.runner.run(EXAMPLES / f"{name}.py", self.day, env, **more)

    @property
    def received(self) -> Counter[tuple[str, str]]:
        """Who has got which text how often."""
        return Counter((message.recipient, message.body) for message in self.sandbox.store.all(ACCOUNT_SID))


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """An Airflow of one process that knows the examples."""
    with running(tmp_path_factory.mktemp("examples"), EXAMPLES) as runner:
        yield runner


@pytest.fixture
def examples(runner: Runner, tmp_path: Path) -> Iterator[Examples]:
    """The examples, connected to a Twilio with an empty account."""
    sandbox = Sandbox(Hurrying(NOW))
    sandbox.store.add_account(account())
    with serving(sandbox) as address:
        yield Examples(runner, tmp_path, sandbox, address)


def states(ran: Ran) -> set[str]:
    return {task["state"] for task in ran.tasks.values()}


def test_every_example_is_read_without_an_error(tmp_path: Path) -> None:
    """Airflow reads a folder of DAGs as its processor does."""
    program = (
        "import json, sys; from airflow.dag_processing.dagbag import DagBag; bag = DagBag(sys.argv[1]); "
        "print(json.dumps([sorted(bag.dags), bag.import_errors]))"
    )
    env = {
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'tests'}",
    }
    command = [sys.executable, "-c", program, str(EXAMPLES)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=_BOUND, env=env)  # noqa: S603 - our own program
    assert json.loads(done.stdout.splitlines()[-1]) == [[file.stem for file in FILES], {}]


def test_the_first_sms_is_sent_once_and_waited_for_until_it_is_delivered(examples: Examples) -> None:
    ran = examples.example("first_sms", recipient="+12125550124")
    assert states(ran) == {"success"}
    assert examples.received == {("+12125550124", "Hello from Airflow"): 1}
    assert ran.output("send").startswith("SM")
    assert ran.output("wait_until_delivered") == "delivered"


def test_each_reminder_is_sent_once_and_their_ends_are_counted(examples: Examples) -> None:
    ran = examples.example("reminders")
    assert states(ran) == {"success"}
    assert Counter(number for number, _ in examples.received.elements()) == {f"+1212555012{n}": 1 for n in (3, 4, 5)}
    sids = [ran.output("send", index) for index in range(3)]
    assert ran.output("wait_until_delivered") == dict.fromkeys(sids, "delivered")
    assert ran.output("tally") == "3 delivered"


def test_a_campaign_reaches_more_people_than_airflow_maps_each_of_them_once_and_names_the_rows_it_could_not(
    examples: Examples, tmp_path: Path
) -> None:
    """1,200 rows: three of them are no number, one is in the file twice, and the whole run is cleared and done again."""
    rows = [(f"+1202555{number:04}", f"Sale, for number {number}") for number in range(1200)]
    wrong = {5: "12", 700: "+12025", 1100: "+88212345678"}
    for row, number in wrong.items():
        rows[row - 1] = (number, "Sale")
    rows[899] = rows[9]
    file = tmp_path / "campaign.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([("recipient_number", "message_body"), *rows])

    (shown,) = re.findall(r"^```text\n([^`]*? were refused.*?)\n```", PAGE, re.MULTILINE | re.DOTALL)

    for _ in range(2):
        ran = examples.example("campaign", recipients=f"file://{file}")
        assert states(ran) == {"success"}
        assert [len(ran.output("send", chunk)) for chunk in range(3)] == [500, 500, 200]
        assert examples.received == Counter({row: 1 for row in rows if row[0] not in wrong.values()})
        assert examples.count == 1200 - len(wrong) - 1
        assert [line.partition(":")[0] for line in ran.output("report")] == ["row 5", "row 700", "row 1100"]
        # The page shows what the report of this very file prints.
        assert ["1197 of 1200 rows are done, 3 were refused.", *ran.output("report")] == shown.splitlines()
        assert shown in ran.log


def test_the_export_of_a_day_holds_the_messages_of_that_day_and_no_others(runner: Runner, tmp_path: Path) -> None:
    sandbox = seeded(Sandbox(Clock(NOW)))
    day = NOW.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    messages = sandbox.store.all(ACCOUNT_SID)
    wanted = {m.sid for m in messages if m.sent is not None and day <= m.sent < day + timedelta(days=1)}
    assert 0 < len(wanted) < len(messages)
    with serving(sandbox) as address:
        examples = Examples(runner, tmp_path, sandbox, address, day=NOW)
        ran = examples.example("daily_export", folder=f"file://{tmp_path / 'sms'}")
    file = tmp_path / "sms" / f"{day:%Y-%m-%d}.ndjson"
    read = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert {message["sid"] for message in read} == wanted
    assert len(read) == len(wanted)
    assert ran.output("read") == {"path": f"file://{file}", "count": len(wanted)}
    assert ran.output("load") == f"{len(wanted)} messages are in file://{file}"


def told(ran: Ran) -> list[str]:
    """What the tools of an agent have answered."""
    return [json.loads(line.removeprefix(TOLD)) for line in ran.log.splitlines() if line.startswith(TOLD)]


def test_an_agent_reads_as_it_likes_and_sends_when_a_person_has_approved(examples: Examples) -> None:
    ran = examples.example("ask_an_agent", setup="approved")
    assert (states(ran), ran.output("ask")) == ({"success"}, "Done.")
    assert examples.received == {("+12125550123", "None failed today"): 1}
    (message,) = examples.sandbox.store.all(ACCOUNT_SID)
    assert message.sender == "+15005550006"
    assert told(ran) == ["[]", message.sid]
    # Who approves sees what would be sent, and to whom.
    (asked,) = [line for line in ran.log.splitlines() if line.startswith("ASKED ")]
    assert "+12125550123" in asked
    assert "None failed today" in asked


def test_an_agent_sends_nothing_that_a_person_rejects(examples: Examples) -> None:
    ran = examples.example("ask_an_agent", setup="denied")
    assert (states(ran), examples.count, examples.creates) == ({"success"}, 0, [])
    assert told(ran) == ["Not today."]


def test_an_agent_reads_what_is_wrong_and_corrects_it_before_a_person_is_asked(examples: Examples) -> None:
    """Airflow 3.3 asks a person once in a task: a question about a number that cannot be sent to would have been the only one."""
    ran = examples.example("ask_an_agent", setup="corrected")
    assert states(ran) == {"success"}
    assert examples.received == {("+12125550123", "None failed today"): 1}
    misread, read, missent, sent = told(ran)
    assert "state: Twilio sms message has no such field; it has: sid, body" in misread
    assert read == "[]"
    assert "recipient_number: has no country code" in missent
    assert sent.startswith("SM")


def test_an_agent_is_told_why_twilio_refused(examples: Examples) -> None:
    ran = examples.example("ask_an_agent", setup="refused")
    assert (states(ran), examples.count) == ({"success"}, 0)
    (why,) = told(ran)
    assert "21610" in why


def test_an_agent_is_told_of_the_rules_of_the_connection_and_nobody_is_asked(examples: Examples) -> None:
    examples.rules = {"allowed_countries": ["NL"]}
    ran = examples.example("ask_an_agent", setup="forbidden")
    assert (states(ran), examples.count, examples.creates) == ({"success"}, 0, [])
    (why,) = told(ran)
    assert "not among the allowed countries of the connection" in why
